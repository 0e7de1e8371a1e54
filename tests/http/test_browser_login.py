"""Logging in with a browser: who may, what the answers say, and where `next` may lead (spec 40, sections 0 and 2)."""

from __future__ import annotations

import json
import unicodedata
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from tests.http import expectations as expect
from tests.http.browser_client import (
    CSRF_COOKIE,
    FOLLOWED,
    NOT_FOLLOWED,
    PAYLOAD,
    SIGNATURE,
    V1_LOGIN,
    V1_LOGINS,
    V2_LOGIN,
    V2_LOGINS,
    Browser,
    given,
    refresh_name,
    same_place,
)
from tests.http.case_names import brief
from tests.http.retirement_client import left, retired, worker_of
from tests.http.service_client import Caller, Service, new_password, unique_email, unique_name
from tests.support.waiting import eventually

UNKNOWN = "incorrect-email-or-password"
WRONG = "not-the-Passw0rd"


@pytest.fixture(scope="module")
def account(service: Service) -> Caller:
    """Somebody whose password nobody here types wrongly."""
    return service.new_account()


@pytest.fixture
def browser(service: Service) -> Browser:
    """A plain client: no cookies yet, no `Origin`."""
    return Browser(service)


def logged_in(response: httpx.Response) -> str | None:
    """Expect a login with its three cookies; return `redirect_url`."""
    expect.status(200, response)
    body = response.json()
    assert {"success", "redirect_url"} == set(body), body
    assert body["success"] is True
    assert isinstance(body["redirect_url"], str | None), body
    assert {PAYLOAD, SIGNATURE, refresh_name(response)} == set(given(response)) - {CSRF_COOKIE}
    target: str | None = body["redirect_url"]
    return target


def refused(response: httpx.Response) -> dict[str, Any]:
    """Expect a 400 that sets no cookie; return its body."""
    expect.status(400, response)
    body: dict[str, Any] = response.json()
    assert body["success"] is False, body
    assert {} == given(response)
    return body


def not_recognised(response: httpx.Response, typed: str) -> None:
    """Expect the answer to the first failure of an account that is unknown, or whose password is another."""
    body = refused(response)
    assert {"success", "value", "error_code", "context", "email"} == set(body), body
    assert (UNKNOWN, {"failure_count": 1}, typed) == (body["error_code"], body["context"], body["email"])
    assert isinstance(body["value"], str)
    assert body["value"]


# --- who gets in


@pytest.mark.parametrize("how", ["json", "data"])
@pytest.mark.parametrize("path", V1_LOGINS)
def test_v1(browser: Browser, account: Caller, path: str, how: str) -> None:
    """v1 takes `email` and `password`, as JSON or a form, under each of its paths (sections 0 B1, 1, 2)."""
    fields = {"email": account.email, "password": account.password}
    logged_in(browser.post(path, **{how: fields}))
    assert account.username == browser.get("/api/user/v1/me").json()["username"]


@pytest.mark.parametrize("by", ["username", "email"])
@pytest.mark.parametrize("how", ["json", "data"])
@pytest.mark.parametrize("path", V2_LOGINS)
def test_v2(browser: Browser, account: Caller, path: str, how: str, by: str) -> None:
    """v2 takes a username or an address (sections 0 B1, 1, 2)."""
    fields = {"email_or_username": getattr(account, by), "password": account.password}
    logged_in(browser.post(path, **{how: fields}))
    assert account.username == browser.get("/api/user/v1/me").json()["username"]


def test_multipart(browser: Browser, account: Caller) -> None:
    """A form of the multipart kind is a form (B1)."""
    parts = {"email_or_username": (None, account.username), "password": (None, account.password)}
    logged_in(browser.post(V2_LOGIN, files=parts))


def test_addresses_in_any_capitals(browser: Browser, account: Caller) -> None:
    """An address is found whatever its capitals (spec 10, section 4)."""
    fields = {"email": account.email.upper(), "password": account.password}
    logged_in(browser.post(V1_LOGIN, json=fields))


def test_usernames_exactly(service: Service, browser: Browser) -> None:
    """A username is found exactly (spec 10, section 4)."""
    account = service.new_account()
    typed = account.username.upper()
    not_recognised(browser.post(V2_LOGIN, json={"email_or_username": typed, "password": account.password}), typed)


def test_v1_takes_addresses_only(service: Service, browser: Browser) -> None:
    """A username in the place of an address leads to nobody (section 2)."""
    account = service.new_account()
    response = browser.post(V1_LOGIN, json={"email": account.username, "password": account.password})
    not_recognised(response, account.username)


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_passwords_are_compared_after_nfkc(service: Service, browser: Browser, form: str) -> None:
    """However a password's characters are composed, it is the same password (section 2)."""
    password = f"{new_password()}ﬁÅé①Ｗ"
    account = service.new_account(password=password)
    typed = unicodedata.normalize(form, password)
    logged_in(browser.post(V2_LOGIN, json={"email_or_username": account.username, "password": typed}))


def test_passwords_are_exact(service: Service, browser: Browser) -> None:
    """Blanks and capitals count in a password."""
    for change in (str.upper, lambda text: f" {text}", lambda text: f"{text} ", lambda text: text[:-1]):
        account = service.new_account()
        typed = {"email_or_username": account.username, "password": change(account.password)}
        not_recognised(browser.post(V2_LOGIN, json=typed), account.username)


def test_last_login(service: Service, staff: Caller, browser: Browser) -> None:
    """A login sets `last_login`; a failed one does not (section 2)."""
    name, password = unique_name(), new_password()
    expect.status(201, service.provision(username=name, password=password))
    assert staff.account(name)["last_login"] is None
    refused(browser.post(V2_LOGIN, json={"email_or_username": name, "password": WRONG}))
    assert staff.account(name)["last_login"] is None
    logged_in(browser.post(V2_LOGIN, json={"email_or_username": name, "password": password}))
    seen = datetime.fromisoformat(staff.account(name)["last_login"])
    assert abs(service.now() - seen) < timedelta(minutes=1)


def test_other_fields_are_ignored(browser: Browser, account: Caller) -> None:
    """Whatever else is sent changes nothing (section 2)."""
    fields = {"email_or_username": account.username, "password": account.password}
    others = {"email": "learner@example.com", "username": "learner", "is_staff": True, "remember": [1], "analytics": {}}
    logged_in(browser.post(V2_LOGIN, json={**fields, **others}))
    assert account.username == browser.get("/api/user/v1/me").json()["username"]


def test_a_second_login_takes_over(service: Service, account: Caller) -> None:
    """Whoever logs in where somebody else was logged in is the one who counts from then on."""
    browser = Browser(service).logged_in(service.new_account()).logged_in(account)
    assert account.username == browser.get("/api/user/v1/me").json()["username"]


# --- where it leads


@pytest.mark.parametrize("how", ["json", "data"])
@pytest.mark.parametrize("target", FOLLOWED, ids=brief)
def test_next_is_followed(service: Service, browser: Browser, account: Caller, target: str, how: str) -> None:
    """`redirect_url` is `next`: a path of this service, or on a configured origin (section 2)."""
    fields = {"email_or_username": account.username, "password": account.password, "next": target}
    seen = logged_in(browser.post(V2_LOGIN, **{how: fields}))
    assert seen
    assert same_place(service, seen, target), seen


@pytest.mark.parametrize("target", NOT_FOLLOWED, ids=ascii)
def test_next_elsewhere(service: Service, account: Caller, target: str) -> None:
    """Any other `next` counts as none (section 2)."""
    fields = {"email_or_username": account.username, "password": account.password}
    default = logged_in(Browser(service).post(V2_LOGIN, json=fields))
    for how in ("json", "data"):
        response = Browser(service).post(V2_LOGIN, **{how: {**fields, "next": target}})
        assert default == logged_in(response)
        assert "planted" not in given(response)


@pytest.mark.parametrize("target", [None, 5, True, [], ["/a"], {"a": "/"}])
def test_next_of_another_type(service: Service, account: Caller, target: object) -> None:
    """A `next` that is no text counts as none, or is a fault; it is never followed (section 2)."""
    fields = {"email_or_username": account.username, "password": account.password}
    default = logged_in(Browser(service).post(V2_LOGIN, json=fields))
    response = Browser(service).post(V2_LOGIN, json={**fields, "next": target})
    assert response.status_code in (200, 400), response.text
    assert default == response.json().get("redirect_url", default)


def test_next_in_v1(browser: Browser, account: Caller) -> None:
    """v1 follows the same rule (section 2)."""
    fields = {"email": account.email, "password": account.password}
    assert "/account" == logged_in(browser.post(V1_LOGIN, data={**fields, "next": "/account"}))


# --- who does not


@pytest.mark.parametrize("by", ["username", "email"])
@pytest.mark.parametrize("how", ["json", "data"])
def test_a_wrong_password(service: Service, browser: Browser, how: str, by: str) -> None:
    """400 with `failure_count`, and `email` is what was typed (sections 0 B3, 2)."""
    account = service.new_account()
    typed = getattr(account, by)
    response = browser.post(V2_LOGIN, **{how: {"email_or_username": typed, "password": WRONG}})
    not_recognised(response, typed)
    assert by == "email" or account.email not in response.text
    assert WRONG not in response.text


@pytest.mark.parametrize("how", ["json", "data"])
def test_unknown_accounts(browser: Browser, how: str) -> None:
    """Whoever does not exist gets the answer of a wrong password (sections 0 B7, 2)."""
    for path, field, typed in ((V1_LOGIN, "email", unique_email()), (V2_LOGIN, "email_or_username", unique_name())):
        not_recognised(browser.post(path, **{how: {field: typed, "password": WRONG}}), typed)


def test_unknown_accounts_take_as_long(dear_service: Service) -> None:
    """Somebody who does not exist is not told by the time that the answer takes (section 2)."""
    account, browser = dear_service.new_account(), Browser(dear_service)

    def seconds(typed: str) -> float:
        response = browser.post(V2_LOGIN, json={"email_or_username": typed, "password": WRONG})
        refused(response)
        return response.elapsed.total_seconds()

    pairs = [(seconds(account.username), seconds(unique_name())) for _ in range(5)]
    known, unknown = (min(each) for each in zip(*pairs, strict=True))
    assert 0.5 < unknown / known < 2, pairs


def test_what_was_typed_comes_back_as_it_was(service: Service, browser: Browser) -> None:
    """`email` is the very text that was typed, markup and all, in JSON (section 0, B3)."""
    account = service.new_account()
    odd = f"<script>alert(1)</script>{unique_name()}"
    for typed in (account.email.upper(), odd, f"é😀{unique_name()}"):
        response = browser.post(V1_LOGIN, json={"email": typed, "password": WRONG})
        assert typed == refused(response)["email"]
        assert response.headers["Content-Type"].startswith("application/json")


def test_whoever_waits_for_deletion_is_unknown(service: Service, browser: Browser) -> None:
    """Waiting for deletion: as unknown, by name and by address (section 2)."""
    account = left(service)
    for typed in (account.username, account.email):
        response = browser.post(V2_LOGIN, json={"email_or_username": typed, "password": account.password})
        body = refused(response)
        assert (UNKNOWN, typed) == (body["error_code"], body["email"])


def test_whoever_is_retired_is_unknown(service: Service, browser: Browser) -> None:
    """Retired: as unknown (section 2)."""
    account = retired(service, worker_of(service))
    for typed in (account.username, account.email):
        response = browser.post(V2_LOGIN, json={"email_or_username": typed, "password": account.password})
        body = refused(response)
        assert (UNKNOWN, typed) == (body["error_code"], body["email"])


def activations(service: Service, address: str) -> list[str]:
    """Return the activation links in the mails to an address, oldest first."""
    return [link for mail in service.outbox(address) for link in mail["links"] if "/activate/" in link]


def test_an_inactive_account(service: Service, browser: Browser) -> None:
    """400 `inactive-user`; the activation mail is sent again, and its link lets the account in (section 2)."""
    fields = service.registration()
    expect.status(200, service.http.post("/api/user/v2/account/registration/", json=fields))
    eventually(lambda: _count(1, activations(service, fields["email"])))
    wrong = {"email_or_username": fields["username"], "password": WRONG}
    right = {**wrong, "password": fields["password"]}
    not_recognised(browser.post(V2_LOGIN, json=wrong), fields["username"])
    body = refused(browser.post(V2_LOGIN, json=right))
    assert ("inactive-user", fields["username"]) == (body["error_code"], body["email"])
    assert {"platformName", "supportLink"} == set(body["context"])
    eventually(lambda: _count(2, activations(service, fields["email"])))
    expect.status(200, browser.get(activations(service, fields["email"])[-1]))
    logged_in(browser.post(V2_LOGIN, json=right))


def _count(expected: int, links: list[str]) -> None:
    assert expected == len(links), links


# --- what is no login at all


@pytest.mark.parametrize("how", ["json", "data"])
@pytest.mark.parametrize(
    ("path", "fields"),
    [
        (V1_LOGIN, {"email": "learner@example.com"}),
        (V1_LOGIN, {"password": WRONG}),
        (V1_LOGIN, {"email_or_username": "learner", "password": WRONG}),
        (V1_LOGIN, {"other": "x"}),
        (V2_LOGIN, {"email_or_username": "learner"}),
        (V2_LOGIN, {"password": WRONG}),
        (V2_LOGIN, {"email": "learner@example.com", "password": WRONG}),
        (V2_LOGIN, {"other": "x"}),
    ],
)
def test_a_field_is_missing(browser: Browser, path: str, fields: dict[str, str], how: str) -> None:
    """400 without an `error_code` (section 2)."""
    body = refused(browser.post(path, **{how: fields}))
    assert body.get("error_code") is None
    assert isinstance(body["value"], str)


@pytest.mark.parametrize("value", [None, 5, 1.5, True, [], ["learner"], {}, {"$ne": ""}])
@pytest.mark.parametrize("field", ["email_or_username", "password"])
def test_fields_of_another_type(browser: Browser, account: Caller, field: str, value: object) -> None:
    """What is no text is no login (section 2)."""
    fields = {"email_or_username": account.username, "password": account.password, field: value}
    refused(browser.post(V2_LOGIN, json=fields))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'"x"', b"5", b"\xff", b"[" * 10_000], ids=brief)
@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", "text/plain", "bogus", ""])
def test_bodies_that_say_nothing(browser: Browser, content: bytes, kind: str) -> None:
    """No body, a malformed one or one of another kind: 4xx, no cookie (section 2; spec 50, section 8)."""
    response = browser.post(V2_LOGIN, content=content, headers={"Content-Type": kind})
    assert response.status_code in (400, 415), response.text
    assert isinstance(response.json(), dict)
    assert {} == given(response)


@pytest.mark.parametrize(
    "typed",
    ["", " ", "\x00", "learner\x00", "a\r\nSet-Cookie: planted=yes", "x" * 100_000, "\u202e", "' OR 1=1 --"],
    ids=brief,
)
def test_odd_names(browser: Browser, typed: str) -> None:
    """An odd name is nobody's: 400, and nothing is smuggled into the headers (spec 50, section 8)."""
    for how in ("json", "data"):
        refused(browser.post(V2_LOGIN, **{how: {"email_or_username": typed, "password": WRONG}}))


@pytest.mark.parametrize("typed", ["", " ", "\x00", "x" * 100_000, "é" * 5000, "\ud800", "ﷺ" * 2000], ids=brief)
def test_odd_passwords(browser: Browser, typed: str) -> None:
    """An odd password is a wrong one: 400, quickly (spec 50, section 8)."""
    content = json.dumps({"email_or_username": unique_name(), "password": typed}).encode()
    response = browser.post(V2_LOGIN, content=content, headers={"Content-Type": "application/json"})
    expect.status(400, response)
    assert {} == given(response)
    assert response.elapsed < timedelta(seconds=10)


def test_the_query_is_no_body(browser: Browser, account: Caller) -> None:
    """Fields in the address do not count: passwords would stand in logs (section 2)."""
    fields = {"email_or_username": account.username, "password": account.password}
    refused(browser.post(V2_LOGIN, params=fields, data={"other": "x"}))


# --- the form's description, and other methods


@pytest.mark.parametrize("path", [*V1_LOGINS, *V2_LOGINS])
def test_the_form_is_described(service: Service, browser: Browser, account: Caller, path: str) -> None:
    """GET: the two fields, and where to send them (section 2)."""
    response = browser.get(path)
    expect.status(200, response)
    body = response.json()
    assert "post" == body["method"]
    assert all({"name", "type", "label", "required", "restrictions"} <= set(each) for each in body["fields"])
    name = "email_or_username" if path in V2_LOGINS else "email"
    assert [name, "password"] == [each["name"] for each in body["fields"]]
    assert "password" == body["fields"][1]["type"]
    assert [True, True] == [each["required"] for each in body["fields"]]
    fields = {name: account.email, "password": account.password}
    logged_in(browser.post(urljoin(f"{service.url}{path}", body["submit_url"]), data=fields))


@pytest.mark.parametrize("path", [V1_LOGIN, V2_LOGIN, "/login_ajax"])
def test_methods(browser: Browser, path: str) -> None:
    """GET, HEAD, OPTIONS and POST are served; others are 405 (section 2)."""
    for method in ("PUT", "PATCH", "DELETE"):
        expect.detail(405, browser.request(method, path))
    head = browser.request("HEAD", path)
    expect.status(200, head)
    assert b"" == head.content
    assert browser.request("OPTIONS", path).status_code in (200, 204)
