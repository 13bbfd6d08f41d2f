"""Creditsafe's Connect API (1.10): search, reports, contract, monitoring.

API: https://doc.creditsafe.com/ ; the published description's names are used.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from . import credit_values as common
from . import creditsafe_criteria, parsing
from . import creditsafe_values as values
from .bureau import Bureau
from .bureau_connection import without_unknown
from .credit import (
    AccessCounter,
    CreditCandidate,
    CreditReport,
    CriteriaSet,
    Page,
    PaidAnswer,
    ReportOption,
)
from .credit_values import at, first, rows
from .creditsafe_connection import (
    SERVICE,
    Connection,
    list_of,
    segment,
)
from .creditsafe_monitoring import MonitoringCalls
from .creditsafe_report import read_facts
from .datatypes import RejectedRecord
from .errors import MalformedError, NotFoundError, TooManyFoundError
from .http import DEFAULT_TIMEOUT
from .tokens import TokenStore

PRODUCTION_URL = "https://connect.creditsafe.com/v1"
SANDBOX_URL = "https://connect.sandbox.creditsafe.com/v1"

#: What a report may be ordered as.
REPORT_FORMS = {
    "json": "application/json",
    "json+pdf": "application/json+pdf",
    "pdf": "application/pdf",
}
#: Thresholds of the fuzzy match: by name, by name and address, by anything else.
MATCH_BY_NAME = 898
MATCH_BY_NAME_AND_ADDRESS = 899
_SEARCH_PAGE = 100
_SERVICES = {
    "creditsafeConnectOnlineReports": "reports",
    "creditsafeConnectOfflineReports": "offline_reports",
    "creditsafeConnectMonitoring": "monitoring",
    "creditsafeConnectDirectorReports": "director_reports",
    "creditsafeConnectImageDocuments": "image_documents",
    "creditsafeConnectBankValidation": "bank_validation",
    "creditsafeConnectBankVerification": "bank_verification",
}


class Creditsafe(MonitoringCalls, Bureau):
    """A Creditsafe account. Every call may raise any :class:`~.errors.ServiceError`.

    * ``AuthenticationError``: log-in refused; it is not tried again by this object.
    * ``RefusedError``: not in the contract, or the request is not understood.
    * ``QuotaError``: too many calls, or too many wrong log-ins.
    * ``OutcomeUnknownError``: a purchase failed on the way: it may have been made.

    One object is one run, for one thread at a time; the token is shared through
    ``token_store``.

    :param base_url: :data:`PRODUCTION_URL`, :data:`SANDBOX_URL` or another server's
    :param language: of a report's texts, two letters
    :param template: of reports, where the contract has another one than ``full``
    :param timeout: seconds
    """

    service = SERVICE
    DEFAULT_BASE_URL = PRODUCTION_URL
    #: What a report may be ordered as.
    report_forms = tuple(REPORT_FORMS)

    def __init__(
        self,
        base_url: str,
        username: str,
        password: str,
        *,
        language: str = "fr",
        template: str | None = None,
        token_store: TokenStore | None = None,
        timeout: float = DEFAULT_TIMEOUT,
    ):
        self._connection = Connection(
            base_url, username, password, token_store=token_store, timeout=timeout
        )
        self.language = language
        self.template = template

    # --------------------------------------------------------------------- search

    def search(
        self,
        country: str,
        *,
        registration_number: str | None = None,
        vat_number: str | None = None,
        name: str | None = None,
        bureau_id: str | None = None,
        bureau_number: str | None = None,
        trade_name: str | None = None,
        street: str | None = None,
        city: str | None = None,
        postcode: str | None = None,
        phone: str | None = None,
        website: str | None = None,
        status: str | None = None,
        office_type: str | None = None,
        exact: bool | None = None,
        page: int = 1,
        page_size: int = _SEARCH_PAGE,
        call_ref: str | None = None,
    ) -> Page[CreditCandidate]:
        """Companies that fit; free of charge. An identifier is best asked for alone.

        :param country: ISO alpha-2, several with commas
        :param registration_number: in France SIREN or SIRET
        :param status: ``Active`` or ``NonActive``
        :param page: from 1
        :raises TooManyFoundError: far too many fit
        :raises ForbiddenError: the contract lacks the country
        """
        params = {
            "countries": country,
            "id": bureau_id,
            "safeNo": bureau_number,
            "regNo": registration_number,
            "vatNo": vat_number,
            "name": name,
            "tradeName": trade_name,
            "street": street,
            "city": city,
            "postCode": postcode,
            "phoneNo": phone,
            "website": website,
            "status": status,
            "officeType": office_type,
            "exact": exact,
            "page": page,
            "pageSize": page_size,
            "callRef": call_ref,
        }
        answer = self._connection.request(
            "GET", "/companies", params=without_unknown(params), accept=(404,)
        )
        body = self._connection.object_of(answer, "the search's answer")
        codes = {
            parsing.text(row.get("code"), 60) for row in rows(body.get("messages"))
        }
        if answer.status == 404 and "NoResults" not in codes:
            raise NotFoundError(
                "The service does not know what was asked (status 404).",
                service=SERVICE,
            )
        if "NoResults" in codes and not body.get("companies"):
            return Page((), total=0)
        if "TooManyResults" in codes and not body.get("companies"):
            raise TooManyFoundError(
                "Far too many companies fit: say more about it.", service=SERVICE
            )
        found = list_of(body, "companies")
        total = common.count(body.get("totalSize"))
        is_last = not found or total is None or page * page_size >= total
        candidates, rejected = _candidates(found, _candidate)
        return Page(
            candidates,
            total=total,
            next_page=None if is_last else page + 1,
            rejected=rejected,
        )

    def match(
        self,
        country: str,
        *,
        threshold: int = MATCH_BY_NAME_AND_ADDRESS,
        registration_number: str | None = None,
        vat_number: str | None = None,
        name: str | None = None,
        street: str | None = None,
        house_number: str | None = None,
        city: str | None = None,
        postcode: str | None = None,
        phone: str | None = None,
        call_ref: str | None = None,
    ) -> tuple[CreditCandidate, ...]:
        """Companies that resemble what is said, best first, with their score."""
        params = {
            "country": country,
            "matchThreshold": threshold,
            "regNo": registration_number,
            "vatNo": vat_number,
            "name": name,
            "street": street,
            "houseNo": house_number,
            "city": city,
            "postCode": postcode,
            "phoneNo": phone,
            "callRef": call_ref,
        }
        body = self._connection.get_object("/companies/match", without_unknown(params))
        found = list_of(body, "matchedCompanies")
        candidates, _rejected = _candidates(found, _candidate)
        return tuple(
            sorted(candidates, key=lambda found: found.match_score or 0, reverse=True)
        )

    def search_criteria(self, country: str) -> dict[str, Any]:
        """Which search terms a country takes together, in the service's own words."""
        return self._connection.get_object(
            "/companies/searchcriteria", {"countries": country}
        )

    def criteria_sets(self, country: str) -> tuple[CriteriaSet, ...]:
        """The same, read; empty when the service does not say."""
        return creditsafe_criteria.read_sets(self.search_criteria(country))

    # -------------------------------------------------------------------- reports

    def order_report(
        self,
        bureau_id: str,
        *,
        form: str = "json",
        custom_data: Mapping[str, str] | None = None,
        include_indicators: bool = False,
        call_ref: str | None = None,
    ) -> PaidAnswer:
        """Buy a report and answer it as it came, to be kept before it is read.

        One credit of the contract. Sent once: neither a time-out nor a cut connection
        nor a 5xx makes it be sent again.

        :param bureau_id: connectId or Safe Number
        :param form: a key of :data:`REPORT_FORMS`
        :param custom_data: what :meth:`report_options` lists (``de_reason_code``)
        :param call_ref: a mark of one's own, for the service's records
        :raises OutcomeUnknownError: the report may have been counted
        :raises NotFoundError: no such company, nothing was bought
        :raises RefusedError: not in the contract, or custom data are missing
        """
        params = {
            "language": self.language,
            "template": self.template,
            "includeIndicators": include_indicators or None,
            "customData": ",".join(
                f"{key}::{value}" for key, value in (custom_data or {}).items()
            ),
            "callRef": call_ref,
        }
        answer = self._connection.purchase(
            f"/companies/{segment(bureau_id)}",
            params=without_unknown(params),
            headers={"Accept": REPORT_FORMS[form]},
        )
        content_type = answer.headers.get("Content-Type") or ""
        return PaidAnswer(answer.content, content_type.partition(";")[0].strip())

    @staticmethod
    def read_report(paid: PaidAnswer) -> CreditReport:
        """What a bought answer says; may be asked again at any time, without a call.

        :raises MalformedError: it is neither a report nor a PDF
        """
        if paid.content.startswith(b"%PDF-"):
            return CreditReport(pdf=paid.content)
        try:
            body = json.loads(paid.content)
        except (ValueError, RecursionError):
            raise MalformedError(
                "The report is neither JSON nor a PDF.", service=SERVICE
            ) from None
        body = parsing.require(body, dict, "the report", SERVICE)
        parsing.require(body.get("report"), dict, "the report", SERVICE)
        raw = {key: value for key, value in body.items() if key != "pdfReportStream"}
        return CreditReport(
            facts=read_facts(raw),
            raw=raw,
            pdf=_pdf(body.get("pdfReportStream")),
            ordered_at=parsing.moment(body.get("dateOfOrder")),
        )

    def report_options(self, country: str) -> tuple[ReportOption, ...]:
        """What a country's report takes besides; a German one needs a reason code."""
        try:
            body = self._connection.get_object(f"/reportcustomdata/{segment(country)}")
        except NotFoundError:
            return ()
        return common.read_all(body.get("customData"), _report_option)

    def report_schema(self, country: str) -> dict[str, Any]:
        """JSON schema of a country's report."""
        return self._connection.get_object(
            f"/companies/schema/{segment(country)}",
            {"section": "CompanyReportResponse"},
        )

    # ------------------------------------------------------------------- contract

    def access(self) -> tuple[AccessCounter, ...]:
        """What the contract allows, and how much of it is used."""
        body = self._connection.get_object("/access")
        services = parsing.require(
            body.get("countryAccess"), dict, "countryAccess", SERVICE
        )
        return tuple(
            _counter(_SERVICES.get(name) or _plain_service(name), row)
            for name, counters in services.items()
            for row in rows(counters)
        )


# ----------------------------------------------------------------------- reading


def _plain_service(name: str) -> str:
    return common.snake(name.removeprefix("creditsafeConnect")) or "other"


def _counter(service: str, row: dict) -> AccessCounter:
    return AccessCounter(
        service=service,
        name=first(parsing.text(row.get(key)) for key in ("countryName", "name")),
        country_code=common.country(row.get("countryIso2")),
        template=parsing.text(row.get("templateName")),
        starts_on=common.day(row.get("startDate")),
        expires_on=common.day(row.get("expireDate")),
        paid=common.count(row.get("paid")),
        used=common.count(row.get("used")),
    )


def _report_option(row: dict) -> ReportOption | None:
    key = parsing.text(row.get("key"), 60)
    if key is None:
        return None
    allowed = row.get("allowedValues")
    labels = row.get("description")
    labels = labels if isinstance(labels, list) else []
    allowed = allowed if isinstance(allowed, list) else []
    pairs = [
        (parsing.text(value, 60), parsing.text(label))
        for value, label in zip(allowed, labels + [None] * len(allowed), strict=False)
    ]
    return ReportOption(
        key=key,
        is_required=parsing.flag(row.get("optional")) is False,
        values=tuple((value, label) for value, label in pairs if value),
    )


def _candidates(found, read):
    candidates, rejected = [], []
    for row in found[: common.MAX_ITEMS]:
        candidate = read(row) if isinstance(row, dict) else None
        if candidate is not None:
            candidates.append(candidate)
        else:
            name = parsing.text(at(row, "name"), 80)
            rejected.append(RejectedRecord(name, "The row has no identifier."))
    return tuple(candidates), tuple(rejected)


def _candidate(row: dict) -> CreditCandidate | None:
    bureau_id = parsing.text(row.get("id"), 60)
    if bureau_id is None:
        return None
    country = common.country(row.get("country")) or common.country(bureau_id[:2])
    registration = parsing.text(row.get("regNo"), 60)
    siren, siret = common.siren_and_siret(country, registration)
    place = row.get("address")
    return CreditCandidate(
        bureau_id=bureau_id,
        name=parsing.text(row.get("name")),
        bureau_number=parsing.text(row.get("safeNo"), 60),
        country_code=country,
        registration_number=registration,
        siren=siren,
        siret=siret,
        vat_numbers=parsing.texts(row.get("vatNo")),
        trade_names=parsing.texts(row.get("tradingNames")),
        previous_names=parsing.texts(row.get("previousNames")),
        status=values.status(row.get("status")),
        status_description=parsing.text(row.get("statusDescription")),
        office_type=common.snake(row.get("officeType")),
        company_type=common.snake(row.get("type")),
        address=values.address(place, country),
        address_text=parsing.text(at(place, "simpleValue")),
        phones=tuple(
            phone
            for phone in parsing.texts(row.get("phoneNumbers"))
            if len(phone) <= 40
        ),
        websites=parsing.texts(row.get("website"), row.get("websites")),
        activity_code=parsing.text(row.get("activityCode"), 20),
        latest_accounts_on=common.day(row.get("dateOfLatestAccounts")),
        last_changed_on=common.day(row.get("dateOfLatestChange")),
        match_score=first(
            common.limit(row.get(key)) for key in ("matchScoreConfidence", "matchScore")
        ),
    )


def _pdf(value: Any) -> bytes | None:
    """The PDF inside a JSON report, when it is one."""
    if not isinstance(value, str):
        return None
    try:
        content = base64.b64decode(value, validate=False)
    except (ValueError, binascii.Error):
        return None
    return content if content.startswith(b"%PDF-") else None
