"""Somebody who works in an Odoo that runs, as a browser would."""

import json
import urllib.request
from operator import itemgetter

from .console import Problem


class Refused(Problem):
    """Odoo's answer is an error; ``kind`` is its class, such as its ``UserError``."""

    def __init__(self, kind: str, message: str):
        super().__init__(f"Odoo refused: {message}")
        self.kind = kind


class RemoteUser:
    """One whose password is the login, calling methods as a browser would."""

    def __init__(self, database: str, port: int, login: str):
        self._address = f"http://127.0.0.1:{port}/jsonrpc"
        uid = self._call("common", "authenticate", database, login, login, {})
        self._access = database, uid, login

    def __call__(self, model: str, method: str, *arguments, **context):
        """Call a method; what is named is context."""
        called = model, method, arguments, {"context": context}
        return self._call("object", "execute_kw", *self._access, *called)

    def _call(self, service: str, method: str, *arguments):
        called = {"service": service, "method": method, "args": arguments}
        answer = post(self._address, {"method": "call", "params": called})
        if "error" in answer:
            raise Refused(*itemgetter("name", "message")(answer["error"]["data"]))
        return answer.get("result")


def post(address: str, values: dict) -> dict:
    request = urllib.request.Request(
        address, json.dumps(values).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)
