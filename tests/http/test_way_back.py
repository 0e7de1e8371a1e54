"""The way back of retirement: left, cancelled by support, a new password by mail, logged in, left again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.http import expectations as expect
from tests.http.address_changes import secondary_confirmed
from tests.http.browser_client import LOGOUT, REFRESH, Browser
from tests.http.preference_writing import preferences
from tests.http.reset_client import (
    REVOKE,
    alive,
    ask,
    dead,
    done,
    held,
    link_token,
    nothing_mailed,
    opened,
    renewed,
    sent,
    sessions_path,
    set_by,
    tokens_mailed,
    valid,
)
from tests.http.retirement_client import learner_of, leave, nothing, retired, row_of, state_of, status_of, worker_of
from tests.http.retirement_steps import DAY, cancel
from tests.http.service_client import LOGIN_CLIENT, ME, Caller, Service, new_password, unique_email, unique_name
from tests.http.service_process import CLEAN_EXITS, ServiceProcess
from tests.support.waiting import eventually

PROFILE = {"year_of_birth": 1971, "bio": "still here", "country": "SE"}


class TalkativeProcess(ServiceProcess):
    """A service of which everything that it has ever written can be read."""

    def everything(self) -> str:
        """Return the whole output so far."""
        size = os.fstat(self._output.fileno()).st_size
        return os.pread(self._output.fileno(), size, 0).decode(errors="replace")


@pytest.fixture(scope="module")
def agent(service: Service) -> Caller:
    """Somebody of support, who may cancel and nothing else."""
    return service.new_account(permissions=["can_cancel_retirement"])


@pytest.fixture(scope="module")
def worker(service: Service) -> Caller:
    """The retirement worker."""
    return worker_of(service)


@pytest.fixture
def person(service: Service) -> Caller:
    """An adult with a profile and a preference."""
    return learner_of(service, profile=PROFILE, preferences={"pref-lang": "sv"})


def cancelled(service: Service, agent: Caller, account: Caller) -> None:
    """Cancel somebody's retirement."""
    response = cancel(agent, row_of(worker_of(service), account.username)["id"])
    expect.status(200, response)
    assert {"success": True} == response.json()


def left_and_back(service: Service, agent: Caller, account: Caller) -> None:
    """Leave, and have that cancelled."""
    nothing(204, leave(account))
    cancelled(service, agent, account)


def refused(service: Service, name: str, password: str) -> None:
    """Expect that a password does not log in."""
    expect.oauth_error(service.password_grant(name, password), "invalid_grant")


# --- the way


def test_there_and_back_again(service: Service, agent: Caller, worker: Caller, staff: Caller, person: Caller) -> None:
    """Left, cancelled, a new password by mail, logged in, left again: a new row with a later id."""
    before = staff.account(person.username)
    nothing(204, leave(person))
    first = row_of(worker, person.username)
    cancelled(service, agent, person)
    back = renewed(service, person)
    assert {"username": person.username} == back.get(ME).json()
    again = staff.account(person.username)
    assert before == {**again, "last_login": before["last_login"]}
    nothing(204, leave(back))
    second = row_of(worker, person.username)
    assert second["id"] > first["id"]
    assert "PENDING" == state_of(worker, person.username)
    assert first["retired_email"] == second["retired_email"] == staff.account(person.username)["email"]


def test_more_than_once(service: Service, agent: Caller, worker: Caller, person: Caller) -> None:
    """Three rounds: each time the new password is the only one that fits, and each row is a new one."""
    account, numbers, passwords = person, [], [person.password]
    for _ in range(3):
        nothing(204, leave(account))
        numbers.append(row_of(worker, account.username)["id"])
        cancelled(service, agent, account)
        account = renewed(service, account)
        for old in passwords:
            refused(service, account.username, old)
        passwords.append(account.password)
    assert sorted(set(numbers)) == numbers


def test_by_the_page_and_by_browser(service: Service, agent: Caller, worker: Caller, person: Caller) -> None:
    """The whole way with a browser: the page of the link, the login with cookies, leaving with cookies."""
    left_and_back(service, agent, person)
    browser, password = Browser(service), new_password()
    expect.status(302, sent(browser, opened(browser, link_token(service, person.email)), password))
    person.password = password
    browser.logged_in(person)
    expect.status(200, browser.get(person.path))
    response = browser.post("/api/user/v1/accounts/deactivate_logout/", data={"password": password})
    nothing(204, response)
    assert "PENDING" == state_of(worker, person.username)


def test_the_old_password_stays_refused(service: Service, agent: Caller, person: Caller) -> None:
    """Cancelling gives back no password: the old one fits neither before nor after the reset."""
    left_and_back(service, agent, person)
    for name in (person.username, person.email):
        refused(service, name, person.password)
    back = renewed(service, person)
    refused(service, person.username, person.password)
    expect.status(200, service.password_grant(person.email, back.password))


def test_old_tokens_stay_dead(service: Service, agent: Caller, person: Caller) -> None:
    """What died by leaving revives neither by cancelling nor by the reset."""
    everything = held(service, person)
    nothing(204, leave(person))
    everything.is_dead()
    cancelled(service, agent, person)
    everything.is_dead()
    back = renewed(service, person)
    everything.is_dead()
    expect.unauthorized(person.get(ME))
    assert [True] == [each["current"] for each in back.get(sessions_path(back.username)).json()]


def test_new_tokens_live(service: Service, agent: Caller, person: Caller) -> None:
    """After the way back all sorts of login live; leaving again ends them all."""
    left_and_back(service, agent, person)
    back = renewed(service, person)
    everything = held(service, back)
    everything.lives()
    nothing(204, leave(back))
    everything.is_dead()


def test_old_links_stay_dead(service: Service, agent: Caller, person: Caller) -> None:
    """A link from before leaving is dead after it, after cancelling, and after the new password."""
    token = link_token(service, person.email)
    nothing(204, leave(person))
    dead(service, token)
    cancelled(service, agent, person)
    dead(service, token)
    renewed(service, person)
    dead(service, token)


def test_a_link_of_the_way_back_ends_with_leaving(service: Service, agent: Caller, person: Caller) -> None:
    """Asked for after the way back, not used, left again, cancelled again: dead."""
    left_and_back(service, agent, person)
    back = renewed(service, person)
    token = link_token(service, person.email)
    left_and_back(service, agent, back)
    dead(service, token)
    alive(service, link_token(service, person.email))


def test_asked_too_early(service: Service, agent: Caller, person: Caller) -> None:
    """Asked for while waiting for deletion: no mail, not after cancelling either; asked again: a mail."""
    nothing(204, leave(person))
    before = len(service.outbox(person.email))
    expect.status(200, ask(service, person.email))
    cancelled(service, agent, person)
    nothing_mailed(service, person.email)
    assert before == len(service.outbox(person.email))
    assert valid(service, link_token(service, person.email))


def test_the_retired_address_finds_nobody(service: Service, agent: Caller, worker: Caller, person: Caller) -> None:
    """After cancelling the mail goes to the original address alone."""
    nothing(204, leave(person))
    address = row_of(worker, person.username)["retired_email"]
    cancelled(service, agent, person)
    expect.status(200, ask(service, address))
    link_token(service, person.email)
    nothing_mailed(service, address)


def test_the_recovery_address_is_not_given_back(service: Service, agent: Caller, person: Caller) -> None:
    """The secondary address went with leaving: it is no way back."""
    secondary = secondary_confirmed(service, person)
    early = link_token(service, secondary)
    left_and_back(service, agent, person)
    expect.status(200, ask(service, secondary))
    dead(service, early)
    link_token(service, person.email)
    assert [early] == tokens_mailed(service, secondary)


def test_an_inactive_account(service: Service, agent: Caller, staff: Caller) -> None:
    """Inactive when it left, inactive after cancelling, active by the mail."""
    inactive = learner_of(service, is_active=False)
    left_and_back(service, agent, inactive)
    assert staff.account(inactive.username)["is_active"] is False
    back = renewed(service, inactive)
    assert staff.account(inactive.username)["is_active"] is True
    nothing(204, leave(back))


def test_the_rest_was_never_touched(service: Service, agent: Caller, staff: Caller, person: Caller) -> None:
    """Profile and preferences are there, and can be written again by their owner."""
    before = preferences(staff, person.username)
    left_and_back(service, agent, person)
    back = renewed(service, person)
    assert (PROFILE["bio"], PROFILE["country"]) == (back.account()["bio"], back.account()["country"])
    assert before == preferences(back, back.username)
    expect.status(200, back.patch({"bio": "back again"}))
    assert "back again" == staff.account(back.username)["bio"]


def test_a_lockout_does_not_bar_the_way(service: Service, agent: Caller, person: Caller) -> None:
    """Tried with the old password until locked: the reset ends that too."""
    left_and_back(service, agent, person)
    for _ in range(7):
        refused(service, person.username, person.password)
    renewed(service, person)


def test_without_a_reset_nobody_leaves_again(service: Service, agent: Caller, worker: Caller, person: Caller) -> None:
    """Cancelled, not reset: the old token does not leave again, and there is no row."""
    left_and_back(service, agent, person)
    assert leave(person).status_code in (401, 403)
    nothing(404, status_of(worker, person.username))


def test_no_way_back_after_retire(service: Service, agent: Caller, worker: Caller) -> None:
    """`retire` has been done: neither cancelling nor a mail."""
    gone = retired(service, worker)
    row = row_of(worker, gone.username)
    expect.status(400, cancel(agent, row["id"]))
    for address in (gone.email, row["retired_email"]):
        expect.status(200, ask(service, address))
    nothing_mailed(service, gone.email, row["retired_email"])


def test_after_the_cool_off(clock_service: Service) -> None:
    """Cancelled after weeks: the way back is open, its link lives three days."""
    person = learner_of(clock_service)
    nothing(204, leave(person))
    clock_service.advance(20 * DAY)
    agent = clock_service.new_account(permissions=["can_cancel_retirement"])
    cancelled(clock_service, agent, person)
    clock_service.advance(30 * DAY)
    token = link_token(clock_service, person.email)
    clock_service.advance(3 * DAY + 5)
    dead(clock_service, token)
    back = renewed(clock_service, person)
    nothing(204, leave(back))


# --- what the service writes meanwhile


@pytest.fixture
def talkative() -> Iterator[TalkativeProcess]:
    """A service of one's own whose whole output is read."""
    process = TalkativeProcess()
    process.wait_until_ready()
    yield process
    status = process.interrupt()
    assert status in CLEAN_EXITS, f"exit status {status}\n{process.output()}"


def test_the_output_tells_nothing(talkative: TalkativeProcess) -> None:
    """No token, address or password appears in the service's output, whatever goes well or wrong."""
    service = Service(talkative.url)
    secrets = story(service)
    expect.status(200, service.http.post("/_local/run/retirement_queue"))
    service.close()
    written = talkative.everything()
    assert "retirement queue worked through" in written, "its log is not written here, so this proves nothing"
    assert {} == {name: value for name, value in secrets.items() if value and value in written}


def story(service: Service) -> dict[str, str]:
    """Do everything once, and wrong once; return what nobody may read, by its name."""
    person = learner_of(service, username=unique_name("quiet"), email=unique_email("Marked"))
    secrets = {"address": person.email, "password": person.password, "access": person.token or ""}
    secrets["second address"] = secondary_confirmed(service, person)
    secrets["second link"] = link_token(service, secrets["second address"])
    secrets["unknown"], secrets["wrong"] = unique_email("Nobody"), new_password()
    ask(service, secrets["unknown"])
    service.password_grant(person.email, secrets["wrong"])
    secrets |= by_browser(service, person) | by_token(service, person)
    nothing(204, leave(person))
    cancelled(service, service.seed("superuser"), person)
    return secrets | by_mail(service, person)


def by_browser(service: Service, person: Caller) -> dict[str, str]:
    """Log in, renew, fail and log out with cookies."""
    browser = Browser(service).logged_in(person)
    first = dict(browser.cookies)
    browser.post(REFRESH)
    second = {f"{name} again": value for name, value in browser.cookies.items()}
    browser.post(REFRESH, cookies={browser.refresh_cookie: f"{first[browser.refresh_cookie]}x"})
    browser.patch(person, headers={"X-CSRFToken": "wrong"})
    browser.get(LOGOUT)
    return {**first, **second}


def by_token(service: Service, person: Caller) -> dict[str, str]:
    """Refresh, and revoke."""
    granted: dict[str, Any] = service.password_grant(person.username, person.password).json()
    child: dict[str, Any] = service.refresh(granted["refresh_token"]).json()
    service.http.post(REVOKE, data={"token": child["refresh_token"], "client_id": LOGIN_CLIENT})
    service.refresh(granted["refresh_token"])
    kinds = ("access_token", "refresh_token")
    return {f"{kind} {which}": each[kind] for kind in kinds for which, each in enumerate((granted, child))}


def by_mail(service: Service, person: Caller) -> dict[str, str]:
    """Ask, look, fail and set a password, by the page and without it; use the link again."""
    token, password, browser = link_token(service, person.email), new_password(), Browser(service)
    other = link_token(service, person.email)
    dead(service, token)
    form_page = opened(browser, other)
    sent(browser, form_page, password, f"{password}x")
    sent(browser, form_page, password)
    dead(service, other)
    last, third = new_password(), link_token(service, person.email)
    valid(service, third)
    set_by(service, third, "Short7!")
    done(set_by(service, third, last))
    found = {"link": token, "second link of the address": other, "third link": third, "new": password, "last": last}
    opaque = {f"{name}, its token": value.partition("-")[2] for name, value in found.items() if "link" in name}
    eventually(lambda: expect.status(200, service.password_grant(person.username, last)))
    return {**found, **opaque, "short": "Short7!"}
