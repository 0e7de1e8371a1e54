"""The doors for browsers: the login endpoints of the pages (spec 40, sections 1 and 2)."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, JsonValue

from chalicelib.api import csrf
from chalicelib.api.answers import json_answer, with_cookies
from chalicelib.api.bodies import FORM, JSON, form_or_json, text_field
from chalicelib.api.form_fields import form_field
from chalicelib.api.origins import safe_target
from chalicelib.api.routing import Area, Exchange, Responds, Takes
from chalicelib.api.schemas import FormDescription
from chalicelib.api.signing_in import cookies_of, sign_in, unreadable
from chalicelib.events.idempotency import Answer

area = Area("Logging in")
V1 = ("/api/user/v1/account/login_session", "/user_api/v1/account/login_session", "/login_ajax")
V2 = ("/api/user/v2/account/login_session", "/user_api/v2/account/login_session")


class AddressAndPassword(BaseModel):
    """What version 1 takes."""

    email: str
    password: str
    next: Any = None


class NameAndPassword(BaseModel):
    """What version 2 takes."""

    email_or_username: str
    password: str
    next: Any = None


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


def _log_in(exchange: Exchange, name_field: str, *, addresses_only: bool) -> Answer:
    services, request = exchange.services, exchange.request
    csrf.require_of_browsers(services, request)
    fields = form_or_json(request, services.settings.body_limit_bytes)
    name, password = credentials(fields, name_field)
    if not name or password is None:
        raise unreadable(name)
    login = sign_in(exchange, name, password, addresses_only=addresses_only)
    content = SignedIn(success=True, redirect_url=target_of(exchange, fields.get("next")))
    return with_cookies(json_answer(content), cookies_of(exchange, login))


def credentials(fields: Mapping[str, JsonValue], name_field: str) -> tuple[str, str | None]:
    """What was typed as name, empty if nothing was, and as password."""
    return text_field(fields, name_field) or "", text_field(fields, "password") or None


def target_of(exchange: Exchange, wanted: object) -> str | None:
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
