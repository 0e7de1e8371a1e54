"""Failed logins are counted, and six of them close an account for a while (spec 40, sections 0, 2 and 8)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.http import expectations as expect
from tests.http.browser_client import (
    LOGIN_PAGE,
    PAGE,
    V1_LOGIN,
    V2_LOGIN,
    Browser,
    Form,
    given,
    password_set,
)
from tests.http.retirement_client import LEAVE, learner_of, leave
from tests.http.service_client import Caller, Service, new_password, unique_email, unique_name

ALLOWED = 6
WRONG = "not-the-Passw0rd"
MINUTE = 60
LOCKED = ("account-locked-out", {"locked_out_period": 30})

Answer = tuple[str | None, dict[str, Any] | None]


def expected(failure: int) -> Answer:
    """Return what the table says of a failure, the first being 1 (section 2)."""
    if failure < 3:
        return "incorrect-email-or-password", {"failure_count": failure}
    if failure < ALLOWED:
        left = {"remaining_attempts": ALLOWED - failure, "allowed_failure_attempts": ALLOWED}
        return "failed-login-attempt", {**left, "failure_count": failure}
    return LOCKED


def attempt(service: Service, typed: str, password: str = WRONG, path: str = V2_LOGIN) -> httpx.Response:
    """Try to log in."""
    field = "email" if path == V1_LOGIN else "email_or_username"
    return Browser(service).post(path, json={field: typed, "password": password})


def body(response: httpx.Response) -> dict[str, Any]:
    """Expect a refusal without cookies; return what it says."""
    expect.status(400, response)
    assert {} == given(response)
    told: dict[str, Any] = response.json()
    assert told["success"] is False
    return told


def answer(response: httpx.Response) -> Answer:
    """Return `error_code` and `context` of a refusal."""
    told = body(response)
    return told.get("error_code"), told.get("context")


def failures(service: Service, typed: str, times: int = ALLOWED, path: str = V2_LOGIN) -> list[Answer]:
    """Try a wrong password so often."""
    return [answer(attempt(service, typed, path=path)) for _ in range(times)]


def table(first: int, last: int) -> list[Answer]:
    """Return what the table says of failures in a row."""
    return [expected(each) for each in range(first, last + 1)]


@pytest.fixture
def account(service: Service) -> Caller:
    """Somebody of one's own, whose failures count."""
    return learner_of(service)


# --- the answers


@pytest.mark.parametrize("path", [V1_LOGIN, V2_LOGIN])
def test_each_failure_of_an_account(service: Service, account: Caller, path: str) -> None:
    """First the count alone, from half on what is left, from the 6th on the lockout (section 2)."""
    assert table(1, 9) == failures(service, account.email, 9, path)


def test_each_failure_of_a_username(service: Service, account: Caller) -> None:
    """The same for whoever types a username (section 2)."""
    assert table(1, 9) == failures(service, account.username, 9)


@pytest.mark.parametrize("unused", [unique_email, unique_name])
def test_each_failure_of_nobody(service: Service, unused: Callable[[str], str]) -> None:
    """The same for whatever was typed, so that the count tells nothing (section 0, B7)."""
    assert table(1, 9) == failures(service, unused("nobody"), 9)


def test_the_messages_tell_nothing_either(service: Service, account: Caller) -> None:
    """Known and unknown names get the same text, word for word (section 0, B7)."""
    seen = []
    for typed in (account.username, unique_name()):
        told = [body(attempt(service, typed)) for _ in range(8)]
        assert {typed} == {each.pop("email") for each in told}
        assert all(each["value"] for each in told), told
        seen.append(told)
    assert seen[0] == seen[1]


def test_the_right_password_does_not_open_a_locked_account(service: Service, account: Caller) -> None:
    """After the 6th the right password is refused like a wrong one, whatever is typed for a name (section 2)."""
    failures(service, account.username)
    for typed in (account.username, account.email):
        right, wrong = (attempt(service, typed, each) for each in (account.password, WRONG))
        assert LOCKED == answer(right)
        assert body(right) == body(wrong)
    assert LOCKED == answer(attempt(service, account.email, account.password, V1_LOGIN))


def test_five_are_forgiven(service: Service, account: Caller) -> None:
    """After five the right password lets in, and the count begins anew (section 2)."""
    assert table(1, 5) == failures(service, account.username, 5)
    expect.status(200, attempt(service, account.username, account.password))
    assert table(1, 6) == failures(service, account.username, 6)


def test_name_and_address_are_one_account(service: Service, account: Caller) -> None:
    """What counts is the account, by whatever name it was tried (section 8)."""
    assert table(1, 3) == failures(service, account.username, 3)
    assert table(4, 6) == failures(service, account.email, 3, V1_LOGIN)
    assert LOCKED == answer(attempt(service, account.username, account.password))


def test_others_are_not_locked(service: Service, account: Caller) -> None:
    """Another account is not touched (section 8)."""
    other = service.new_account()
    failures(service, account.username)
    expect.status(200, attempt(service, other.username, other.password))


def test_sessions_go_on(service: Service, account: Caller) -> None:
    """The lockout is of logins: whoever is in stays in (section 2)."""
    browser = Browser(service).logged_in(account)
    failures(service, account.username)
    expect.status(200, browser.get(account.path))
    expect.status(200, browser.post("/login_refresh"))


def test_an_inactive_account(service: Service) -> None:
    """An account that is not active is counted and locked like any other (section 2)."""
    account = service.new_account(is_active=False)
    assert table(1, 2) == failures(service, account.username, 2)
    assert "inactive-user" == answer(attempt(service, account.username, account.password))[0]
    failures(service, account.username)
    assert LOCKED == answer(attempt(service, account.username, account.password))


def test_what_is_no_login_is_not_counted(service: Service, account: Caller) -> None:
    """A field missing, or a request that another site sent, is no failed login: else anybody could lock anybody."""
    for _ in range(ALLOWED):
        expect.status(400, Browser(service).post(V2_LOGIN, json={"email_or_username": account.username}))
        foreign = Browser(service, "http://evil.example")
        fields = {"email_or_username": account.username, "password": WRONG}
        expect.status(403, foreign.post(V2_LOGIN, json=fields))
        expect.status(403, Browser(service, PAGE).post(V2_LOGIN, json=fields))
    assert [expected(1)] == failures(service, account.username, 1)


def test_guesses_at_the_same_moment(service: Service, account: Caller) -> None:
    """Parallel guesses do not slip through: each count is given once, the others find it locked (section 8)."""
    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda _: answer(attempt(service, account.username)), range(16)))
    counts = [context["failure_count"] for code, context in seen if code != LOCKED[0] and context]
    assert len(counts) <= ALLOWED - 1
    assert sorted(set(counts)) == sorted(counts)
    assert LOCKED == answer(attempt(service, account.username, account.password))


# --- one count for everything that asks for the password


def test_the_token_endpoint_counts(service: Service, account: Caller) -> None:
    """Failures at the token endpoint are counted together with those of the login (section 0, B8)."""
    for _ in range(3):
        expect.oauth_error(service.password_grant(account.username, WRONG), "invalid_grant")
    assert table(4, 6) == failures(service, account.username, 3)
    expect.oauth_error(service.password_grant(account.username, account.password), "invalid_grant")


def test_a_success_there_sets_the_count_to_zero(service: Service, account: Caller) -> None:
    """A token by the right password is a login (section 2)."""
    failures(service, account.username, 5)
    expect.status(200, service.password_grant(account.username, account.password))
    assert [expected(1)] == failures(service, account.username, 1)


def test_nobody_is_counted_there_too(service: Service) -> None:
    """A name that nobody has, typed at both (section 0, B7 and B8)."""
    typed = unique_name()
    for _ in range(3):
        expect.oauth_error(service.password_grant(typed, WRONG), "invalid_grant")
    assert table(4, 6) == failures(service, typed, 3)


def test_leaving_counts(service: Service, account: Caller) -> None:
    """Wrong passwords on leaving are counted together with them (section 2; spec 20, section 5)."""
    for _ in range(3):
        expect.status(403, leave(account, WRONG))
    assert table(4, 6) == failures(service, account.username, 3)
    expect.status(403, leave(account))
    expect.status(200, account.get(account.path))


def test_leaving_by_cookie_counts(service: Service, account: Caller) -> None:
    """By cookie as well; the CSRF token is looked at before the password (section 4)."""
    browser = Browser(service).logged_in(account)
    for _ in range(ALLOWED):
        expect.detail(403, browser.post(LEAVE, data={"password": WRONG}, headers={"X-CSRFToken": None}))
    assert [expected(1)] == failures(service, account.username, 1)
    for _ in range(ALLOWED - 1):
        expect.status(403, browser.post(LEAVE, data={"password": WRONG}))
    assert LOCKED == answer(attempt(service, account.username, account.password))


def test_the_login_page_counts(service: Service, account: Caller) -> None:
    """The page with the form counts as the others do: it answers with itself and a message (sections 1, 2)."""
    browser = Browser(service)
    form = Form(browser.get(f"{LOGIN_PAGE}?next=/").text)
    for _ in range(3):
        fields = {**form.fields, "email_or_username": account.username, "password": WRONG}
        expect.status(200, browser.post(form.action or LOGIN_PAGE, data=fields))
    assert table(4, 6) == failures(service, account.username, 3)
    fields = {**form.fields, "email_or_username": account.username, "password": account.password}
    response = browser.post(form.action or LOGIN_PAGE, data=fields)
    expect.status(200, response)
    assert not {name for name in given(response) if "jwt" in name}


def test_a_new_password_opens_it(service: Service, account: Caller) -> None:
    """A completed reset sets the count to zero (section 2)."""
    failures(service, account.username, 8)
    changed = new_password()
    password_set(service, account, changed)
    expect.status(200, attempt(service, account.username, changed))
    assert table(1, 3) == failures(service, account.username, 3)


# --- thirty minutes


def test_it_ends(clock_service: Service) -> None:
    """30 minutes after the 6th it is over, and the count begins anew (sections 2, 8)."""
    account, nobody = clock_service.new_account(), unique_name()
    for typed in (account.username, nobody):
        failures(clock_service, typed)
    clock_service.advance(29 * MINUTE)
    assert LOCKED == answer(attempt(clock_service, account.username, account.password))
    clock_service.advance(MINUTE + 5)
    for typed in (account.username, nobody):
        assert table(1, 2) == failures(clock_service, typed, 2)
    expect.status(200, attempt(clock_service, account.username, account.password))


def test_trying_meanwhile_does_not_prolong_it(clock_service: Service) -> None:
    """The 30 minutes are counted from the 6th, not from the last (section 2)."""
    account = clock_service.new_account()
    failures(clock_service, account.username)
    for _ in range(2):
        clock_service.advance(10 * MINUTE)
        assert [LOCKED, LOCKED] == failures(clock_service, account.username, 2)
    clock_service.advance(10 * MINUTE + 5)
    expect.status(200, attempt(clock_service, account.username, account.password))
