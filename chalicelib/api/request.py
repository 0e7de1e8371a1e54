"""A request as the handlers see it: decoded once, independent of Chalice."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


@dataclass(frozen=True)
class Request:
    """One request. `route` is the path with its parameters' names, `path` as it was sent, without a slash at the end.

    Header names are in lower case; `query` holds every value of each parameter in order, `cookies` every cookie.
    """

    method: str
    route: str
    path: str
    parameters: Mapping[str, str]
    query: Mapping[str, Sequence[str]]
    headers: Mapping[str, str]
    cookies: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    request_id: str
    source: str

    def last(self, name: str) -> str | None:
        """The last value of a query parameter."""
        values = self.query.get(name)
        return values[-1] if values else None

    @property
    def content_type(self) -> str:
        """The media type, in lower case and without parameters; empty if there is none."""
        return self.headers.get("content-type", "").split(";")[0].strip().lower()

    @property
    def shared_view(self) -> bool:
        """Whether `?view=shared` asks for what a stranger sees."""
        return self.last("view") == "shared"


def cookies_of(header: str) -> dict[str, str]:
    """The cookies of a request by name. Of two with one name the first counts: browsers send the closest path first."""
    found: dict[str, str] = {}
    for pair in header.split(";"):
        name, equals, value = pair.strip().partition("=")
        if equals:
            found.setdefault(name.strip(), value.strip().strip('"'))
    return found


def request_of(raw: Any, fresh_id: str) -> Request:
    """The request behind Chalice's; `fresh_id` names it unless the client named it acceptably."""
    headers = {name.lower(): value for name, value in raw.headers.items()}
    named = headers.get("x-request-id", "")
    # Over HTTP/2 browsers may send one header a cookie.
    cookies = [
        value
        for name, values in (raw.to_original_event().get("multiValueHeaders") or {}).items()
        if name.lower() == "cookie"
        for value in values
    ]
    query = raw.query_params
    return Request(
        method=raw.method,
        route=raw.context["resourcePath"],
        path=raw.context.get("path", raw.path).rstrip("/") or "/",
        parameters={name: unquote(value, errors="replace") for name, value in (raw.uri_params or {}).items()},
        query={name: query.getlist(name) for name in query} if query else {},
        headers=headers,
        cookies=cookies_of("; ".join(cookies)),
        body=raw.raw_body,
        request_id=named if REQUEST_ID.fullmatch(named) else fresh_id,
        source=raw.context.get("identity", {}).get("sourceIp", ""),
    )
