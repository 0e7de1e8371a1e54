"""The page behind a link, and what is not a link or no password (spec 40, section 7)."""

from __future__ import annotations

import unicodedata
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from tests.http import expectations as expect
from tests.http.address_changes import page
from tests.http.browser_client import Browser
from tests.http.case_names import brief
from tests.http.reset_client import (
    COMPLETE,
    CONFIRM,
    FORM_HEADERS,
    RESET,
    TWO_FIELDS,
    VALIDATE,
    alive,
    confirm_path,
    dead,
    done,
    fault,
    form_of,
    held,
    link_token,
    opened,
    reset_path,
    sent,
    set_by,
)
from tests.http.retirement_client import without_slash
from tests.http.service_client import Caller, Service, new_password, unique_name

CHANGES = {
    "last character": "{uid}-{last}",
    "first character": "{uid}-{first}",
    "cut": "{uid}-{cut}",
    "longer": "{uid}-{token}A",
    "other case": "{uid}-{swapped}",
    "no token": "{uid}-",
    "no uid": "-{token}",
    "token alone": "{token}",
    "uid alone": "{uid}",
    "a word of upstream's": "{uid}-set-password",
    "blank": "{uid}-{token} ",
    "NUL": "{uid}-{token}\x00",
    "twice": "{uid}-{token}-{token}",
    "markup": "{uid}-{token}'\"><script>alert(1)</script>",
    "another alphabet": "{uid}-é{token}",
}


EMPTY_FORM = {"content": b"", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}


@pytest.fixture
def person(service: Service) -> Caller:
    """An adult."""
    return service.new_account(profile={"year_of_birth": 1980})


@pytest.fixture
def reader(service: Service) -> Browser:
    """Somebody's browser, without a cookie so far."""
    return Browser(service)


def completed(response: httpx.Response) -> None:
    """Expect the way on to the page that says so."""
    expect.status(302, response)
    assert urljoin(str(response.url), COMPLETE) == urljoin(str(response.url), response.headers["Location"])


# --- the page


def test_the_form(service: Service, reader: Browser, person: Caller) -> None:
    """A form that posts two passwords and a CSRF field; neither is filled in."""
    form = form_of(opened(reader, link_token(service, person.email)))
    assert set(form.fields) > TWO_FIELDS
    assert {""} == {form.fields[name] for name in TWO_FIELDS}


def test_its_headers(service: Service, reader: Browser, person: Caller) -> None:
    """The address holds a token: no referrer, nothing stored, no frames, no inline scripts (section 8)."""
    token = link_token(service, person.email)
    for response in (reader.get(confirm_path(token), headers=FORM_HEADERS), opened(reader, token)):
        headers = response.headers
        assert "no-referrer" == headers["Referrer-Policy"]
        assert "no-store" in headers["Cache-Control"]
        assert ("DENY", "nosniff") == (headers["X-Frame-Options"], headers["X-Content-Type-Options"])


def test_no_inline_scripts(service: Service, reader: Browser, person: Caller) -> None:
    """The live page and the dead one forbid inline scripts, and hold none (section 8)."""
    token = link_token(service, person.email)
    for response in (opened(reader, token), opened(reader, f"{token}x")):
        policy = dict(
            each.strip().partition(" ")[::2] for each in response.headers["Content-Security-Policy"].split(";")
        )
        assert "unsafe-inline" not in policy.get("script-src", policy["default-src"])
        assert "<script>" not in response.text.lower()


def test_it_takes_the_password(service: Service, reader: Browser, person: Caller) -> None:
    """302 to `/password_reset_complete/`, which is a page; the new password logs in, the link is dead."""
    token, password = link_token(service, person.email), new_password()
    response = sent(reader, opened(reader, token), password)
    completed(response)
    page(200, reader.get(urljoin(str(response.url), response.headers["Location"]), headers=FORM_HEADERS))
    expect.status(200, service.password_grant(person.username, password))
    expect.oauth_error(service.password_grant(person.username, person.password), "invalid_grant")
    dead(service, token)


def test_from_its_own_origin(service: Service, reader: Browser, person: Caller) -> None:
    """A browser that names the origin of the form, ours, is served."""
    reader.origin = service.url
    completed(sent(reader, opened(reader, link_token(service, person.email)), new_password()))


def test_it_ends_all_sessions_and_activates(service: Service, reader: Browser, staff: Caller) -> None:
    """The page does what the other way does: everything dies, and the account is active."""
    inactive = service.new_account(is_active=False)
    token = link_token(service, inactive.email)
    everything = service.password_grant(inactive.username, inactive.password).json()
    completed(sent(reader, opened(reader, token), new_password()))
    assert staff.account(inactive.username)["is_active"] is True
    expect.unauthorized(service.me(f"JWT {everything['access_token']}"))
    expect.oauth_error(service.refresh(everything["refresh_token"]), "invalid_grant")


def test_without_its_slash(service: Service, reader: Browser, person: Caller) -> None:
    """The page is there without the slash as well (section 1)."""
    response = reader.get(without_slash(confirm_path(link_token(service, person.email))), headers=FORM_HEADERS)
    if response.is_redirect:
        response = reader.get(urljoin(str(response.url), response.headers["Location"]), headers=FORM_HEADERS)
    completed(sent(reader, response, new_password()))


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_changes_nothing(service: Service, reader: Browser, person: Caller, staff: Caller, method: str) -> None:
    """Opened by whatever scans mail, again and again: nobody is logged out, the link lives."""
    everything, token = held(service, person), link_token(service, person.email)
    before = staff.account(person.username)
    for _ in range(3):
        reader.request(method, confirm_path(token), headers=FORM_HEADERS)
    assert before == staff.account(person.username)
    everything.lives()
    alive(service, token)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_activates_nobody(service: Service, reader: Browser, staff: Caller, method: str) -> None:
    """An inactive account stays so until the password is set, unlike upstream's."""
    inactive = service.new_account(is_active=False)
    token, before = link_token(service, inactive.email), staff.account(inactive.username)
    reader.request(method, confirm_path(token), headers=FORM_HEADERS)
    opened(reader, token)
    assert before == staff.account(inactive.username)
    assert before["is_active"] is False


@pytest.mark.parametrize(("first", "again"), [("Aq7!different", "Aq7!other-one"), ("short", "short"), ("", "")])
def test_a_fault_on_the_page(service: Service, reader: Browser, person: Caller, first: str, again: str) -> None:
    """200 with the page, its message and the form again, not the password; the link survives."""
    form_page = opened(reader, link_token(service, person.email))
    refused = sent(reader, form_page, first, again)
    assert TWO_FIELDS <= set(form_of(refused).fields)
    assert refused.text != form_page.text
    assert [] == [each for each in (first, again) if len(each) > 8 and each in refused.text]
    completed(sent(reader, refused, new_password()))


def test_dead_while_it_was_open(service: Service, reader: Browser, person: Caller) -> None:
    """The link died between looking and sending: 200 with a page, and nothing is set."""
    token, password = link_token(service, person.email), new_password()
    form_page = opened(reader, token)
    done(set_by(service, token, password))
    late = new_password()
    page(200, sent(reader, form_page, late))
    expect.status(200, service.password_grant(person.username, password))
    expect.oauth_error(service.password_grant(person.username, late), "invalid_grant")


def test_two_browsers(service: Service, person: Caller) -> None:
    """Open in two browsers: each has a form that works, the first to send it wins."""
    token, readers = link_token(service, person.email), [Browser(service), Browser(service)]
    pages = [opened(each, token) for each in readers]
    passwords = [new_password(), new_password()]
    completed(sent(readers[1], pages[1], passwords[1]))
    page(200, sent(readers[0], pages[0], passwords[0]))
    expect.status(200, service.password_grant(person.username, passwords[1]))


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods(service: Service, method: str) -> None:
    """GET and POST alone: else 405."""
    expect.status(405, service.http.request(method, f"{CONFIRM}a-b/"))


# --- what is no link


@pytest.mark.parametrize("change", CHANGES)
def test_tampered(service: Service, person: Caller, change: str) -> None:
    """Anything but the link itself is dead, changes nothing, and leaves the link alive."""
    whole = link_token(service, person.email)
    uid, _, token = whole.partition("-")
    other = {"first": _other(token[0]) + token[1:], "last": token[:-1] + _other(token[-1])}
    dead(service, CHANGES[change].format(uid=uid, token=token, cut=token[:-1], swapped=token.swapcase(), **other))
    alive(service, whole)
    expect.status(200, service.password_grant(person.username, person.password))


def _other(letter: str) -> str:
    return "A" if letter != "A" else "B"


def test_of_another_account(service: Service, person: Caller) -> None:
    """One account's token with another's uid opens neither."""
    mine, theirs = (link_token(service, each.email) for each in (person, service.new_account()))
    for uid, token in ((mine, theirs), (theirs, mine)):
        dead(service, f"{uid.partition('-')[0]}-{token.partition('-')[2]}")
    alive(service, mine)


@pytest.mark.parametrize("token", ["x", "a-b", "-", "1-" + "A" * 3000, "a-%2e%2e", "\u202e-a", "null"], ids=brief)
def test_never_a_link(service: Service, token: str) -> None:
    """Whatever was never a link is dead."""
    dead(service, token)


def test_nothing_of_a_dead_link_is_echoed(reader: Browser) -> None:
    """No markup from the address comes back in the page."""
    assert "<img src=x" not in opened(reader, 'a-"><img src=x onerror=alert(1)>').text


# --- what is no password


UNFIT = {
    "differ": ("Aq7!different", "Aq7!other-one"),
    "differ in case": ("Aq7!different", "aq7!different"),
    "differ in a blank": ("Aq7!different", "Aq7!different "),
    "seven": ("Aq7!abc", "Aq7!abc"),
    "seventy-six": ("Aq7!" + "x" * 72, "Aq7!" + "x" * 72),
    "empty": ("", ""),
    "first empty": ("", "Aq7!different"),
    "second empty": ("Aq7!different", ""),
    "the username": ("{username}", "{username}"),
    "the username in capitals": ("{capitals}", "{capitals}"),
    "nearly the username": ("{username}1", "{username}1"),
    "the address": ("{email}", "{email}"),
    "nearly the address": ("{local}.", "{local}."),
}
"""What is refused (spec 10, section 11): the two fields by what is wrong with them."""


@pytest.mark.parametrize("kind", UNFIT)
def test_faults(service: Service, kind: str) -> None:
    """A fault is 200 with its message, without the password; nothing is set; the link survives it."""
    local = unique_name("otherwise").replace("_", "")
    person = service.new_account(username=unique_name("some"), email=f"{local}@example.com")
    likely = {"username": person.username, "capitals": person.username.upper(), "email": person.email, "local": local}
    fields = [each.format(**likely) for each in UNFIT[kind]]
    token = link_token(service, person.email)
    message = fault(set_by(service, token, *fields))
    assert [] == [each for each in fields if each and each in message]
    expect.status(200, service.password_grant(person.username, person.password))
    alive(service, token)
    done(set_by(service, token, new_password()))


@pytest.mark.parametrize("missing", sorted(TWO_FIELDS))
def test_a_field_missing(service: Service, person: Caller, missing: str) -> None:
    """One of the two, or both, missing: a fault."""
    token = link_token(service, person.email)
    fields = dict.fromkeys(TWO_FIELDS - {missing}, new_password())
    for body in ({"data": fields}, {"json": fields}, {"json": {}}, EMPTY_FORM):
        fault(service.http.post(reset_path(token), **body))  # type: ignore[arg-type]
    alive(service, token)


@pytest.mark.parametrize("value", [None, 12345678, True, ["Aq7!different"], {"a": "b"}], ids=brief)
def test_no_text(service: Service, person: Caller, value: Any) -> None:
    """What is no text is no password: a fault or a 400, and nothing is set."""
    token = link_token(service, person.email)
    response = service.http.post(reset_path(token), json=dict.fromkeys(TWO_FIELDS, value))
    assert response.status_code in (200, 400), response.text
    assert "true" not in response.text.lower()
    alive(service, token)


@pytest.mark.parametrize("content", [b"{", b"[]", b"null", b"\xff"])
def test_malformed_json(service: Service, person: Caller, content: bytes) -> None:
    """A body that is no JSON object: a fault or a 400, never a crash; the link survives."""
    token = link_token(service, person.email)
    response = service.http.post(reset_path(token), content=content, headers={"Content-Type": "application/json"})
    assert response.status_code in (200, 400), response.text
    alive(service, token)


@pytest.mark.parametrize("password", ["Aq7!abcd", "Aq7!" + "x" * 71, "pass word with blanks", "Пароль-日本語-😀"])
def test_fit_passwords(service: Service, person: Caller, password: str) -> None:
    """8 and 75 characters, blanks and any letters are fine."""
    done(set_by(service, link_token(service, person.email), password))
    expect.status(200, service.password_grant(person.username, password))


def test_passwords_are_compared_after_nfkc(service: Service, person: Caller) -> None:
    """Set in one spelling of the letters, it logs in in another (section 2)."""
    composed = "Ångström-ﬁne-①"
    assert composed != unicodedata.normalize("NFKC", composed)
    done(set_by(service, link_token(service, person.email), composed))
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        expect.status(200, service.password_grant(person.username, unicodedata.normalize(form, composed)))  # type: ignore[arg-type]


# --- validation


def test_validation_uses_nothing_up(service: Service, person: Caller) -> None:
    """`is_valid`, as often as one asks, in a form and in JSON, with and without the slash."""
    token = link_token(service, person.email)
    for path in (VALIDATE, without_slash(VALIDATE)) * 2:
        for arguments in ({"data": {"token": token}}, {"json": {"token": token}}):
            assert {"is_valid": True} == service.http.post(path, **arguments).json()  # type: ignore[arg-type]
    done(set_by(service, token, new_password()))
    assert {"is_valid": False} == service.http.post(VALIDATE, json={"token": token}).json()


@pytest.mark.parametrize("value", [None, "", 5, True, [], ["a-b"], {}, "\x00", "-", "a-b-c"], ids=brief)
def test_validation_of_no_token(service: Service, value: Any) -> None:
    """What is no token: `{"is_valid": false}`."""
    response = service.http.post(VALIDATE, json={"token": value})
    expect.status(200, response)
    assert {"is_valid": False} == response.json()


def test_validation_without_a_token(service: Service) -> None:
    """Missing: `{"is_valid": false}`."""
    for arguments in ({"json": {}}, {"data": {"other": "x"}}, EMPTY_FORM):
        response = service.http.post(VALIDATE, **arguments)  # type: ignore[arg-type]
        expect.status(200, response)
        assert {"is_valid": False} == response.json()


@pytest.mark.parametrize("path", [VALIDATE, f"{RESET}a-b/"])
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_only_posts(service: Service, path: str, method: str) -> None:
    """Other methods: 405."""
    expect.status(405, service.http.request(method, path))
