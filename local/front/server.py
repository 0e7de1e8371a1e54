"""Starting and stopping the front: the listening socket, signals, a thread for tests."""

import contextlib
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Collection, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import uvicorn
from chalice.app import Chalice

from local.front.asgi import Front
from local.front.local_routes import LocalRoutes
from local.front.protocol import BoundedProtocol

HOST = "127.0.0.1"
THREADS = 8
GRACE_SECONDS = 5
START_SECONDS = 10.0


class PortInUseError(Exception):
    """Somebody else listens on `port`; choose another with PORT."""

    def __init__(self, port: int) -> None:
        super().__init__(f"Port {port} is in use; set PORT to another one.")
        self.port = port


class FrontDidNotStartError(Exception):
    """The front's thread did not get ready in time."""


class _Server(uvicorn.Server):
    """A uvicorn server that ends on SIGINT and SIGTERM without passing them on."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        ours = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in ours}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def listen(port: int) -> socket.socket:
    """A socket that listens on `port` of this machine alone (0: any free one); raises `PortInUseError`."""
    # Protocol named: asyncio switches Nagle's algorithm off only then (44 ms an answer otherwise).
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(socket.SOMAXCONN)
    except OSError as error:
        listener.close()
        raise PortInUseError(port) from error
    return listener


def serve(app: Chalice, port: int, local_routes: LocalRoutes, origins: Collection[str] = ()) -> int:
    """Serve until Ctrl-C or SIGTERM; return the exit status: 0, or 1 after a line about a used port."""
    try:
        listener = listen(port)
    except PortInUseError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    serve_on(listener, app, local_routes, origins)
    return 0


def serve_on(
    listener: socket.socket,
    app: Chalice,
    local_routes: LocalRoutes,
    origins: Collection[str] = (),
    *,
    threads: int = THREADS,
) -> None:
    """Serve on a socket of `listen` until Ctrl-C or SIGTERM. Call it in the main thread.

    Pages of `origins` may read what the front answers by itself.
    """
    with _server(app, local_routes, origins, threads) as server:
        server.run(sockets=[listener])


@contextlib.contextmanager
def _server(
    app: Chalice, local_routes: LocalRoutes, origins: Collection[str], threads: int
) -> Generator[_Server, None, None]:
    pool = ThreadPoolExecutor(threads, thread_name_prefix="front")
    config = uvicorn.Config(
        Front(app, local_routes, pool, origins),
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    try:
        yield _Server(config)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True)
class RunningFront:
    """A front in a thread of its own."""

    port: int
    stop: Callable[[], None]

    @property
    def url(self) -> str:
        """Where it answers, without a slash at the end."""
        return f"http://{HOST}:{self.port}"


def start_in_thread(app: Chalice, local_routes: LocalRoutes, port: int = 0) -> RunningFront:
    """Serve in the background on `port` (0: any free one) until `stop` is called."""
    listener = listen(port)
    servers: list[_Server] = []

    def run() -> None:
        with _server(app, local_routes, (), THREADS) as server:
            servers.append(server)
            server.run(sockets=[listener])

    thread = threading.Thread(target=run, name="front", daemon=True)
    thread.start()
    _wait_until(lambda: bool(servers) and servers[0].started)

    def stop() -> None:
        servers[0].should_exit = True
        thread.join(GRACE_SECONDS * 2)

    return RunningFront(listener.getsockname()[1], stop)


def _wait_until(ready: Callable[[], bool]) -> None:
    end = time.monotonic() + START_SECONDS
    while not ready():
        if time.monotonic() > end:
            raise FrontDidNotStartError
        time.sleep(0.005)
