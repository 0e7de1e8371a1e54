"""A browser's session: renewed, ended, and protected against forged requests (spec 40, sections 3 and 4)."""

import json
from datetime import timedelta
from email.utils import format_datetime

from pydantic import BaseModel

from chalicelib.api import csrf
from chalicelib.api.answers import json_answer, json_text, redirect, with_cookies
from chalicelib.api.bodies import FORM, form, text_field
from chalicelib.api.cookies import no_session, session_cookies, token_in_cookies
from chalicelib.api.errors import ApiError
from chalicelib.api.origins import here, safe_target
from chalicelib.api.renewal import renew
from chalicelib.api.routing import Area, Exchange, Parameter, Responds
from chalicelib.events.idempotency import Answer
from chalicelib.identity.errors import InvalidRefreshTokenError, InvalidTokenError

area = Area("Logging in")
ONWARD = Parameter("redirect_url", "Where to go then: a path of this service, or an address of a configured origin.")


class SessionRenewed(BaseModel):
    """A session that was renewed, and until when its token lives."""

    success: bool
    user_id: int
    response_epoch_seconds: int
    response_http_date: str
    expires: str
    expires_epoch_seconds: int


class CsrfToken(BaseModel):
    """The browser's token."""

    csrfToken: str  # noqa: N815 - the contract's name


@area.route(
    "POST",
    "/login_refresh",
    summary="Renew a browser's session",
    public=True,
    answers={
        200: Responds("Fresh cookies.", SessionRenewed),
        401: Responds("There is no session that goes on.", str),
    },
)
def refresh_login(exchange: Exchange) -> Answer:
    """Use the refresh cookie: it is replaced, and so are the cookies of the token."""
    services, request, settings = exchange.services, exchange.request, exchange.services.settings
    try:
        renewed = renew(services, request.cookies.get(settings.cookie_refresh_name, ""), client=None)
    except InvalidRefreshTokenError:
        return json_text(json.dumps("Unauthorized"), 401)
    now = services.clock()
    expires = now + timedelta(seconds=settings.access_token_seconds)
    content = SessionRenewed(
        success=True,
        user_id=renewed.account.number,
        response_epoch_seconds=int(now.timestamp()),
        response_http_date=format_datetime(now, usegmt=True),
        expires=format_datetime(expires, usegmt=True),
        expires_epoch_seconds=int(expires.timestamp()),
    )
    cookies = session_cookies(renewed.access_token, renewed.refresh_token, request, settings)
    return with_cookies(json_answer(content), cookies)


@area.route(
    "GET",
    "/logout",
    summary="Log out",
    public=True,
    parameters=[ONWARD, Parameter("next", "The same, if there is no `redirect_url`.")],
    answers={302: Responds("Logged out; on to where was asked for, or to `/`.")},
)
def get_logout(exchange: Exchange) -> Answer:
    """End the browser's session, take its cookies away and go on."""
    request, settings = exchange.request, exchange.services.settings
    wanted = request.last("redirect_url") or request.last("next") or _in_form(exchange)
    onward = redirect(safe_target(wanted, request, settings) or here("/", settings))
    if request.method == "HEAD":
        return onward
    _end_session(exchange)
    return with_cookies(onward, no_session(request, settings))


@area.route(
    "POST",
    "/logout",
    summary="Log out",
    public=True,
    parameters=[ONWARD],
    answers={302: Responds("Logged out; on to where was asked for, or to `/`.")},
)
def post_logout(exchange: Exchange) -> Answer:
    """As GET."""
    return get_logout(exchange)


@area.route(
    "GET",
    "/csrf/api/v1/token",
    summary="The browser's CSRF token",
    public=True,
    answers={200: Responds("What goes into X-CSRFToken; the same is in a cookie.", CsrfToken)},
)
def get_csrf_token(exchange: Exchange) -> Answer:
    """The token that writes with cookies need; a browser keeps the one that it has."""
    services, request = exchange.services, exchange.request
    token = csrf.token_for(services, request)
    return with_cookies(json_answer(CsrfToken(csrfToken=token)), [csrf.cookie_for(services, request, token)])


def _end_session(exchange: Exchange) -> None:
    """End the sessions that the cookies are of: that of the refresh token, and that of the access token."""
    services, request = exchange.services, exchange.request
    services.sessions.revoke_token(request.cookies.get(services.settings.cookie_refresh_name, ""))
    token = token_in_cookies(request, services.settings)
    if token is None:
        return
    try:
        claims = services.verifier.verify(token, services.clock())
    except InvalidTokenError:
        return
    services.sessions.revoke(claims.sub, claims.sid)


def _in_form(exchange: Exchange) -> str | None:
    request = exchange.request
    if request.content_type != FORM:
        return None
    try:
        fields = form(request, exchange.services.settings.body_limit_bytes)
    except ApiError:
        return None
    return text_field(fields, "redirect_url") or text_field(fields, "next")
