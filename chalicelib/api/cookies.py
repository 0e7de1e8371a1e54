"""The cookies of a browser's session (spec 40, section 3): how they are set, read and taken away."""

from dataclasses import dataclass, field

from chalicelib.api.origins import is_secure
from chalicelib.api.request import Request
from chalicelib.settings import Settings


@dataclass(frozen=True)
class Cookie:
    """One cookie to set, for `seconds`; 0 takes it away. `scripts` says whether the page's scripts may read it."""

    name: str
    value: str = field(repr=False)
    seconds: int
    scripts: bool = False


def written(cookie: Cookie, request: Request, settings: Settings) -> str:
    """The cookie as the value of a `Set-Cookie` header.

    `Secure` exactly over https. `SameSite=None` needs https, and is `Lax` without it.
    """
    secure = is_secure(request, settings)
    same_site = "Lax" if settings.cookie_same_site == "None" and not secure else settings.cookie_same_site
    parts = [f"{cookie.name}={cookie.value}", "Path=/", f"Max-Age={cookie.seconds}", f"SameSite={same_site}"]
    if settings.cookie_domain:
        parts.append(f"Domain={settings.cookie_domain}")
    if secure:
        parts.append("Secure")
    if not cookie.scripts:
        parts.append("HttpOnly")
    return "; ".join(parts)


def session_cookies(token: str, refresh: str, request: Request, settings: Settings) -> tuple[str, ...]:
    """The token in two parts, of which pages can read one, and the refresh token."""
    payload, _, signature = token.rpartition(".")
    lifetime = settings.access_token_seconds
    cookies = (
        Cookie(settings.cookie_header_payload_name, payload, lifetime, scripts=True),
        Cookie(settings.cookie_signature_name, signature, lifetime),
        Cookie(settings.cookie_refresh_name, refresh, settings.refresh_token_seconds),
    )
    return tuple(written(cookie, request, settings) for cookie in cookies)


def no_session(request: Request, settings: Settings) -> tuple[str, ...]:
    """What takes the cookies of a session away."""
    cookies = (
        Cookie(settings.cookie_header_payload_name, "", 0, scripts=True),
        Cookie(settings.cookie_signature_name, "", 0),
        Cookie(settings.cookie_refresh_name, "", 0),
    )
    return tuple(written(cookie, request, settings) for cookie in cookies)


def token_in_cookies(request: Request, settings: Settings) -> str | None:
    """The access token that the two cookies make together, or null without both."""
    payload = request.cookies.get(settings.cookie_header_payload_name)
    signature = request.cookies.get(settings.cookie_signature_name)
    return f"{payload}.{signature}" if payload and signature else None


def has_any(request: Request, settings: Settings) -> bool:
    """Whether the request has any cookie of ours that tells of a browser."""
    names = (
        settings.cookie_header_payload_name,
        settings.cookie_signature_name,
        settings.cookie_refresh_name,
        settings.cookie_csrf_name,
    )
    return any(name in request.cookies for name in names)
