"""HTTP/1.1 on a connection: uvicorn's parser, with a limit on the head and refusals in our own form."""

from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from local.front.answers import problem, request_id, serialised

HEAD_LIMIT = 32 * 1024
"""The most bytes that request line and headers may have together."""

LINGER_SECONDS = 2.0
LINGER_BYTES = 16 * 1024 * 1024


class HeadTooLargeError(Exception):
    """Request line and headers exceed `HEAD_LIMIT`; answer 431 and close."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection; what cannot be parsed is a clean 400, an endless head a 431."""

    url: bytes
    headers: list[tuple[bytes, bytes]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._reading_head = False
        self._head_bytes = 0
        self._refusal = HTTPStatus.BAD_REQUEST
        self._refused = False
        self._dropped = 0

    def data_received(self, data: bytes) -> None:
        """Feed the parser; count what belongs to a head that had begun before."""
        if self._refused:
            self._drop(data)
            return
        if self._reading_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._reading_head and self._head_bytes > HEAD_LIMIT and not self._refused:
            self._refusal = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            self.send_400_response("")

    def on_message_begin(self) -> None:
        """A new head begins."""
        self._reading_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is complete: refuse one that is too long, and read `//path` as `/path`."""
        self._reading_head = False
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > HEAD_LIMIT:
            self._refusal = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise HeadTooLargeError
        if self.url.startswith(b"//"):
            self.url = b"/" + self.url.lstrip(b"/")
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's text is not shown
        """Refuse the connection's last request and close."""
        details = {
            HTTPStatus.BAD_REQUEST: "The request is not valid HTTP.",
            HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "The request's headers are too large.",
        }
        answer = problem(self._refusal, details[self._refusal], request_id(None))
        self.transport.write(serialised(answer))
        self._close_softly()

    def _close_softly(self) -> None:
        """Send no more, but read on for a while: a client that still writes would never see the refusal."""
        self._refused = True
        if self.cycle is not None:
            self.cycle.disconnected = True  # the answer to a request before it has nowhere to go
        self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _drop(self, data: bytes) -> None:
        self._dropped += len(data)
        if self._dropped > LINGER_BYTES:
            self.transport.close()
