"""Small HTTP servers for tests: real sockets, answers as the test wants them."""

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass
class Scripted:
    """One answer: a JSON value, or bytes sent as they are."""

    body: object = None
    status: int = 200
    headers: dict = field(default_factory=dict)
    #: Seconds before the answer begins.
    delay: float = 0
    #: Seconds between the bytes of the body.
    trickle: float = 0
    #: Announce this many bytes more than are sent, then close.
    missing: int = 0
    #: Close the connection without a word.
    hang_up: bool = False

    @property
    def patience(self) -> float:
        """Seconds for a caller to wait: not long where the answer is to be too late.

        Other answers have all the time that a busy machine may need.
        """
        return 0.3 if self.delay or self.trickle else 20


@dataclass
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    query: dict
    headers: dict
    content: bytes = b""


class LocalServer:
    """A server on 127.0.0.1 for the time of a ``with``."""

    def __enter__(self):
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body leave together: apart, delayed acknowledgements cost 40 ms.
            disable_nagle_algorithm = True
            wbufsize = -1

            def do_GET(self):
                outer.handle(self)

            do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        ).start()
        return self

    def __exit__(self, *args):
        self._server.shutdown()
        self._server.server_close()

    def handle(self, handler: BaseHTTPRequestHandler):
        raise NotImplementedError

    @staticmethod
    def seen(handler: BaseHTTPRequestHandler) -> Seen:
        length = int(handler.headers.get("Content-Length") or 0)
        content = handler.rfile.read(length)
        parts = urlsplit(handler.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        headers = dict(handler.headers)
        return Seen(handler.command, parts.path, query, headers, content)

    @staticmethod
    def send(handler, status: int, body: bytes, headers: dict, announced: int = 0):
        handler.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body) + announced))
        handler.end_headers()


class ScriptedServer(LocalServer):
    """Gives ``answers`` in turn, the last one again and again; keeps ``requests``."""

    def __init__(self):
        self.answers: list[Scripted] = []
        self.requests: list[Seen] = []

    def handle(self, handler):
        self.requests.append(self.seen(handler))
        answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
        if answer.hang_up:
            handler.close_connection = True
            return
        time.sleep(answer.delay)
        body = answer.body
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        try:
            self.send(handler, answer.status, body, answer.headers, answer.missing)
            if answer.trickle:
                for index in range(len(body)):
                    handler.wfile.write(body[index : index + 1])
                    handler.wfile.flush()
                    time.sleep(answer.trickle)
            else:
                handler.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            pass
        if answer.missing:
            handler.close_connection = True


class LogsIn:
    """Mixed into a server: logs anybody in, the rest is the server's own."""

    #: Path of the log-in, and its answer.
    door: tuple[str, dict] = ("", {})

    log_ins = 0

    def handle(self, handler):
        path, token = self.door
        if handler.path != path:
            super().handle(handler)
            return
        self.seen(handler)
        self.log_ins += 1
        body = json.dumps(token).encode()
        self.send(handler, 200, body, {})
        handler.wfile.write(body)


class FixedServer(LocalServer):
    """Gives ``status`` and ``body`` to every call; keeps ``requests``."""

    def __init__(self):
        self.requests: list[Seen] = []
        self.answer(200, {})

    def answer(self, status, body, headers=None):
        self.status = status
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.headers = headers or {}
        self.requests.clear()
        self.log_ins = 0

    def handle(self, handler):
        self.requests.append(self.seen(handler))
        body = b"" if self.status == 204 else self.body
        self.send(handler, self.status, body, self.headers)
        handler.wfile.write(body)
