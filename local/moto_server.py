"""Serves moto's backends, those of this process, over HTTP to everybody on this machine."""

import errno
import socket
import threading
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

HOST = "127.0.0.1"
READING = ("GET", "HEAD")
DENIED = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"


class PortInUseError(Exception):
    """Something else listens on the port; choose another or stop it."""

    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} is in use: stop what listens there, or choose another")
        self.port = port


class _QuietHandler(MotoRequestHandler):
    """Logs nothing: presigned URLs are secrets, and keys of pictures lead to people."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002
        """Drop the line; the name of the first argument is werkzeug's."""


def _without_strangers(application: WSGIApplication) -> WSGIApplication:
    """As a private bucket does: who reads without any signature is refused. moto itself checks none."""

    def refusing(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        signed = "HTTP_AUTHORIZATION" in environ or "Signature=" in environ.get("QUERY_STRING", "")
        if environ["REQUEST_METHOD"] in READING and not signed and not environ["PATH_INFO"].startswith("/moto-api"):
            start_response("403 Forbidden", [("Content-Type", "application/xml")])
            return [DENIED]
        return application(environ, start_response)

    return refusing


class MotoServer:
    """moto over HTTP on 127.0.0.1, in threads of this process."""

    def __init__(self, port: int | None) -> None:
        """Listen on `port`, or on a free one if there is none; raises `PortInUseError`."""
        listener = _listen(port or 0)
        self.port: int = listener.getsockname()[1]
        self._server = make_server(
            HOST,
            self.port,
            _without_strangers(DomainDispatcherApplication(create_backend_app)),
            threaded=True,
            request_handler=_QuietHandler,
            fd=listener.fileno(),
        )
        listener.close()  # the server has a duplicate
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="moto", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where the emulated AWS answers."""
        return f"http://{HOST}:{self.port}"

    def stop(self) -> None:
        """Stop listening and wait until the listener has ended."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUseError(port) from error
        raise
    return listener
