"""Which HTTP front for the local stage: requests a second of two GETs, by `python -m bench.fronts`.

One GET is trivial, the other computes for some two milliseconds, as a request to the service does.


Three fronts, each in a process of its own, answer the same Chalice app: ours (uvicorn, a pool of 8 threads),
`chalice local` with Nagle's algorithm off, and the standard library's threading server over our own events.
The clients are raw sockets with keep-alive, in a third process.
"""

import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import create_connection
from typing import Any

from chalice.app import Chalice
from chalice.config import Config
from chalice.local import ChaliceRequestHandler, LocalDevServer, create_local_server

from local import front
from local.front.function import keep_requests_apart, lambda_context
from local.front.proxy import answer_of, proxy_event
from local.front.received import Received
from local.front.routes import RouteTable, segments
from local.front.server import HOST

REQUEST = b"GET %b HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n"
BODY = b'{"status":"ok"}'
SECONDS = 2.0
WORK = 100_000
CASES = ((b"/ping", 1), (b"/ping", 8), (b"/work", 1), (b"/work", 8))
ROUNDS = 3


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


def client(port: int, path: bytes, end: float, times: list[float]) -> None:
    """Ask again and again on one connection until `end`; note how long each answer took."""
    with create_connection((HOST, port)) as connection:
        while (start := time.perf_counter()) < end:
            connection.sendall(REQUEST % path)
            answered = b""
            while not answered.endswith(BODY):
                answered += connection.recv(65536)
            times.append(time.perf_counter() - start)


def measure(port: int, path: bytes, clients: int) -> tuple[float, float]:
    """Requests a second, and the 99th percentile in milliseconds, of so many clients at once."""
    times: list[float] = []
    end = time.perf_counter() + SECONDS
    threads = [threading.Thread(target=client, args=(port, path, end, times)) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(times) / SECONDS, statistics.quantiles(times, n=100)[98] * 1000


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


def row(name: str) -> str:
    """One row of the table: medians over all rounds."""
    with front.listen(0) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "bench.fronts", name, str(port)], stdout=subprocess.DEVNULL)
    try:
        wait_for(port)
        cells = []
        for path, clients in CASES:
            rounds = [measure(port, path, clients) for _ in range(ROUNDS)]
            rate, slowest = (statistics.median(each) for each in zip(*rounds, strict=True))
            cells.append(f"{rate:,.0f}/s (p99 {slowest:.1f} ms)")
    finally:
        process.kill()
        process.wait()
    return f"| {name} | {' | '.join(cells)} |"


def main() -> None:
    """Print the table, or serve one front when its name and a port are given."""
    if len(sys.argv) == 3:
        FRONTS[sys.argv[1]](int(sys.argv[2]))
        return
    print("| Front, kept connections | trivial, 1 client | trivial, 8 | 2 ms of work, 1 | 2 ms of work, 8 |")
    print("|---|---|---|---|---|")
    for name in FRONTS:
        print(row(name), flush=True)


if __name__ == "__main__":
    main()
