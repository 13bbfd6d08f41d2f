"""The monitoring calls of Creditsafe's stand-in: pages from 0, as documented."""

import csv
import datetime
import io
import re
from email import message_from_bytes

from .creditsafe_account import CUSTOMER, USERS
from .creditsafe_errors import BadRequest, Conflict, Forbidden, NotFound
from .creditsafe_portfolios import RULES
from .http_messages import Response

_DEFAULT_PAGE = 50
_LARGEST_PAGE = 1000
_REMARKS = ("personalReference", "freeText", "personalLimit")
_LETTERS = ("A", "B", "C", "D", "E")
_KEPT_LISTS = 8
_SORT_KEYS = {
    "eventid": lambda row: (row["eventId"], row["notificationEventId"]),
    "eventdate": lambda row: row["eventDate"],
    "companyname": lambda row: row["company"]["name"],
    "countrycode": lambda row: row["company"]["countryCode"],
}


class Monitoring:
    """Answers of ``/monitoring/…``; ``service`` is the stand-in they belong to."""

    def __init__(self, service):
        self._service = service
        self._lists = {}

    def reset(self):
        self._lists = {}

    @property
    def _state(self):
        return self._service.portfolios

    # -- the account, portfolios -----------------------------------------------------

    def user_details(self, _request, user):
        return {
            "countryCode": "FR",
            "createdDate": "2024-02-01 09:00:00",
            "csCustomerId": CUSTOMER,
            "csUserId": USERS[user][1],
            "isAutoTracker": False,
            "languageCode": "fr",
            "lastAccessDate": None,
            "modifiedDate": None,
            "contractEndDate": f"{self._service.today().year}-12-31 00:00:00",
            "userId": USERS[user][1] % 100000,
        }

    def list_portfolios(self, request, user):
        wanted = (request.one("searchQuery") or "").lower()
        seen = [
            portfolio
            for portfolio in self._state.portfolios.values()
            if portfolio.may_see(user) and wanted in portfolio.name.lower()
        ]
        own = [portfolio for portfolio in seen if portfolio.owner == user]
        others = [portfolio for portfolio in seen if portfolio.owner != user]
        rows, total, paging = _page(request, own)
        return {
            "correlationId": self._service.correlation_id(),
            "totalCount": total,
            "paging": paging,
            "data": {
                "portfolios": [
                    {
                        "portfolioId": portfolio.id,
                        "name": portfolio.name,
                        "isDefault": portfolio.is_default,
                        "emails": [
                            {**mail, "email": mail.get("emailAddress")}
                            for mail in portfolio.emails
                        ],
                        "isSharedPortfolio": int(bool(portfolio.shared)),
                    }
                    for portfolio in rows
                ],
                "sharedPortfolios": [
                    {"portfolioId": portfolio.id, "name": portfolio.name}
                    for portfolio in others
                ],
            },
        }

    def create_portfolio(self, request, user):
        values = self._service.body(request)
        portfolio = self._state.make(_name(values), user)
        self._set(portfolio, values)
        return {
            "correlationId": self._service.correlation_id(),
            "portfolioId": portfolio.id,
            "name": portfolio.name,
            "isDefault": portfolio.is_default,
        }

    def _set(self, portfolio, values):
        portfolio.name = _name(values)
        for key, name, kind in (
            ("isDefault", "is_default", bool),
            ("emails", "emails", list),
            ("emailSubject", "email_subject", str),
            ("emailLanguage", "email_language", str),
            ("frequency", "frequency", str),
        ):
            if key not in values:
                continue
            if not isinstance(values[key], kind):
                raise BadRequest(f'"{key}" must be a {kind.__name__}')
            setattr(portfolio, name, values[key])
        for mail in portfolio.emails:
            if not isinstance(mail, dict) or not mail.get("emailAddress"):
                raise BadRequest('"emails[0].emailAddress" is required')
        if portfolio.is_default:
            for other in self._state.portfolios.values():
                if other is not portfolio and other.owner == portfolio.owner:
                    other.is_default = False

    def get_portfolio(self, _request, user, number):
        portfolio = self._portfolio(user, number)
        return {
            "correlationId": self._service.correlation_id(),
            "portfolioId": portfolio.id,
            "name": portfolio.name,
            "isDefault": portfolio.is_default,
            "emailSubject": portfolio.email_subject,
            "emails": portfolio.emails,
        }

    def update_portfolio(self, request, user, number):
        portfolio = self._portfolio(user, number, owned=True)
        self._set(portfolio, self._service.body(request))
        return Response(204)

    def delete_portfolio(self, _request, user, number):
        self._state.delete(self._portfolio(user, number, owned=True))
        return {
            "message": "Portfolio removed and service usage will be updated shortly"
        }

    def countries(self, _request, user, number):
        portfolio = self._portfolio(user, number)
        companies = self._service.companies.get_many(
            [row["connectId"] for row in portfolio.companies.values()]
        )
        return sorted({company.country for company in companies.values()})

    def risk_summary(self, _request, user, number):
        portfolio = self._portfolio(user, number)
        counts = dict.fromkeys(_LETTERS, 0)
        for row in self._company_rows(portfolio):
            counts[row["ratingCommon"]] += 1
        total = sum(counts.values())
        summary = {
            "correlationId": self._service.correlation_id(),
            "totalCompanies": total,
        }
        for letter, count in counts.items():
            summary[f"band{letter}Count"] = count
            summary[f"band{letter}pc"] = round(100 * count / total, 4) if total else 0
        return summary

    def _portfolio(self, user, number, owned=False):
        portfolio = self._state.portfolios.get(int(number))
        if portfolio is None:
            raise NotFound("Portfolio not found")
        if not portfolio.may_see(user) or (owned and portfolio.owner != user):
            raise Forbidden()
        return portfolio

    # -- companies ---------------------------------------------------------------------

    def list_companies(self, request, user, number):
        portfolio = self._portfolio(user, number)
        wanted = (request.one("searchQuery") or "").lower()
        country = request.one("countryCode")
        if not wanted and not country:
            # The page alone is made: large portfolios are read page by page.
            held, total, paging = _page(request, list(portfolio.companies))
            rows = self._company_rows(portfolio, held)
        else:
            rows = [
                row
                for row in self._company_rows(portfolio)
                if wanted in f"{row['name']} {row['safeNumber']}".lower()
                and country in (None, row["countryCode"])
            ]
            rows, total, paging = _page(request, rows)
        return {
            "correlationId": self._service.correlation_id(),
            "totalCount": total,
            "paging": paging,
            "data": rows,
        }

    def _company_rows(self, portfolio, safe_numbers=None):
        if safe_numbers is None:
            safe_numbers = list(portfolio.companies)
        held = portfolio.companies
        companies = self._service.companies.get_many(
            [held[safe_no]["connectId"] for safe_no in safe_numbers]
        )
        return [
            self._company_row(portfolio, held[safe_no], companies)
            for safe_no in safe_numbers
            if held[safe_no]["connectId"] in companies
        ]

    def _company_row(self, portfolio, held, companies):
        company = companies[held["connectId"]]
        standing = self._service.standing(company)
        point = standing.now
        local = str(point.score)
        if point.score is None:
            local = "Not rated - insufficient information to rate"
        return {
            "id": company.connect_id,
            "safeNumber": company.safe_no,
            "name": standing.name or company.name,
            "address": standing.address or company.address_line,
            "countryCode": company.country,
            "portfolioId": portfolio.id,
            "creditLimit": point.limit,
            "dateLastEvent": _blank(held["dateLastEvent"]),
            "freeText": held["freeText"] or None,
            "personalLimit": held["personalLimit"] or None,
            "personalReference": held["personalReference"] or None,
            "ratingCommon": point.letter,
            "ratingLocal": local,
            "companyStatus": standing.status or company.status,
            "dateAdded": _blank(held["dateAdded"]),
            "dateModified": _blank(held["dateModified"]),
        }

    def add_company(self, request, user, number):
        portfolio = self._portfolio(user, number)
        if not portfolio.may(user, "Add"):
            raise Forbidden()
        values = self._service.body(request)
        for key in ("id", *_REMARKS):
            if key not in values:
                raise BadRequest(f'"{key}" is required')
        company = self._service.companies.get(str(values["id"]))
        if company is None:
            raise NotFound("Company resource not found")
        counter = self._service.contract.monitoring
        if self._state.monitored >= counter["paid"]:
            raise Forbidden()
        remarks = {key: values[key] for key in _REMARKS}
        if not self._state.add(portfolio, company, **remarks):
            raise Conflict(f"Company  {company.connect_id} already in portfolio")
        return self._said("Company Added")

    def get_company(self, _request, user, number, identifier):
        portfolio = self._portfolio(user, number)
        safe_no = self._held(portfolio, identifier)
        row = self._company_rows(portfolio, [safe_no])[0]
        return {
            "correlationId": self._service.correlation_id(),
            "connectId": row.pop("id"),
            **row,
        }

    def update_company(self, request, user, number, identifier):
        portfolio = self._portfolio(user, number)
        if not portfolio.may(user, "Edit"):
            raise Forbidden()
        held = portfolio.companies[self._held(portfolio, identifier)]
        values = self._service.body(request)
        for key in _REMARKS:
            if key not in values:
                raise BadRequest(f'"{key}" is required')
            held[key] = values[key]
        held["dateModified"] = self._state.now()
        return self._said("Company updated successfully")

    def remove_company(self, _request, user, number, identifier):
        portfolio = self._portfolio(user, number)
        if not portfolio.may(user, "Remove"):
            raise Forbidden()
        self._state.remove(portfolio, self._held(portfolio, identifier))
        return self._said("Company removed")

    def _held(self, portfolio, identifier):
        company = self._service.companies.get(identifier)
        if company is None:
            raise NotFound("Company resource not found")
        if company.safe_no not in portfolio.companies:
            raise BadRequest(None, message="PortfolioCompany not found")
        return company.safe_no

    def _said(self, message):
        return {"correlationId": self._service.correlation_id(), "message": message}

    def copy_companies(self, request, user, number):
        return self._transfer(request, user, number, "copyAll", moves=False)

    def move_companies(self, request, user, number):
        return self._transfer(request, user, number, "removeAll", moves=True)

    def _transfer(self, request, user, number, all_flag, moves):
        portfolio = self._portfolio(user, number)
        values = self._service.body(request)
        targets = values.get("portfolios")
        if not isinstance(targets, list):
            raise BadRequest('"portfolios" is required')
        chosen = list(portfolio.companies)
        if request.one(all_flag) != "true":
            chosen = []
            for item in values.get("companies") or ():
                company = self._service.companies.get(str(item.get("id")))
                if company and company.safe_no in portfolio.companies:
                    chosen.append(company.safe_no)
        done, failed, reason = 0, 0, None
        for target_number in targets:
            target = self._portfolio(user, target_number)
            for safe_no in chosen:
                held = portfolio.companies[safe_no]
                company = self._service.companies.get(held["connectId"])
                if self._state.add(target, company, **held):
                    done += 1
                else:
                    failed += 1
                    reason = f"Duplicate entry '{target.id}-{safe_no}' for key 'PRIMARY"
        if moves:
            for safe_no in chosen:
                self._state.remove(portfolio, safe_no)
        return {
            "correlationId": self._service.correlation_id(),
            "data": {
                "totalPortfoliosCompanies": done + failed,
                "successfulPortfoliosCompanies": done,
                "failedPortfoliosCompanies": failed,
                "reason": reason,
            },
        }

    def clear_companies(self, request, user, number):
        portfolio = self._portfolio(user, number)
        if not portfolio.may(user, "Remove"):
            raise Forbidden()
        chosen = list(portfolio.companies)
        if request.one("clearAll") != "true":
            identifiers = self._service.body(request).get("companies")
            if not isinstance(identifiers, list):
                raise BadRequest('"companies" is required')
            known = self._service.companies.get_many(list(map(str, identifiers)))
            chosen = [company.safe_no for company in known.values()]
        for safe_no in chosen:
            self._state.remove(portfolio, safe_no)
        return self._said("Companies deleted from portfolio")

    # -- import ------------------------------------------------------------------------

    def import_companies(self, request, user, number):
        return self._load(request, user, number)

    def sync_companies(self, request, user, number):
        portfolio = self._portfolio(user, number, owned=True)
        numbers = _uploaded(request)
        for safe_no in list(portfolio.companies):
            self._state.remove(portfolio, safe_no)
        return self._load(request, user, number, numbers)

    def _load(self, request, user, number, numbers=None):
        portfolio = self._portfolio(user, number, owned=True)
        numbers = _uploaded(request) if numbers is None else numbers
        for company in self._service.companies.get_many(numbers).values():
            self._state.add(portfolio, company)
        number = self._service.next_import()
        return {
            "correlationId": self._service.correlation_id(),
            "status": f"Accepted for processing. Import Id {number}",
        }

    # -- sharing -----------------------------------------------------------------------

    def get_sharing(self, _request, user, number):
        portfolio = self._portfolio(user, number)
        names = {account: name for name, (_password, account) in USERS.items()}
        return {
            "correlationId": self._service.correlation_id(),
            "data": {
                "portfolioId": str(portfolio.id),
                "customerId": CUSTOMER,
                "userPermission": [
                    {
                        "csUserId": account,
                        "userName": names.get(account, str(account)),
                        "permission": permissions,
                    }
                    for account, permissions in portfolio.shared.items()
                ],
            },
        }

    def set_sharing(self, request, user, number):
        portfolio = self._portfolio(user, number, owned=True)
        values = self._service.body(request)
        if values.get("revokeAll") == "true":
            portfolio.shared.clear()
        for one in values.get("userPermissions") or ():
            wanted = [part.strip() for part in str(one["permissions"]).split(",")]
            if "View" not in wanted:
                wanted.insert(0, "View")
            portfolio.shared[one["csUserId"]] = ", ".join(filter(None, wanted))
        return {
            "correlationId": self._service.correlation_id(),
            "data": {
                "portfolioId": str(portfolio.id),
                "customerId": CUSTOMER,
                "status": "Success",
            },
        }

    # -- event rules -------------------------------------------------------------------

    def all_rules(self, _request, _user, country=None):
        return self._state.rules(country=country)

    def portfolio_rules(self, _request, user, number, country=None):
        return self._state.rules(self._portfolio(user, number), country)

    def set_rules(self, request, user, number, country):
        portfolio = self._portfolio(user, number)
        rules = self._service.body(request, list)
        known = {(of, code) for code, of, *_rest in RULES}
        settings = {}
        for rule in rules:
            if not isinstance(rule, dict) or not isinstance(rule.get("ruleCode"), int):
                raise BadRequest('"ruleCode" must be a number')
            active = rule.get("isActive")
            if isinstance(active, bool) or active not in (0, 1):
                raise BadRequest('"isActive" must be one of [0, 1]')
            # Global rules may be set under a country's address, too.
            for of in (country.upper(), "XX"):
                if (of, rule["ruleCode"]) in known:
                    settings[of, rule["ruleCode"]] = rule
                    break
            else:
                raise NotFound("EventRule resource not found")
        portfolio.rules.update(settings)
        return Response(204)

    def reset_rules(self, _request, user, number):
        self._portfolio(user, number).rules.clear()
        return Response(204)

    # -- events ------------------------------------------------------------------------

    def notification_events(self, request, user, number=None):
        if number is not None:
            self._portfolio(user, number)
        return self._notifications(request, user, number and int(number))

    def company_notification_events(self, request, user, number, identifier):
        portfolio = self._portfolio(user, number)
        safe_no = self._held(portfolio, identifier)
        return self._notifications(request, user, portfolio.id, safe_no)

    def _notifications(self, request, user, number, safe_no=None):
        self._state.arrive()
        asked = tuple(
            request.one(name)
            for name in (
                "searchQuery",
                "sortBy",
                "sortDir",
                "startDate",
                "endDate",
                "filterByCreatedDate",
            )
        )
        key = (self._state.version, user, number, safe_no, asked)
        if key not in self._lists:
            while len(self._lists) >= _KEPT_LISTS:
                self._lists.pop(next(iter(self._lists)))
            self._lists[key] = self._chosen(user, number, safe_no, *asked)
        rows, total, paging = _page(request, self._lists[key])
        return {
            "correlationId": self._service.correlation_id(),
            "totalCount": total,
            "data": [_written(row) for row in rows],
            "paging": paging,
        }

    def _chosen(self, user, number, safe_no, query, sort_by, sort_dir, start, end, by):
        seen = {
            portfolio.id
            for portfolio in self._state.portfolios.values()
            if portfolio.may_see(user) and number in (None, portfolio.id)
        }
        day = "createdDate" if by == "true" else "eventDate"
        start, end = _moment(start, "startDate"), _moment(end, "endDate")
        query = (query or "").lower()
        rows = [
            row
            for row in self._state.notifications
            if row["company"]["portfolioId"] in seen
            and (safe_no is None or row["company"]["safeNumber"] == safe_no)
            and (start is None or row[day] >= start)
            and (end is None or row[day] <= end)
            and (not query or query in row["company"]["name"].lower())
        ]
        sort_key = _SORT_KEYS.get((sort_by or "eventId").lower())
        if sort_key is None:
            raise BadRequest('"sortBy" must be one of [companyName, countryCode, …]')
        return sorted(rows, key=sort_key, reverse=sort_dir == "desc")

    def company_events(self, request, user, identifier):
        self._state.arrive()
        company = self._service.companies.get(identifier)
        holders = [
            portfolio
            for portfolio in self._state.portfolios.values()
            if company
            and portfolio.may_see(user)
            and company.safe_no in portfolio.companies
        ]
        if not holders:
            raise NotFound("Company resource not found")
        start = _moment(request.one("startDate"), "startDate")
        end = _moment(request.one("endDate"), "endDate")
        now = self._state.now()
        rows = [
            {**event, "portfolioId": holders[0].id}
            for event in self._state.events.get(company.safe_no, ())
            if event["createdDate"] <= now
            and (start is None or event["eventDate"] >= start)
            and (end is None or event["eventDate"] <= end)
        ]
        rows, total, paging = _page(request, rows)
        return {
            "correlationId": self._service.correlation_id(),
            "totalCount": total,
            "data": [_written(row, blank=True) for row in rows],
            "paging": paging,
        }


def _name(values):
    name = values.get("name")
    if not isinstance(name, str) or not name.strip():
        raise BadRequest('"name" is required')
    return name


def _page(request, rows):
    """Rows of the page asked for, their total, and ``paging``."""
    page = _number(request, "page", 0, 0, 10**6)
    size = _number(request, "pageSize", _DEFAULT_PAGE, 1, _LARGEST_PAGE)
    last = (len(rows) + size - 1) // size - 1
    paging = {
        "size": size,
        "prev": page - 1 if page else None,
        "next": page + 1 if page < last else None,
        "last": last,
    }
    return rows[page * size : (page + 1) * size], len(rows), paging


def _number(request, name, default, least, most):
    text = request.one(name)
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,7}", text) or not least <= int(text) <= most:
        raise BadRequest(f'"{name}" must be a number from {least} to {most}')
    return int(text)


def _moment(text, name):
    if not text:
        return None
    try:
        found = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise BadRequest(f'"{name}" must be a valid ISO 8601 date') from None
    if found.tzinfo:
        found = found.astimezone(datetime.timezone.utc).replace(tzinfo=None)
    return found


def _blank(moment):
    """``2019-12-06 08:23:37``: one of the service's two ways to write a moment."""
    return moment.isoformat(" ") if moment else None


def _written(row, blank=False):
    separator = " " if blank else "T"
    return {
        **row,
        "eventDate": row["eventDate"].isoformat(separator),
        "createdDate": row["createdDate"].isoformat(separator),
    }


def _uploaded(request):
    """Safe Numbers of an uploaded CSV file."""
    kind = request.headers.get("Content-Type") or ""
    whole = f"Content-Type: {kind}\r\n\r\n".encode() + request.body
    for part in message_from_bytes(whole).walk():
        if (part.get_param("name", header="content-disposition") or "").lower() == (
            "importcsv"
        ):
            text = part.get_payload(decode=True).decode("utf-8-sig")
            rows = list(csv.DictReader(io.StringIO(text)))
            if rows and "Safe Number" not in rows[0]:
                raise BadRequest('the column "Safe Number" is required')
            return [row["Safe Number"].strip() for row in rows]
    raise BadRequest('"importCsv" is required')
