"""Requests as API Gateway's REST proxy integration hands them to the function, and its answers read back."""

import base64
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, urlencode

STAGE = "v1"
REST = "/{proxy+}"
HOST = "abcde12345.execute-api.eu-west-1.amazonaws.com"


@dataclass(frozen=True)
class Answer:
    """What the function returned, as a client would get it."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: Sequence[str] = ()
    """What stands in `Set-Cookie` headers."""

    @cached_property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


class NoRouteError(LookupError):
    """API Gateway would not have invoked the function."""


def resource_of(path: str, patterns: Iterable[str]) -> tuple[str, dict[str, str]]:
    """The resource that API Gateway chooses for `path`, static segments first, and its path parameters."""
    wanted = path.rstrip("/") or "/"
    for pattern in sorted(patterns, key=lambda pattern: ("+}" in pattern, "{" in pattern)):
        if pattern == REST:
            return pattern, {"proxy": wanted.lstrip("/")}
        names = re.findall(r"{(\w+)}", pattern)
        found = re.fullmatch(re.sub(r"{\w+}", "([^/]+)", pattern), wanted)
        if found:
            return pattern, dict(zip(names, found.groups(), strict=True))
    raise NoRouteError(path)


def proxy_event(
    method: str,
    path: str,
    patterns: Iterable[str],
    *,
    query: str = "",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> dict[str, Any]:
    """The version 1 event of a request; with `*/*` as binary type a body always comes in base64."""
    resource, parameters = resource_of(path, patterns)
    many = parse_qs(query, keep_blank_values=True) or None
    sent = {"Host": HOST, "User-Agent": "tests", "X-Forwarded-For": "198.51.100.7", **(headers or {})}
    return {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": many and {name: values[-1] for name, values in many.items()},
        "multiValueQueryStringParameters": many,
        "pathParameters": parameters or None,
        "stageVariables": None,
        "requestContext": {
            "resourceId": "r1",
            "resourcePath": resource,
            "httpMethod": method,
            "extendedRequestId": "ABCD=",
            "requestTime": "24/Nov/2026:12:00:00 +0000",
            "path": f"/{STAGE}{path}",
            "accountId": "123456789012",
            "protocol": "HTTP/1.1",
            "stage": STAGE,
            "domainName": HOST,
            "requestTimeEpoch": 1795521600000,
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "identity": {"sourceIp": "198.51.100.7", "userAgent": "tests"},
            "apiId": "abcde12345",
        },
        "body": None if body is None else base64.b64encode(body).decode(),
        "isBase64Encoded": body is not None,
    }


def answer_of(returned: Mapping[str, Any]) -> Answer:
    """The answer that API Gateway makes of what the function returned."""
    raw = returned.get("body") or ""
    body = base64.b64decode(raw) if returned.get("isBase64Encoded") else raw.encode()
    given = returned.get("multiValueHeaders") or {}
    many = {name: ", ".join(values) for name, values in given.items()}
    headers = {name.lower(): value for name, value in {**many, **(returned.get("headers") or {})}.items()}
    return Answer(returned["statusCode"], headers, body, given.get("Set-Cookie", ()))


def form_body(fields: Mapping[str, str]) -> bytes:
    """An urlencoded form."""
    return urlencode(fields).encode()
