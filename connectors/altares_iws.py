"""Altares' web services IWS ("Callisto"): experimental, never tried on the real ones.

Their description is not public. The operations and elements here stand in programs of
several who call them; what stands nowhere (the credit advised, Paydex, privileges, the
names of the monitoring's operations) has no name here and stays unknown, until an
integrator with the description at hand gives it: see :data:`ELEMENTS`,
``extra_operations`` and :class:`MonitoringOperations`.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timezone
from typing import Any

from . import identifiers, parsing, soap
from .altares_iws_report import ELEMENTS, read_alerts, read_candidates, read_facts
from .bureau import Bureau
from .credit import AccessCounter, CreditCandidate, CreditReport, Page, PaidAnswer
from .credit_monitoring import MonitoringEvent
from .errors import (
    AuthenticationError,
    MalformedError,
    NotFoundError,
    RefusedError,
    ServiceError,
    TransientError,
)
from .http import ServiceClient
from .text import fold

SERVICE = "altares_iws"
#: Also seen: ``iws-v3.12`` and, for ``style="plain"``, ``iws-v3.7``.
PRODUCTION_URL = "https://intuiz.altares.fr/iws-v3.18/services"
#: Of the programs that call the service.
TIMEOUT = 8
#: Endpoints below the address, by part of the service.
ENDPOINTS = {
    "identity": "CallistoIdentiteObjectSecure.CallistoIdentiteObjectSecure"
    "HttpsSoap11Endpoint/",
    "risk": "CallistoRisqueSecure.CallistoRisqueSecureHttpsSoap11Endpoint/",
}
#: What a report is made of: operation → part of the service. All take a SIREN.
REPORT_OPERATIONS = {
    "getIdentiteAltaN3Entreprise": "identity",
    "getScore": "risk",
    "getHistoriqueScore": "risk",
    "getDerniersBilans": "identity",
}
_SIREN_NAMES = {"getIdentiteAltaN3Entreprise": "sirenRna"}
_YEARS_OF_ACCOUNTS = 3
_NAMESPACES = {
    "plain": "http://service.callisto.newsys.altares.fr",
    "object": "http://serviceobject.service.callisto.newsys.altares.fr",
}
_REQUEST = ("request", "http://request.callisto.newsys.altares.fr/xsd")
_UNKNOWN_COMPANY = ("101", "102", "106", "108", "109")
_NO_DATA = "118"
_TECHNICAL = ("-1", "0", "1", "2", "3", "4", "5", "7", "8")
_MONITORED_ALREADY = "503"
_NOT_MONITORED = "504"
#: Words of a refusal that is about the log-in: its code stands nowhere.
_LOG_IN_WORDS = ("IDENTIFICATION", "MOT DE PASSE", "AUTHENTI", "LOGIN", "PASSWORD")


@dataclass(frozen=True, slots=True)
class MonitoringOperations:
    """Names of the monitoring's operations, and its endpoint: none is public.

    Their parameters are: ``siren``, ``operation``, ``ajoutAlerte``; ``du``, ``au``,
    ``etatLu``, ``page``, ``taillePage``; ``alerteId``, ``bLu``.
    """

    endpoint: str | None = None
    start: str | None = None
    stop: str | None = None
    alerts: str | None = None
    mark_read: str | None = None


class AltaresIws(Bureau):
    """An IWS account. Every call may raise any :class:`~.errors.ServiceError`.

    Each call may count, so none is ever sent again by itself: what fails after it was
    sent raises ``OutcomeUnknownError``. One object is one run, for one thread.

    :param base_url: :data:`PRODUCTION_URL`, another version's or another server's
    :param reference: of the caller, ``refClient``
    :param password_form: ``plain`` (as Altares sent it) or ``sha1``
    :param style: of the envelope: ``object`` or, of older versions, ``plain``
    :param endpoints: where they differ from :data:`ENDPOINTS`
    :param operations: of a report, where they differ from :data:`REPORT_OPERATIONS`
    :param extra_operations: further ones of a report, with their part of the service
    :param elements: our field → element's local name (``operation/name`` to look in
        one answer only), over :data:`ELEMENTS`; unnamed fields stay unknown
    :param monitoring: names of the monitoring's operations
    :param timeout: seconds
    """

    service = SERVICE
    DEFAULT_BASE_URL = PRODUCTION_URL
    report_forms = ("json",)

    def __init__(
        self,
        base_url: str,
        login: str,
        password: str,
        *,
        reference: str = "Odoo",
        password_form: str = "plain",
        style: str = "object",
        endpoints: Mapping[str, str] | None = None,
        operations: Mapping[str, str] = REPORT_OPERATIONS,
        extra_operations: Mapping[str, str] | None = None,
        elements: Mapping[str, str] | None = None,
        monitoring: MonitoringOperations | None = None,
        timeout: float = TIMEOUT,
    ):
        if style not in _NAMESPACES:
            raise RefusedError("No style of envelopes is called so.", service=SERVICE)
        digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest()
        sent = digest if password_form == "sha1" else password
        self._connection = ServiceClient(
            SERVICE,
            base_url,
            timeout=timeout,
            secrets=(password, digest),
            once=True,
        )
        self._identification = f"{login}|{sent}"
        self._secrets = (password, digest)
        self._refusal: str | None = None
        self.reference = reference
        self.style = style
        self.endpoints = {**ENDPOINTS, **(endpoints or {})}
        self.operations = {**operations, **(extra_operations or {})}
        self.elements = {**ELEMENTS, **(elements or {})}
        self.monitoring = monitoring or MonitoringOperations()

    # --------------------------------------------------------------------- search

    def search(
        self,
        country: str,
        *,
        registration_number: str | None = None,
        vat_number: str | None = None,
        name: str | None = None,
        city: str | None = None,
        postcode: str | None = None,
        page: int = 1,
        page_size: int = 20,
    ) -> Page[CreditCandidate]:
        """French companies by SIREN or SIRET, or by name and place.

        :param country: anything but ``FR`` finds nothing, without a call
        :param vat_number: a French one, for the SIREN in it
        """
        if country != "FR":
            return Page((), total=0)
        number = registration_number or identifiers.siren_of_vat(vat_number) or ""
        number = "".join(mark for mark in number if mark.isdigit())
        if number:
            key = "siret" if len(number) == 14 else "siren"
            operation, fields = "doRechercheEntreprise", {key: number}
        elif name:
            operation = "doRechercheSimple"
            fields = {
                "qui": name,
                "ou": postcode or city,
                "rechercheActif": False,
                "rechercheSiege": True,
                "nbElt": page_size,
                "debutResultat": (page - 1) * page_size,
            }
        else:
            return Page((), total=0)
        try:
            answer = self._answer("identity", operation, fields)
        except NotFoundError:
            return Page((), total=0)
        return read_candidates(answer)

    def match(
        self, country: str, *, registration_number: str | None = None, **asked: Any
    ) -> tuple[CreditCandidate, ...]:
        """What :meth:`search` finds; there are no scores of likeness."""
        return self.search(
            country, registration_number=registration_number, **asked
        ).items

    def access(self) -> tuple[AccessCounter, ...]:
        """Nothing: no counters are known. Asks for one company, to try the log-in.

        :raises AuthenticationError: it is refused
        """
        self.search("FR", name="ALTARES", page_size=1)
        return ()

    # -------------------------------------------------------------------- reports

    def order_report(self, bureau_id: str, *, form: str = "json") -> PaidAnswer:
        """Call a report's operations for a SIREN; their answers, to be kept.

        An operation that fails after another one was answered is noted in the answer
        (``failed``) instead of being raised: what was paid for is never lost.

        :param bureau_id: SIREN
        :raises OutcomeUnknownError: the first call may have been counted
        :raises NotFoundError: no such company
        """
        if form not in self.report_forms:
            raise RefusedError("The service delivers no such form.", service=SERVICE)
        answers: dict[str, str] = {}
        failed: dict[str, str] = {}
        for operation, part in self.operations.items():
            fields: dict[str, Any] = {self._siren_name(operation): bureau_id}
            if operation == "getDerniersBilans":
                fields["nbBilans"] = _YEARS_OF_ACCOUNTS
            try:
                content = self._content(part, operation, fields)
            except ServiceError as error:
                if not answers:
                    raise
                failed[operation] = str(error)
                continue
            if content is not None:
                answers[operation] = content.decode("utf-8", "replace")
        body = {
            "siren": bureau_id,
            "orderedAt": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "answers": answers,
            "failed": failed,
        }
        return PaidAnswer(json.dumps(body, ensure_ascii=False).encode())

    def read_report(self, paid: PaidAnswer) -> CreditReport:
        """What bought answers say; may be asked again at any time, without a call.

        :raises MalformedError: they are none
        """
        return read_report(paid, self.elements)

    def _siren_name(self, operation: str) -> str:
        if self.style == "plain":
            return "siren"
        return _SIREN_NAMES.get(operation, "siren")

    # ----------------------------------------------------------------- monitoring

    def start_monitoring(self, siren: str) -> bool:
        """Monitor a company; ``False`` when it was monitored already."""
        fields = {"siren": siren, "operation": 1, "ajoutAlerte": True}
        return self._monitored("start", fields, _MONITORED_ALREADY)

    def stop_monitoring(self, siren: str) -> bool:
        """Stop monitoring a company; whether it was monitored."""
        return self._monitored("stop", {"siren": siren}, _NOT_MONITORED)

    def alerts(
        self,
        since: date,
        until: date,
        *,
        unread: bool | None = True,
        page: int = 1,
        page_size: int = 100,
    ) -> Page[MonitoringEvent]:
        """Alerts of some days.

        :param unread: ``None`` for read ones, too
        :param page: from 1
        """
        states = {True: 2, False: 1, None: 3}
        answer = self._monitoring_call(
            "alerts",
            {
                "du": since.isoformat(),
                "au": until.isoformat(),
                "etatLu": states[unread],
                "page": page,
                "taillePage": page_size,
            },
        )
        return read_alerts(answer, page, page_size)

    def mark_read(self, alert_id: int) -> None:
        """Note at the bureau that an alert is handled."""
        self._monitoring_call("mark_read", {"alerteId": alert_id, "bLu": True})

    def _monitored(self, what: str, fields: dict[str, Any], done: str) -> bool:
        try:
            self._monitoring_call(what, fields)
        except _CodedError as error:
            if error.iws_code != done:
                raise
            return False
        return True

    def _monitoring_call(self, what: str, fields: dict[str, Any]) -> soap.Element:
        operation = getattr(self.monitoring, what)
        if not operation or not self.monitoring.endpoint:
            raise RefusedError(
                "The operations of the monitoring have no public names: put them in "
                "from the description that Altares gave you.",
                service=SERVICE,
            )
        return self._answer(self.monitoring.endpoint, operation, fields)

    # -------------------------------------------------------------------- plumbing

    def _answer(
        self, part: str, operation: str, fields: dict[str, Any]
    ) -> soap.Element:
        content = self._content(part, operation, fields)
        if content is None:
            raise NotFoundError("The service has no such data.", service=SERVICE)
        return soap.body_of(content, SERVICE)

    def _content(
        self, part: str, operation: str, fields: dict[str, Any]
    ) -> bytes | None:
        """An answer that says that all is well; ``None`` when there are no data."""
        if self._refusal is not None:
            raise AuthenticationError(self._refusal, service=SERVICE)
        content = self._send(part, operation, fields)
        body = soap.body_of(content, SERVICE)
        try:
            self._check(body)
        except _NoDataError:
            return None
        except AuthenticationError as error:
            # A wrong password that is sent again and again locks the account.
            self._refusal = str(error)
            raise
        return content

    def _send(self, part: str, operation: str, fields: dict[str, Any]) -> bytes:
        asked = {
            "identification": self._identification,
            "refClient": self.reference,
            **fields,
        }
        envelope = soap.request(
            operation,
            asked,
            _NAMESPACES[self.style],
            _REQUEST if self.style == "object" else None,
        )
        answer = self._connection.request(
            "POST",
            "/" + self.endpoints.get(part, part).lstrip("/"),
            data=envelope,
            headers={
                "Content-Type": "text/xml; charset=utf-8",
                "Accept": "text/xml",
                "SOAPAction": '""',
            },
            # A fault comes with 500.
            accept=(500,),
        )
        if answer.status == 500 and b"Fault" not in answer.content:
            raise self._connection.error_of(answer)
        return answer.content

    def _check(self, body: soap.Element) -> None:
        """Raise what an answer says went wrong."""
        if soap.local(body) == "Fault":
            sentence = self._said(soap.first_leaf(body, "faultstring"))
            who = soap.first_leaf(body, "faultcode") or ""
            kind = TransientError if who.endswith("Server") else RefusedError
            raise self._log_in_or(kind, sentence)(
                f"The service refuses the call. {sentence}".strip(), service=SERVICE
            )
        returned = soap.child(body, "return")
        if returned is None:
            raise MalformedError(
                "The service's answer makes no sense: it returns nothing.",
                service=SERVICE,
            )
        problem = soap.child(returned, "exception")
        is_correct = (soap.leaf(returned, "correct") or "").lower()
        code = soap.first_leaf(problem, "code")
        if is_correct == "true" or (is_correct != "false" and code is None):
            return
        parts = (soap.first_leaf(problem, name) for name in ("description", "erreur"))
        sentence = self._said(": ".join(part for part in parts if part) or None)
        self._raise_for(code or "", sentence)

    def _raise_for(self, code: str, sentence: str) -> None:
        told = f"{sentence} (code {code})".strip()
        if code == _NO_DATA:
            raise _NoDataError(told, service=SERVICE)
        if code in _UNKNOWN_COMPANY:
            raise NotFoundError(
                f"The service does not know the company. {told}", service=SERVICE
            )
        if code in _TECHNICAL:
            raise TransientError(
                f"The service has a technical problem. {told}", service=SERVICE
            )
        if self._log_in_or(RefusedError, sentence) is AuthenticationError:
            raise AuthenticationError(
                f"The service refuses the log-in. {told}", service=SERVICE
            )
        raise _CodedError(
            f"The service refuses the call. {told}", service=SERVICE, iws_code=code
        )

    @staticmethod
    def _log_in_or(kind: type[ServiceError], sentence: str) -> type[ServiceError]:
        words = fold(sentence)
        return AuthenticationError if any(w in words for w in _LOG_IN_WORDS) else kind

    def _said(self, sentence: str | None) -> str:
        if not sentence:
            return ""
        for secret in self._secrets:
            sentence = sentence.replace(secret, "…")
        return f"It says: {sentence[:300]}"


class _NoDataError(NotFoundError):
    """The company is known, but has no such data."""


class _CodedError(RefusedError):
    """A refusal with the service's own code."""

    def __init__(self, message: str, *, service: str, iws_code: str):
        super().__init__(message, service=service)
        self.iws_code = iws_code


def read_report(
    paid: PaidAnswer, elements: Mapping[str, str] = ELEMENTS
) -> CreditReport:
    """What bought answers say, by the names of elements that are known now.

    :raises MalformedError: they are none
    """
    try:
        body = json.loads(paid.content)
        answers = dict(body["answers"])
        failed = dict(body.get("failed") or {})
        trees = {
            str(operation): soap.body_of(str(content).encode(), SERVICE)
            for operation, content in answers.items()
        }
    except (ValueError, KeyError, TypeError, RecursionError):
        raise MalformedError(
            "The report holds no answers of the service.", service=SERVICE
        ) from None
    return CreditReport(
        facts=read_facts(trees, {**ELEMENTS, **elements}, body.get("siren"), failed),
        raw=body,
        ordered_at=parsing.moment(body.get("orderedAt")),
    )
