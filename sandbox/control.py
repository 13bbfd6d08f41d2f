"""The control address: changes the register, switches faults on, tells what was asked.

Everything is JSON. ``GET /control/`` lists what can be asked.
"""

import datetime
import json
import random

from .changes import CHANGEABLE, ChangeError, Changes
from .faults import Fault
from .fields import FIELDS
from .http_messages import json_response
from .store import json_sql

_HELP = {
    "GET /control/health": "state of the sandbox",
    "POST /control/reset": "register, faults, quotas and counters as at the start",
    "POST /control/register/move": {"count": 40, "sirens": ["…"]},
    "POST /control/register/close": {"count": 5, "sirets": ["…"]},
    "POST /control/register/cease": {"count": 5, "sirens": ["…"]},
    "POST /control/register/reopen": {"sirens": ["…"], "sirets": ["…"]},
    "POST /control/register/change": [
        {"siret": "…", "values": {"field": "value"}},
        {"count": 10, "fields": list(CHANGEABLE)},
    ],
    "POST /control/register/reload": {"date": "2026-11-21T05:30:00+00:00"},
    "POST /control/faults": {
        "service": "opendatasoft",
        "kind": "429, 500, timeout, slow, cut_json, html, wrong_types, …",
        "times": 1,
        "after": 0,
        "seconds": 1,
        "path_contains": "records",
    },
    "GET, DELETE /control/faults": "those that wait; take all away",
    "POST /control/latency": {"ms": 50},
    "GET, POST /control/quota": {
        "key": "a key, null for callers without one",
        "limit": 100,
        "reset_format": "iso or epoch",
        "requests_per_second": 7,
    },
    "GET, POST /control/keys": {"add": ["…"], "remove": ["…"]},
    "GET, DELETE /control/requests?last=100": "counters and last requests; zero them",
    "GET /control/creditsafe/help": "what can happen at Creditsafe's stand-in",
    "GET /control/dnb/help": "what can happen at D&B's stand-in",
    "GET /control/altares_iws": "calls, monitored companies and alerts at Altares'",
    "GET /control/altares_iws/export?count=200": "a file as its portal exports it",
    "POST /control/altares_iws/alerts": {"siren": "…", "codes": ["ALTA_SCO"]},
    "GET /control/companies?case=moved_seat&limit=20": "what exists, by case",
    "GET /control/sample?count=100&seed=1&fields=siren,siret": (
        "open establishments picked at random"
    ),
}


class _Refused(Exception):
    pass


def _number(request, name, default):
    text = request.one(name)
    if text is None:
        return default
    try:
        return int(text)
    except ValueError:
        raise _Refused(f"{name} is a whole number, got {text!r}") from None


class Control:
    def __init__(self, sandbox):
        self._sandbox = sandbox
        self._changes = Changes(sandbox.store)

    def handle(self, request):
        path = request.path.removeprefix("/control").strip("/")
        if not path:
            return json_response(_HELP)
        service, _slash, rest = path.partition("/")
        own = getattr(self._sandbox.services.get(service), "control", None)
        if own:
            return self._answered(lambda: own(request, rest.replace("/", "_")))
        what = path.replace("/", "_")
        answer = getattr(self, f"_{request.method.lower()}_{what}", None)
        if answer is None:
            message = f"unknown: {request.method} {request.path}"
            return json_response({"error": message}, 404)
        return self._answered(lambda: json_response(answer(request)))

    @staticmethod
    def _answered(answer):
        try:
            return answer()
        except (ChangeError, _Refused, ValueError, TypeError, KeyError) as error:
            return json_response({"error": str(error)}, 400)

    # -- state ---------------------------------------------------------------------

    def _get_health(self, _request):
        store = self._sandbox.store
        return {
            "status": "ok",
            "companies": store.companies,
            "seed": store.seed,
            "establishments": store.count("1"),
            "data_processed": self._sandbox.data_processed,
            "latency_ms": self._sandbox.latency * 1000,
        }

    def _post_reset(self, request):
        self._changes.reset()
        self._sandbox.start_again()
        return self._get_health(request)

    # -- the register --------------------------------------------------------------

    def _post_register_move(self, request):
        return self._change(request, self._changes.move, "count", "sirens")

    def _post_register_close(self, request):
        return self._change(request, self._changes.close, "count", "sirets")

    def _post_register_cease(self, request):
        return self._change(request, self._changes.cease, "count", "sirens")

    def _post_register_reopen(self, request):
        return self._change(request, self._changes.reopen, "sirens", "sirets")

    def _post_register_change(self, request):
        if "siret" in request.json():
            return self._change(request, self._changes.change, "siret", "values")
        return self._change(request, self._changes.change_some, "count", "fields")

    def _change(self, request, operation, *names):
        values = request.json()
        unknown = set(values) - set(names)
        if unknown:
            raise _Refused(f"unknown: {', '.join(sorted(unknown))}")
        day = self._now()
        with self._sandbox.store.transaction():
            changed = operation(day, **values)
        self._sandbox.data_processed = day
        return {"count": len(changed), "changed": changed, "data_processed": day}

    def _post_register_reload(self, request):
        moment = request.json().get("date") or self._now()
        datetime.datetime.fromisoformat(moment)
        self._sandbox.data_processed = moment
        return {"data_processed": moment}

    def _now(self):
        """Now, yet later than the last load: two changes in a second are two loads."""
        now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        last = datetime.datetime.fromisoformat(self._sandbox.data_processed)
        if last.tzinfo is None:
            last = last.replace(tzinfo=datetime.timezone.utc)
        if last >= now:
            now = last + datetime.timedelta(seconds=1)
        return now.isoformat()

    # -- faults, latency, quotas ---------------------------------------------------

    def _get_faults(self, _request):
        return {"faults": self._sandbox.faults.state()}

    def _post_faults(self, request):
        fault = Fault.from_dict(request.json())
        services = self._sandbox.services
        if fault.service is not None and fault.service not in services:
            raise _Refused(f"unknown service: {fault.service}")
        self._sandbox.faults.add(fault)
        return self._get_faults(request)

    def _delete_faults(self, request):
        self._sandbox.faults.clear()
        return self._get_faults(request)

    def _post_latency(self, request):
        milliseconds = float(request.json()["ms"])
        if milliseconds < 0:
            raise _Refused("ms can't be negative")
        self._sandbox.latency = milliseconds / 1000
        return {"ms": milliseconds}

    def _get_quota(self, _request):
        state = self._sandbox.quotas.state()
        directory = self._sandbox.services["recherche_entreprises"]
        return {**state, "requests_per_second": directory.requests_per_second}

    def _post_quota(self, request):
        values = request.json()
        if "limit" in values:
            self._sandbox.quotas.set_limit(values.get("key"), values["limit"])
        if values.get("reset_format"):
            if values["reset_format"] not in ("iso", "epoch"):
                raise _Refused("reset_format is iso or epoch")
            self._sandbox.quotas.reset_format = values["reset_format"]
        if "requests_per_second" in values:
            directory = self._sandbox.services["recherche_entreprises"]
            directory.requests_per_second = values["requests_per_second"]
        return self._get_quota(request)

    def _get_keys(self, _request):
        return {"keys": sorted(self._sandbox.quotas.keys)}

    def _post_keys(self, request):
        values = request.json()
        keys = self._sandbox.quotas.keys
        keys.update(map(str, values.get("add", ())))
        keys.difference_update(values.get("remove", ()))
        return self._get_keys(request)

    # -- what was asked ------------------------------------------------------------

    def _get_requests(self, request):
        return self._sandbox.traffic.state(_number(request, "last", 100))

    def _delete_requests(self, request):
        self._sandbox.traffic.clear()
        return self._get_requests(request)

    # -- what exists ---------------------------------------------------------------

    def _get_companies(self, request):
        store = self._sandbox.store
        case = request.one("case")
        limit = _number(request, "limit", 20)
        condition, parameters = "1", []
        if case:
            condition = "instr(',' || case_tags || ',', ?)"
            parameters = [f",{case},"]
        total = store.count(condition, parameters)
        tags = store.query(
            f"SELECT case_tags FROM establishment WHERE {condition} "
            f"ORDER BY id LIMIT {limit}",
            parameters,
        )
        records = store.records(condition, parameters, f"ORDER BY id LIMIT {limit}")
        for record, row in zip(records, tags, strict=True):
            record["case"] = row[0]
        return {"total_count": total, "results": records}

    def _get_sample(self, request):
        """Open seats that are fully diffused: the truth to make partners from."""
        store = self._sandbox.store
        count = _number(request, "count", 100)
        condition = (
            "etatadministratifetablissement = 'Actif' AND etablissementsiege = 'oui' "
            "AND statutdiffusionetablissement = 'O' "
            "AND denominationunitelegale IS NOT NULL "
            "AND adresseetablissement IS NOT NULL"
        )
        ids = [
            row[0]
            for row in store.query(
                f"SELECT id FROM establishment WHERE {condition} ORDER BY id"
            )
        ]
        rng = random.Random(f"{store.seed}:sample:{request.one('seed', '0')}")
        chosen = rng.sample(ids, min(count, len(ids)))
        fields = self._fields(request)
        results = []
        for start in range(0, len(chosen), 500):
            part = chosen[start : start + 500]
            rows = store.query(
                f"SELECT id, {json_sql(fields)} FROM establishment "
                f"WHERE id IN ({', '.join('?' * len(part))})",
                part,
            )
            texts = dict(rows)
            results += [json.loads(texts[row_id]) for row_id in part]
        return {"total_count": len(results), "results": results}

    @staticmethod
    def _fields(request):
        """The fields asked for in ``fields``, a comma list; all of them without it."""
        names = (request.one("fields") or "").split(",")
        chosen = [name.strip() for name in names if name.strip()]
        unknown = set(chosen) - set(FIELDS)
        if unknown:
            raise _Refused(f"unknown fields: {', '.join(sorted(unknown))}")
        return [(name, name) for name in chosen or FIELDS]
