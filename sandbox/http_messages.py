"""Requests and answers as services see them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

JSON = "application/json; charset=utf-8"


@dataclass(frozen=True)
class Request:
    """``path`` is decoded; ``query`` holds the list of values of each parameter."""

    method: str
    path: str
    query: dict
    headers: object = field(default_factory=dict)
    body: bytes = b""
    client: str = "127.0.0.1"

    @classmethod
    def from_target(cls, method, target, headers, body, client):
        parts = urlsplit(target)
        query = parse_qs(parts.query, keep_blank_values=True)
        return cls(method, parts.path, query, headers, body, client)

    def one(self, name, default=None):
        """The last value of a parameter."""
        values = self.query.get(name)
        return values[-1] if values else default

    def json(self):
        """The body as an object; ValueError when it is anything else."""
        value = json.loads(self.body or b"{}")
        if not isinstance(value, dict):
            raise ValueError("a JSON object is expected")
        return value


@dataclass
class Response:
    """``chunks``, if given, are sent one after the other instead of ``body``.

    ``sent_bytes`` cuts the transfer short of the announced length and ends the
    connection; ``drop`` ends it before anything is sent.
    """

    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: dict = field(default_factory=dict)
    chunks: Iterable | None = None
    sent_bytes: int | None = None
    drop: bool = False


def dumps(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def json_response(value, status=200, headers=None):
    return Response(status, dumps(value), headers=headers or {})
