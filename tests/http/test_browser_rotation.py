"""Refresh tokens are replaced at every use, and a stolen one ends its session (spec 40, section 6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.http import expectations as expect
from tests.http import tokens
from tests.http.browser_client import PAYLOAD, REFRESH, SIGNATURE, Browser, given
from tests.http.reset_client import sessions_path
from tests.http.service_client import ME, Caller, Service
from tests.http.test_concurrency import at_once

GRACE = 60
BEYOND = GRACE + 10
DAY = 86400


@pytest.fixture
def person(service: Service) -> Caller:
    """An account of one's own."""
    return service.new_account()


@pytest.fixture
def later(clock_service: Service) -> Caller:
    """An account where the clock may be moved."""
    return clock_service.new_account()


def granted(service: Service, account: Caller) -> dict[str, Any]:
    """Begin a session by token."""
    response = service.password_grant(account.username, account.password)
    expect.status(200, response)
    body: dict[str, Any] = response.json()
    return body


def child(service: Service, body: Mapping[str, Any]) -> dict[str, Any]:
    """Refresh what was granted, which must succeed."""
    response = service.refresh(body["refresh_token"])
    expect.status(200, response)
    refreshed: dict[str, Any] = response.json()
    return refreshed


def opens(service: Service, body: Mapping[str, Any]) -> bool:
    """Tell whether an access token opens anything."""
    response = service.me(f"JWT {body['access_token']}")
    if response.status_code != 200:
        expect.unauthorized(response)
    return response.status_code == 200


def refused(response: httpx.Response) -> None:
    """Expect a dead refresh token."""
    expect.oauth_error(response, "invalid_grant")


def count(service: Service, account: Caller) -> int:
    """Return how many sessions an account has, but for the one that asks."""
    asking = service.login(account.username, account.password)
    response = asking.get(sessions_path(account.username))
    expect.status(200, response)
    return len(response.json()) - 1


def renewal(browser: Browser, cookie: str) -> httpx.Response:
    """Renew by a refresh cookie of one's choice; the jar is neither sent nor changed."""
    return browser.post(REFRESH, cookies={browser.refresh_cookie: cookie})


def renewed(browser: Browser, cookie: str) -> dict[str, str]:
    """Renew by a refresh cookie, which must succeed; return the cookies that came."""
    response = renewal(browser, cookie)
    expect.status(200, response)
    assert response.json()["success"] is True
    return {name: each.value for name, each in given(response).items()}


def not_renewed(response: httpx.Response) -> None:
    """Expect the 401 of a dead refresh cookie, and no JWT cookie."""
    expect.status(401, response)
    assert "Unauthorized" == response.json()
    assert set() == {PAYLOAD, SIGNATURE} & set(given(response))


# --- at the token endpoint


def test_two_tabs(service: Service, person: Caller) -> None:
    """Twice within 60 s: two children, different in all their tokens, both alive, one session."""
    parent = granted(service, person)
    both = [child(service, parent) for _ in range(2)]
    found = [parent, *both]
    assert 3 == len({each["refresh_token"] for each in found})
    assert 3 == len({tokens.claims(each["access_token"])["jti"] for each in found})
    assert [True] * 3 == [opens(service, each) for each in found]
    assert 2 == count(service, person)


def test_a_child_refreshes_at_once(service: Service, person: Caller) -> None:
    """Both children of one parent go on by themselves."""
    parent = granted(service, person)
    for each in [child(service, parent) for _ in range(2)]:
        assert opens(service, child(service, child(service, each)))


def test_many_tabs_at_once(service: Service, person: Caller) -> None:
    """Eight at once: each gets a child of its own that lives, in one session."""
    parent = granted(service, person)
    answers = at_once([lambda: service.refresh(parent["refresh_token"])] * 8)
    assert [200] * 8 == [each.status_code for each in answers]
    bodies = [each.json() for each in answers]
    assert 8 == len({each["refresh_token"] for each in bodies})
    assert [True] * 8 == [opens(service, child(service, each)) for each in bodies]
    assert 2 == count(service, person)


def test_refreshed_answers_are_not_stored(service: Service, person: Caller) -> None:
    """Answers of the refresh grant, good and bad, carry `no-store` (RFC 6749)."""
    parent = granted(service, person)
    for each in (parent["refresh_token"], "unknown", ""):
        assert "no-store" in service.refresh(each).headers["Cache-Control"]


def test_errors_are_not_stored(service: Service, person: Caller) -> None:
    """Errors of the other grants carry it too."""
    for response in (
        service.password_grant(person.username, "wrong"),
        service.grant(grant_type="password"),
        service.grant(grant_type="magic"),
        service.grant(grant_type="client_credentials", client_id="retirement-worker", client_secret="wrong"),
    ):
        assert response.status_code in (400, 401)
        assert "no-store" in response.headers["Cache-Control"]


def test_just_within_the_minute(clock_service: Service, later: Caller) -> None:
    """The one before is good until 60 s have passed."""
    parent = granted(clock_service, later)
    first = child(clock_service, parent)
    clock_service.advance(GRACE - 15)
    second = child(clock_service, parent)
    assert [True] * 3 == [opens(clock_service, each) for each in (parent, first, second)]


def test_reuse_ends_the_session(clock_service: Service, later: Caller) -> None:
    """After 60 s it was stolen: invalid_grant, and the whole session ends, access and refresh."""
    parent = granted(clock_service, later)
    first = child(clock_service, parent)
    second = child(clock_service, first)
    clock_service.advance(BEYOND)
    refused(clock_service.refresh(parent["refresh_token"]))
    assert [False] * 3 == [opens(clock_service, each) for each in (parent, first, second)]
    for each in (parent, first, second):
        refused(clock_service.refresh(each["refresh_token"]))


def test_reuse_lists_it_no_more(clock_service: Service, later: Caller) -> None:
    """The session is gone from the list, the others stay."""
    asking = clock_service.login(later.username, later.password)
    path = sessions_path(later.username)
    before = {each["id"] for each in asking.get(path).json()}
    parent = granted(clock_service, later)
    child(clock_service, parent)
    assert len(before) + 1 == len(asking.get(path).json())
    clock_service.advance(BEYOND)
    refused(clock_service.refresh(parent["refresh_token"]))
    assert before == {each["id"] for each in asking.get(path).json()}


def test_reuse_spares_other_sessions(clock_service: Service, later: Caller) -> None:
    """Another session of the account, by token or of a browser, lives on."""
    other, browser = granted(clock_service, later), Browser(clock_service).logged_in(later)
    parent = granted(clock_service, later)
    child(clock_service, parent)
    clock_service.advance(BEYOND)
    refused(clock_service.refresh(parent["refresh_token"]))
    assert opens(clock_service, other)
    assert opens(clock_service, child(clock_service, other))
    expect.status(200, browser.get(ME))
    expect.status(200, browser.post(REFRESH))


def test_the_minute_begins_with_the_first_use(clock_service: Service, later: Caller) -> None:
    """A use within the minute does not begin another one."""
    parent = granted(clock_service, later)
    first = child(clock_service, parent)
    clock_service.advance(40)
    child(clock_service, parent)
    clock_service.advance(40)
    refused(clock_service.refresh(parent["refresh_token"]))
    assert not opens(clock_service, first)


def test_children_live_on(clock_service: Service, later: Caller) -> None:
    """Long after the minute each of two children still refreshes; neither is a reuse of the other."""
    parent = granted(clock_service, later)
    first, second = (child(clock_service, parent) for _ in range(2))
    for _ in range(3):
        clock_service.advance(BEYOND)
        first = child(clock_service, first)
        clock_service.advance(BEYOND)
        second = child(clock_service, second)
    assert [True, True] == [opens(clock_service, each) for each in (first, second)]


def test_a_stolen_child_ends_both(clock_service: Service, later: Caller) -> None:
    """Reuse of one child ends the session, its sibling's line too."""
    parent = granted(clock_service, later)
    first, second = (child(clock_service, parent) for _ in range(2))
    grandchild = child(clock_service, first)
    clock_service.advance(BEYOND)
    refused(clock_service.refresh(first["refresh_token"]))
    for each in (second, grandchild):
        assert not opens(clock_service, each)
        refused(clock_service.refresh(each["refresh_token"]))


def test_an_unused_one_is_not_reused(clock_service: Service, later: Caller) -> None:
    """However late its first use: it is no reuse (within four weeks)."""
    parent = granted(clock_service, later)
    clock_service.advance(20 * DAY)
    assert opens(clock_service, child(clock_service, parent))


def test_reuse_at_once(clock_service: Service, later: Caller) -> None:
    """The thief and the owner at once, after the minute: the session is over for both."""
    parent = granted(clock_service, later)
    first = child(clock_service, parent)
    clock_service.advance(BEYOND)
    stolen, owned = at_once(
        [lambda each=each: clock_service.refresh(each["refresh_token"]) for each in (parent, first)]
    )  # type: ignore[misc]
    refused(stolen)
    if owned.status_code == 200:
        assert not opens(clock_service, owned.json())
        refused(clock_service.refresh(owned.json()["refresh_token"]))
    assert not opens(clock_service, first)
    refused(clock_service.refresh(first["refresh_token"]))


@pytest.mark.parametrize("attempt", range(3))
def test_refreshed_while_it_is_ended(service: Service, person: Caller, attempt: int) -> None:
    """All other sessions are ended while one of them is refreshed: no child gets away."""
    parent = granted(service, person)
    ending, refreshed = at_once(
        [
            lambda: person.request("DELETE", sessions_path(person.username)),
            lambda: service.refresh(parent["refresh_token"]),
        ]
    )
    expect.status(204, ending)
    bodies = [parent, *([refreshed.json()] if refreshed.status_code == 200 else [])]
    for each in bodies:
        assert not opens(service, each)
        refused(service.refresh(each["refresh_token"]))


# --- by cookie


def test_the_cookie_is_replaced(service: Service, person: Caller) -> None:
    """Each renewal gives another refresh cookie (B4), and its own JWT."""
    browser = Browser(service).logged_in(person)
    seen = [browser.cookies[browser.refresh_cookie]]
    for _ in range(3):
        seen.append(renewed(browser, seen[-1])[browser.refresh_cookie])
    assert 4 == len(set(seen))


def test_two_tabs_by_cookie(service: Service, person: Caller) -> None:
    """Two tabs with one cookie: both are renewed, both sets of cookies open, one session."""
    browser = Browser(service).logged_in(person)
    cookie = browser.cookies[browser.refresh_cookie]
    for fresh in [renewed(browser, cookie) for _ in range(2)]:
        expect.status(200, browser.get(ME, cookies=fresh))
        renewed(browser, fresh[browser.refresh_cookie])
    assert 2 == count(service, person)


def test_many_tabs_by_cookie_at_once(service: Service, person: Caller) -> None:
    """Eight tabs at once: each is renewed, with a cookie of its own."""
    browser = Browser(service).logged_in(person)
    cookie = browser.cookies[browser.refresh_cookie]
    answers = at_once([lambda: renewal(browser, cookie)] * 8)
    assert [200] * 8 == [each.status_code for each in answers]
    fresh = [{name: each.value for name, each in given(answer).items()} for answer in answers]
    assert 8 == len({each[browser.refresh_cookie] for each in fresh})
    for each in fresh:
        renewed(browser, each[browser.refresh_cookie])


def test_reuse_of_a_cookie(clock_service: Service, later: Caller) -> None:
    """After 60 s: 401, and the session is over, JWT cookies and refresh cookies alike."""
    browser = Browser(clock_service).logged_in(later)
    stolen, first = browser.cookies[browser.refresh_cookie], dict(browser.cookies)
    clock_service.advance(5)
    fresh = renewed(browser, stolen)
    expect.status(200, browser.get(ME, cookies=fresh))
    clock_service.advance(BEYOND)
    not_renewed(renewal(browser, stolen))
    for each in (first, fresh):
        expect.status(401, browser.get(ME, cookies=each))
        not_renewed(renewal(browser, each[browser.refresh_cookie]))


def test_children_by_cookie_live_on(clock_service: Service, later: Caller) -> None:
    """Two tabs that were renewed by one cookie go on by themselves."""
    browser = Browser(clock_service).logged_in(later)
    cookie = browser.cookies[browser.refresh_cookie]
    lines = [renewed(browser, cookie) for _ in range(2)]
    for _ in range(3):
        clock_service.advance(BEYOND)
        lines = [renewed(browser, each[browser.refresh_cookie]) for each in lines]
    for each in lines:
        expect.status(200, browser.get(ME, cookies=each))


def test_four_weeks_from_the_last_renewal(clock_service: Service, later: Caller) -> None:
    """The cookie slides: four weeks from its last use, dead after four weeks without one."""
    browser = Browser(clock_service).logged_in(later)
    cookie = browser.cookies[browser.refresh_cookie]
    for _ in range(2):
        clock_service.advance(27 * DAY)
        cookie = renewed(browser, cookie)[browser.refresh_cookie]
    clock_service.advance(28 * DAY + 60)
    not_renewed(renewal(browser, cookie))
