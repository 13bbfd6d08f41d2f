"""Registrations of D&B's stand-in, and their queues of notifications.

A notification waits four days to be pulled, and can be replayed fourteen days from
when it arose. Which of the public accounts of the calls is right is not known: all
three ways to put companies in are served.
"""

import datetime
import re
from collections import deque
from dataclasses import dataclass, field

from .creditsafe_account import utc_now

#: The registration that the account has at the start.
REFERENCE = "SANDBOX-FR"
KEPT = datetime.timedelta(days=4)
REPLAYED = datetime.timedelta(days=14)
_DUNS = re.compile(rb"\b[0-9]{9}\b")


class UnknownRegistration(LookupError):
    """No registration has this reference."""


@dataclass
class Registration:
    """``waiting`` and ``pulled`` hold (moment, notification), oldest first."""

    reference: str
    seeds: bool = False
    duns: dict = field(default_factory=dict)
    waiting: deque = field(default_factory=deque)
    pulled: deque = field(default_factory=deque)


class Queues:
    """All registrations, and the service's clock."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.moved_on = datetime.timedelta()
        self.registrations = {REFERENCE: Registration(REFERENCE)}
        self.lost = 0

    def now(self):
        return utc_now() + self.moved_on

    def get(self, reference):
        registration = self.registrations.get(reference)
        if registration is None:
            raise UnknownRegistration(reference)
        return registration

    def notify(self, duns, kind, elements, moment=None, seed=None):
        """Tell all registrations that hold a company; number of notifications."""
        moment = moment or self.now()
        told = 0
        for registration in self.registrations.values():
            if duns in registration.duns:
                self.put(registration, duns, kind, elements, moment, seed)
                told += 1
        return told

    @staticmethod
    def put(registration, duns, kind, elements, moment, seed=None):
        notification = {
            "type": kind,
            "organization": {"duns": duns, **(seed or {})},
            "elements": elements,
            "deliveryTimeStamp": _text(moment),
        }
        registration.waiting.append((moment, notification))

    def pull(self, registration, most):
        """The next notifications, taken off the queue."""
        self._forget(registration)
        found = []
        while registration.waiting and len(found) < most:
            entry = registration.waiting.popleft()
            registration.pulled.append(entry)
            found.append(entry[1])
        return found

    def replay(self, registration, since, most):
        """Notifications already pulled that arose since a moment."""
        self._forget(registration)
        found = [one for moment, one in registration.pulled if moment >= since]
        return found[:most]

    def _forget(self, registration):
        now = self.now()
        while registration.waiting and registration.waiting[0][0] < now - KEPT:
            registration.waiting.popleft()
            self.lost += 1
        while registration.pulled and registration.pulled[0][0] < now - REPLAYED:
            registration.pulled.popleft()


class Monitoring:
    """Calls below ``/v1/monitoring/registrations/{reference}``."""

    def __init__(self, service):
        self._service = service

    def subject(self, request, reference, duns):
        """POST or DELETE of one company."""
        registration = self._service.queues.get(reference)
        if request.method == "DELETE":
            if registration.duns.pop(duns, None) is None:
                return 404, self._service.error("21014", "Subject is not registered.")
            return 200, self._information("21114", "Subject is removed.")
        if duns in registration.duns:
            return 400, self._service.error("21012", "Subject is already registered.")
        if not self._add(registration, duns):
            return 404, self._service.error("21015", "Subject is not found.")
        return 201, self._information("21113", "Subject is added.")

    def subjects(self, request, reference):
        """POST or DELETE of ``{"dunsList": […]}``."""
        registration = self._service.queues.get(reference)
        numbers = request.json().get("dunsList")
        if not isinstance(numbers, list):
            return 400, self._service.error("21001", "dunsList is required.")
        if request.method == "DELETE":
            removed = [registration.duns.pop(str(one), None) for one in numbers]
            return 200, {"removedQuantity": sum(one is not None for one in removed)}
        refused = []
        added = 0
        for number in map(str, numbers):
            if number in registration.duns:
                continue
            if self._add(registration, number):
                added += 1
            else:
                refused.append(number)
        return 202, {"addedQuantity": added, "rejectedDuns": refused}

    def file(self, request, reference, change):
        """PATCH of a file of numbers; those that are unknown are told nowhere."""
        registration = self._service.queues.get(reference)
        for found in _DUNS.findall(request.body):
            number = found.decode()
            if change == "remove":
                registration.duns.pop(number, None)
            else:
                self._add(registration, number)
        return 202, self._information("21113", "The file is accepted.")

    def _add(self, registration, number):
        company = self._service.company(number)
        if company is None:
            return False
        queues = self._service.queues
        if number not in registration.duns:
            registration.duns[number] = _text(queues.now())
            if registration.seeds:
                seed = self._service.seed(number, company)
                queues.put(registration, number, "SEED", [], queues.now(), seed)
        return True

    def notifications(self, request, reference):
        """GET of the next 1 to 100."""
        registration = self._service.queues.get(reference)
        most = _most(request)
        if most is None:
            return 400, self._service.error("21002", "maxNotifications is 1 to 100.")
        return 200, self._batch(
            reference, self._service.queues.pull(registration, most)
        )

    def replay(self, request, reference):
        """GET of what was pulled since ``replayStartTimestamp``."""
        registration = self._service.queues.get(reference)
        most = _most(request)
        since = _moment(request.one("replayStartTimestamp"))
        if most is None or since is None:
            return 400, self._service.error("21003", "replayStartTimestamp is needed.")
        found = self._service.queues.replay(registration, since, most)
        return 200, self._batch(reference, found)

    def _batch(self, reference, notifications):
        return {
            "transactionDetail": self._service.transaction(),
            "inquiryDetail": {"reference": reference},
            "notifications": notifications,
        }

    @staticmethod
    def _information(code, message):
        return {"information": {"code": code, "message": message}}


def _most(request):
    text = request.one("maxNotifications", "100")
    return int(text) if text.isdigit() and 1 <= int(text[:4]) <= 100 else None


def _moment(text):
    try:
        found = datetime.datetime.fromisoformat((text or "").replace("Z", "+00:00"))
    except ValueError:
        return None
    if found.tzinfo is not None:
        found = found.astimezone(datetime.timezone.utc).replace(tzinfo=None)
    return found


def _text(moment):
    return moment.isoformat(timespec="milliseconds") + "Z"
