"""The doors for browsers: the login endpoints of the pages, and a form of our own (spec 40, sections 1 and 2)."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, JsonValue

from chalicelib.api import csrf
from chalicelib.api.answers import html, json_answer, redirect, with_cookies
from chalicelib.api.bodies import FORM, JSON, form, form_or_json, require_content_type, text_field
from chalicelib.api.errors import SignInError
from chalicelib.api.form_fields import form_field
from chalicelib.api.origins import here, origin_of, safe_target
from chalicelib.api.routing import Area, Exchange, Parameter, Responds, Takes
from chalicelib.api.schemas import FormDescription
from chalicelib.api.signing_in import cookies_of, sign_in, unreadable
from chalicelib.events.idempotency import Answer
from chalicelib.site.forms import login_page

area = Area("Logging in")
V1 = ("/api/user/v1/account/login_session", "/user_api/v1/account/login_session", "/login_ajax")
V2 = ("/api/user/v2/account/login_session", "/user_api/v2/account/login_session")
PAGE = "/login"
NEXT = Parameter("next", "Where to go after the login: a path of this service, or an address of a configured origin.")


class AddressAndPassword(BaseModel):
    """What version 1 takes."""

    email: str
    password: str
    next: str | None = None


class NameAndPassword(BaseModel):
    """What version 2 takes."""

    email_or_username: str
    password: str
    next: str | None = None


class SignedIn(BaseModel):
    """A login that succeeded."""

    success: bool
    redirect_url: str | None


class SignInRefused(BaseModel):
    """A login that did not; without `error_code` nothing was looked up."""

    success: bool
    value: str
    error_code: str | None = None
    context: dict[str, Any]
    email: str


ANSWERS = {
    200: Responds("Logged in; the session is in the cookies.", SignedIn),
    400: Responds("Not logged in, and why.", SignInRefused),
    403: Responds("A browser's request without its CSRF token, or from a page of an unknown origin."),
}
DESCRIBED = {200: Responds("The form's fields.", FormDescription)}


@area.route(
    "POST",
    *V1,
    summary="Log in with an address",
    public=True,
    takes=Takes(AddressAndPassword, (FORM, JSON), {"email": "learner@example.com", "password": "local-Passw0rd"}),
    answers=ANSWERS,
)
def log_in_by_address(exchange: Exchange) -> Answer:
    """Begin a session that is carried by cookies; `next` says where to go then."""
    return _log_in(exchange, "email", addresses_only=True)


@area.route(
    "POST",
    *V2,
    summary="Log in with a username or an address",
    public=True,
    takes=Takes(NameAndPassword, (FORM, JSON), {"email_or_username": "learner", "password": "local-Passw0rd"}),
    answers=ANSWERS,
)
def log_in_by_name(exchange: Exchange) -> Answer:
    """As version 1, with `email_or_username`."""
    return _log_in(exchange, "email_or_username", addresses_only=False)


@area.route("GET", *V1, summary="The fields of the login form", public=True, answers=DESCRIBED)
def describe_login_by_address(exchange: Exchange) -> Answer:
    """What the form of version 1 asks for."""
    return _described(exchange, "email", "email", "E-mail address")


@area.route("GET", *V2, summary="The fields of the login form", public=True, answers=DESCRIBED)
def describe_login_by_name(exchange: Exchange) -> Answer:
    """What the form of version 2 asks for."""
    return _described(exchange, "email_or_username", "text", "Username or e-mail address")


@area.route(
    "GET",
    PAGE,
    summary="A page to sign in on",
    public=True,
    parameters=[NEXT],
    answers={200: Responds("A form.", None, "text/html")},
)
def get_login_page(exchange: Exchange) -> Answer:
    """A form that signs in and then follows `next`."""
    return _page(exchange, exchange.request.last("next"))


@area.route(
    "POST",
    PAGE,
    summary="Sign in on the page",
    public=True,
    takes=Takes(NameAndPassword, (FORM,)),
    answers={
        200: Responds("The form again, and what was wrong.", None, "text/html"),
        302: Responds("Logged in; on to `next`."),
        403: ANSWERS[403],
    },
)
def post_login_page(exchange: Exchange) -> Answer:
    """Sign in with the form."""
    services, request = exchange.services, exchange.request
    require_content_type(request, FORM)
    fields = form(request, services.settings.body_limit_bytes)
    csrf.require(services, request)
    name, password = _credentials(fields, "email_or_username")
    try:
        if not name or password is None:
            raise unreadable(name)
        login = sign_in(exchange, name, password)
    except SignInError as error:
        return _page(exchange, text_field(fields, "next"), name, error.message)
    onward = _target(exchange, fields.get("next")) or here("/", services.settings)
    return with_cookies(redirect(onward), cookies_of(exchange, login))


def _log_in(exchange: Exchange, name_field: str, *, addresses_only: bool) -> Answer:
    services, request = exchange.services, exchange.request
    csrf.require_of_browsers(services, request)
    fields = form_or_json(request, services.settings.body_limit_bytes)
    name, password = _credentials(fields, name_field)
    if not name or password is None:
        raise unreadable(name)
    login = sign_in(exchange, name, password, addresses_only=addresses_only)
    content = SignedIn(success=True, redirect_url=_target(exchange, fields.get("next")))
    return with_cookies(json_answer(content), cookies_of(exchange, login))


def _credentials(fields: Mapping[str, JsonValue], name_field: str) -> tuple[str, str | None]:
    return text_field(fields, name_field) or "", text_field(fields, "password") or None


def _target(exchange: Exchange, wanted: object) -> str | None:
    """Where to go after the login: where was asked for, if that is safe, or the landing page, or nowhere."""
    settings = exchange.services.settings
    return safe_target(wanted, exchange.request, settings) or settings.landing_page or None


def _described(exchange: Exchange, name: str, kind: str, label: str) -> Answer:
    content = FormDescription(
        method="post",
        submit_url=exchange.request.path,
        fields=[form_field(name, kind, label), form_field("password", "password", "Password")],
    )
    return json_answer(content)


def _page(exchange: Exchange, target: str | None, typed: str = "", fault: str = "") -> Answer:
    services, request, settings = exchange.services, exchange.request, exchange.services.settings
    token = csrf.token_for(services, request)
    followed = safe_target(target, request, settings) or ""
    text = login_page(settings.platform_name, here(PAGE, settings), token, followed, typed, fault)
    # Browsers hold a form to this list on its way through redirects, too.
    ours = (origin_of(settings.base_url), origin_of(settings.landing_page))
    onward = dict.fromkeys((*settings.cors_origins, *settings.redirect_origins, *filter(None, ours)))
    return with_cookies(html(text, form_targets=onward), [csrf.cookie_for(services, request, token)])
