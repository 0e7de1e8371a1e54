"""HTTP byte by byte, for requests that no decent client would send."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

PIECE = 65536
WAIT_SECONDS = 20


class ConnectionEndedError(Exception):
    """The service closed the connection before an answer was complete."""


@dataclass(frozen=True)
class RawAnswer:
    """One answer as it came."""

    version: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float

    @property
    def closes(self) -> bool:
        """Whether the service says that the connection is over."""
        return self.version == "HTTP/1.0" or "close" in self.headers.get("connection", "").lower()

    def json(self) -> Any:
        """Return the body read as JSON."""
        return json.loads(self.body)


class RawConnection:
    """One connection, with what has been read from it and not used yet."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._socket = socket.create_connection((address.hostname, address.port or 80), WAIT_SECONDS)
        self._unread = b""

    def send(self, content: bytes) -> None:
        """Send bytes; a service that hangs up meanwhile may still have answered."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self._socket.sendall(content)

    def _more(self) -> None:
        try:
            piece = self._socket.recv(PIECE)
        except ConnectionResetError as error:
            raise ConnectionEndedError from error
        if not piece:
            raise ConnectionEndedError
        self._unread += piece

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._unread:
            self._more()
        found, _, self._unread = self._unread.partition(mark)
        return found

    def _exactly(self, length: int) -> bytes:
        while len(self._unread) < length:
            self._more()
        found, self._unread = self._unread[:length], self._unread[length:]
        return found

    def _to_the_end(self) -> bytes:
        try:
            while True:
                self._more()
        except ConnectionEndedError:
            found, self._unread = self._unread, b""
            return found

    def _chunks(self) -> bytes:
        body = b""
        while size := int(self._until(b"\r\n").split(b";")[0], 16):
            body += self._exactly(size)
            self._until(b"\r\n")
        while self._until(b"\r\n"):
            pass
        return body

    def _body(self, status: int, headers: Mapping[str, str], method: str) -> bytes:
        if method == "HEAD" or status in (204, 304):
            return b""
        if "chunked" in headers.get("transfer-encoding", ""):
            return self._chunks()
        if "content-length" in headers:
            return self._exactly(int(headers["content-length"]))
        return self._to_the_end()

    def answer(self, method: str = "GET") -> RawAnswer:
        """Read one answer; raise ConnectionEndedError if there is none."""
        start = time.monotonic()
        while True:
            first, *lines = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
            version, code, *_ = first.split(" ")
            status = int(code)
            if status >= 200:
                break
        headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in lines)}
        body = self._body(status, headers, method)
        return RawAnswer(version, status, headers, body, time.monotonic() - start)

    def answer_or_end(self) -> RawAnswer | None:
        """Read one answer; None if the service hangs up instead."""
        try:
            return self.answer()
        except ConnectionEndedError:
            return None

    def half_close(self) -> None:
        """Say that nothing more will be sent."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


def request(
    method: str, target: str | bytes, headers: Mapping[str, str | bytes] | None = None, body: bytes = b""
) -> bytes:
    """Return the bytes of a request, its length included unless it is given."""
    target = target if isinstance(target, bytes) else target.encode("latin-1")
    given = {"Host": "127.0.0.1", **(headers or {})}
    if body and not {"Content-Length", "Transfer-Encoding"} & set(given):
        given["Content-Length"] = str(len(body))
    lines = [method.encode() + b" " + target + b" HTTP/1.1"]
    lines += [
        name.encode() + b": " + (value if isinstance(value, bytes) else value.encode("latin-1"))
        for name, value in given.items()
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def exchange(url: str, content: bytes, method: str = "GET") -> RawAnswer:
    """Send a request, read the answer, and see that the connection (or the service) lives on."""
    connection = RawConnection(url)
    try:
        connection.send(content)
        answer = connection.answer(method)
        if not answer.closes:
            still_alive(connection)
    finally:
        connection.close()
    alive(url)
    return answer


def exchange_or_end(url: str, content: bytes) -> RawAnswer | None:
    """As `exchange`, for requests that may be answered by hanging up: None."""
    connection = RawConnection(url)
    try:
        connection.send(content)
        return connection.answer_or_end()
    finally:
        connection.close()
        alive(url)


def still_alive(connection: RawConnection) -> None:
    """Expect that this very connection answers a heartbeat."""
    connection.send(request("GET", "/heartbeat"))
    beat = connection.answer()
    assert beat.status == 200, beat
    assert beat.json() == {"status": "ok"}, beat


def alive(url: str) -> None:
    """Expect that a new connection answers a heartbeat."""
    connection = RawConnection(url)
    try:
        still_alive(connection)
    finally:
        connection.close()
