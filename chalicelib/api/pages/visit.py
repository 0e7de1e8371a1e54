"""Somebody's visit to a page of the site: their session, their language, and the API as they may use it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from chalicelib.accounts.account import Account
from chalicelib.accounts.rules.time_zones import common_zones
from chalicelib.api import csrf
from chalicelib.api.answers import html, redirect, with_cookies
from chalicelib.api.authentication import USE_COOKIES, identify
from chalicelib.api.bodies import FORM, form, text_field
from chalicelib.api.cookies import session_cookies
from chalicelib.api.errors import ApiError
from chalicelib.api.linked_pages import language_of
from chalicelib.api.origins import here, origin_of
from chalicelib.api.pages.inner import NOTHING, Body, Call, Reply, ask
from chalicelib.api.parts import MULTIPART, text_part
from chalicelib.api.renewal import renew
from chalicelib.api.request import Request
from chalicelib.api.rights import Right, holds
from chalicelib.api.routing import Exchange
from chalicelib.api.services import Services
from chalicelib.events.idempotency import Answer
from chalicelib.identity.errors import InvalidRefreshTokenError
from chalicelib.site.frame import Frame, Person
from chalicelib.site.rendering import render

DONE = "done"
"""The query parameter that says, after a form was accepted, what was done; templates know its values."""

ONCE = "once"
"""The field with the random name of a form's one submission."""


@dataclass(frozen=True)
class Visit:
    """One request for a page, by whoever sits before the browser.

    `account` is theirs, if they are signed in. `fields` are those of the form that was sent. `cookies` are set with
    the answer: a session that had to be renewed for this request goes on with them.
    """

    services: Services
    request: Request
    account: Account | None
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    cookies: Sequence[str] = field(default=(), repr=False)

    @property
    def me(self) -> Account:
        """The visitor's account; only pages for people who are signed in may ask for it."""
        if self.account is None:
            raise LookupError("nobody is signed in")
        return self.account

    def call(
        self,
        method: str,
        path: str,
        body: Body = NOTHING,
        *,
        query: Mapping[str, str | Sequence[str]] | None = None,
        if_match: str | None = None,
        once: bool = False,
        **parameters: str,
    ) -> Reply:
        """Ask the API, as this visitor. With `once`, the form that was sent counts only once."""
        given = {name: [value] if isinstance(value, str) else list(value) for name, value in (query or {}).items()}
        name = self.fields.get(ONCE) if once else None
        call = Call(method, path, parameters, given, body, if_match, name)
        return ask(self.services, self.request, self.fields.get(csrf.FIELD, ""), call)

    @property
    def path(self) -> str:
        """The path of the page, without what a stage of API Gateway has in front of it."""
        parameters = {name: quote(value, safe="") for name, value in self.request.parameters.items()}
        return self.request.route.format(**parameters)

    def typed(self, name: str) -> str:
        """A field of the form that was sent; empty if it is not there."""
        return self.fields.get(name, "")

    def has(self, right: Right) -> bool:
        """Whether the visitor holds a right of the retirement process."""
        return self.account is not None and holds(self.account, right, self.services.settings)

    # --- answers

    def show(self, template: str, status: int = 200, *, form_targets: Iterable[str] = (), **content: Any) -> Answer:
        """The page `template`. Its forms get the browser's CSRF token, which is set as a cookie besides.

        They may lead on to the origins `form_targets`.
        """
        token = csrf.token_for(self.services, self.request)
        text = render(template, self._frame(token), done=self.request.last(DONE) or "", **content)
        settings = self.services.settings
        pictures = origin_of(settings.image_base_url or settings.base_url) or ""
        page = html(text, status, form_targets=form_targets, pictures=pictures)
        return with_cookies(page, (*self.cookies, csrf.cookie_for(self.services, self.request, token)))

    def go(self, path: str, done: str = "") -> Answer:
        """On to another page of this service with GET; `done` says there what was done."""
        query = f"{'&' if '?' in path else '?'}{DONE}={done}" if done else ""
        return with_cookies(redirect(here(path, self.services.settings) + query, 303), self.cookies)

    def sign_in_first(self) -> Answer:
        """To the login, and from there back to this page."""
        asked = here(self.path, self.services.settings)
        query = "&".join(
            f"{quote(name, safe='')}={quote(value, safe='')}"
            for name, values in self.request.query.items()
            for value in values
        )
        onward = quote(f"{asked}?{query}" if query else asked, safe="")
        return self.go(f"/login?next={onward}")

    def _frame(self, token: str) -> Frame:
        settings, account = self.services.settings, self.account
        person = None
        if account is not None:
            person = Person(account.username, staff=account.staff, retires=self.has(Right.RETIRE))
        return Frame(
            platform_name=settings.platform_name,
            language=self.language,
            zone=self.zone,
            base=here("", settings),
            path=self.path,
            csrf=token,
            once=self.services.random_bytes(16).hex(),
            person=person,
            flags={"leaving": settings.account_deletion_allowed, "addresses": settings.email_changes_allowed},
        )

    @property
    def language(self) -> str:
        """The language of the pages: chosen in this browser, else by the account, else what the browser takes."""
        preferred = self.account.preferences.get("pref-lang", "") if self.account else ""
        return language_of(self.services.settings, self.request, [preferred])

    @property
    def zone(self) -> tzinfo:
        """The zone in which times are shown: as the account says, else UTC."""
        name = self.account.preferences.get("time_zone", "") if self.account else ""
        return ZoneInfo(name) if name in common_zones() else UTC


def visit_of(exchange: Exchange) -> Visit:
    """The visit that a request is; a session whose token has run out is renewed by its refresh cookie."""
    services = exchange.services
    # To the site cookies always count: its pages are the ones that they were made for.
    request = replace(
        exchange.request,
        headers={
            **{name: value for name, value in exchange.request.headers.items() if name != "authorization"},
            USE_COOKIES: "true",
        },
    )
    fields = _fields(services, request)
    caller = identify(services, request)
    if caller is not None:
        return Visit(services, request, caller.account, fields)
    refresh = request.cookies.get(services.settings.cookie_refresh_name, "")
    try:
        renewed = renew(services, refresh, client=None)
    except InvalidRefreshTokenError:
        return Visit(services, request, None, fields)
    settings = services.settings
    payload, _, signature = renewed.access_token.rpartition(".")
    fresh = {
        settings.cookie_header_payload_name: payload,
        settings.cookie_signature_name: signature,
        settings.cookie_refresh_name: renewed.refresh_token,
    }
    cookies = session_cookies(renewed.access_token, renewed.refresh_token, request, settings)
    return Visit(services, replace(request, cookies={**request.cookies, **fresh}), renewed.account, fields, cookies)


def _fields(services: Services, request: Request) -> dict[str, str]:
    """The text fields of a form that was sent; none if it cannot be read, which the CSRF check then refuses."""
    if request.method != "POST":
        return {}
    if request.content_type == MULTIPART:
        return _parts(request)
    if request.content_type != FORM:
        return {}
    try:
        found = form(request, services.settings.body_limit_bytes)
    except ApiError:
        return {}
    return {name: value for name in found if (value := text_field(found, name)) is not None}


def _parts(request: Request) -> dict[str, str]:
    """Of a form with a file only what belongs to the form itself; the file goes on as it is."""
    found = {}
    for name in (csrf.FIELD, ONCE):
        try:
            value = text_part(request, name)
        except ApiError:
            return {}
        if value is not None:
            found[name] = value
    return found
