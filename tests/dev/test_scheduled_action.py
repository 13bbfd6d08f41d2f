"""dev/run waits for a scheduled action that Odoo itself has begun."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from dev.lib import databases, scheduled_action
from dev.lib.remote_user import Refused


@contextmanager
def odoo(*answers):
    """A server that gives these answers to calls, after the log-in's."""
    left = [{"result": 2}, *answers]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            body = json.dumps(left.pop(0)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1], left
    finally:
        server.shutdown()
        server.server_close()


def error(kind):
    return {"error": {"data": {"name": kind, "message": "No."}}}


@pytest.fixture(autouse=True)
def database(monkeypatch):
    monkeypatch.setattr(databases, "query", lambda *arguments, **names: ["7"])


def test_busy_action_is_run_afterwards():
    busy = error("odoo.exceptions.UserError")
    with odoo(busy, busy, {"result": True}) as (port, left):
        scheduled_action.run_now(None, "trial", port, "cron")
    assert not left


def test_failing_action_is_told():
    with odoo(error("builtins.ValueError")) as (port, _left):
        with pytest.raises(Refused, match=r"Odoo refused: No\."):
            scheduled_action.run_now(None, "trial", port, "cron")
