"""POST deactivate_logout: the request, and what is refused in which order (spec 20, section 5)."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.http import expectations as expect
from tests.http import retirement_client as retirement
from tests.http.case_names import brief
from tests.http.retirement_client import LEAVE, learner_of, leave
from tests.http.service_client import Caller, Service, unique_name

WRONG = "not-the-Passw0rd"
ALLOWED_FAILURES = 6


@pytest.fixture(scope="module")
def worker(service: Service) -> Caller:
    """The retirement worker."""
    return retirement.worker_of(service)


@pytest.fixture
def person(service: Service) -> Caller:
    """An adult who may want to leave."""
    return learner_of(service)


@pytest.fixture(scope="module")
def stayer(service: Service) -> Caller:
    """An adult whose requests are all refused before a password is looked at."""
    return learner_of(service)


def stays(worker: Caller, caller: Caller) -> None:
    """Expect that nothing has happened to an account."""
    account = caller.account()
    assert (caller.username, caller.email) == (account["username"], account["email"])
    retirement.nothing(404, retirement.status_of(worker, caller.username))


def send(caller: Caller, content: bytes, content_type: str = "application/json") -> httpx.Response:
    """POST a body byte by byte."""
    return caller.post(LEAVE, content=content, headers={"Content-Type": content_type})


def fail(service: Service, caller: Caller, times: int) -> None:
    """Try a wrong password at the token endpoint so often."""
    for _ in range(times):
        expect.oauth_error(service.password_grant(caller.username, WRONG), "invalid_grant")


# --- the request


@pytest.mark.parametrize("how", ["json", "data"])
@pytest.mark.parametrize("path", [LEAVE, retirement.without_slash(LEAVE)], ids=["slash", "no slash"])
def test_by_json_and_by_form(worker: Caller, person: Caller, how: str, path: str) -> None:
    """JSON or a form: 204, no body; from then on there is a row (R1; spec 20, section 5)."""
    retirement.nothing(204, person.post(path, **{how: {"password": person.password}}))
    assert "PENDING" == retirement.state_of(worker, person.username)


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "application/json;charset=UTF-8"])
def test_a_charset_may_follow(person: Caller, content_type: str) -> None:
    """The type may have a charset (spec 20, section 2)."""
    retirement.nothing(204, send(person, json.dumps({"password": person.password}).encode(), content_type))


def test_other_keys_do_not_matter(person: Caller) -> None:
    """What is not asked for is not read."""
    body = {"password": person.password, "force": True, "email": "a@example.com"}
    retirement.nothing(204, person.post(LEAVE, json=body))


def test_an_inactive_account(service: Service, worker: Caller) -> None:
    """An inactive account may leave too (spec 20, section 5)."""
    caller = learner_of(service, is_active=False)
    retirement.nothing(204, leave(caller))
    assert "PENDING" == retirement.state_of(worker, caller.username)


@pytest.mark.parametrize("prefix", ["JWT", "Bearer"])
@pytest.mark.parametrize("token_type", ["jwt", "bearer"])
def test_any_token_of_the_account(service: Service, person: Caller, prefix: str, token_type: str) -> None:
    """JWT or Bearer, both prefixes (spec 20, section 5; spec 00, tokens)."""
    token = service.password_grant(person.username, person.password, token_type).json()["access_token"]
    headers = {"Authorization": f"{prefix} {token}"}
    retirement.nothing(204, service.http.post(LEAVE, json={"password": person.password}, headers=headers))


def test_ones_own_username_may_be_sent(service: Service) -> None:
    """`username` may be sent if it is the caller's (R2)."""
    for how in ("json", "data"):
        caller = learner_of(service)
        body = {"password": caller.password, "username": caller.username}
        retirement.nothing(204, caller.post(LEAVE, **{how: body}))


@pytest.mark.parametrize("flags", [{"is_staff": True}, {"is_superuser": True}, {"permissions": ["can_retire_user"]}])
def test_whoever_has_rights_may_leave_as_well(service: Service, worker: Caller, flags: dict[str, Any]) -> None:
    """The caller is the account, whatever it holds (R2)."""
    caller = learner_of(service, **flags)
    retirement.nothing(204, leave(caller))
    assert "PENDING" == retirement.state_of(worker, caller.username)


def test_odd_passwords(service: Service) -> None:
    """A password is text of any script, sent by JSON or form (spec 20, section 5)."""
    for how in ("json", "data"):
        caller = learner_of(service, password="pä ss&=+%25 שלום 😀")
        retirement.nothing(204, caller.post(LEAVE, **{how: {"password": caller.password}}))


# --- refused


def test_without_a_token(anonymous: Caller, person: Caller) -> None:
    """401, whatever is sent (spec 20, section 2)."""
    for content in (b"", b"{", json.dumps({"username": person.username, "password": person.password}).encode()):
        expect.unauthorized(send(anonymous, content))
        expect.unauthorized(send(anonymous, content, "text/plain"))


@pytest.mark.parametrize("content_type", ["text/plain", "application/merge-patch+json", "application/xml"])
def test_another_type(worker: Caller, stayer: Caller, content_type: str) -> None:
    """Neither JSON nor a form: 415, before the body is read (spec 20, section 2)."""
    for content in (b"{", json.dumps({"password": stayer.password}).encode()):
        expect.detail(415, send(stayer, content, content_type))
    stays(worker, stayer)


@pytest.mark.parametrize("content", [b"{", b"\xff", b'{"password": }', b"[]", b'[{"password": "x"}]', b'"x"', b"null"])
def test_malformed(worker: Caller, stayer: Caller, content: bytes) -> None:
    """Malformed JSON, or no object: 400 (spec 20, sections 2 and 13)."""
    expect.status(400, send(stayer, content))
    stays(worker, stayer)


def test_no_password_by_form(worker: Caller, stayer: Caller) -> None:
    """No `password` in a form: 400 with a JSON string (spec 20, section 5)."""
    for content in (b"", b"pass=word", b"Password=x"):
        retirement.refused(send(stayer, content, "application/x-www-form-urlencoded"))
    stays(worker, stayer)


@pytest.mark.parametrize("value", [None, 5, 0, True, [], ["x"], {}, {"password": "x"}], ids=brief)
def test_a_password_that_is_no_text(worker: Caller, stayer: Caller, value: object) -> None:
    """`password` missing, or not text: 400 with a JSON string (spec 20, section 5)."""
    retirement.refused(stayer.post(LEAVE, json={"password": value}))
    retirement.refused(stayer.post(LEAVE, json={}))
    stays(worker, stayer)


def test_missing_passwords_are_no_failures(worker: Caller, person: Caller) -> None:
    """Only failed passwords are counted, not requests without one (spec 20, section 5)."""
    for _ in range(ALLOWED_FAILURES + 1):
        retirement.refused(person.post(LEAVE, json={}))
    retirement.nothing(204, leave(person))


@pytest.mark.parametrize("how", ["json", "data"])
@pytest.mark.parametrize("value", [WRONG, "", " ", "x" * 5000, "שלום"], ids=brief)
def test_a_wrong_password(worker: Caller, person: Caller, how: str, value: str) -> None:
    """A wrong password, `""` too: 403 with a JSON string, nothing has happened (spec 20, section 5)."""
    retirement.refused(person.post(LEAVE, **{how: {"password": value}}), 403)
    stays(worker, person)


@pytest.mark.parametrize("content", [rb'{"password": "\u0000"}', rb'{"password": "\ud800"}', b'{"password": 1e400}'])
def test_a_hostile_password(worker: Caller, stayer: Caller, content: bytes) -> None:
    """NUL, a lone surrogate, an endless number: refused, never a crash (spec 50, section 8)."""
    assert send(stayer, content).status_code in (400, 403)
    stays(worker, stayer)


def test_almost_the_password(worker: Caller, person: Caller) -> None:
    """A password is compared as it is: no trimming, no other capitals (spec 20, section 5)."""
    for value in (f" {person.password}", f"{person.password} ", person.password.swapcase(), person.password[:-1]):
        retirement.refused(leave(person, value), 403)
    stays(worker, person)


def test_another_accounts_password(service: Service, worker: Caller, person: Caller) -> None:
    """Somebody else's password is a wrong one (spec 20, section 5)."""
    retirement.refused(leave(person, learner_of(service).password), 403)
    stays(worker, person)


def test_an_account_without_a_usable_password(service: Service, superuser: Caller) -> None:
    """Without a usable password nothing fits (spec 20, section 5). The token dies with `deactivate`: section 6."""
    caller = learner_of(service)
    expect.status(200, superuser.post(retirement.deactivate_path(caller.username)))
    expect.unauthorized(leave(caller))


# --- somebody else's username (R2)


@pytest.mark.parametrize("how", ["json", "data"])
@pytest.mark.parametrize("password", ["right", "wrong", "none"])
def test_an_unknown_username(worker: Caller, person: Caller, how: str, password: str) -> None:
    """A `username` that nobody has: 404, nothing happens, whatever the password (R2)."""
    body = {"username": unique_name(), **passwords(person)[password]}
    expect.status(404, person.post(LEAVE, **{how: body}))
    stays(worker, person)


@pytest.mark.parametrize("how", ["json", "data"])
@pytest.mark.parametrize("password", ["right", "wrong", "none"])
def test_somebody_elses_username(worker: Caller, person: Caller, learner: Caller, how: str, password: str) -> None:
    """A `username` that somebody else has: 403, nothing happens to either, whatever the password (R2)."""
    body = {"username": learner.username, **passwords(person)[password]}
    expect.status(403, person.post(LEAVE, **{how: body}))
    stays(worker, person)
    stays(worker, learner)


def passwords(person: Caller) -> dict[str, dict[str, str]]:
    """Return the parts of a body that hold the right password, a wrong one, and none."""
    return {"right": {"password": person.password}, "wrong": {"password": WRONG}, "none": {}}


def test_superusers_leave_for_nobody_else(service: Service, worker: Caller) -> None:
    """Not even a superuser leaves in somebody else's name, with either password (R2)."""
    other, root = learner_of(service), learner_of(service, is_superuser=True)
    for password in (root.password, other.password):
        expect.status(403, root.post(LEAVE, json={"username": other.username, "password": password}))
    stays(worker, other)
    stays(worker, root)


def test_others_usernames_are_no_failures(service: Service, learner: Caller, person: Caller) -> None:
    """What is refused for its `username` never came to the password (spec 20, section 5)."""
    for _ in range(ALLOWED_FAILURES + 1):
        expect.status(403, person.post(LEAVE, json={"username": learner.username, "password": WRONG}))
    retirement.nothing(204, leave(person))


# --- the lockout


@pytest.mark.parametrize("value", [WRONG, ""], ids=["wrong", "empty"])
def test_six_wrong_ones_lock(service: Service, worker: Caller, person: Caller, value: str) -> None:
    """After 6 in a row all is 403, also the right one, here and at the token endpoint (spec 20, section 5)."""
    for _ in range(ALLOWED_FAILURES):
        retirement.refused(leave(person, value), 403)
    retirement.refused(leave(person), 403)
    expect.oauth_error(service.password_grant(person.username, person.password), "invalid_grant")
    stays(worker, person)


def test_five_wrong_ones_do_not(worker: Caller, person: Caller) -> None:
    """After five the right one still works (spec 20, sections 5 and 17)."""
    for _ in range(ALLOWED_FAILURES - 1):
        retirement.refused(leave(person, WRONG), 403)
    retirement.nothing(204, leave(person))


def test_the_lock_comes_before_the_rest(learner: Caller, person: Caller) -> None:
    """Locked: 403 also without a password; somebody else's username still comes first (spec 20, section 5)."""
    for _ in range(ALLOWED_FAILURES):
        leave(person, WRONG)
    for body in ({}, {"password": None}, {"password": 5}):
        retirement.refused(person.post(LEAVE, json=body), 403)
    expect.status(404, person.post(LEAVE, json={"username": unique_name()}))


def test_a_lock_does_not_log_out(worker: Caller, person: Caller) -> None:
    """The lock is one of passwords: the token goes on (spec 40, section 8)."""
    for _ in range(ALLOWED_FAILURES):
        leave(person, WRONG)
    expect.status(200, person.patch({"goals": "still here"}))
    stays(worker, person)


@pytest.mark.parametrize("by", ["username", "email"])
def test_one_count_for_all_logins(service: Service, worker: Caller, person: Caller, by: str) -> None:
    """Failures at the token endpoint, by username or address, count together with those here (spec 20, section 5)."""
    typed = {"username": person.username, "email": person.email}[by]
    for _ in range(3):
        service.password_grant(typed, WRONG)
        leave(person, WRONG)
    retirement.refused(leave(person), 403)
    expect.oauth_error(service.password_grant(person.username, person.password), "invalid_grant")
    expect.oauth_error(service.password_grant(person.email, person.password), "invalid_grant")
    stays(worker, person)


def test_a_lock_by_others_failures(service: Service, person: Caller) -> None:
    """Six failures at the token endpoint lock this one (spec 20, section 5)."""
    fail(service, person, ALLOWED_FAILURES)
    retirement.refused(leave(person), 403)


def test_a_success_resets_the_count(service: Service, person: Caller) -> None:
    """A success sets the count to zero (spec 20, section 5)."""
    for _ in range(ALLOWED_FAILURES - 1):
        leave(person, WRONG)
    expect.status(200, service.password_grant(person.username, person.password))
    for _ in range(ALLOWED_FAILURES - 1):
        retirement.refused(leave(person, WRONG), 403)
    retirement.nothing(204, leave(person))


def test_others_are_not_locked(service: Service, person: Caller) -> None:
    """The count is the account's own (spec 20, section 5)."""
    fail(service, learner_of(service), ALLOWED_FAILURES)
    retirement.nothing(204, leave(person))


# --- again


def test_a_second_call(service: Service, worker: Caller, person: Caller) -> None:
    """A second call with the old token is 401; there is one row and one mail (spec 20, section 5)."""
    headers = {"Idempotency-Key": unique_name("key")}
    retirement.nothing(204, leave(person, headers=headers))
    row, mails = retirement.row_of(worker, person.username), service.outbox(person.email)
    for again in ({}, headers):
        expect.unauthorized(leave(person, headers=again))
    assert row == retirement.row_of(worker, person.username)
    assert mails == service.outbox(person.email)
