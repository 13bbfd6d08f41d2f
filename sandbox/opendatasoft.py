"""Stand-in of OpenDataSoft's Explore API v2.1, with the SIRENE dataset.

Mounted at ``/opendatasoft``; the API's base is ``/opendatasoft/api/explore/v2.1``.
Where the real service's words are not known (bodies of 401 and 404), the answer is
made in the style of the others.
"""

import datetime
import re
import sqlite3

from .fields import FACETS, FIELD_TYPES, FIELDS, field_label
from .http_messages import Response, json_response
from .odsql import (
    OdsqlError,
    compile_order_by,
    compile_refine,
    compile_select,
    compile_where,
    like,
)
from .quota import next_midnight
from .store import json_sql

DATASET = "economicref-france-sirene-v3"
BASE = "/api/explore/v2.1/catalog/datasets"
_LARGEST_WINDOW = 10_000
_ROWS_A_CHUNK = 500
_EVERYTHING = [(name, name) for name in FIELDS]
_PATH = re.compile(
    rf"{BASE}(?:/(?P<dataset>[^/]+)"
    r"(?:/(?P<resource>records|exports)(?:/(?P<item>[^/]+))?)?)?/?"
)


class _ApiError(Exception):
    def __init__(self, status, body):
        super().__init__(status)
        self.status = status
        self.body = body


def _bad_odsql(error, clause):
    message = (
        f"ODSQL query is malformed: {error} "
        f"Clause(s) containing the error(s): {clause}."
    )
    return _ApiError(400, {"message": message, "error_code": "ODSQLError"})


def _bad_parameter(subject, found, expected):
    message = (
        f"Invalid value for {subject} API parameter: {found} was found "
        f"but {expected} is expected."
    )
    return _ApiError(
        400, {"error_code": "InvalidRESTParameterError", "message": message}
    )


def _integer(request, name, default):
    text = request.one(name)
    if text is None or text == "":
        return default
    try:
        return int(text)
    except ValueError:
        raise _bad_parameter(name, text, "an integer") from None


class OpenDataSoft:
    name = "opendatasoft"

    def __init__(self, sandbox):
        self._sandbox = sandbox
        self._store = sandbox.store
        self._store.create_function("ods_like", 2, like)

    # -- what the sandbox asks of a service ----------------------------------------

    def handle(self, request):
        key = _api_key(request)
        quota = self._sandbox.quotas
        if key is not None and not quota.knows(key):
            return json_response(
                {"error_code": "Unauthorized", "message": "The API key is not valid."},
                401,
            )
        account = quota.use(key, request.client)
        if account.exhausted:
            return self.too_many_requests(account.headers(), account.limit)
        try:
            response = self._answer(request)
        except _ApiError as error:
            response = json_response(error.body, error.status)
        except sqlite3.OperationalError:
            # The engine's own limits: thousands of conditions in one query.
            error = _bad_odsql("the query is too complex", "where")
            response = json_response(error.body, error.status)
        response.headers.update(account.headers())
        return response

    def too_many_requests(self, headers=None, limit=10_000, reset=None):
        """The answer when the domain's quota is used up; ``reset``: a moment, UTC."""
        reset = reset or next_midnight()
        body = {
            "errorcode": 10002,
            "reset_time": reset.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "limit_time_unit": "day",
            "call_limit": limit,
            "error": (
                "Too many requests on the domain. "
                "Please contact the domain administrator."
            ),
        }
        return json_response(body, 429, headers)

    def fault_response(self, status, fault):
        """The service's own body for a fault that is an HTTP status."""
        if status == 429:
            reset = None
            if fault.seconds is not None:
                now = datetime.datetime.now(datetime.timezone.utc)
                reset = now + datetime.timedelta(seconds=fault.seconds)
            return self.too_many_requests(reset=reset)
        bodies = {
            401: {"error_code": "Unauthorized", "message": "The API key is not valid."},
            404: {"error_code": "NotFoundError", "message": "Unknown dataset"},
        }
        body = bodies.get(
            status,
            {"error_code": "InternalServerError", "message": "Something went wrong."},
        )
        return json_response(body, status)

    # -- the API -------------------------------------------------------------------

    def _answer(self, request):
        match = _PATH.fullmatch(request.path)
        if not match:
            raise _ApiError(
                404, {"error_code": "NotFoundError", "message": "Unknown resource"}
            )
        if request.method != "GET":
            raise _ApiError(
                405,
                {"error_code": "MethodNotAllowed", "message": "GET is expected."},
            )
        dataset, resource, item = match.group("dataset", "resource", "item")
        if dataset is None:
            return json_response({"total_count": 1, "results": [self._metadata()]})
        # The same data is served under this name by the service's other domain.
        if dataset.removesuffix("@public") != DATASET:
            message = f"Unknown dataset: {dataset}"
            raise _ApiError(404, {"error_code": "NotFoundError", "message": message})
        if resource is None:
            return json_response(self._metadata())
        if resource == "records":
            return self._record(item) if item else self._records(request)
        return self._export(request, item)

    def _metadata(self):
        loaded = self._sandbox.data_processed
        return {
            "visibility": "domain",
            "dataset_id": DATASET,
            "dataset_uid": "da_sirene",
            "has_records": True,
            "features": ["analyze", "timeserie"],
            "attachments": [],
            "alternative_exports": [],
            "data_visible": True,
            "fields": [
                {
                    "name": name,
                    "label": field_label(name),
                    "type": FIELD_TYPES[name],
                    "description": None,
                    "annotations": {"facet": []} if name in FACETS else {},
                }
                for name in FIELDS
            ],
            "metas": {
                "default": {
                    "title": "Base Sirene des entreprises et de leurs établissements",
                    "license": "Licence Ouverte v2.0 (Etalab)",
                    "language": "fr",
                    "timezone": None,
                    "modified": loaded,
                    "data_processed": loaded,
                    "metadata_processed": loaded,
                    "publisher": "INSEE",
                    "records_count": self._store.count("1"),
                }
            },
        }

    def _condition(self, request):
        conditions, parameters = [], []
        for clause, compile_clause, wrap in (
            ("where", compile_where, "{}"),
            ("refine", compile_refine, "{}"),
            ("exclude", compile_refine, "({}) IS NOT TRUE"),
        ):
            for source in request.query.get(clause, ()):
                if not source.strip():
                    continue
                try:
                    condition, values = compile_clause(source)
                except OdsqlError as error:
                    raise _bad_odsql(error, clause) from None
                conditions.append(wrap.format(condition))
                parameters += values
        return " AND ".join(conditions) or "1", parameters

    def _selection(self, request):
        """``[(field, name in the answer), …]``."""
        select = request.one("select", "").strip()
        try:
            return compile_select(select) if select else _EVERYTHING
        except OdsqlError as error:
            raise _bad_odsql(error, "select") from None

    def _order(self, request):
        order_by = request.one("order_by", "").strip()
        if not order_by:
            return "ORDER BY id"
        try:
            return f"ORDER BY {compile_order_by(order_by)}, id"
        except OdsqlError as error:
            raise _bad_odsql(error, "order_by") from None

    def _records(self, request):
        if request.one("group_by"):
            # Ungrouped rows in its place would be a lie.
            raise _bad_odsql("group_by is not supported by the sandbox.", "group_by")
        limit = _integer(request, "limit", 10)
        offset = _integer(request, "offset", 0)
        if not -1 <= limit <= 100:
            raise _bad_parameter("limit", limit, "-1 <= limit <= 100")
        if offset < 0:
            raise _bad_parameter("offset", offset, ">= 0")
        limit = 100 if limit == -1 else limit
        if offset + limit > _LARGEST_WINDOW:
            raise _bad_parameter(
                "sum of offset + limit", offset + limit, f"<= {_LARGEST_WINDOW}"
            )
        condition, parameters = self._condition(request)
        selection = self._selection(request)
        order = self._order(request)
        total = self._store.count(condition, parameters)
        # The text is made for the page's rows only, not for all that are sorted.
        rows = self._store.query(
            "WITH page AS MATERIALIZED (SELECT id FROM establishment "
            f"WHERE {condition} {order} LIMIT {limit} OFFSET {offset}) "
            f"SELECT {json_sql(selection)} FROM page CROSS JOIN establishment "
            "USING (id)",
            parameters,
        )
        results = ",".join(row[0] for row in rows)
        return Response(
            body=f'{{"total_count":{total},"results":[{results}]}}'.encode()
        )

    def _record(self, record_id):
        try:
            siret = bytes.fromhex(record_id).decode("ascii")
        except ValueError:
            siret = ""
        records = self._store.records("siret = ?", (siret,))
        if not records:
            message = f"Unknown record: {record_id}"
            raise _ApiError(404, {"error_code": "NotFoundError", "message": message})
        return json_response(records[0])

    def _export(self, request, export_format):
        if export_format not in ("json", "jsonl"):
            raise _bad_parameter("format", export_format, "one of json, jsonl")
        limit = _integer(request, "limit", -1)
        if limit < -1:
            raise _bad_parameter("limit", limit, ">= -1")
        condition, parameters = self._condition(request)
        selection = self._selection(request)
        # The row numbers are read first, the rows by portions: the store is free for
        # others while a long export is on its way.
        ids = self._store.query(
            f"SELECT id FROM establishment WHERE {condition} {self._order(request)} "
            f"LIMIT {limit}",
            parameters,
        )
        portions = self._portions([row[0] for row in ids], selection)
        if export_format == "jsonl":
            chunks = ("".join(f"{row}\n" for row in part).encode() for part in portions)
            return Response(content_type="application/jsonl", chunks=chunks)
        return Response(chunks=_json_array(portions))

    def _portions(self, ids, selection):
        """JSON texts of rows by their number, a list a portion, in the order asked."""
        for start in range(0, len(ids), _ROWS_A_CHUNK):
            part = ids[start : start + _ROWS_A_CHUNK]
            rows = self._store.query(
                f"SELECT id, {json_sql(selection)} FROM establishment "
                f"WHERE id IN ({', '.join('?' * len(part))})",
                part,
            )
            texts = dict(rows)
            yield [texts[row_id] for row_id in part if row_id in texts]


def _json_array(portions):
    separator = "["
    for part in portions:
        if part:
            yield (separator + ",".join(part)).encode()
            separator = ","
    yield b"[]" if separator == "[" else b"]"


def _api_key(request):
    """The key of a request, from the header or the address; None without one."""
    scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "apikey" and key.strip():
        return key.strip()
    return request.one("apikey") or None


def record_id(siret):
    """Identifier of an establishment's record."""
    return siret.encode().hex()
