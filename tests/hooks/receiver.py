"""An HTTP server in a thread that takes webhooks and answers them as a test says."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext


@dataclass(frozen=True)
class Taken:
    """One request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """One answer: `wait` seconds before its headers, and `between` seconds after each byte of its body.

    Both end when the receiver ends, so a test may let an answer come far too late.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float = 0.0
    between: float = 0.0
    length: int | None = None


@dataclass
class Receiver:
    """Answers with `replies` in turn, the last one for ever, and keeps what was sent."""

    port: int
    scheme: str = "http"
    replies: list[Reply] = field(default_factory=lambda: [Reply()])
    taken: list[Taken] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{self.scheme}://localhost:{self.port}/hook?token=query-marker"

    def next_reply(self) -> Reply:
        """The answer to the request that came last."""
        return self.replies[min(len(self.taken), len(self.replies)) - 1]


class PatientServer(ThreadingHTTPServer):
    """Lets many connections wait."""

    request_queue_size = 64


@contextmanager
def receiving(context: SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver on a free port, over TLS if there is a context."""
    server = PatientServer(("localhost", 0), _handler(lambda: receiver))
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    receiver = Receiver(server.server_port, "http" if context is None else "https")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.ended.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(receiver: Callable[[], Receiver]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            sent = Taken(self.command, self.path, dict(self.headers), self.rfile.read(length))
            receiver().taken.append(sent)
            try:
                self._reply(receiver().next_reply())
            except OSError:
                self.close_connection = True

        def do_GET(self) -> None:
            self.do_POST()

        def _reply(self, reply: Reply) -> None:
            receiver().ended.wait(reply.wait)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body) if reply.length is None else reply.length))
            self.end_headers()
            pieces = [reply.body] if reply.between == 0 else [bytes([byte]) for byte in reply.body]
            for piece in pieces:
                self.wfile.write(piece)
                self.wfile.flush()
                receiver().ended.wait(reply.between)
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the server's name for it
            return

    return Handler
