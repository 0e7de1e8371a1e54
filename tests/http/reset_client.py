"""Passwords by mail: asking for a link, the link itself, its page, and what an account's tokens still open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin

import httpx

from tests.http import expectations as expect
from tests.http.address_changes import links, page
from tests.http.browser_client import REFRESH, Browser, Form
from tests.http.service_client import ME, Caller, Service, account_path, new_password
from tests.support.waiting import eventually

REQUEST = "/password_reset/"
REQUEST_OF_OLD = "/account/password"
CONFIRM = "/password_reset_confirm/"
COMPLETE = "/password_reset_complete/"
RESET = "/password/reset/"
VALIDATE = "/api/user/v1/account/password_reset/token/validate/"
REVOKE = "/oauth2/revoke_token"

TWO_FIELDS = {"new_password1", "new_password2"}
FORM_HEADERS = {"USE-JWT-COOKIE": None, "X-CSRFToken": None}
"""What a browser does not send when it follows a link or sends a form."""


def sessions_path(username: str, number: str = "") -> str:
    """Return the path of somebody's sessions, or of one of them."""
    tail = f"/{quote(number, safe='')}" if number else ""
    return f"{account_path(username)}/sessions{tail}"


def confirm_path(token: str) -> str:
    """Return the path of a link's page."""
    return f"{CONFIRM}{quote(token, safe='')}/"


def reset_path(token: str) -> str:
    """Return the path that a page of one's own sends the new password to."""
    return f"{RESET}{quote(token, safe='')}/"


# --- asking, and mails


def ask(service: Service, address: Any, path: str = REQUEST, **arguments: Any) -> httpx.Response:
    """Ask for a link as nobody in particular."""
    return service.http.post(path, data={"email": address}, **arguments)


def reset_mails(service: Service, to: str) -> list[dict[str, Any]]:
    """Return the mails to an address that hold a link to a new password."""
    return [mail for mail in service.outbox(to) if any(CONFIRM in link for link in mail["links"])]


def tokens_mailed(service: Service, to: str) -> list[str]:
    """Return the `{uid}-{token}` of every link that was mailed to an address, oldest first."""
    return [link.rstrip("/").rsplit("/", 1)[-1] for link in links(service, to, CONFIRM)]


def next_token(service: Service, to: str, before: int) -> str:
    """Return the newest token, as soon as there are more than before."""

    def more() -> str:
        found = tokens_mailed(service, to)
        assert len(found) > before, found
        return found[-1]

    return eventually(more)


def link_token(service: Service, address: str, path: str = REQUEST) -> str:
    """Ask for a link and return its `{uid}-{token}`."""
    before = len(tokens_mailed(service, address))
    expect.status(200, ask(service, address, path))
    return next_token(service, address, before)


def nothing_mailed(service: Service, *addresses: str) -> None:
    """Expect no link at these addresses, once somebody else's later request has brought one."""
    link_token(service, service.new_account().email)
    assert {} == {each: found for each in addresses if (found := reset_mails(service, each))}


# --- the link


def set_by(service: Service, token: str, password: str, again: str | None = None, **arguments: Any) -> httpx.Response:
    """Send a new password as a page of one's own does."""
    fields = {"new_password1": password, "new_password2": password if again is None else again}
    return service.http.post(reset_path(token), data=fields, **arguments)


def done(response: httpx.Response) -> None:
    """Expect that the new password is set."""
    expect.status(200, response)
    assert {"reset_status": True, "err_msg": ""} == response.json()


def fault(response: httpx.Response) -> str:
    """Expect a fault of the password, not of the link; return its message."""
    expect.status(200, response)
    body = response.json()
    assert {"reset_status", "err_msg"} == set(body), response.text
    assert body["reset_status"] is False
    assert isinstance(body["err_msg"], str)
    assert body["err_msg"]
    return str(body["err_msg"])


def link_is_dead(response: httpx.Response) -> None:
    """Expect the answer to a dead link."""
    expect.status(200, response)
    assert {"reset_status": False, "token_invalid": True} == response.json()


def valid(service: Service, token: Any) -> bool:
    """Ask whether a link lives."""
    response = service.http.post(VALIDATE, data={"token": token})
    expect.status(200, response)
    body = response.json()
    assert {"is_valid"} == set(body), response.text
    assert isinstance(body["is_valid"], bool)
    return bool(body["is_valid"])


def alive(service: Service, token: str) -> None:
    """Expect a link that lives, by all that tells so and changes nothing."""
    assert valid(service, token)
    form_of(opened(Browser(service), token))


def dead(service: Service, token: str) -> None:
    """Expect a dead link, in all four places."""
    assert not valid(service, token)
    reader = Browser(service)
    page(404, opened(reader, token))
    link_is_dead(set_by(service, token, new_password()))
    reader.fetch_csrf()
    fields = {"csrfmiddlewaretoken": reader.csrf, **dict.fromkeys(TWO_FIELDS, new_password())}
    page(200, reader.post(confirm_path(token), data=fields, headers=FORM_HEADERS))


def renewed(service: Service, account: Caller, address: str = "") -> Caller:
    """Give an account a new password by a link in a mail; return it logged in with that."""
    password = new_password()
    done(set_by(service, link_token(service, address or account.email), password))
    return service.login(account.username, password, address or account.email)


# --- the page


def opened(reader: Browser, token: str) -> httpx.Response:
    """Open a link, by way of one redirect at most."""
    response = reader.get(confirm_path(token), headers=FORM_HEADERS)
    if response.is_redirect:
        response = reader.get(urljoin(str(response.url), response.headers["Location"]), headers=FORM_HEADERS)
    return response


def form_of(response: httpx.Response) -> Form:
    """Expect a page with the form for a new password."""
    page(200, response)
    form = Form(response.text)
    assert "post" == form.method, response.text
    assert set(form.fields) >= TWO_FIELDS
    return form


def sent(reader: Browser, form_page: httpx.Response, password: str, again: str | None = None) -> httpx.Response:
    """Fill the form of a page and send it with all of its fields."""
    form = form_of(form_page)
    filled = {"new_password1": password, "new_password2": password if again is None else again}
    target = urljoin(str(form_page.url), form.action or "")
    return reader.post(target, data={**form.fields, **filled}, headers=FORM_HEADERS)


# --- who is logged in, and how long


@dataclass(frozen=True)
class Held:
    """What an account holds: a JWT, a Bearer token, a refreshed pair, and a browser's cookies."""

    service: Service
    access: tuple[str, ...]
    refresh: tuple[str, ...]
    browser: Browser

    def seen(self) -> list[int]:
        """Return the status that each access token, and the cookies, get."""
        cookies = dict(self.browser.cookies)
        by_token = [self.service.me(f"{prefix} {each}") for each in self.access for prefix in ("JWT", "Bearer")]
        return [each.status_code for each in (*by_token, self.browser.get(ME, cookies=cookies))]

    def lives(self) -> None:
        """Expect that everything opens."""
        assert [200] * (2 * len(self.access) + 1) == self.seen()

    def is_dead(self) -> None:
        """Expect that nothing opens, and that nothing can be refreshed."""
        assert [401] * (2 * len(self.access) + 1) == self.seen()
        for each in self.refresh:
            expect.oauth_error(self.service.refresh(each), "invalid_grant")
        response = self.browser.post(REFRESH, cookies=dict(self.browser.cookies))
        expect.status(401, response)
        assert "Unauthorized" == response.json()


def held(service: Service, account: Caller) -> Held:
    """Log an account in in every way."""
    grants = [service.password_grant(account.username, account.password, kind) for kind in ("jwt", "bearer", "jwt")]
    for each in grants:
        expect.status(200, each)
    child = service.refresh(grants[2].json()["refresh_token"])
    expect.status(200, child)
    bodies = [each.json() for each in (*grants, child)]
    return Held(
        service=service,
        access=tuple(each["access_token"] for each in bodies),
        refresh=tuple(each["refresh_token"] for each in bodies),
        browser=Browser(service).logged_in(account),
    )
