"""Which HTTP front for the local stage: requests a second of two GETs.

One GET is trivial, the other computes for some two milliseconds, as a request to the service does. Three fronts,
each in a process of its own, answer the same Chalice app: ours (uvicorn, a pool of 8 threads), `chalice local` with
Nagle's algorithm off, and the standard library's threading server over our own events. The clients are raw sockets
with keep-alive, in another process.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import create_connection
from statistics import median
from typing import Any

from chalice.app import Chalice
from chalice.config import Config
from chalice.local import ChaliceRequestHandler, LocalDevServer, create_local_server

from bench.clients import load
from bench.stage_process import REPOSITORY, free_ports
from bench.table import Table
from local import front
from local.front.function import keep_requests_apart, lambda_context
from local.front.proxy import answer_of, proxy_event
from local.front.received import Received
from local.front.routes import RouteTable, segments
from local.front.server import HOST

REQUEST = "GET {} HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n"
SECONDS, QUICK_SECONDS = 2.0, 0.1
ROUNDS, QUICK_ROUNDS = 3, 1
WORK = 100_000
CASES = (("/ping", 1), ("/ping", 8), ("/work", 1), ("/work", 8))
TITLE = "Fronts for the local stage"
NOTE = (
    "Requests a second (99th percentile in milliseconds), on kept connections. `/ping` answers at once, `/work` "
    "computes for some two milliseconds."
)


def trivial_app() -> Chalice:
    """An app with two routes that answer one small object."""
    app = Chalice(app_name="bench")
    app.api.binary_types[:] = ["*/*"]
    app.route("/ping")(lambda: {"status": "ok"})
    app.route("/work")(lambda: {"status": "ok" if sum(range(WORK)) else "never"})
    return app


def serve_ours(port: int) -> None:
    """The front of the local stage."""
    front.serve(trivial_app(), port, {})


class QuietHandler(ChaliceRequestHandler):
    """Chalice's own handler, without Nagle's algorithm and without a log line a request."""

    disable_nagle_algorithm = True

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


def serve_chalice(port: int) -> None:
    """`chalice local` with its one fault cured."""
    app = trivial_app()
    server = create_local_server(app, Config(), HOST, 0)
    server.server.server_close()
    LocalDevServer(app, Config(), HOST, port, handler_cls=QuietHandler).serve_forever()


class OwnHandler(BaseHTTPRequestHandler):
    """The standard library's server over our own events; one thread a connection, buffered answers."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def __init__(self, *args: Any, app: Chalice, routes: RouteTable) -> None:
        self._app, self._routes = app, routes
        super().__init__(*args)

    def do_GET(self) -> None:
        """Answer one GET."""
        match = self._routes.match(segments(self.path) or ())
        if match is None:
            self.send_error(404)
            return
        headers = [(name.lower(), value) for name, value in self.headers.items()]
        request = Received(self.command, self.path, "", headers, b"", HOST)
        answer = answer_of(self._app(proxy_event(request, match, self.command), lambda_context("bench")))
        self.send_response(answer.status)
        for name, value in (*answer.headers, ("Content-Length", str(len(answer.body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


def serve_threading(port: int) -> None:
    """`ThreadingHTTPServer` with our own translation."""
    app = trivial_app()
    keep_requests_apart(app)
    ThreadingHTTPServer((HOST, port), partial(OwnHandler, app=app, routes=RouteTable(app.routes))).serve_forever()


FRONTS: dict[str, Callable[[int], None]] = {
    "uvicorn (ours)": serve_ours,
    "chalice local, no Nagle": serve_chalice,
    "ThreadingHTTPServer": serve_threading,
}


def wait_for(port: int) -> None:
    """Return once somebody listens on `port`."""
    for _ in range(200):
        try:
            create_connection((HOST, port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"nobody listens on {port}")


def fronts(*, quick: bool) -> list[Table]:
    """The fronts beside each other."""
    rounds, seconds = (QUICK_ROUNDS, QUICK_SECONDS) if quick else (ROUNDS, SECONDS)
    heads = [f"{path}, {clients} client{'s' * (clients > 1)}" for path, clients in CASES]
    return [Table(TITLE, ("", *heads), [[name, *cells(name, rounds, seconds)] for name in FRONTS], NOTE)]


def cells(name: str, rounds: int, seconds: float) -> Iterator[str]:
    """One row of the table: medians over all rounds."""
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "bench.fronts", name, str(port)]
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        for path, clients in CASES:
            loads = [load(port, seconds, [[REQUEST.format(path)]] * clients) for _ in range(rounds)]
            rate, slow = (median(each) for each in zip(*((one.rate, one.slow) for one in loads), strict=True))
            yield f"{rate:,.0f} ({slow:.1f})"
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    FRONTS[sys.argv[1]](int(sys.argv[2]))
