"""The API as the site's pages use it: the same routes, in this process, with the visitor's cookies.

A page has no rules and no permissions of its own. It asks for what it shows, and sends what was typed, as any other
client does; the routes authenticate the visitor, look at the CSRF token, and decide.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from chalicelib.api import csrf, idempotent
from chalicelib.api.areas import API
from chalicelib.api.authentication import USE_COOKIES
from chalicelib.api.bodies import JSON, MERGE_PATCH
from chalicelib.api.dispatch import answer
from chalicelib.api.request import Request
from chalicelib.api.services import Services
from chalicelib.events.idempotency import Answer

KEPT = ("host", "origin", "referer", "x-forwarded-proto", "x-forwarded-for")
"""Headers of the browser that say where a request comes from."""


@dataclass(frozen=True)
class Body:
    """What a call sends."""

    content: bytes = field(default=b"", repr=False)
    content_type: str = ""


def as_json(content: Any) -> Body:
    """A JSON document."""
    return Body(json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass"), JSON)


def as_merge_patch(content: Mapping[str, Any]) -> Body:
    """A merge patch."""
    return Body(as_json(content).content, MERGE_PATCH)


NOTHING = Body()


@dataclass(frozen=True)
class Call:
    """One call of the API: its route, with the route's path parameters as keywords of `parameters`."""

    method: str
    path: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    body: Body = NOTHING
    if_match: str | None = None
    once: str | None = field(default=None, repr=False)

    @property
    def filled_path(self) -> str:
        """The path with its parameters, as it would be sent."""
        return self.path.format(**{name: quote(value, safe="") for name, value in self.parameters.items()})


@dataclass(frozen=True)
class Reply:
    """What the API answered."""

    answer: Answer

    @property
    def status(self) -> int:
        """The status code."""
        return self.answer.status

    @property
    def ok(self) -> bool:
        """Whether it is done."""
        return self.status < 300

    @cached_property
    def content(self) -> Any:
        """The body as JSON; null if there is none."""
        return json.loads(self.answer.body) if self.answer.body else None

    def header(self, name: str) -> str | None:
        """A header."""
        return next((value for key, value in self.answer.headers.items() if key.lower() == name.lower()), None)


def ask(services: Services, request: Request, token: str, call: Call) -> Reply:
    """Carry out a call for the browser that sent `request`; `token` is the CSRF token that its form brought.

    With `once` the call counts once: the same form sent again, by a double click for instance, gets the first answer.
    """
    headers = {name: value for name, value in request.headers.items() if name in KEPT}
    headers |= {"accept": JSON, USE_COOKIES: "true", csrf.HEADER: token}
    if call.body.content_type:
        headers["content-type"] = call.body.content_type
    if call.if_match is not None:
        headers["if-match"] = call.if_match
    if call.once is not None:
        headers[idempotent.HEADER] = _key(call)
    inner = replace(
        request,
        method=call.method,
        route=call.path,
        path=call.filled_path,
        parameters=call.parameters,
        query=call.query,
        headers=headers,
        body=call.body.content,
    )
    return Reply(answer(services, API[call.path], inner))


def _key(call: Call) -> str:
    """The same for the same form with the same content: what was changed before it was sent again is a new command."""
    said = (call.once or "", call.method, call.filled_path)
    return sha256("\n".join(said).encode() + b"\n" + call.body.content).hexdigest()
