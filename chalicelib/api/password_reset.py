"""Password resets over HTTP: asking for a link, its page, and what Open edX's pages use (spec 40, section 7)."""

from contextlib import suppress
from urllib.parse import quote

from pydantic import BaseModel

from chalicelib.accounts.errors import DeadLinkError
from chalicelib.accounts.rules.fault import RuleError
from chalicelib.api import csrf, idempotent
from chalicelib.api.answers import empty, html, json_answer, redirect, with_cookies
from chalicelib.api.authentication import Caller, identify
from chalicelib.api.bodies import FORM, JSON, form, form_or_json, require_content_type, text_field
from chalicelib.api.errors import (
    LinkFailedError,
    MalformedRequestError,
    ResetLimitError,
    UnsupportedMediaTypeError,
)
from chalicelib.api.limits import limit_source, source_of, within
from chalicelib.api.linked_pages import frame_of, linked_page
from chalicelib.api.origins import here
from chalicelib.api.resetting import mail_link, message_of, open_link, use_link
from chalicelib.api.routing import IDEMPOTENCY_KEY, Area, Exchange, Responds, Takes
from chalicelib.events.aggregate import Decision
from chalicelib.events.claims import normalised
from chalicelib.events.errors import DuplicateCommandError, KeyServiceUnavailableError, StoreUnavailableError
from chalicelib.events.idempotency import Answer
from chalicelib.leases import account_lease
from chalicelib.mail.port import MailUnavailableError
from chalicelib.site.rendering import render

area = Area("Passwords")
LEASE_SECONDS = 30
PAGE = "/password_reset_confirm/{link}"
SENT = (
    "<p>If this address belongs to an account, a mail with a link is on its way to it. "
    "The link leads to a page on which a new password can be chosen.</p>"
)


class Address(BaseModel):
    """The address of an account; whoever is logged in need not say it."""

    email: str = ""


class NewPassword(BaseModel):
    """A password, typed twice."""

    new_password1: str = ""
    new_password2: str = ""


class ResetAsked(BaseModel):
    """What everybody is told who asks for a reset."""

    success: bool
    value: str


class ResetStatus(BaseModel):
    """Whether the password was set; `token_invalid` says that the link leads nowhere (any more)."""

    reset_status: bool
    err_msg: str | None = None
    token_invalid: bool | None = None


class LinkToCheck(BaseModel):
    """The part of a link that says whose it is and what proves it."""

    token: str = ""


class LinkChecked(BaseModel):
    """Whether it would work."""

    is_valid: bool


LIMITED = Responds("Too many uses or checks of links from this source address.")


@area.route(
    "POST",
    "/password_reset",
    summary="Ask for a new password",
    public=True,
    takes=Takes(Address, (FORM, JSON), {"email": "learner@example.com"}, optional=True),
    parameters=[IDEMPOTENCY_KEY],
    answers={
        200: Responds("Whether or not anybody has the address.", ResetAsked),
        403: Responds("Too many requests from this source address, or for this address.", ResetAsked),
    },
)
def ask_for_reset(exchange: Exchange) -> Answer:
    """Mail a link to the address if it is an account's; whoever is logged in gets it at their own address."""
    caller = identify(exchange.services, exchange.request)
    typed = _typed_address(exchange)
    return _ask_once(exchange, caller, typed or "", json_answer(ResetAsked(success=True, value=SENT)))


@area.route(
    "POST",
    "/account/password",
    summary="Ask for a new password",
    public=True,
    takes=Takes(Address, (FORM, JSON), {"email": "learner@example.com"}, optional=True),
    parameters=[IDEMPOTENCY_KEY],
    answers={
        200: Responds("Whether or not anybody has the address."),
        400: Responds("No address."),
        403: Responds("Too many requests, or a browser's request without its CSRF token.", ResetAsked),
    },
)
def ask_for_password(exchange: Exchange) -> Answer:
    """As `/password_reset`, with an empty answer."""
    caller = identify(exchange.services, exchange.request)
    if caller is not None and caller.by_cookies:
        csrf.require(exchange.services, exchange.request)
    typed = _typed_address(exchange)
    if caller is None and not typed:
        raise MalformedRequestError("email is missing.")
    return _ask_once(exchange, caller, typed or "", empty(200))


@area.route(
    "GET",
    PAGE,
    summary="The page of a reset link",
    public=True,
    answers={
        200: Responds("A form for the new password.", None, "text/html"),
        404: Responds("The link leads nowhere (any more).", None, "text/html"),
    },
)
def get_reset_page(exchange: Exchange) -> Answer:
    """Show the form; nothing is used up or changed."""
    open_link(exchange.services, exchange.request.parameters["link"])
    return _page(exchange)


@area.route(
    "POST",
    PAGE,
    summary="Choose a new password on the page",
    public=True,
    takes=Takes(NewPassword, (FORM,)),
    answers={
        200: Responds("The page again, and what was wrong.", None, "text/html"),
        302: Responds("The password is set."),
        403: Responds("A browser's request without its CSRF token."),
        429: LIMITED,
        503: Responds("The notice could not be sent; the link still works.", None, "text/html"),
    },
)
def post_reset_page(exchange: Exchange) -> Answer:
    """Set the password.

    The page tells nobody its address, and so its form comes without an origin; a browser that has a CSRF token must
    show it.
    """
    services, request = exchange.services, exchange.request
    _limit_links(exchange)
    require_content_type(request, FORM)
    fields = form(request, services.settings.body_limit_bytes)
    if services.settings.cookie_csrf_name in request.cookies:
        csrf.require_token(services, request)
    try:
        use_link(exchange, request.parameters["link"], fields.get("new_password1"), fields.get("new_password2"))
    except DeadLinkError:
        return linked_page("dead_link.html", frame_of(services.settings, request))
    except RuleError as error:
        return _page(exchange, message_of(error))
    except MailUnavailableError:
        raise LinkFailedError from None
    return redirect(here("/password_reset_complete/", services.settings))


@area.route(
    "GET",
    "/password_reset_complete",
    summary="The page after a reset",
    public=True,
    answers={200: Responds("A page.", None, "text/html")},
)
def get_reset_complete(exchange: Exchange) -> Answer:
    """Say that the new password is in force."""
    return html(render("password_set.html", frame_of(exchange.services.settings, exchange.request)))


@area.route(
    "POST",
    "/password/reset/{link}",
    summary="Choose a new password",
    public=True,
    takes=Takes(NewPassword, (FORM, JSON), optional=True),
    answers={200: Responds("Whether it was set, and why not.", ResetStatus), 429: LIMITED},
)
def reset_by_link(exchange: Exchange) -> Answer:
    """Set the password."""
    _limit_links(exchange)
    fields = form_or_json(exchange.request, exchange.services.settings.body_limit_bytes)
    link = exchange.request.parameters["link"]
    try:
        use_link(exchange, link, fields.get("new_password1"), fields.get("new_password2"))
    except DeadLinkError:
        return json_answer({"reset_status": False, "token_invalid": True})
    except RuleError as error:
        return json_answer({"reset_status": False, "err_msg": message_of(error)})
    return json_answer({"reset_status": True, "err_msg": ""})


@area.route(
    "POST",
    "/api/user/v1/account/password_reset/token/validate",
    summary="Check a reset link",
    public=True,
    takes=Takes(LinkToCheck, (FORM, JSON), optional=True),
    answers={200: Responds("Whether it would work.", LinkChecked), 429: LIMITED},
)
def check_reset_link(exchange: Exchange) -> Answer:
    """Say whether a link would work; it is not used up."""
    _limit_links(exchange)
    fields = form_or_json(exchange.request, exchange.services.settings.body_limit_bytes)
    try:
        open_link(exchange.services, text_field(fields, "token") or "")
    except DeadLinkError:
        return json_answer(LinkChecked(is_valid=False))
    return json_answer(LinkChecked(is_valid=True))


def _typed_address(exchange: Exchange) -> str | None:
    """The address of the body; none if there is no body that could hold one."""
    request = exchange.request
    if not request.body:
        return None
    try:
        fields = form_or_json(request, exchange.services.settings.body_limit_bytes)
    except (MalformedRequestError, UnsupportedMediaTypeError):
        return None
    return text_field(fields, "email")


def _ask_once(exchange: Exchange, caller: Caller | None, typed: str, answer: Answer) -> Answer:
    """Mail a link, and answer; to a caller's idempotency key only once (spec 50, section 4)."""
    services, request = exchange.services, exchange.request
    command = None if caller is None else idempotent.command(services, request, caller, lambda _, __: answer)
    if caller is None or command is None:
        _ask(exchange, typed if caller is None else caller.account.email)
        return answer
    with services.leases.hold([account_lease(caller.account.id)], services.random_bytes(16).hex(), LEASE_SECONDS):
        first = idempotent.replay_after_race(services, request, caller)
        if first is not None:
            return first
        _ask(exchange, caller.account.email)
        # The link is mailed: whoever would ask again because the record cannot be kept would be mailed another one.
        with suppress(DuplicateCommandError, StoreUnavailableError, KeyServiceUnavailableError):
            services.ledger.execute(caller.account.id, lambda _: Decision(), command)
    return answer


def _ask(exchange: Exchange, address: str) -> None:
    services, settings = exchange.services, exchange.services.settings
    source, window = source_of(services, exchange.request), settings.reset_source_window_seconds
    if not within(services, "reset-source", source, settings.reset_source_limit, window) or not within(
        services,
        "reset-address",
        normalised(address),
        settings.reset_address_limit,
        settings.reset_address_window_seconds,
    ):
        raise ResetLimitError
    mail_link(exchange, address)


def _limit_links(exchange: Exchange) -> None:
    settings = exchange.services.settings
    limit_source(exchange, "reset-link", settings.reset_link_limit, settings.reset_link_window_seconds)


def _page(exchange: Exchange, fault: str = "") -> Answer:
    services, request = exchange.services, exchange.request
    token = csrf.token_for(services, request)
    path = f"/password_reset_confirm/{quote(request.parameters['link'], safe='')}/"
    page = linked_page("new_password.html", frame_of(services.settings, request, token), path=path, fault=fault)
    return with_cookies(page, [csrf.cookie_for(services, request, token)])
