"""Asking for a link to a new password: the same answer for everybody, a mail for some (spec 40, section 7)."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.http import expectations as expect
from tests.http.address_changes import email_asked, email_changed, secondary_asked, secondary_confirmed
from tests.http.browser_client import Browser
from tests.http.case_names import brief
from tests.http.reset_client import (
    CONFIRM,
    REQUEST,
    REQUEST_OF_OLD,
    ask,
    held,
    link_token,
    next_token,
    nothing_mailed,
    reset_mails,
    tokens_mailed,
    valid,
)
from tests.http.retirement_client import (
    cleaned_up,
    deactivate_path,
    left,
    retired,
    row_of,
    without_slash,
    worker_of,
)
from tests.http.service_client import Caller, Service, unique_email
from tests.http.test_concurrency import at_once

MALFORMED: list[Any] = ["", " ", "x", "@", "a@", "@b", "a@b@c", "a b@example.com", "é@example.com", "\x00", "x" * 9000]
NO_TEXT: list[Any] = [None, 5, True, [], {}, ["a@example.com"], {"a": "b"}]
BOTH = [REQUEST, REQUEST_OF_OLD]
CHANGING = {"date", "x-request-id", "server"}
ROUNDS = 15


@pytest.fixture
def person(service: Service) -> Caller:
    """An adult."""
    return service.new_account(profile={"year_of_birth": 1980})


def outward(response: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    """Return all that a client sees of an answer, but for what differs in every answer."""
    headers = {name: value for name, value in response.headers.items() if name.lower() not in CHANGING}
    return response.status_code, response.content, headers


def accepted(response: httpx.Response) -> None:
    """Expect the one answer that there is."""
    expect.status(200, response)
    body = response.json()
    assert {"success", "value"} == set(body)
    assert body["success"] is True
    assert isinstance(body["value"], str)
    assert body["value"]


# --- the answer


def test_the_answer(service: Service, person: Caller) -> None:
    """200 `{"success": true, "value": html}`, without the address or the link."""
    response = ask(service, person.email)
    accepted(response)
    assert person.email not in response.text
    assert CONFIRM not in response.text


@pytest.mark.parametrize("path", BOTH)
def test_known_and_unknown_are_answered_alike(service: Service, person: Caller, path: str) -> None:
    """Status, body and headers are the same for whatever account there is, or none."""
    secondary, pending = secondary_confirmed(service, person), unique_email()
    expect.status(200, person.patch({"secondary_email": pending}))
    others = [service.new_account(is_active=False).email, left(service).email, secondary, pending, unique_email()]
    expected = outward(ask(service, person.email, path))
    assert [expected] * len(others) == [outward(ask(service, each, path)) for each in others]


@pytest.mark.parametrize("value", MALFORMED, ids=brief)
def test_malformed_addresses(service: Service, value: str) -> None:
    """Malformed: 200, the same text."""
    expected = ask(service, unique_email())
    accepted(expected)
    assert outward(expected) == outward(ask(service, value))


@pytest.mark.parametrize("value", NO_TEXT, ids=brief)
def test_no_text_in_json(service: Service, value: Any) -> None:
    """What is no text is malformed as well: 200, the same text (B1: JSON too)."""
    expected = service.http.post(REQUEST, json={"email": unique_email()})
    accepted(expected)
    assert outward(expected) == outward(service.http.post(REQUEST, json={"email": value}))


def test_a_missing_address(service: Service) -> None:
    """Missing: 200, the same text, in a form, in JSON, and without a body."""
    expected = outward(ask(service, unique_email()))
    for arguments in ({"data": {"mail": "x"}}, {"json": {}}, {"json": {"mail": "x"}}, {}):
        assert expected == outward(service.http.post(REQUEST, **arguments))  # type: ignore[arg-type]


@pytest.mark.parametrize("content", [b"{", b"[]", b'"x"', b"null", b"\xff\xfe"])
def test_malformed_json(service: Service, content: bytes) -> None:
    """A body that is no JSON object: a 400, or the usual answer; never a crash."""
    response = service.http.post(REQUEST, content=content, headers={"Content-Type": "application/json"})
    assert response.status_code in (200, 400), response.text


def test_the_older_endpoint(service: Service, person: Caller) -> None:
    """`/account/password`: 200 and empty, for known and unknown addresses, and the same mail."""
    before = len(tokens_mailed(service, person.email))
    for address in (person.email, unique_email()):
        response = ask(service, address, REQUEST_OF_OLD)
        expect.status(200, response)
        assert b"" == response.content
    assert valid(service, next_token(service, person.email, before))


def test_the_older_endpoint_without_an_address(service: Service) -> None:
    """`/account/password` without `email`: 400."""
    for arguments in ({"data": {"mail": "x"}}, {"json": {}}, {"data": {"email": ""}}, {}):
        expect.status(400, service.http.post(REQUEST_OF_OLD, **arguments))  # type: ignore[arg-type]


@pytest.mark.parametrize("path", BOTH)
@pytest.mark.parametrize("form", ["form", "json", "other slash"])
def test_ways_to_ask(service: Service, person: Caller, path: str, form: str) -> None:
    """A form or JSON (B1), with or without the slash (section 1)."""
    address = without_slash(path) if path.endswith("/") else f"{path}/"
    body: dict[str, Any] = {"json" if form == "json" else "data": {"email": person.email}}
    expect.status(200, service.http.post(address if form == "other slash" else path, **body))
    assert valid(service, next_token(service, person.email, 0))


@pytest.mark.parametrize("path", BOTH)
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_only_posts(service: Service, path: str, method: str) -> None:
    """Other methods: 405, so that no link in a page asks for anything."""
    expect.status(405, service.http.request(method, path))


def test_about_the_same_time(service: Service, person: Caller) -> None:
    """Known and unknown addresses, asked for in turn, are answered in about the same time."""
    ask(service, person.email)
    pairs = [(_seconds(service, person.email), _seconds(service, unique_email())) for _ in range(ROUNDS)]
    known, unknown = (statistics.median(each) for each in zip(*pairs, strict=True))
    slower, faster = max(known, unknown), min(known, unknown)
    assert slower < 3 * faster + 0.05, f"known {known:.3f} s, unknown {unknown:.3f} s"


def _seconds(service: Service, address: str) -> float:
    begin = time.perf_counter()
    ask(service, address)
    return time.perf_counter() - begin


# --- the mail


def test_the_mail(service: Service, person: Caller) -> None:
    """One mail to the address, with one link to this service's page, and no password in it."""
    mails = len(service.outbox(person.email))
    link_token(service, person.email)
    (mail,) = service.outbox(person.email)[mails:]
    (link,) = [each for each in mail["links"] if CONFIRM in each]
    assert link.startswith(f"{service.url}{CONFIRM}")
    assert link.endswith("/")
    assert 1 == link.removeprefix(f"{service.url}{CONFIRM}").count("/")
    assert mail["subject"]
    assert link in mail["text"]
    assert person.password not in mail["text"]


def test_the_token_is_opaque(service: Service) -> None:
    """`{uid}-{token}`: two people, and two requests, share no token; the token holds no name or address."""
    people = [service.new_account() for _ in range(2)]
    found = [link_token(service, each.email).partition("-")[2] for each in (*people, people[0])]
    assert 3 == len(set(found))
    for each in found:
        assert len(each) >= 16
        assert [] == [part for who in people for part in (who.username, who.email) if part in each]


@pytest.mark.parametrize("spelt", [str.upper, str.title, str.swapcase])
def test_case_is_ignored(service: Service, person: Caller, spelt: Callable[[str], str]) -> None:
    """An address in other capitals finds the account; the mail goes to the address that it has."""
    accepted(ask(service, spelt(person.email)))
    assert valid(service, next_token(service, person.email, 0))


def test_an_inactive_account_has_the_same_mail(service: Service, person: Caller) -> None:
    """Active or not: the mail differs in name, address and link alone."""
    inactive = service.new_account(is_active=False)

    def text(who: Caller) -> str:
        token = link_token(service, who.email)
        mail = reset_mails(service, who.email)[-1]
        plain = f"{mail['subject']}\n{mail['text']}"
        for mine in (token, who.email, who.username):
            plain = plain.replace(mine, "*")
        return plain

    assert text(person) == text(inactive)


def test_an_account_that_nobody_activated(service: Service) -> None:
    """Somebody who registered and never opened the link is mailed one."""
    fields = service.registration()
    expect.status(200, service.register(**fields))
    assert valid(service, link_token(service, fields["email"]))


def test_a_confirmed_secondary_address(service: Service, person: Caller) -> None:
    """Found by the confirmed secondary address, in any capitals: the mail goes there, none to the primary."""
    secondary = secondary_confirmed(service, person)
    accepted(ask(service, secondary.upper()))
    assert valid(service, next_token(service, secondary, 0))
    assert [] == reset_mails(service, person.email)


def test_the_primary_address_beside_a_secondary(service: Service, person: Caller) -> None:
    """Found by the primary address: no mail to the secondary."""
    secondary = secondary_confirmed(service, person)
    link_token(service, person.email)
    nothing_mailed(service, secondary)


def test_unconfirmed_addresses(service: Service, person: Caller) -> None:
    """An address that was only asked for, as primary or secondary, finds nobody: no mail anywhere."""
    second, _ = secondary_asked(service, person)
    first, _ = email_asked(service, person)
    for address in (second, first):
        accepted(ask(service, address))
    nothing_mailed(service, second, first, person.email)


def test_a_former_address(service: Service, person: Caller) -> None:
    """An address that the account has no more: no mail to it, nor to the present one."""
    present = email_changed(service, person)
    accepted(ask(service, person.email))
    nothing_mailed(service, person.email, present)


def test_unknown_addresses_get_no_mail(service: Service, person: Caller) -> None:
    """Unknown: none. A username is no address."""
    nobody = unique_email()
    for address in (nobody, person.username):
        accepted(ask(service, address))
    nothing_mailed(service, nobody, person.username, person.email)


def test_waiting_for_deletion_or_retired(service: Service) -> None:
    """Waiting for deletion, retired or cleaned up: none to the original nor to the retired address."""
    worker = worker_of(service)
    waiting, emptied, gone = left(service), retired(service, worker), cleaned_up(service, worker)
    addresses = [each.email for each in (waiting, emptied, gone)]
    addresses += [row_of(worker, each.username)["retired_email"] for each in (waiting, emptied)]
    for address in addresses:
        accepted(ask(service, address))
    nothing_mailed(service, *addresses)


def test_without_a_usable_password(service: Service, person: Caller) -> None:
    """Deactivated, or made without a password: none, by either address."""
    bare = service.provision()
    expect.status(201, bare)
    secondary = secondary_confirmed(service, person)
    expect.status(200, service.seed("superuser").post(deactivate_path(person.username)))
    addresses = [bare.json()["email"], person.email, secondary]
    for address in addresses:
        accepted(ask(service, address))
    nothing_mailed(service, *addresses)


def test_many_at_once(service: Service, person: Caller) -> None:
    """Eight requests at once: 200 each, and one link is good in the end."""
    answers = at_once([lambda: ask(service, person.email)] * 8)
    assert [200] * 8 == [each.status_code for each in answers]
    link_token(service, service.new_account().email)
    assert 1 == [valid(service, each) for each in tokens_mailed(service, person.email)].count(True)


# --- who asks


@pytest.mark.parametrize("path", BOTH)
def test_whoever_is_logged_in_gets_the_own_mail(service: Service, person: Caller, path: str) -> None:
    """By token: the mail goes to the own address, whatever was sent."""
    other = service.new_account()
    expect.status(200, person.post(path, data={"email": other.email}))
    assert valid(service, next_token(service, person.email, 0))
    nothing_mailed(service, other.email)


def test_logged_in_by_cookie(service: Service, person: Caller) -> None:
    """By cookie, and without a CSRF token (section 4): the own address, too."""
    other, browser = service.new_account(), Browser(service).logged_in(person)
    accepted(browser.post(REQUEST, data={"email": other.email}, headers={"X-CSRFToken": None}))
    assert valid(service, next_token(service, person.email, 0))
    nothing_mailed(service, other.email)


def test_logged_in_without_an_address(service: Service, person: Caller) -> None:
    """Logged in, nothing sent or something malformed: the own address all the same."""
    accepted(person.post(REQUEST, data={}))
    next_token(service, person.email, 0)
    accepted(person.post(REQUEST, data={"email": "@"}))
    assert valid(service, next_token(service, person.email, 1))


@pytest.mark.parametrize("path", BOTH)
def test_a_mere_request_revokes_nothing(service: Service, person: Caller, path: str) -> None:
    """Whoever asks, everything lives on until the new password is set, and the old one works (B6)."""
    everything = held(service, person)
    expect.status(200, ask(service, person.email, path))
    expect.status(200, person.post(path, data={"email": person.email}))
    next_token(service, person.email, 1)
    everything.lives()
    for each in everything.refresh:
        expect.status(200, service.refresh(each))
    expect.status(200, service.password_grant(person.username, person.password))
