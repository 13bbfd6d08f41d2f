"""D&B Direct+'s monitoring: companies of a registration, and its queue of changes.

A registration is set up by D&B itself. Public accounts of the calls that put companies
into it disagree, so their addresses are settings: see :class:`MonitoringPaths`.
"""

import hashlib
import json
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from . import credit_values as common
from . import dnb_values as values
from . import parsing
from .credit_monitoring import MonitoringEvent, NotificationBatch
from .credit_values import at, first, rows
from .datatypes import RejectedRecord
from .dnb_connection import SERVICE, Connection, segment
from .dnb_report import read_facts
from .errors import MalformedError, NotFoundError

#: The service's own limit of one pull.
MAX_NOTIFICATIONS = 100
#: "Already registered", "added": the company is in the registration.
_IN_REGISTRATION = ("21012", "21113")
#: What elements are about, by the beginning of their path; the first that fits counts.
_KINDS = (
    ("dnbAssessment.creditLimitRecommendation", "limit"),
    ("dnbAssessment", "rating"),
    ("businessTrading", "payment"),
    ("legalEvents.hasLiens", "privileges"),
    ("legalEvents.hasOpenLiens", "privileges"),
    ("legalEvents.liens", "privileges"),
    ("legalEvents", "proceedings"),
    ("dunsControlStatus", "status"),
    ("primaryName", "name"),
    ("registeredName", "name"),
    ("tradeStyleNames", "name"),
    ("primaryAddress", "address"),
    ("registeredAddress", "address"),
    ("mailingAddress", "address"),
    ("mostSeniorPrincipals", "officers"),
    ("currentPrincipals", "officers"),
    ("financials", "financials"),
    ("latestFiscalFinancials", "financials"),
)
#: A company that is gone from D&B's file or from the registration.
_ENDS = ("delete", "exit", "removed")
_LONGEST_VALUE = 2000
#: "businessTrading[0].summary[0]" and "businessTrading.summary" are the same place.
_INDEX = re.compile(r"\[[0-9]*\]")
_PAYDEX = "businessTrading.summary.paydexScore"
_ON_TERMS = 80


def _open_one(value: Any) -> bool | None:
    """That one is open; that this one is not says nothing of the others."""
    return parsing.flag(value) or None


def _limit(value: Any) -> float | None:
    return common.limit(value.get("value") if isinstance(value, dict) else value)


def _percent(value: Any) -> int | None:
    return values.within(value, 1, 100)


_LIMIT = "dnbAssessment.creditLimitRecommendation.maximumRecommendedLimit"
_STATUS = "dunsControlStatus.operatingStatus"
#: Place of an element → the fact that its current value is, and how it is read.
_FACTS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "dnbAssessment.failureScore.nationalPercentile": ("score", _percent),
    _LIMIT: ("credit_limit", _limit),
    f"{_LIMIT}.value": ("credit_limit", _limit),
    _PAYDEX: ("paydex", _percent),
    _STATUS: ("status", lambda value: values.status({"operatingStatus": value})),
    f"{_STATUS}.description": (
        "status",
        lambda value: values.status({"operatingStatus": {"description": value}}),
    ),
    f"{_STATUS}.dnbCode": (
        "status",
        lambda value: values.status({"operatingStatus": {"dnbCode": value}}),
    ),
    "primaryName": ("name", parsing.text),
    "legalEvents.hasOpenLiens": ("has_open_privileges", parsing.flag),
    "legalEvents.hasOpenBankruptcy": ("has_open_proceedings", _open_one),
    "legalEvents.hasInsolvency": ("has_open_proceedings", _open_one),
    "legalEvents.hasLiquidation": ("has_open_proceedings", _open_one),
    "legalEvents.hasSuspensionOfPayments": ("has_open_proceedings", _open_one),
}


@dataclass(frozen=True, slots=True)
class MonitoringPaths:
    """Addresses of the monitoring calls; ``{reference}`` is the registration's.

    How companies are put in follows from ``subjects``:

    * with ``{duns}``: POST and DELETE, one company a call (the default)
    * with ``{change}`` (``add``, ``remove``): PATCH with a file of numbers
    * with neither: POST and DELETE of ``{"dunsList": […]}``

    The address of the replay stands in no public account (inferred).
    """

    subjects: str = "/v1/monitoring/registrations/{reference}/subjects/{duns}"
    notifications: str = "/v1/monitoring/registrations/{reference}/notifications"
    replay: str = "/v1/monitoring/registrations/{reference}/notifications/replay"


class MonitoringCalls:
    """The monitoring part of :class:`~.dnb_direct_plus.DnbDirectPlus`."""

    _connection: Connection
    monitoring_paths: MonitoringPaths

    def add_subjects(
        self, reference: str, duns: Collection[str]
    ) -> tuple[RejectedRecord, ...]:
        """Monitor companies; those that the service does not take, with its reason.

        One that is monitored already is none of them.

        :raises RefusedError: not in the contract, or no such registration
        """
        return self._change_subjects(reference, duns, "POST", "add")

    def remove_subjects(
        self, reference: str, duns: Collection[str]
    ) -> tuple[RejectedRecord, ...]:
        """Stop monitoring companies; those that it was refused for, with the reason.

        One that was not monitored is none of them.
        """
        return self._change_subjects(reference, duns, "DELETE", "remove")

    def pull_notifications(
        self, reference: str, maximum: int = MAX_NOTIFICATIONS
    ) -> NotificationBatch:
        """The next notifications of the queue, taken off it. Keep them, then pull on.

        Sent once: an answer that is lost on the way may have emptied the queue, and
        only :meth:`replay_notifications` brings it back.

        :param maximum: 1 to 100
        :raises OutcomeUnknownError: it failed after it was sent
        :raises MalformedError: the answer is none; ``replay_notifications`` helps, too
        """
        path = self._path(self.monitoring_paths.notifications, reference)
        return self._pull(path, {"maxNotifications": _limited(maximum)})

    def replay_notifications(
        self, reference: str, since: datetime, maximum: int = MAX_NOTIFICATIONS
    ) -> NotificationBatch:
        """Notifications that were pulled since a moment, once more.

        The service keeps them for fourteen days. Events have the same ``id`` again.

        :param since: aware moment
        """
        moment = since.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        path = self._path(self.monitoring_paths.replay, reference)
        params = {
            "maxNotifications": _limited(maximum),
            "replayStartTimestamp": moment,
        }
        return self._pull(path, params)

    @staticmethod
    def read_notifications(raw: bytes) -> NotificationBatch:
        """What a kept answer of the queue says, without a call.

        :raises MalformedError: it is none
        """
        try:
            body = json.loads(raw) if raw.strip() else {}
        except (ValueError, RecursionError):
            raise MalformedError(
                "The notifications are not JSON, or were cut off.", service=SERVICE
            ) from None
        body = parsing.require(body, dict, "the notifications", SERVICE)
        told = body.get("notifications", [])
        told = parsing.require(told, list, "notifications", SERVICE)
        events, rejected, seeds = [], [], []
        for row in map(parsing.as_dict, told):
            found = list(_events(row))
            events += found
            if found and found[0].change_type == "seed":
                seeds.append(read_facts(row))
            if not found:
                name = parsing.text(at(row, "organization", "duns"), 40)
                rejected.append(
                    RejectedRecord(name, "The notification names no company.")
                )
        return NotificationBatch(
            raw=raw,
            events=tuple(events),
            rejected=tuple(rejected),
            notifications=len(told),
            seeds=tuple(seeds),
        )

    # -------------------------------------------------------------------- plumbing

    def _pull(self, path: str, params: dict[str, Any]) -> NotificationBatch:
        answer = self._connection.request_once("GET", path, params=params)
        return self.read_notifications(answer.content)

    @staticmethod
    def _path(pattern: str, reference: str, **parts: str) -> str:
        parts["reference"] = reference
        for name, value in parts.items():
            pattern = pattern.replace(f"{{{name}}}", segment(value))
        return pattern

    def _change_subjects(
        self, reference: str, duns: Collection[str], method: str, change: str
    ) -> tuple[RejectedRecord, ...]:
        pattern = self.monitoring_paths.subjects
        if not duns:
            return ()
        if "{duns}" in pattern:
            found = (self._change_one(reference, one, method) for one in duns)
            return tuple(rejected for rejected in found if rejected is not None)
        if "{change}" in pattern:
            path = self._path(pattern, reference, change=change)
            file = ("duns.txt", "\n".join(duns), "text/plain")
            self._connection.request("PATCH", path, files={"duns": file})
            return ()
        path = self._path(pattern, reference)
        answer = self._connection.request(method, path, json={"dunsList": list(duns)})
        body = (
            self._connection.object_of(answer, "the answer") if answer.content else {}
        )
        refused = body.get("rejectedDuns")
        return tuple(
            RejectedRecord(number, "The service does not take the company.")
            for number in map(values.duns, refused if isinstance(refused, list) else ())
            if number
        )

    def _change_one(
        self, reference: str, duns: str, method: str
    ) -> RejectedRecord | None:
        path = self._path(self.monitoring_paths.subjects, reference, duns=duns)
        code, refusal = self._connection.request_explained(method, path)
        if refusal is None or code in _IN_REGISTRATION:
            return None
        if method == "DELETE" and isinstance(refusal, NotFoundError):
            return None
        return RejectedRecord(duns, str(refusal))


def _limited(maximum: int) -> int:
    return min(max(maximum, 1), MAX_NOTIFICATIONS)


# ----------------------------------------------------------------------- reading


def _events(row: dict) -> Iterator[MonitoringEvent]:
    """The events of one notification: one a changed element, or one for all of it."""
    number = values.duns(at(row, "organization", "duns"))
    if number is None:
        return
    change = (parsing.text(row.get("type"), 20) or "").lower() or None
    delivered_at = parsing.moment(row.get("deliveryTimeStamp"))
    common_values = {
        "bureau_id": number,
        "bureau_number": number,
        "company_name": parsing.text(at(row, "organization", "primaryName")),
        "created_at": delivered_at,
        "change_type": change,
    }
    elements = list(rows(row.get("elements")))
    paydex = first(
        _percent(element.get("current"))
        for element in elements
        if _place(element.get("element")) == _PAYDEX
    )
    for element in elements:
        yield _element_event(element, common_values, paydex)
    if not elements:
        yield MonitoringEvent(
            id=_number(number, change, delivered_at),
            kind="status" if change in _ENDS else None,
            happened_at=delivered_at,
            **common_values,
        )


def _element_event(
    element: dict, common_values: dict[str, Any], paydex: int | None
) -> MonitoringEvent:
    path = parsing.text(element.get("element"))
    old, new = element.get("previous"), element.get("current")
    happened_at = first(
        (parsing.moment(element.get("timestamp")), common_values["created_at"])
    )
    fact, fact_value = _fact(_place(path), new, paydex)
    return MonitoringEvent(
        id=_number(
            common_values["bureau_id"],
            common_values["change_type"],
            path,
            _value(old),
            _value(new),
            happened_at,
        ),
        kind=_kind(path),
        rule_name=path,
        happened_at=happened_at,
        old_value=_value(old),
        new_value=_value(new),
        old_number=_plain_number(old),
        new_number=_plain_number(new),
        element=path,
        fact=fact,
        fact_value=fact_value,
        **common_values,
    )


def _number(*parts: Any) -> int:
    """A number that the same event has whenever it is told: the service gives none."""
    text = "\x1f".join("" if part is None else str(part) for part in parts)
    digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()
    # Below 2**53: as exact in JSON as in an integer column.
    return int.from_bytes(digest, "big") >> 11


def _kind(path: str | None) -> str | None:
    """One of :data:`~.credit_monitoring.EVENT_KINDS` by an element's path."""
    place = _place(path)
    return next((kind for start, kind in _KINDS if place.startswith(start)), None)


def _place(path: Any) -> str:
    """An element's path below ``organization``, without places in lists."""
    line = parsing.text(path) or ""
    return _INDEX.sub("", line).removeprefix("organization.")


def _fact(
    place: str, value: Any, paydex: int | None
) -> tuple[str | None, float | str | bool | None]:
    """What an element says holds now.

    :param paydex: the notification's own: it tells days early from days late
    """
    if place == "businessTrading.summary.paymentBehaviorDays":
        days = common.score(value, -365, 3650)
        if days is None or paydex is None:
            return None, None
        return "dbt", -abs(days) if paydex > _ON_TERMS else days
    name, read = _FACTS.get(place, (None, None))
    found = read(value) if read else None
    return (None, None) if found is None else (name, found)


def _plain_number(value: Any) -> float | None:
    value = value.get("value") if isinstance(value, dict) else value
    return common.amount(value)


def _value(value: Any) -> str | None:
    """A value as text: parts of an answer arrive as objects and lists."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        number = common.amount(value)
        if number is None:
            return None
        return f"{number:.0f}" if number.is_integer() else str(number)
    if isinstance(value, dict | list):
        if not value:
            return None
        line = json.dumps(value, ensure_ascii=False, sort_keys=True)
        return parsing.text(line, _LONGEST_VALUE) or parsing.text(line[:1500], 1500)
    return parsing.text(value, _LONGEST_VALUE)
