"""Requests to Lambda proxy events of a REST API, and what the function returns to responses.

The stage's binary types are `*/*`, so a body always travels in base64. Path parameters arrive decoded, as
from API Gateway. `requestContext.path` has no stage in front, as under a custom domain.
"""

import base64
import time
import uuid
from collections.abc import Mapping
from typing import Any

from local.front.answers import BODYLESS, Answer
from local.front.received import Received
from local.front.routes import Match

STAGE = "local"
ACCOUNT = "123456789012"


def proxy_event(request: Received, match: Match, method: str) -> dict[str, Any]:
    """The event that invokes the function with `method` on the route of `match`."""
    query = request.query or None
    return {
        "resource": match.pattern,
        "path": request.raw_path,
        "httpMethod": method,
        "headers": _last_of_each(request.header_values),
        "multiValueHeaders": request.header_values,
        "queryStringParameters": query and _last_of_each(query),
        "multiValueQueryStringParameters": query,
        "pathParameters": dict(match.parameters) or None,
        "stageVariables": None,
        "requestContext": _context(request, match, method),
        "body": base64.b64encode(request.body).decode() if request.body else None,
        "isBase64Encoded": bool(request.body),
    }


def _context(request: Received, match: Match, method: str) -> dict[str, Any]:
    return {
        "accountId": ACCOUNT,
        "apiId": "local",
        "stage": STAGE,
        "requestId": str(uuid.uuid4()),
        "requestTimeEpoch": int(time.time() * 1000),
        "protocol": "HTTP/1.1",
        "httpMethod": method,
        "resourcePath": match.pattern,
        "path": request.raw_path,
        "identity": {"sourceIp": request.source_ip, "userAgent": request.header("user-agent")},
    }


def _last_of_each(values: Mapping[str, list[str]]) -> dict[str, str]:
    return {name: all_values[-1] for name, all_values in values.items()}


def answer_of(result: Mapping[str, Any]) -> Answer:
    """The response that a function's return value stands for."""
    status = int(result["statusCode"])
    body = _body(result)
    headers = _headers(result)
    if status not in BODYLESS and not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    return Answer(status, tuple(headers), b"" if status in BODYLESS else body)


def _body(result: Mapping[str, Any]) -> bytes:
    body = result.get("body") or ""
    if result.get("isBase64Encoded"):
        return base64.b64decode(body)
    return body.encode() if isinstance(body, str) else bytes(body)


def _headers(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    many = {name: list(values) for name, values in (result.get("multiValueHeaders") or {}).items()}
    for name, value in (result.get("headers") or {}).items():
        many.setdefault(name, [str(value)])
    return [(name, str(value)) for name, values in many.items() for value in values]
