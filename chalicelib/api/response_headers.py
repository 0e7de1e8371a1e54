"""The headers that every answer has, whoever made it: safety, caching, and who may read it (spec 40, sections 5, 8)."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from chalice import Response

from chalicelib.api.origins import are_secure
from chalicelib.settings import Settings

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
"""Unless the answer says something else."""

METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
ACCEPTED = (
    "accept, accept-language, authorization, cache-control, content-type, idempotency-key, if-match, if-none-match, "
    "pragma, use-jwt-cookie, x-csrftoken, x-request-id, x-requested-with"
)
SHOWN = "Allow, ETag, Idempotent-Replayed, Retry-After, X-Request-ID"
PREFLIGHT_SECONDS = 3600
STRICT = {"Strict-Transport-Security": f"max-age={365 * 24 * 3600}"}

Middleware = Callable[[Any, Callable[[Any], Response]], Response]


def response_headers(settings: Settings) -> Middleware:
    """A middleware that completes the headers of each answer."""

    def complete(request: Any, get_response: Callable[[Any], Response]) -> Response:
        response = get_response(request)
        sent = {name.lower(): value for name, value in request.headers.items()}
        response.headers = {
            **ALWAYS,
            **(STRICT if are_secure(sent, settings) else {}),
            **response.headers,
            **cors_headers(sent.get("origin"), request.method, settings.cors_origins),
        }
        return response

    return complete


def cors_headers(origin: str | None, method: str, origins: Collection[str]) -> Mapping[str, str]:
    """What tells a browser that pages of `origin` may send requests with cookies and read the answers.

    An origin that is none of `origins` gets nothing; that answers differ by origin is told to caches in any case.
    """
    varies = {"Vary": "Origin"}
    if origin is None or origin not in origins:
        return varies
    allowed = {
        **varies,
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Expose-Headers": SHOWN,
    }
    if method != "OPTIONS":
        return allowed
    return {
        **allowed,
        "Access-Control-Allow-Methods": METHODS,
        "Access-Control-Allow-Headers": ACCEPTED,
        "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
    }
