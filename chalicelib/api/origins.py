"""Where a request comes from, and where people may be sent on to (spec 40, sections 2, 4 and 5)."""

import re
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from chalicelib.api.request import Request
from chalicelib.settings import Settings

UNSAFE_IN_A_TARGET = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\\]")
"""Browsers drop some of these from an address and read others as a slash, so none of them is followed."""

LONGEST_TARGET = 2048


def is_secure(request: Request, settings: Settings) -> bool:
    """Whether the request came over https."""
    return are_secure(request.headers, settings)


def are_secure(headers: Mapping[str, str], settings: Settings) -> bool:
    """Whether headers, by their names in lower case, came over https.

    API Gateway says so; without a word BASE_URL decides.
    """
    forwarded = headers.get("x-forwarded-proto", "").split(",")[0].strip().lower()
    return forwarded == "https" if forwarded else settings.base_url.lower().startswith("https:")


def is_trusted(origin: str, request: Request, settings: Settings) -> bool:
    """Whether a page of `origin` may act with a person's cookies: this service's own, or a configured one."""
    return origin in settings.cors_origins or origin in _own(request, settings)


def here(path: str, settings: Settings) -> str:
    """The path of this service's `path` as browsers know it: a stage of API Gateway has one in front."""
    return urlsplit(settings.base_url).path.rstrip("/") + path


def origin_of(address: str) -> str | None:
    """The origin of an absolute http(s) address, as browsers write it, or null."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        return None
    shown = f"[{host}]" if ":" in host else host
    usual = port in (None, 443 if parts.scheme == "https" else 80)
    return f"{parts.scheme}://{shown}" if usual else f"{parts.scheme}://{shown}:{port}"


def safe_target(target: object, request: Request, settings: Settings) -> str | None:
    """`target` as ASCII if somebody may be sent there: a path of this service, or an address of a known origin."""
    if not isinstance(target, str) or len(target) > LONGEST_TARGET or UNSAFE_IN_A_TARGET.search(target):
        return None
    try:
        shown = quote(target, safe="!#$%&'()*+,/:;=?@[]~")
    except UnicodeError:
        return None
    if target.startswith("/"):
        return None if target.startswith("//") else shown
    origin = origin_of(target)
    known = {*settings.cors_origins, *settings.redirect_origins, *_own(request, settings)}
    return shown if origin in known else None


def _own(request: Request, settings: Settings) -> set[str]:
    """BASE_URL's origin, and that under which the request was sent: a page cannot choose the host that is sent."""
    scheme = "https" if is_secure(request, settings) else "http"
    sent = origin_of(f"{scheme}://{request.headers.get('host', '')}")
    return {origin for origin in (origin_of(settings.base_url), sent) if origin}
