"""Faults that can be switched on: what services do on their bad days.

======================== ==========================================================
kind                     what the caller meets
======================== ==========================================================
a status (``429``, …)    the service's own body for it; ``seconds`` sets the time to
                         wait before the quota or the limit is over
``timeout``              silence for ``seconds`` (60), then the connection ends
``slow``                 the right answer, ``seconds`` (2) late
``cut_json``             half of the answer's text, as if it were all
``cut_connection``       the connection ends in the middle of the answer
``drop_connection``      the connection ends before any answer
``html``                 200 with a page for people instead of data
``no_body``              200 with nothing in it
``empty``                200 with no results
``not_an_object``        200 with a JSON list instead of an object
``wrong_types``          values of other types than promised
``renamed_field``        ``field`` is called ``to`` from now on; with ``strict`` a
                         query that names the old field is refused with 400
======================== ==========================================================
"""

import json
import threading
import time
from dataclasses import asdict, dataclass

from .http_messages import Response, dumps, json_response

_KINDS = frozenset(
    "timeout slow cut_json cut_connection drop_connection html no_body empty "
    "not_an_object wrong_types renamed_field".split()
)
_PAGE = (
    "<!DOCTYPE html><html><head><title>Maintenance</title></head><body>"
    "<h1>Service momentanément indisponible</h1></body></html>"
).encode()
_TOTALS = ("total_count", "total_results", "total_pages", "totalSize", "totalCount")
_DEFAULT_FIELD = {
    "opendatasoft": "denominationunitelegale",
    "recherche_entreprises": "nom_complet",
    "creditsafe": "id",
    "dnb": "duns",
}


@dataclass
class Fault:
    """A fault that waits: it strikes ``times`` times (None: always) after ``after``
    requests of ``service`` (None: any) whose address contains ``path_contains``."""

    kind: str
    service: str | None = None
    times: int | None = None
    after: int = 0
    seconds: float | None = None
    path_contains: str | None = None
    field: str | None = None
    to: str | None = None
    strict: bool = False
    struck: int = 0

    @classmethod
    def from_dict(cls, values):
        """A fault as the control address gets it; ValueError when it makes none."""
        unknown = set(values) - set(cls.__dataclass_fields__) | {"struck"} & set(values)
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        kind = str(values.get("kind", ""))
        if kind not in _KINDS and not (kind.isdigit() and 400 <= int(kind) <= 599):
            raise ValueError(f"unknown kind: {kind!r}")
        return cls(**{**values, "kind": kind})

    def concerns(self, service, target):
        return self.service in (None, service) and (
            not self.path_contains or self.path_contains in target
        )


class Faults:
    def __init__(self):
        self._lock = threading.Lock()
        self._faults = []

    def add(self, fault):
        with self._lock:
            self._faults.append(fault)

    def clear(self):
        with self._lock:
            self._faults = []

    def state(self):
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def strike(self, service, target):
        """The fault that strikes this request, or None."""
        with self._lock:
            for fault in self._faults:
                if not fault.concerns(service, target):
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    continue
                if fault.times is not None and fault.struck >= fault.times:
                    continue
                fault.struck += 1
                return fault
        return None


def apply(fault, service, request):
    """The answer of ``service`` to ``request`` under ``fault``."""
    kind = fault.kind
    if kind.isdigit():
        return service.fault_response(int(kind), fault)
    if kind == "timeout":
        time.sleep(60 if fault.seconds is None else fault.seconds)
        return Response(drop=True)
    if kind == "drop_connection":
        return Response(drop=True)
    if kind == "html":
        return Response(body=_PAGE, content_type="text/html; charset=utf-8")
    if kind == "no_body":
        return Response()
    if kind == "not_an_object":
        return json_response([1, "deux", None])
    if kind == "slow":
        time.sleep(2 if fault.seconds is None else fault.seconds)
        return service.handle(request)
    if kind == "renamed_field" and fault.strict:
        field = fault.field or _DEFAULT_FIELD.get(service.name, "")
        named = " ".join(text for values in request.query.values() for text in values)
        if field and field in named:
            body = {
                "message": (
                    f"ODSQL query is malformed: Unknown field: {field} "
                    "Clause(s) containing the error(s): select."
                ),
                "error_code": "ODSQLError",
            }
            return json_response(body, 400)
    return _spoil(fault, service, service.handle(request))


def _spoil(fault, service, response):
    body = _whole_body(response)
    response.body, response.chunks = body, None
    if fault.kind == "cut_json":
        response.body = body[: len(body) // 2]
    elif fault.kind == "cut_connection":
        response.sent_bytes = len(body) // 2
    else:
        try:
            answer = json.loads(body)
        except ValueError:
            return response
        response.body = dumps(_spoil_answer(fault, service, answer))
    return response


def _whole_body(response):
    return response.body if response.chunks is None else b"".join(response.chunks)


def _spoil_answer(fault, service, answer):
    if fault.kind == "renamed_field":
        old = fault.field or _DEFAULT_FIELD.get(service.name, "")
        return _rename(answer, old, fault.to or f"{old}_v2")
    if not isinstance(answer, dict):
        return answer
    for rows in ("results", "companies", "data", "matchCandidates", "notifications"):
        if isinstance(answer.get(rows), list):
            break
    else:
        return _spoil_object(fault, answer)
    if fault.kind == "empty":
        for total in _TOTALS:
            if total in answer:
                answer[total] = 0
        answer[rows] = []
    else:
        answer[rows] = [_wrong_types(row) for row in answer[rows]]
    return answer


def _spoil_object(fault, answer):
    """A report, the only answer here without rows that holds a lot."""
    for key in ("report", "organization"):
        if isinstance(answer.get(key), dict):
            empty = fault.kind == "empty"
            answer[key] = {} if empty else _wrong_types(answer[key])
    return answer


def _rename(value, old, new):
    if isinstance(value, list):
        return [_rename(item, old, new) for item in value]
    if isinstance(value, dict):
        return {
            new if key == old else key: _rename(item, old, new)
            for key, item in value.items()
        }
    return value


def _wrong_types(row):
    """Every value becomes one of another type; which one follows its position."""
    if not isinstance(row, dict):
        return [row]
    wrong = {}
    for position, (key, value) in enumerate(row.items()):
        if isinstance(value, str) and value.isdigit():
            wrong[key] = int(value)
        else:
            wrong[key] = (
                {"value": value},
                [value],
                True,
                12.5,
                "",
                -1,
            )[position % 6]
    return wrong
