"""Against forged requests: a token that only pages of this browser know, and the page's origin (spec 40, section 4).

The cookie holds a random part and its keyed hash, so that no other value counts, whoever planted it; the page sends
the same value in a header or in its form, and `Origin` says whose page it is. A browser keeps its token for as long
as the cookie lives: asking again gives the same one, so what a page has in memory stays good.
"""

import hmac

from chalicelib.api.bodies import FORM, form, text_field
from chalicelib.api.cookies import Cookie, has_any, written
from chalicelib.api.errors import ApiError, ForgedRequestError
from chalicelib.api.origins import is_secure, is_trusted, origin_of
from chalicelib.api.parts import MULTIPART, text_part
from chalicelib.api.request import Request
from chalicelib.api.services import Services

HEADER = "x-csrftoken"
FIELD = "csrfmiddlewaretoken"
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_RANDOM_BYTES = 16
_RANDOM = 2 * _RANDOM_BYTES


def token_for(services: Services, request: Request) -> str:
    """The browser's token: the one that it has, or a fresh one."""
    known = _known(services, request)
    if known is not None:
        return known
    random = services.random_bytes(_RANDOM_BYTES).hex()
    return random + _tag(services, random)


def cookie_for(services: Services, request: Request, token: str) -> str:
    """The `Set-Cookie` header that gives the browser its token, or makes it last longer."""
    settings = services.settings
    cookie = Cookie(settings.cookie_csrf_name, token, settings.csrf_cookie_seconds, scripts=True)
    return written(cookie, request, settings)


def require(services: Services, request: Request) -> None:
    """Raise `ForgedRequestError` unless the request's page is of a trusted origin and knows the browser's token."""
    require_trusted_page(services, request)
    require_token(services, request)


def require_of_browsers(services: Services, request: Request) -> None:
    """As `require`, for requests that look like a browser's: they have a cookie of ours or an `Origin` (B2)."""
    if has_any(request, services.settings) or "origin" in request.headers:
        require(services, request)


def require_token(services: Services, request: Request) -> None:
    """Raise `ForgedRequestError` unless the request brings the browser's token."""
    known, sent = _known(services, request), request.headers.get(HEADER) or _in_form(services, request)
    if known is None or not sent or not _same(known, sent):
        raise ForgedRequestError("The CSRF token is missing or does not fit.")


def require_trusted_page(services: Services, request: Request) -> None:
    """Raise `ForgedRequestError` for a page of an origin that is neither ours nor configured.

    Over https a request without `Origin` may say in `Referer` where it comes from.
    """
    settings = services.settings
    origin = request.headers.get("origin")
    if origin is None and is_secure(request, settings):
        referrer = request.headers.get("referer")
        origin = None if referrer is None else origin_of(referrer) or ""
    if origin is not None and not is_trusted(origin, request, settings):
        raise ForgedRequestError("The page that sent this request is not trusted.")


def _known(services: Services, request: Request) -> str | None:
    """The token in the cookie, if it was made here."""
    token = request.cookies.get(services.settings.cookie_csrf_name, "")
    random, tag = token[:_RANDOM], token[_RANDOM:]
    genuine = _same(tag, _tag(services, random))
    return token if genuine and len(random) == _RANDOM else None


def _same(one: str, other: str) -> bool:
    """In a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


def _tag(services: Services, random: str) -> str:
    return services.digests.of("csrf", random.encode("utf-8", "surrogatepass"))[:_RANDOM]


def _in_form(services: Services, request: Request) -> str | None:
    try:
        if request.content_type == FORM:
            return text_field(form(request, services.settings.body_limit_bytes), FIELD)
        if request.content_type == MULTIPART:
            return text_part(request, FIELD)
    except ApiError:
        return None
    return None
