"""The sandbox as a whole: the services, what they share, and who answers a request.

A service is a class in a file of its own with ``name``, ``handle(request)`` and
``fault_response(status, fault)``, if need be ``reset()`` and
``control(request, what)``; it gets the sandbox when it is made. Add it to ``SERVICES``
with the path that it is mounted at.
"""

import datetime
import time

from . import faults, quota, traffic
from .altares_iws import AltaresIws
from .control import Control
from .creditsafe import Creditsafe
from .dnb import Dnb
from .http_messages import Request, json_response
from .opendatasoft import OpenDataSoft
from .recherche_entreprises import RechercheEntreprises
from .store import Store

SERVICES = (
    ("/opendatasoft", OpenDataSoft),
    ("/recherche-entreprises", RechercheEntreprises),
    ("/creditsafe", Creditsafe),
    ("/dnb", Dnb),
    ("/altares/iws", AltaresIws),
)
#: Age of the dataset at the start: a service that loads it about monthly.
_AGE_AT_START = datetime.timedelta(days=12)


def dataset_moment(moment):
    return moment.replace(microsecond=0).isoformat()


class Sandbox:
    """Everything that is shared: register, faults, quotas, traffic and clock."""

    def __init__(
        self, path=":memory:", companies=2000, seed="partner", latency=0, loaded=None
    ):
        self.store = Store(path, companies, seed)
        self.faults = faults.Faults()
        self.quotas = quota.Quotas()
        self.traffic = traffic.Traffic()
        self._first_latency = latency / 1000
        self._first_loaded = loaded
        self.services = {}
        self._mounts = []
        for mount, service_class in SERVICES:
            service = service_class(self)
            self.services[service.name] = service
            self._mounts.append((mount, service))
        self._control = Control(self)
        self.start_again()

    def start_again(self):
        """Settings as they are at the start (the register is the store's business)."""
        self.latency = self._first_latency
        start = datetime.datetime.now(datetime.timezone.utc) - _AGE_AT_START
        self.data_processed = self._first_loaded or dataset_moment(
            start.replace(hour=5, minute=30, second=0)
        )
        self.faults.clear()
        self.quotas.reset()
        self.traffic.clear()
        for service in self.services.values():
            if hasattr(service, "reset"):
                service.reset()

    def answer(self, method, target, headers, body, client):
        """The response to a request as it came in."""
        request = Request.from_target(method, target, headers, body, client)
        if request.path.startswith("/control/"):
            return self._control.handle(request)
        for mount, service in self._mounts:
            if request.path == mount or request.path.startswith(mount + "/"):
                return self._serve(service, mount, request, target)
        return json_response({"error": f"nothing is mounted at {request.path}"}, 404)

    def _serve(self, service, mount, request, target):
        started = time.perf_counter()
        if self.latency:
            time.sleep(self.latency)
        inner = Request(
            request.method,
            request.path[len(mount) :],
            request.query,
            request.headers,
            request.body,
            request.client,
        )
        fault = self.faults.strike(service.name, target)
        worked = time.perf_counter()
        try:
            if fault:
                response = faults.apply(fault, service, inner)
            else:
                response = service.handle(inner)
        except Exception:
            self._note(service, inner, 500, started, fault)
            raise
        milliseconds = (time.perf_counter() - worked) * 1000
        response.headers["Server-Timing"] = f"app;dur={milliseconds:.3f}"
        status = None if response.drop else response.status
        self._note(service, inner, status, started, fault)
        return response

    def _note(self, service, request, status, started, fault):
        seconds = time.perf_counter() - started
        kind = fault.kind if fault else None
        self.traffic.note(service.name, request, status, seconds, kind)
