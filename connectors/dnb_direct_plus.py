"""D&B Direct+: match, data blocks, monitoring. In France its content is Altares'.

No official description is public: what is read and sent here stands in accounts of
several who use it. Where they disagree, or where only one tells, it is a parameter.
"""

import json
from collections.abc import Collection, Mapping
from typing import Any

from . import credit_values as common
from . import dnb_values as values
from . import identifiers, parsing
from .bureau import Bureau
from .bureau_connection import without_unknown
from .credit import AccessCounter, CreditCandidate, CreditReport, Page, PaidAnswer
from .credit_values import at, first
from .datatypes import RejectedRecord
from .dnb_connection import SERVICE, TOKEN_PATH, Connection, segment
from .dnb_monitoring import MonitoringCalls, MonitoringPaths
from .dnb_report import read_facts
from .errors import MalformedError, NotFoundError, RefusedError
from .http import DEFAULT_TIMEOUT
from .tokens import TokenStore

PRODUCTION_URL = "https://plus.dnb.com"

#: What a report is made of, unless the contract has other blocks.
DEFAULT_BLOCKS = (
    "companyinfo_L2_v1",
    "financialstrengthinsight_L2_v1",
    "paymentinsight_L1_v1",
    "eventfilings_L1_v1",
)
#: Confidence (1–10) from which a match by registration number needs no person.
CERTAIN_MATCH = 8
_MOST_CANDIDATES = 25
#: Germany asks why a company is looked at; this code stands in a public guide.
_GERMAN_REASON = "6332"


class DnbDirectPlus(MonitoringCalls, Bureau):
    """A Direct+ account. Every call may raise any :class:`~.errors.ServiceError`.

    * ``AuthenticationError``: log-in refused; it is not tried again by this object.
    * ``RefusedError``: not in the contract, or the request is not understood.
    * ``QuotaError``: too many calls.
    * ``OutcomeUnknownError``: a paid call failed on the way: it may have been counted.

    One object is one run, for one thread at a time; the token is shared through
    ``token_store``. Calls are named and answered as Creditsafe's are.

    :param base_url: :data:`PRODUCTION_URL` or another server's
    :param key, secret: of the application, as D&B gave them
    :param blocks: data blocks with level and version, as the contract has them
    :param registration_number_type: D&B's code of the kind of national numbers, where
        numbers alone are not found
    :param order_reason: sent for German companies
    :param customer_reference: a mark of one's own, for the service's records
    :param monitoring_paths: where they differ from the defaults
    :param token_path: ``/v2/token`` for accounts that have not moved
    :param calls_per_second: five by default
    :param timeout: seconds
    """

    service = SERVICE
    DEFAULT_BASE_URL = PRODUCTION_URL
    #: What a report may be ordered as.
    report_forms = ("json",)

    def __init__(
        self,
        base_url: str,
        key: str,
        secret: str,
        *,
        blocks: Collection[str] = DEFAULT_BLOCKS,
        registration_number_type: str | None = None,
        order_reason: str | None = None,
        customer_reference: str | None = None,
        monitoring_paths: MonitoringPaths | None = None,
        token_path: str = TOKEN_PATH,
        token_store: TokenStore | None = None,
        calls_per_second: float | None = None,
        timeout: float = DEFAULT_TIMEOUT,
    ):
        self._connection = Connection(
            base_url,
            key,
            secret,
            token_path=token_path,
            token_store=token_store,
            calls_per_second=calls_per_second,
            timeout=timeout,
        )
        self.blocks = tuple(blocks)
        self.registration_number_type = registration_number_type
        self.order_reason = order_reason
        self.customer_reference = customer_reference
        self.monitoring_paths = monitoring_paths or MonitoringPaths()

    # --------------------------------------------------------------------- search

    def search(
        self,
        country: str,
        *,
        registration_number: str | None = None,
        vat_number: str | None = None,
        bureau_id: str | None = None,
        name: str | None = None,
        street: str | None = None,
        city: str | None = None,
        postcode: str | None = None,
        phone: str | None = None,
        website: str | None = None,
        page_size: int = _MOST_CANDIDATES,
        call_ref: str | None = None,
    ) -> Page[CreditCandidate]:
        """Companies that resemble what is said, best first: the match without a limit.

        There are no further pages: the service answers 25 candidates at most.

        :param vat_number: a French one, for the SIREN in it: others are never found
        :param bureau_id: D-U-N-S number
        """
        if vat_number and not registration_number:
            registration_number = identifiers.siren_of_vat(vat_number)
            if registration_number is None:
                return Page((), total=0)
        return self._candidates(
            country,
            {
                "duns": bureau_id,
                "registrationNumber": registration_number,
                "name": name,
                "streetAddressLine1": street,
                "addressLocality": city,
                "postalCode": postcode,
                "telephoneNumber": phone,
                "url": website,
                "candidateMaximumQuantity": min(max(page_size, 1), _MOST_CANDIDATES),
                "customerReference": call_ref or self.customer_reference,
            },
        )

    def match(
        self,
        country: str,
        *,
        threshold: int = CERTAIN_MATCH,
        registration_number: str | None = None,
        name: str | None = None,
        street: str | None = None,
        city: str | None = None,
        postcode: str | None = None,
        phone: str | None = None,
        email: str | None = None,
        call_ref: str | None = None,
    ) -> tuple[CreditCandidate, ...]:
        """Companies that resemble what is said, best first.

        Only a match by registration number of :data:`CERTAIN_MATCH` and above may be
        taken without a person.

        :param threshold: lowest ``match_score``, 1 to 10
        """
        page = self._candidates(
            country,
            {
                "registrationNumber": registration_number,
                "name": name,
                "streetAddressLine1": street,
                "addressLocality": city,
                "postalCode": postcode,
                "telephoneNumber": phone,
                "email": email,
                "confidenceLowerLevelThresholdValue": threshold,
                "candidateMaximumQuantity": _MOST_CANDIDATES,
                "customerReference": call_ref or self.customer_reference,
            },
        )
        return tuple(
            found for found in page.items if (found.match_score or 0) >= threshold
        )

    def _candidates(
        self, country: str, params: dict[str, Any]
    ) -> Page[CreditCandidate]:
        number = params.get("registrationNumber")
        params = {
            "countryISOAlpha2Code": country,
            "registrationNumberType": self.registration_number_type if number else None,
            **params,
        }
        answer = self._connection.request(
            "GET",
            "/v1/match/cleanseMatch",
            params=without_unknown(params),
            accept=(404,),
        )
        body = self._connection.object_of(answer, "the match's answer")
        if answer.status == 404:
            # Nothing found has an error's body; a wrong address has none.
            if at(body, "error", "errorCode") is None:
                raise NotFoundError(
                    "The service does not know what was asked (status 404).",
                    service=SERVICE,
                )
            return Page((), total=0)
        found = self._connection.require(
            body.get("matchCandidates"), list, "matchCandidates"
        )
        candidates, rejected = [], []
        for row in found[: common.MAX_ITEMS]:
            candidate = _candidate(parsing.as_dict(row))
            if candidate is not None:
                candidates.append(candidate)
            else:
                name = parsing.text(at(row, "organization", "primaryName"), 80)
                rejected.append(RejectedRecord(name, "The row has no identifier."))
        candidates.sort(key=lambda found: found.match_score or 0, reverse=True)
        return Page(
            tuple(candidates),
            total=common.count(body.get("candidatesMatchedQuantity")),
            rejected=tuple(rejected),
        )

    # -------------------------------------------------------------------- reports

    def order_report(
        self,
        bureau_id: str,
        *,
        form: str = "json",
        country: str | None = None,
        custom_data: Mapping[str, str] | None = None,
        call_ref: str | None = None,
    ) -> PaidAnswer:
        """Fetch a company's data blocks and answer them as they came, to be kept.

        Sent once: neither a time-out nor a cut connection nor a 5xx makes it be sent
        again.

        :param bureau_id: D-U-N-S number
        :param form: ``json``; there are no PDFs
        :param country: ISO alpha-2: German companies need a reason
        :param custom_data: further parameters (``orderReason``, ``tradeUp`` …)
        :raises OutcomeUnknownError: the call may have been counted
        :raises NotFoundError: no such company
        :raises RefusedError: blocks or country are not in the contract
        """
        if form not in self.report_forms:
            raise RefusedError("The service delivers no such form.", service=SERVICE)
        params = {
            "blockIDs": ",".join(self.blocks),
            "customerReference": call_ref or self.customer_reference,
            **self._country_params(country),
            **(custom_data or {}),
        }
        answer = self._connection.request_once(
            "GET",
            f"/v1/data/duns/{segment(bureau_id)}",
            params=without_unknown(params),
        )
        return PaidAnswer(answer.content)

    def _country_params(self, country: str | None) -> dict[str, str]:
        if country != "DE":
            return {}
        return {
            "orderReason": self.order_reason or _GERMAN_REASON,
            "tradeUp": "hq",
            "customerReference": self.customer_reference or "Odoo",
        }

    @staticmethod
    def read_report(paid: PaidAnswer) -> CreditReport:
        """What a bought answer says; may be asked again at any time, without a call.

        :raises MalformedError: it holds no company
        """
        try:
            body = json.loads(paid.content)
        except (ValueError, RecursionError):
            raise MalformedError(
                "The report is not JSON, or was cut off.", service=SERVICE
            ) from None
        body = parsing.require(body, dict, "the report", SERVICE)
        parsing.require(body.get("organization"), dict, "the report", SERVICE)
        return CreditReport(
            facts=read_facts(body),
            raw=body,
            ordered_at=parsing.moment(
                at(body, "transactionDetail", "transactionTimestamp")
            ),
        )

    def access(self) -> tuple[AccessCounter, ...]:
        """Nothing: the service tells no counters. Logs in when nobody is logged in.

        :raises AuthenticationError: the log-in is refused
        """
        self._connection.ensure_logged_in()
        return ()


# ----------------------------------------------------------------------- reading


def _candidate(row: dict) -> CreditCandidate | None:
    organization = parsing.as_dict(row.get("organization"))
    number = values.duns(organization.get("duns"))
    if number is None:
        return None
    place = values.address(organization.get("primaryAddress"))
    registration = values.registration_numbers(organization)
    siren, siret = common.siren_and_siret(place.country_code, *registration)
    control = organization.get("dunsControlStatus")
    role = first(
        values.label(part)
        for part in common.rows(
            at(organization, "corporateLinkage", "familytreeRolesPlayed")
        )
    )
    return CreditCandidate(
        bureau_id=number,
        name=parsing.text(organization.get("primaryName")),
        bureau_number=number,
        country_code=place.country_code,
        registration_number=first(registration),
        siren=siren,
        siret=siret,
        trade_names=values.trade_names(organization),
        status=values.status(control),
        status_description=values.label(at(control, "operatingStatus")),
        office_type=_office_type(role, organization),
        address=place,
        phones=values.telephones(organization),
        websites=values.websites(organization),
        match_score=common.score(
            at(row, "matchQualityInformation", "confidenceCode"), 1, 10
        ),
    )


def _office_type(role: str | None, organization: dict) -> str | None:
    if role is not None:
        words = role.lower()
        if "headquarters" in words:
            return "head_office"
        if "branch" in words:
            return "branch"
    return "single_office" if parsing.flag(organization.get("isStandalone")) else None
