"""One's own sessions: seeing them and ending them (spec 40, section 6)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.http import expectations as expect
from tests.http.browser_client import LOGOUT, REFRESH, Browser
from tests.http.case_names import brief
from tests.http.reset_client import REVOKE, sessions_path
from tests.http.retirement_client import nothing, worker_of
from tests.http.service_client import LOGIN_CLIENT, ME, Caller, Service, unique_name
from tests.http.test_concurrency import at_once

KEYS = {"id", "created", "last_used", "kind", "current"}
DAY = 86400


@pytest.fixture
def person(service: Service) -> Caller:
    """Somebody with one session, by token."""
    return service.new_account()


def listed(caller: Caller) -> list[dict[str, Any]]:
    """Return one's own sessions, as they come."""
    response = caller.get(sessions_path(caller.username))
    expect.status(200, response)
    found: list[dict[str, Any]] = response.json()
    assert [KEYS] * len(found) == [set(each) for each in found]
    return found


def present(caller: Caller) -> str:
    """Return the id of the session that asks."""
    (number,) = [each["id"] for each in listed(caller) if each["current"]]
    return str(number)


def again(service: Service, caller: Caller) -> Caller:
    """Return the same person with a session more."""
    return service.login(caller.username, caller.password, caller.email)


def end(caller: Caller, number: str = "", username: str = "") -> httpx.Response:
    """DELETE one session, or all but the present one."""
    return caller.request("DELETE", sessions_path(username or caller.username, number))


def logged_in(caller: Caller) -> bool:
    """Tell whether the caller's token opens anything."""
    response = caller.get(ME)
    if response.status_code != 200:
        expect.unauthorized(response)
    return response.status_code == 200


def moment(text: str) -> datetime:
    """Return a time of an answer; it must say its zone."""
    found = datetime.fromisoformat(text)
    assert found.utcoffset() == timedelta(0), text
    return found


# --- seeing


def test_the_only_one(person: Caller) -> None:
    """One grant is one session, of kind `token`, the present one."""
    (session,) = listed(person)
    assert ("token", True) == (session["kind"], session["current"])
    assert isinstance(session["id"], str)
    assert session["id"]
    assert moment(session["created"]) <= moment(session["last_used"])


def test_the_answer_is_a_bare_list(person: Caller) -> None:
    """A bare list, not to be stored; the same with the slash (section 1)."""
    plain, slashed = (person.get(f"{sessions_path(person.username)}{slash}") for slash in ("", "/"))
    assert plain.json() == slashed.json()
    assert isinstance(plain.json(), list)
    assert any(word in plain.headers["Cache-Control"] for word in ("no-store", "no-cache"))


def test_kinds(service: Service, person: Caller) -> None:
    """A login of a browser is `browser`, a grant is `token`, whoever of them asks."""
    browser = Browser(service).logged_in(person)
    response = browser.get(sessions_path(person.username))
    expect.status(200, response)
    assert [("browser", True), ("token", False)] == [(each["kind"], each["current"]) for each in response.json()]
    assert [("browser", False), ("token", True)] == [(each["kind"], each["current"]) for each in listed(person)]


def test_current_is_who_asks(service: Service, person: Caller) -> None:
    """Each sees the same sessions, and itself as the present one."""
    everybody = [person, *(again(service, person) for _ in range(3))]
    lists = [listed(each) for each in everybody]
    assert 1 == len({tuple(each["id"] for each in found) for found in lists})
    currents = [[each["id"] for each in found if each["current"]] for found in lists]
    assert [1] * 4 == [len(each) for each in currents]
    assert 4 == len({each[0] for each in currents})


def test_newest_first(clock_service: Service) -> None:
    """Newest first, by the time of the login, whichever was used last."""
    person = clock_service.new_account()
    refresh = clock_service.password_grant(person.username, person.password).json()["refresh_token"]
    numbers = [present(person)]
    for _ in range(3):
        clock_service.advance(90)
        numbers.insert(0, present(again(clock_service, person)))
    expect.status(200, clock_service.refresh(refresh))
    found = listed(person)
    assert numbers == [each["id"] for each in found if each["id"] in numbers]
    times = [moment(each["created"]) for each in found]
    assert sorted(times, reverse=True) == times
    assert 5 == len(found)


def test_last_used(clock_service: Service) -> None:
    """Refreshing carries a session on: the same id and `created`, a later `last_used`."""
    person = clock_service.new_account()
    grant = clock_service.password_grant(person.username, person.password).json()
    asking = Caller(clock_service.http, grant["access_token"], username=person.username)
    (before,) = [each for each in listed(asking) if each["current"]]
    clock_service.advance(1800)
    expect.status(200, clock_service.refresh(grant["refresh_token"]))
    (after,) = [each for each in listed(asking) if each["current"]]
    assert (before["id"], before["created"]) == (after["id"], after["created"])
    assert moment(after["last_used"]) - moment(before["last_used"]) >= timedelta(seconds=1790)
    assert 2 == len(listed(asking))


def test_a_refreshed_token_is_of_the_session(service: Service, person: Caller) -> None:
    """No second session by refreshing, not by two children either; each speaks for the one."""
    grant = service.password_grant(person.username, person.password).json()
    children = [service.refresh(grant["refresh_token"]).json()["access_token"] for _ in range(2)]
    tokens = [grant["access_token"], *children]
    numbers = {present(Caller(service.http, each, username=person.username)) for each in tokens}
    assert 1 == len(numbers)
    assert 2 == len(listed(person))


def test_refreshed_by_cookie(service: Service, person: Caller) -> None:
    """A browser's session stays one by refreshing."""
    browser = Browser(service).logged_in(person)
    before = [each["id"] for each in listed(person)]
    for _ in range(3):
        expect.status(200, browser.post(REFRESH))
    assert before == [each["id"] for each in listed(person)]


def test_live_ones_only(service: Service, person: Caller) -> None:
    """What was logged out, revoked or deleted is not listed."""
    browser = Browser(service).logged_in(person)
    revoked = service.password_grant(person.username, person.password).json()["refresh_token"]
    deleted = present(again(service, person))
    assert 4 == len(listed(person))
    browser.get(LOGOUT)
    expect.status(200, service.http.post(REVOKE, data={"token": revoked, "client_id": LOGIN_CLIENT}))
    nothing(204, end(person, deleted))
    assert [present(person)] == [each["id"] for each in listed(person)]


def test_run_out(clock_service: Service) -> None:
    """A session that nobody refreshed for four weeks is not listed any more."""
    person = clock_service.new_account()
    clock_service.advance(27 * DAY)
    asking = again(clock_service, person)
    assert 2 == len(listed(asking))
    clock_service.advance(DAY + 60)
    later = again(clock_service, person)
    assert [True, False] == [each["current"] for each in listed(later)]


def test_nothing_personal(service: Service, person: Caller) -> None:
    """No address and no name of a browser is kept, and nothing that opens anything."""
    grant = service.password_grant(person.username, person.password).json()
    browser = Browser(service).logged_in(person)
    browser.get(ME, headers={"User-Agent": "Marked/1.0", "X-Forwarded-For": "203.0.113.9"})
    text = person.get(sessions_path(person.username)).text
    secret = [*browser.cookies.values(), grant["refresh_token"], grant["access_token"], person.token]
    known = [person.email, person.username, "127.0.0.1", "203.0.113.9", "Marked", "python-httpx", *secret]
    assert [] == [each for each in known if each and each in text]


def test_an_id_opens_nothing(service: Service, person: Caller) -> None:
    """An id is neither an access token nor a refresh token nor a refresh cookie."""
    number, browser = present(person), Browser(service).logged_in(person)
    expect.unauthorized(service.me(f"JWT {number}"))
    expect.oauth_error(service.refresh(number), "invalid_grant")
    expect.status(401, browser.post(REFRESH, cookies={browser.refresh_cookie: number}))


def test_an_inactive_account_has_sessions(service: Service) -> None:
    """Active or not, a grant is a session."""
    assert [("token", True)] == [
        (each["kind"], each["current"]) for each in listed(service.new_account(is_active=False))
    ]


def test_a_service_account_has_none(service: Service) -> None:
    """Client credentials begin no session: no login, no `password` grant."""
    worker = worker_of(service)
    response = worker.get(sessions_path("retirement_service_worker"))
    expect.status(200, response)
    assert [] == [each for each in response.json() if each["current"]]


# --- ending one


def test_ending_another_one(service: Service, person: Caller) -> None:
    """204: that session is dead, access and refresh; the others live."""
    grant = service.password_grant(person.username, person.password).json()
    other, third = Caller(service.http, grant["access_token"], username=person.username), again(service, person)
    nothing(204, end(person, present(other)))
    assert [False, True, True] == [logged_in(each) for each in (other, third, person)]
    expect.oauth_error(service.refresh(grant["refresh_token"]), "invalid_grant")


def test_ending_the_present_one(service: Service, person: Caller) -> None:
    """The present one too: 204, then 401; the others live."""
    other = again(service, person)
    nothing(204, end(person, present(person)))
    assert [False, True] == [logged_in(each) for each in (person, other)]
    expect.unauthorized(end(person))


def test_ending_a_browser_s(service: Service, person: Caller) -> None:
    """A browser's session ended from elsewhere: its cookies open and renew nothing."""
    browser = Browser(service).logged_in(person)
    cookies = dict(browser.cookies)
    (number,) = [each["id"] for each in listed(person) if each["kind"] == "browser"]
    nothing(204, end(person, number))
    expect.status(401, browser.get(ME, cookies=cookies))
    expect.status(401, browser.post(REFRESH, cookies=cookies))


def test_with_its_slash(service: Service, person: Caller) -> None:
    """The path with its slash does the same (section 1)."""
    other = again(service, person)
    nothing(204, person.request("DELETE", f"{sessions_path(person.username, present(other))}/"))
    assert not logged_in(other)


def test_ended_already(service: Service, person: Caller) -> None:
    """Ended once: 404 from then on."""
    number = present(again(service, person))
    nothing(204, end(person, number))
    expect.status(404, end(person, number))


@pytest.mark.parametrize("number", ["x", "0", "-1", "current", "a" * 2000, "é", "\x00", "%2e%2e", "null"], ids=brief)
def test_unknown(person: Caller, number: str) -> None:
    """Unknown: 404, nothing dies."""
    expect.status(404, end(person, number))
    assert 1 == len(listed(person))


def test_not_one_s_own(service: Service, person: Caller) -> None:
    """Another's session under one's own path: 404, and it lives."""
    other = service.new_account()
    expect.status(404, end(person, present(other)))
    assert logged_in(other)


# --- ending all


def test_ending_all(service: Service, person: Caller) -> None:
    """204: all are dead but the present one."""
    others, browser = [again(service, person) for _ in range(3)], Browser(service).logged_in(person)
    cookies = dict(browser.cookies)
    nothing(204, end(person))
    assert [True, False, False, False] == [logged_in(each) for each in (person, *others)]
    expect.status(401, browser.post(REFRESH, cookies=cookies))
    assert [True] == [each["current"] for each in listed(person)]
    nothing(204, end(person))
    assert logged_in(again(service, person))


def test_all_of_one_person(service: Service, person: Caller) -> None:
    """Nobody else is logged out."""
    other = service.new_account()
    nothing(204, end(person))
    assert logged_in(other)


def test_ending_all_at_once(service: Service, person: Caller) -> None:
    """Several sessions end all but themselves at once: one lives at most, and none is left half alive."""
    everybody = [person, *(again(service, person) for _ in range(3))]
    answers = at_once([lambda each=each: end(each) for each in everybody])  # type: ignore[misc]
    assert {each.status_code for each in answers} <= {204, 401}
    assert 204 in [each.status_code for each in answers]
    living = [each for each in everybody if logged_in(each)]
    assert len(living) <= 1
    assert len(living) == len(listed(again(service, person))) - 1


def test_one_ended_by_many(service: Service, person: Caller) -> None:
    """Eight at once end the same one: it is dead, 204 or 404 each."""
    other = again(service, person)
    number = present(other)
    answers = at_once([lambda: end(person, number)] * 8)
    assert {each.status_code for each in answers} <= {204, 404}
    assert 204 in [each.status_code for each in answers]
    assert not logged_in(other)


# --- who


@pytest.mark.parametrize("who", ["learner", "staff", "superuser", "bare_superuser"])
def test_others(service: Service, person: Caller, who: str, request: pytest.FixtureRequest) -> None:
    """Others: 404, staff and superusers too; nothing dies."""
    other, number = request.getfixturevalue(who), present(person)
    expect.status(404, other.get(sessions_path(person.username)))
    for each in ("", number, "x"):
        expect.status(404, end(other, each, person.username))
    assert logged_in(person)
    assert logged_in(other)


def test_others_and_nobody_are_answered_alike(service: Service, person: Caller, staff: Caller) -> None:
    """A name that nobody has: the same 404."""
    answers = [staff.get(sessions_path(each)) for each in (person.username, unique_name())]
    assert [404, 404] == [each.status_code for each in answers]
    assert answers[0].content == answers[1].content


def test_anonymous(service: Service, person: Caller) -> None:
    """Without a token: 401, whoever is asked for."""
    for name in (person.username, unique_name()):
        expect.unauthorized(service.anonymous.get(sessions_path(name)))
        expect.unauthorized(end(service.anonymous, "", name))
        expect.unauthorized(end(service.anonymous, "x", name))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_other_methods(person: Caller, method: str) -> None:
    """GET and DELETE of all, DELETE of one: else 405."""
    expect.status(405, person.request(method, sessions_path(person.username)))
    expect.status(405, person.request(method, sessions_path(person.username, present(person))))


# --- by cookie


@pytest.mark.parametrize("ended", ["one", "all"])
@pytest.mark.parametrize("token", [None, "x"])
def test_by_cookie_without_csrf(service: Service, person: Caller, ended: str, token: str | None) -> None:
    """Without the CSRF token, or with a wrong one: 403, nothing dies."""
    browser = Browser(service).logged_in(person)
    path = sessions_path(person.username, present(person) if ended == "one" else "")
    expect.detail(403, browser.request("DELETE", path, headers={"X-CSRFToken": token}))
    assert logged_in(person)
    expect.status(200, browser.get(ME))


@pytest.mark.parametrize("ended", ["one", "all"])
def test_by_cookie_with_csrf(service: Service, person: Caller, ended: str) -> None:
    """With it: 204, the other one is dead, the present one lives."""
    browser = Browser(service).logged_in(person)
    path = sessions_path(person.username, present(person) if ended == "one" else "")
    nothing(204, browser.request("DELETE", path))
    assert not logged_in(person)
    expect.status(200, browser.get(ME))
    expect.status(200, browser.post(REFRESH))


def test_the_present_one_by_cookie(service: Service, person: Caller) -> None:
    """A browser ends its own session: its cookies open and renew nothing."""
    browser = Browser(service).logged_in(person)
    cookies = dict(browser.cookies)
    (number,) = [each["id"] for each in browser.get(sessions_path(person.username)).json() if each["current"]]
    nothing(204, browser.request("DELETE", sessions_path(person.username, number)))
    expect.status(401, browser.get(ME, cookies=cookies))
    expect.status(401, browser.post(REFRESH, cookies=cookies))
    assert logged_in(person)


def test_seeing_by_cookie_needs_no_csrf(service: Service, person: Caller) -> None:
    """GET needs no CSRF token (section 4)."""
    browser = Browser(service).logged_in(person)
    expect.status(200, browser.get(sessions_path(person.username), headers={"X-CSRFToken": None}))


def test_an_origin_that_is_not_ours(service: Service, person: Caller) -> None:
    """A page of elsewhere ends nothing, even with a fitting token (section 4)."""
    browser = Browser(service).logged_in(person)
    path, headers = sessions_path(person.username), {"Origin": "https://evil.example"}
    expect.detail(403, browser.request("DELETE", path, headers=headers))
    assert logged_in(person)
