"""What the front itself answers, where API Gateway would answer instead of the function."""

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from chalicelib.api.response_headers import ALWAYS

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
BODYLESS = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


@dataclass(frozen=True)
class Answer:
    """One HTTP response; a header may occur more than once."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""


def request_id(sent: str | None) -> str:
    """The id that the client sent if it is well-formed, else a new one (spec 50, section 5)."""
    if sent is not None and REQUEST_ID.fullmatch(sent):
        return sent
    return uuid.uuid4().hex


def own_headers(identity: str) -> tuple[tuple[str, str], ...]:
    """The headers of every answer that the front makes itself (spec 50, section 5)."""
    return (("X-Request-ID", identity), *ALWAYS.items())


def json_answer(status: int, value: Any, identity: str, extra: Mapping[str, str] | None = None) -> Answer:
    """`value` as JSON, with the front's own headers and those of `extra`."""
    headers = (*own_headers(identity), ("Content-Type", "application/json"), *(extra or {}).items())
    return Answer(status, headers, json.dumps(value).encode())


def problem(status: int, detail: str, identity: str, extra: Mapping[str, str] | None = None) -> Answer:
    """A refusal in the service's one form, `{"detail": text}`."""
    return json_answer(status, {"detail": detail}, identity, extra)


def not_found(identity: str) -> Answer:
    """No route has this path: what the gateway response of the packaged template says too."""
    return problem(HTTPStatus.NOT_FOUND, "Not found.", identity)


def on_the_wire(answer: Answer) -> list[tuple[bytes, bytes]]:
    """The headers of `answer` as bytes, with a length where the status has a body."""
    headers = [
        (name.lower().encode("latin-1"), value.encode())
        for name, value in answer.headers
        if name.lower() not in {"content-length", "transfer-encoding"}
    ]
    if answer.status not in BODYLESS:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    return headers


def serialised(answer: Answer) -> bytes:
    """The whole response as HTTP/1.1 text, for a connection that is closed afterwards."""
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}".encode(), b"connection: close"]
    lines += [name + b": " + value for name, value in on_the_wire(answer)]
    return b"\r\n".join([*lines, b"", answer.body])
