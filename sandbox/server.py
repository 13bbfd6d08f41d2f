"""HTTP/1.1 server with connections that stay open, one thread a connection.

Werkzeug's own server ends every connection after one answer and wsgiref speaks
HTTP/1.0; a client that keeps its connections, as ours does, is to be measured as it
works against the real services. Answers leave in one write with Nagle's algorithm off:
otherwise delayed acknowledgements add 40 ms to each.
"""

import socket
import sys
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer

from .http_messages import json_response

_LARGEST_BODY = 10_000_000


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "sandbox"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1
    #: Seconds that an idle connection is kept.
    timeout = 120

    def _respond(self):
        body = self._read_body()
        if body is None:
            return
        try:
            response = self.server.sandbox.answer(
                self.command,
                self.path,
                self.headers,
                body,
                self.client_address[0],
            )
        except Exception:
            traceback.print_exc()
            response = json_response({"error": "the sandbox failed: see its log"}, 500)
        if response.drop:
            self._hang_up()
        elif response.chunks is not None:
            self._send_chunks(response)
        else:
            self._send(response)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _respond

    def _read_body(self):
        if "Transfer-Encoding" in self.headers:
            self.send_error(411)
            self.close_connection = True
            return None
        try:
            length = int(self.headers.get("Content-Length") or 0)
        except ValueError:
            length = -1
        if not 0 <= length <= _LARGEST_BODY:
            self.send_error(400)
            self.close_connection = True
            return None
        return self.rfile.read(length) if length else b""

    def _start(self, response):
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        for name, value in response.headers.items():
            self.send_header(name, value)

    def _send(self, response):
        self._start(response)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if response.sent_bytes is None:
            self.wfile.write(response.body)
        else:
            self.wfile.write(response.body[: response.sent_bytes])
            self.wfile.flush()
            self._hang_up()

    def _send_chunks(self, response):
        self._start(response)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for chunk in response.chunks:
            if chunk:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        self.wfile.write(b"0\r\n\r\n")

    def _hang_up(self):
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def log_message(self, *args):
        """Requests are counted by the sandbox itself."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, address, sandbox):
        self.sandbox = sandbox
        super().__init__(address, _Handler)

    def server_bind(self):
        # The base class asks the name service for the host's name, which can hang.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]

    def handle_error(self, request, client_address):
        # A caller that went away is everyday life, above all with faults switched on.
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError | OSError):
            super().handle_error(request, client_address)
