"""What stands between Chalice and the views, for every request."""

from collections.abc import Callable
from typing import Any

from chalice import Response
from chalice.app import CaseInsensitiveMapping

from chalicelib.api.answers import JSON


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
        headers = {"Content-Type": JSON, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
        return Response(detail, {**response.headers, **headers}, response.status_code)
    return response


MIDDLEWARE = (detail_bodies, accept_anything)
"""Outermost first."""
