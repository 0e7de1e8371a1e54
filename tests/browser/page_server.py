"""Serves the test page: on an origin of its own, as the pages' development servers do, or on the service's."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

FILES = Path(__file__).resolve().parent / "page"
KNOWN_PORTS = (1997, 1995)
"""The pages' development ports, which the local stage trusts by itself (spec 40, section 5)."""

OWN_PATH = "/test-page/"
"""Where the page stands when it is on the service's own origin."""

FORWARD_SECONDS = 60
_CONTENT_TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_OF_THE_CONNECTION = {"connection", "content-length", "keep-alive", "transfer-encoding"}


def known_port() -> int | None:
    """Return a development port that nobody listens on, or None."""
    return next((port for port in KNOWN_PORTS if _is_free(port)), None)


@contextmanager
def beside(service: str, port: int = 0) -> Iterator[str]:
    """Serve the page on a port (0: any free one) until the block ends, and nothing else; give its origin."""

    class Beside(_Files):
        asked = service

    with _serving(Beside, port) as origin:
        yield origin


@contextmanager
def before(service_port: int) -> Iterator[str]:
    """Serve the page under OWN_PATH, and pass all else on to the service, as a proxy does; give the common origin."""

    class Before(_Front):
        port = service_port

    with _serving(Before, 0) as origin:
        yield origin


class _Files(BaseHTTPRequestHandler):
    """Serves the page's files; `asked` is the service that the page asks, `root` the path that they are under."""

    asked = ""
    root = "/"

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        file = FILES / (path.removeprefix(self.root) or "index.html")
        if not path.startswith(self.root) or file.parent != FILES or not file.is_file():
            self.send_error(404)
            return
        content = file.read_bytes().replace(b"{{service}}", self.asked.encode())
        self.answer(200, [("Content-Type", _CONTENT_TYPES[file.suffix])], content)

    def answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        """Send an answer, with its length."""
        self.send_response_only(status)
        for name, value in (*headers, ("Content-Length", str(len(content)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Write nothing."""


class _Front(_Files):
    """Serves the files, and passes everything else on to the service at `port`, the host's name included."""

    root = OWN_PATH
    port = 0

    def do_GET(self) -> None:
        if self.path.startswith(OWN_PATH):
            super().do_GET()
        else:
            self.do_POST()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        connection = HTTPConnection("127.0.0.1", self.port, timeout=FORWARD_SECONDS)
        connection.request(self.command, self.path, body, dict(self.headers))
        response = connection.getresponse()
        content = response.read()
        connection.close()
        headers = [(name, value) for name, value in response.getheaders() if name.lower() not in _OF_THE_CONNECTION]
        self.answer(response.status, headers, content)

    do_PATCH = do_DELETE = do_POST  # noqa: N815  the names that http.server looks for


@contextmanager
def _serving(handler: type[_Files], port: int) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
