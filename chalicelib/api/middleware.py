"""What stands between Chalice and the views, for every request."""

from collections.abc import Callable, Sequence
from secrets import token_hex
from typing import Any

from chalice import Response
from chalice.app import CaseInsensitiveMapping

from chalicelib.api.answers import JSON
from chalicelib.api.request import REQUEST_ID
from chalicelib.api.response_headers import Middleware, response_headers
from chalicelib.deadlines import request_time
from chalicelib.settings import Settings


def in_time(request: Any, get_response: Callable[[Any], Response]) -> Response:
    """Answer before API Gateway gives up: late calls are not begun, and become the answer of a store out of reach."""
    with request_time():
        return get_response(request)


def accept_anything(request: Any, get_response: Callable[[Any], Response]) -> Response:
    """Let a request without an Accept header through.

    All types are binary to API Gateway here, and Chalice answers 400 to a binary answer that was not asked for.
    """
    if request.headers.get("accept") is None:
        request.headers = CaseInsensitiveMapping({**request.headers, "accept": "*/*"})
    return get_response(request)


def detail_bodies(request: Any, get_response: Callable[[Any], Response]) -> Response:
    """Put what Chalice answers by itself (a method that no route has) into the contract's form."""
    response = get_response(request)
    if isinstance(response.body, dict) and "Code" in response.body:
        detail = {"detail": "This request cannot be answered."}
        named = request.headers.get("x-request-id") or ""
        headers = {"Content-Type": JSON, "X-Request-ID": named if REQUEST_ID.fullmatch(named) else token_hex(16)}
        return Response(detail, {**response.headers, **headers}, response.status_code)
    return response


def middleware(settings: Settings) -> Sequence[Middleware]:
    """All of it, outermost first."""
    return in_time, response_headers(settings), detail_bodies, accept_anything
