"""Creditsafe's monitoring: portfolios, their companies, event rules, events.

Pages are numbered from 0. There is no call that marks an event as handled: whoever
reads events remembers their ``id``.
"""

import csv
import io
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime, timezone
from typing import Any, TypeVar

from . import credit_values as common
from . import creditsafe_monitoring_rows as reading
from . import creditsafe_values as values
from . import parsing
from .bureau_connection import without_unknown
from .credit import Page
from .credit_monitoring import (
    CopyResult,
    EventRule,
    MonitoringEvent,
    MonitoringUser,
    Portfolio,
    PortfolioCompany,
    RiskSummary,
    SharingPermission,
)
from .credit_values import at, first, rows
from .creditsafe_connection import (
    SERVICE,
    Connection,
    list_of,
    segment,
)
from .errors import MalformedError, NotFoundError, RefusedError

Item = TypeVar("Item")

#: The service's own limit.
MAX_PAGE = 1000
#: Country code of the rules of all countries.
ALL_COUNTRIES = "XX"
#: More pages than this is a service that goes round in circles.
_MOST_PAGES = 100_000
_IMPORT_ID = re.compile(r"\b([0-9]{1,12})\b")


class MonitoringCalls:
    """The monitoring part of :class:`~.creditsafe.Creditsafe`."""

    _connection: Connection

    def monitoring_user(self) -> MonitoringUser:
        """The account's settings in monitoring."""
        body = self._connection.get("/monitoring/user/details")
        # An object, a list of one, or an object in an envelope: all were seen.
        if isinstance(body, list):
            body = body[0] if body else {}
        body = parsing.as_dict(body)
        body = parsing.as_dict(body.get("data")) or body
        return MonitoringUser(
            user_id=common.identifier(body.get("csUserId")),
            customer_id=common.identifier(body.get("csCustomerId")),
            country_code=common.country(body.get("countryCode")),
            language=parsing.text(body.get("languageCode"), 10),
            is_auto_tracker=parsing.flag(body.get("isAutoTracker")),
            contract_ends_on=common.day(body.get("contractEndDate")),
        )

    # ----------------------------------------------------------------- portfolios

    def portfolios(self, search: str | None = None) -> tuple[Portfolio, ...]:
        """All portfolios that the account sees: its own, and those shared with it."""
        found: dict[int, Portfolio] = {}
        for body in self._bodies("/monitoring/portfolios", {"searchQuery": search}):
            data = parsing.require(body.get("data"), dict, "data", SERVICE)
            for row in rows(list_of(data, "portfolios")):
                _keep(found, reading.portfolio(row))
            for row in rows(data.get("sharedPortfolios")):
                _keep(found, reading.portfolio(row, is_foreign=True))
        return tuple(found.values())

    def portfolio(self, portfolio_id: int) -> Portfolio:
        """One portfolio with its mail settings."""
        body = self._connection.get_object(_path(portfolio_id))
        return _required(reading.portfolio(body), "the portfolio")

    def create_portfolio(
        self,
        name: str,
        *,
        is_default: bool = False,
        emails: Sequence[dict[str, str]] = (),
        email_subject: str | None = None,
        email_language: str | None = None,
    ) -> Portfolio:
        """Make a portfolio; all its event rules are off, and the bureau's mails too.

        :raises OutcomeUnknownError: it may have been made: look before trying again
        """
        body = _portfolio_body(name, is_default, emails, email_subject, email_language)
        answer = self._connection.request_once(
            "POST", "/monitoring/portfolios", json=body
        )
        made = self._connection.object_of(answer, "the new portfolio")
        return _required(reading.portfolio({"name": name, **made}), "the new portfolio")

    def update_portfolio(
        self,
        portfolio_id: int,
        name: str,
        *,
        is_default: bool | None = None,
        emails: Sequence[dict[str, str]] | None = None,
        email_subject: str | None = None,
        email_language: str | None = None,
        send_emails: bool = False,
    ) -> None:
        """Change a portfolio; what is ``None`` stays as it is.

        :param send_emails: switch the bureau's own mails on
        :raises RefusedError: it is not the account's own
        """
        body = _portfolio_body(name, is_default, emails, email_subject, email_language)
        if send_emails:
            body["frequency"] = "1"
        self._connection.request("PATCH", _path(portfolio_id), json=body)

    def delete_portfolio(self, portfolio_id: int) -> bool:
        """Delete a portfolio with all that is monitored in it; whether it was there.

        :raises RefusedError: it is not the account's own
        """
        return self._delete(_path(portfolio_id))

    def portfolio_countries(self, portfolio_id: int) -> tuple[str, ...]:
        """ISO codes of the countries whose companies are in a portfolio."""
        found = list_of(self._connection.get(_path(portfolio_id, "countries")))
        codes = map(common.country, found)
        return tuple(code for code in codes if code)

    def risk_summary(self, portfolio_id: int) -> RiskSummary:
        """How many companies of a portfolio have which rating."""
        body = self._connection.get_object(_path(portfolio_id, "riskSummary"))
        counts = (
            (letter, common.count(body.get(f"band{letter}Count")))
            for letter in values.LETTERS
        )
        return RiskSummary(
            total=common.count(body.get("totalCompanies")),
            by_rating=tuple(
                (letter, count) for letter, count in counts if count is not None
            ),
        )

    # ------------------------------------------------------- companies in portfolios

    def portfolio_companies(
        self,
        portfolio_id: int,
        *,
        search: str | None = None,
        country: str | None = None,
        page_size: int = MAX_PAGE,
    ) -> Iterator[Page[PortfolioCompany]]:
        """Pages of a portfolio's companies with their current rating and limit."""
        return self._pages(
            _path(portfolio_id, "companies"),
            {"searchQuery": search, "countryCode": country},
            reading.portfolio_company,
            page_size,
        )

    def portfolio_company(
        self, portfolio_id: int, company_id: str
    ) -> PortfolioCompany | None:
        """One company of a portfolio, ``None`` when it is not in it."""
        try:
            body = self._connection.get_object(_company_path(portfolio_id, company_id))
        except NotFoundError:
            return None
        except RefusedError as error:
            if "PortfolioCompany not found" in str(error):
                return None
            raise
        return _required(reading.portfolio_company(body), "the portfolio's company")

    def add_company(
        self,
        portfolio_id: int,
        company_id: str,
        *,
        reference: str = "",
        free_text: str = "",
        personal_limit: str = "",
    ) -> bool:
        """Monitor a company; ``False`` when it was in the portfolio already.

        :param company_id: connectId or Safe Number
        :raises NotFoundError: no such company or portfolio
        """
        body = {
            "id": company_id,
            **_remarks(reference, free_text, personal_limit),
        }
        answer = self._connection.request(
            "POST", _path(portfolio_id, "companies"), json=body, accept=(409,)
        )
        return answer.status != 409

    def update_company(
        self,
        portfolio_id: int,
        company_id: str,
        *,
        reference: str = "",
        free_text: str = "",
        personal_limit: str = "",
    ) -> None:
        """Set all three remarks of a monitored company."""
        path = _company_path(portfolio_id, company_id)
        body = _remarks(reference, free_text, personal_limit)
        self._connection.request("PATCH", path, json=body)

    def remove_company(self, portfolio_id: int, company_id: str) -> bool:
        """Stop monitoring a company; whether it was in the portfolio."""
        try:
            return self._delete(_company_path(portfolio_id, company_id))
        except RefusedError as error:
            if "PortfolioCompany not found" in str(error):
                return False
            raise

    def copy_companies(
        self,
        portfolio_id: int,
        to_portfolios: Collection[int],
        company_ids: Collection[str] | None = None,
    ) -> CopyResult:
        """Copy companies into other portfolios (``None``: all of them)."""
        return self._transfer(
            _path(portfolio_id, "companies/copy"), "copyAll", to_portfolios, company_ids
        )

    def move_companies(
        self,
        portfolio_id: int,
        to_portfolios: Collection[int],
        company_ids: Collection[str] | None = None,
    ) -> CopyResult:
        """Move companies into other portfolios (``None``: all of them)."""
        return self._transfer(
            _path(portfolio_id, "companies/remove"),
            "removeAll",
            to_portfolios,
            company_ids,
        )

    def clear_companies(
        self, portfolio_id: int, company_ids: Collection[str] | None = None
    ) -> None:
        """Take many companies out of a portfolio at once (``None``: all of them)."""
        self._connection.request(
            "PATCH",
            _path(portfolio_id, "companies/clear"),
            params=without_unknown({"clearAll": company_ids is None}),
            json={"companies": list(company_ids or ())},
        )

    def import_companies(
        self,
        portfolio_id: int,
        bureau_numbers: Collection[str],
        email: str | None = None,
    ) -> int | None:
        """Add many companies by Safe Number, later; the service's number of the job."""
        return self._upload(_path(portfolio_id, "import"), bureau_numbers, email)

    def sync_companies(
        self,
        portfolio_id: int,
        bureau_numbers: Collection[str],
        email: str | None = None,
    ) -> int | None:
        """Empty a portfolio and fill it with these, later; the number of the job."""
        return self._upload(_path(portfolio_id, "sync"), bureau_numbers, email)

    # -------------------------------------------------------------------- sharing

    def sharing(self, portfolio_id: int) -> tuple[SharingPermission, ...]:
        """Who else of the account may do what in a portfolio."""
        body = self._connection.get_object(_path(portfolio_id, "sharingPermissions"))
        data = parsing.as_dict(body.get("data"))
        told = first((data.get("userPermission"), data.get("userPermissions")))
        return common.read_all(told, reading.sharing_permission)

    def share(
        self,
        portfolio_id: int,
        permissions: Collection[SharingPermission] = (),
        *,
        revoke_all: bool = False,
    ) -> None:
        """Give users permissions, or take all of them away."""
        body = {
            "revokeAll": "true" if revoke_all else "false",
            "userPermissions": [
                {"csUserId": one.user_id, "permissions": ",".join(one.permissions)}
                for one in permissions
            ],
        }
        path = _path(portfolio_id, "sharingPermissions")
        self._connection.request("PATCH", path, json=body)

    # ---------------------------------------------------------------- event rules

    def event_rules(
        self, country: str | None = None, *, portfolio_id: int | None = None
    ) -> tuple[EventRule, ...]:
        """Rules that there are (in a country), or as a portfolio has them set.

        :param country: ISO code, ``XX`` for those of all countries, ``None`` for all
        """
        path = "/monitoring" if portfolio_id is None else _path(portfolio_id)
        path += "/eventRules" + (f"/{segment(country)}" if country else "")
        body = self._connection.get(path)
        if isinstance(body, dict):
            body = body.get("data")
        return common.read_all(list_of(body), reading.event_rule)

    def set_event_rules(
        self, portfolio_id: int, country: str, rules: Collection[EventRule]
    ) -> tuple[EventRule, ...]:
        """Set a country's rules in a portfolio, all at once; what the service kept.

        :raises RefusedError: the service has kept other rules than these
        """
        body = [_rule_body(rule) for rule in rules]
        path = _path(portfolio_id, f"eventRules/{segment(country)}")
        self._connection.request("PUT", path, json=body)
        kept = self.event_rules(country, portfolio_id=portfolio_id)
        active = {rule.code for rule in kept if rule.is_active}
        wanted = {rule.code for rule in rules if rule.is_active}
        unwanted = {rule.code for rule in rules} - wanted
        wrong = sorted((wanted - active) | (unwanted & active))
        if wrong:
            raise RefusedError(
                "The service has not kept the event rules as they were set: "
                f"{', '.join(map(str, wrong))}.",
                service=SERVICE,
            )
        return kept

    def reset_event_rules(self, portfolio_id: int) -> None:
        """Switch all rules of a portfolio off."""
        path = _path(portfolio_id, "eventRules/setDefault")
        self._connection.request("PUT", path)

    # --------------------------------------------------------------------- events

    def notification_events(
        self,
        portfolio_id: int | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        page_size: int = MAX_PAGE,
    ) -> Iterator[Page[MonitoringEvent]]:
        """Pages of events in one's portfolios (or in one), in the order of their ids.

        :param since, until: aware moments; the day the bureau learnt of the event
        """
        path = "/monitoring" if portfolio_id is None else _path(portfolio_id)
        params = {
            "sortBy": "eventId",
            "sortDir": "asc",
            "startDate": _moment(since),
            "endDate": _moment(until),
            "filterByCreatedDate": True,
        }
        return self._pages(
            f"{path}/notificationEvents", params, reading.notification_event, page_size
        )

    def company_notification_events(
        self, portfolio_id: int, company_id: str, *, page_size: int = MAX_PAGE
    ) -> Iterator[Page[MonitoringEvent]]:
        """Pages of the events of one company in a portfolio."""
        path = f"{_company_path(portfolio_id, company_id)}/notificationEvents"
        return self._pages(path, {}, reading.notification_event, page_size)

    def company_events(
        self,
        bureau_id: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        page_size: int = MAX_PAGE,
    ) -> Iterator[Page[MonitoringEvent]]:
        """Pages of a monitored company's events, whatever the rules.

        These have no number of their own: ``id`` is that of the event itself.
        """
        params = {"startDate": _moment(since), "endDate": _moment(until)}
        path = f"/monitoring/companies/{segment(bureau_id)}/events"
        return self._pages(path, params, reading.company_event, page_size)

    # -------------------------------------------------------------------- plumbing

    def _bodies(
        self, path: str, params: dict[str, Any], page_size: int = MAX_PAGE
    ) -> Iterator[dict]:
        """Answers of all pages, from page 0 until there is no next one."""
        page: int | None = 0
        for _turn in range(_MOST_PAGES):
            asked = {**params, "page": page, "pageSize": page_size}
            answer = self._connection.request(
                "GET", path, params=without_unknown(asked)
            )
            if answer.status == 204:
                return
            body = self._connection.object_of(answer, "the page")
            yield body
            page = _next_page(body, page, page_size)
            if page is None:
                return

    def _pages(
        self,
        path: str,
        params: dict[str, Any],
        read: Callable[[dict], Item | None],
        page_size: int,
    ) -> Iterator[Page[Item]]:
        for body in self._bodies(path, params, min(page_size, MAX_PAGE)):
            items, rejected = [], []
            for row in list_of(body, "data"):
                item = read(row) if isinstance(row, dict) else None
                if item is not None:
                    items.append(item)
                else:
                    rejected.append(reading.rejected(row))
            yield Page(
                tuple(items),
                total=common.count(body.get("totalCount")),
                next_page=common.count(at(body, "paging", "next")),
                rejected=tuple(rejected),
            )

    def _delete(self, path: str) -> bool:
        try:
            self._connection.request("DELETE", path)
        except NotFoundError:
            return False
        return True

    def _transfer(
        self,
        path: str,
        all_flag: str,
        to_portfolios: Collection[int],
        company_ids: Collection[str] | None,
    ) -> CopyResult:
        body = {
            "portfolios": list(to_portfolios),
            "companies": [{"id": company_id} for company_id in company_ids or ()],
        }
        answer = self._connection.request(
            "POST",
            path,
            params=without_unknown({all_flag: company_ids is None}),
            json=body,
        )
        said = self._connection.object_of(answer, "the answer")
        data = parsing.as_dict(said.get("data"))
        return CopyResult(
            attempted=common.count(data.get("totalPortfoliosCompanies")),
            succeeded=common.count(data.get("successfulPortfoliosCompanies")),
            failed=common.count(data.get("failedPortfoliosCompanies")),
            reason=parsing.text(data.get("reason")),
        )

    def _upload(
        self, path: str, bureau_numbers: Collection[str], email: str | None
    ) -> int | None:
        content = io.StringIO()
        writer = csv.writer(content)
        writer.writerow(["Safe Number"])
        writer.writerows([number] for number in bureau_numbers)
        file = ("companies.csv", content.getvalue().encode(), "text/csv")
        answer = self._connection.request(
            "POST",
            path,
            files={"importCsv": file},
            data={"email": email} if email else None,
        )
        said = self._connection.object_of(answer, "the answer")
        for key in ("status", "message"):
            found = _IMPORT_ID.search(parsing.text(said.get(key)) or "")
            if found:
                return int(found[1])
        return None


# ------------------------------------------------------------------------- paths


def _path(portfolio_id: int, *more: str) -> str:
    return "/".join((f"/monitoring/portfolios/{segment(portfolio_id)}", *more))


def _company_path(portfolio_id: int, company_id: str) -> str:
    return _path(portfolio_id, "companies", segment(company_id))


def _remarks(reference: str, free_text: str, personal_limit: str) -> dict[str, str]:
    """A monitored company's remarks: all keys have to be there, empty ones too."""
    return {
        "personalReference": reference,
        "freeText": free_text,
        "personalLimit": personal_limit,
    }


def _moment(value: datetime | None) -> str | None:
    """As the service writes moments: UTC without a zone."""
    if value is None:
        return None
    return value.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")


def _next_page(body: dict, page: int, page_size: int) -> int | None:
    """The page after this one; counted when the answer does not say."""
    paging = body.get("paging")
    if isinstance(paging, dict):
        following = common.count(paging.get("next"))
        # One that does not lead on would be asked for for ever.
        return following if following is not None and following > page else None
    total = common.count(body.get("totalCount"))
    return page + 1 if total is not None and (page + 1) * page_size < total else None


def _required(item: Item | None, what: str) -> Item:
    if item is None:
        raise MalformedError(
            f"The service's answer makes no sense: {what} has no number.",
            service=SERVICE,
        )
    return item


def _keep(found: dict[int, Portfolio], portfolio: Portfolio | None) -> None:
    if portfolio is not None:
        found.setdefault(portfolio.id, portfolio)


def _portfolio_body(
    name: str,
    is_default: bool | None,
    emails: Sequence[dict[str, str]] | None,
    email_subject: str | None,
    email_language: str | None,
) -> dict[str, Any]:
    body = {
        "name": name,
        "isDefault": is_default,
        "emails": None if emails is None else list(emails),
        "emailSubject": email_subject,
        "emailLanguage": email_language,
    }
    return {key: value for key, value in body.items() if value is not None}


def _rule_body(rule: EventRule) -> dict[str, Any]:
    # Booleans are refused, and so is a missing parameter: both are sent as told.
    body: dict[str, Any] = {
        "ruleCode": rule.code,
        "isActive": int(bool(rule.is_active)),
    }
    if rule.country_code:
        body["ruleCountryCode"] = rule.country_code
    for number, value in enumerate(rule.params):
        body[f"param{number}"] = value or ""
    return body
