"""POST accounts/{username}/deactivate/: an unusable password, and nothing else (spec 20, section 6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.http import expectations as expect
from tests.http import retirement_client as retirement
from tests.http.address_changes import EMAIL_LINK, email_asked, links, page, secondary_asked, secondary_confirmed
from tests.http.preference_writing import preferences
from tests.http.retirement_client import deactivate_path, learner_of
from tests.http.service_client import ME, Caller, Service, unique_name
from tests.http.test_concurrency import at_once
from tests.http.test_idempotency import key, replayed

PROFILE = {"bio": "a bio", "country": "SE", "goals": "goals", "gender": "f"}
PREFERENCES = {"pref-lang": "sv", "own": "thing"}


@pytest.fixture(scope="module")
def worker(service: Service) -> Caller:
    """The retirement worker."""
    return retirement.worker_of(service)


@pytest.fixture(scope="module")
def agent(service: Service) -> Caller:
    """Somebody who may deactivate, and is nothing else."""
    return learner_of(service, permissions=["can_deactivate_user"])


@pytest.fixture
def person(service: Service) -> Caller:
    """An adult."""
    return learner_of(service)


@pytest.fixture(scope="module")
def target(service: Service) -> Caller:
    """An adult whom many tests deactivate again and again."""
    return learner_of(service)


def deactivate(caller: Caller, username: str, **arguments: Any) -> httpx.Response:
    """Make somebody's password unusable."""
    return caller.post(deactivate_path(username), **arguments)


def deactivated(caller: Caller, username: str) -> dict[str, Any]:
    """Make somebody's password unusable; return the answer."""
    response = deactivate(caller, username)
    expect.status(200, response)
    account: dict[str, Any] = response.json()
    return account


# --- the answer


@pytest.mark.parametrize("slash", [True, False])
def test_both_forms_of_the_path(agent: Caller, person: Caller, slash: bool) -> None:
    """With and without the trailing slash (spec 20, section 1)."""
    path = deactivate_path(person.username)
    response = agent.post(path if slash else retirement.without_slash(path))
    expect.status(200, response)
    assert person.username == response.json()["username"]


def test_staff_see_the_full_account(superuser: Caller, staff: Caller, person: Caller) -> None:
    """200 with the account as the caller sees it: a superuser who is staff sees all of it (spec 20, section 6)."""
    account = deactivated(superuser, person.username)
    assert expect.ADMIN == set(account)
    assert staff.account(person.username) == account


@pytest.mark.parametrize(
    ("privacy", "fields"), [("all_users", expect.SHARED), ("private", expect.PUBLIC), ("custom", expect.PUBLIC)]
)
def test_others_see_what_is_shared(
    service: Service, agent: Caller, bare_superuser: Caller, privacy: str, fields: frozenset[str]
) -> None:
    """Whoever is not staff sees what a stranger sees (spec 20, section 6; spec 10, section 5.1)."""
    for caller in (agent, bare_superuser):
        person = learner_of(service, preferences={"account_privacy": privacy})
        account = deactivated(caller, person.username)
        assert fields == set(account)
        assert caller.account(person.username) == account


def test_an_unknown_username(agent: Caller, superuser: Caller) -> None:
    """Unknown username: 404 (spec 20, sections 6 and 13)."""
    for caller in (agent, superuser):
        for name in (unique_name(), "x" * 1000, "a b", "a@b.c"):
            expect.status(404, deactivate(caller, name))


def test_other_capitals(service: Service, agent: Caller) -> None:
    """Usernames are found exactly (spec 10, section 4)."""
    person = learner_of(service, username=unique_name("MixedCase"))
    for name in (person.username.lower(), person.username.upper()):
        expect.status(404, deactivate(agent, name))
    expect.status(200, person.get(ME))


def test_again(service: Service, agent: Caller, person: Caller) -> None:
    """Again: 200, the same (spec 20, section 6)."""
    first = deactivated(agent, person.username)
    assert first == deactivated(agent, person.username)
    expect.oauth_error(service.password_grant(person.username, person.password), "invalid_grant")


@pytest.mark.parametrize("content", [b"", b"{}", b"{", b"[]", b"a=b"])
@pytest.mark.parametrize("content_type", [None, "application/json", "text/plain", "application/x-www-form-urlencoded"])
def test_no_body_is_read(agent: Caller, target: Caller, content: bytes, content_type: str | None) -> None:
    """There is no body: what is sent does not matter (spec 20, section 6)."""
    headers = {"Content-Type": content_type} if content_type else {}
    expect.status(200, deactivate(agent, target.username, content=content, headers=headers))


# --- who


@pytest.mark.parametrize("kind", ["superuser", "bare_superuser", "agent"])
def test_who_may(
    service: Service, superuser: Caller, bare_superuser: Caller, agent: Caller, person: Caller, kind: str
) -> None:
    """Superusers and holders of the right (spec 20, section 2)."""
    caller = {"superuser": superuser, "bare_superuser": bare_superuser, "agent": agent}[kind]
    expect.status(200, deactivate(caller, person.username))
    expect.oauth_error(service.password_grant(person.username, person.password), "invalid_grant")


def test_who_may_not(service: Service, worker: Caller, staff: Caller, learner: Caller, person: Caller) -> None:
    """Neither staff nor the worker, nor other rights; nothing happens (spec 20, section 2)."""
    others = [learner_of(service, permissions=["can_retire_user", "can_cancel_retirement", "can_replace_username"])]
    for caller in (worker, retirement.username_worker_of(service), staff, learner, *others):
        expect.detail(403, deactivate(caller, person.username))
    expect.status(200, person.get(ME))
    expect.status(200, service.password_grant(person.username, person.password))


def test_not_even_for_oneself(service: Service, staff: Caller, person: Caller) -> None:
    """Not even for oneself without the right: 403 (spec 20, section 6)."""
    for caller in (person, learner_of(service, is_staff=True)):
        expect.detail(403, deactivate(caller, caller.username))
        expect.status(200, caller.get(ME))


@pytest.mark.parametrize("rights", [{"is_superuser": True}, {"permissions": ["can_deactivate_user"]}])
def test_oneself_with_the_right(service: Service, rights: dict[str, Any]) -> None:
    """With the right one may do it to oneself, and is logged out (spec 20, section 6)."""
    caller = learner_of(service, **rights)
    assert caller.username == deactivated(caller, caller.username)["username"]
    expect.unauthorized(caller.get(ME))
    expect.unauthorized(deactivate(caller, caller.username))


# --- what it does


def test_logins_fail(service: Service, agent: Caller, person: Caller) -> None:
    """Every login fails from then on, by username and address (spec 20, section 6)."""
    deactivated(agent, person.username)
    for name in (person.username, person.email):
        for password in (person.password, "", "!", "None"):
            assert service.password_grant(name, password).status_code in (400, 401)


def test_tokens_die(service: Service, agent: Caller, person: Caller) -> None:
    """Access and refresh tokens of all logins die, as in leaving (spec 20, section 6)."""
    granted = [service.password_grant(person.username, person.password, each).json() for each in ("jwt", "bearer")]
    deactivated(agent, person.username)
    for each in [*(each["access_token"] for each in granted), person.token]:
        for prefix in ("JWT", "Bearer"):
            expect.unauthorized(service.me(f"{prefix} {each}"))
    for each in granted:
        expect.oauth_error(service.refresh(each["refresh_token"]), "invalid_grant")


def test_others_live(service: Service, agent: Caller, person: Caller) -> None:
    """Nobody else is logged out, the agent neither (spec 20, section 6)."""
    other = learner_of(service)
    deactivated(agent, person.username)
    for caller in (other, agent):
        expect.status(200, caller.get(ME))
    expect.status(200, service.password_grant(other.username, other.password))


# --- what it leaves alone


def test_no_row(worker: Caller, agent: Caller, person: Caller) -> None:
    """There is no row (spec 20, section 6)."""
    deactivated(agent, person.username)
    retirement.nothing(404, retirement.status_of(worker, person.username))
    retirement.nothing(404, retirement.move(worker, person.username, "LOCKING_ACCOUNT"))


@pytest.mark.parametrize("is_active", [True, False])
def test_the_account(service: Service, superuser: Caller, staff: Caller, is_active: bool) -> None:
    """Address, `is_active`, profile, preferences as they were; no mail (spec 20, section 6)."""
    person = learner_of(service, profile=PROFILE, preferences=PREFERENCES, is_active=is_active)
    expect.status(201, person.post("/api/user/v1/accounts/name_change", json={"name": "A Wish"}))
    secondary = secondary_confirmed(service, person)
    before, mails = staff.account(person.username), service.outbox(person.email)
    assert before == deactivated(superuser, person.username) == staff.account(person.username)
    assert (is_active, person.email, secondary) == (before["is_active"], before["email"], before["secondary_email"])
    assert PREFERENCES == preferences(staff, person.username)
    assert mails == service.outbox(person.email)


def test_links_stay_alive(service: Service, superuser: Caller, staff: Caller, person: Caller) -> None:
    """Address changes that were asked for go on (spec 20, section 6)."""
    wanted, link = email_asked(service, person)
    second, other = secondary_asked(service, person)
    deactivated(superuser, person.username)
    page(200, service.http.get(link))
    page(200, service.http.get(other))
    account = staff.account(person.username)
    assert (wanted, second) == (account["email"], account["secondary_email"])


def test_name_and_address_are_not_retired(service: Service, staff: Caller, agent: Caller, person: Caller) -> None:
    """The account is there as before: found by its address, its name is taken (spec 20, section 6)."""
    deactivated(agent, person.username)
    response = staff.get(retirement.ACCOUNTS, params={"email": person.email})
    expect.status(200, response)
    assert [person.username] == [each["username"] for each in response.json()]
    answer = service.register(username=person.username, email=person.email)
    assert {"username", "email"} <= set(expect.refused_registration(answer))


def test_somebody_who_has_left(service: Service, worker: Caller, superuser: Caller, staff: Caller) -> None:
    """Whoever has left has no password any more: 200, the row stays as it is (spec 20, section 6)."""
    person = retirement.left(service)
    account, row = staff.account(person.username), retirement.row_of(worker, person.username)
    assert account == deactivated(superuser, person.username)
    assert row == retirement.row_of(worker, person.username)


# --- side by side and again


def test_at_once(service: Service, superuser: Caller, agent: Caller, person: Caller) -> None:
    """Several at once: all 200 (spec 20, section 6)."""
    calls = [lambda: deactivate(superuser, person.username), lambda: deactivate(agent, person.username)] * 5
    assert [200] * 10 == [each.status_code for each in at_once(calls)]
    expect.unauthorized(person.get(ME))


@pytest.mark.parametrize("attempt", range(3))
def test_beside_a_login(service: Service, agent: Caller, attempt: int) -> None:
    """A login at the same moment is refused, or its token is dead afterwards (spec 20, section 6)."""
    person = learner_of(service)
    logins: list[Callable[[], httpx.Response]] = [lambda: service.password_grant(person.username, person.password)] * 4
    *granted, answer = at_once([*logins, lambda: deactivate(agent, person.username)])
    expect.status(200, answer)
    for each in granted:
        if each.status_code == 200:
            expect.unauthorized(service.me(f"JWT {each.json()['access_token']}"))
            expect.oauth_error(service.refresh(each.json()["refresh_token"]), "invalid_grant")
    expect.oauth_error(service.password_grant(person.username, person.password), "invalid_grant")


def test_beside_leaving(service: Service, worker: Caller, agent: Caller) -> None:
    """Beside leaving: leaving wins (204) or comes too late (401, 403); the row is there accordingly."""
    person = learner_of(service)
    answer, gone = at_once([lambda: deactivate(agent, person.username), lambda: retirement.leave(person)])
    expect.status(200, answer)
    assert gone.status_code in (204, 401, 403), gone.text
    found = retirement.status_of(worker, person.username).status_code
    assert {204: 200, 401: 404, 403: 404}[gone.status_code] == found


def test_with_a_key(agent: Caller, person: Caller) -> None:
    """With an Idempotency-Key the first answer comes again (spec 50, section 4)."""
    headers = key()
    first = deactivate(agent, person.username, headers=headers)
    again = deactivate(agent, person.username, headers=headers)
    for each in (first, again):
        expect.status(200, each)
    assert first.json() == again.json()
    assert (False, True) == (replayed(first), replayed(again))


def test_no_mail_at_all(service: Service, agent: Caller, person: Caller) -> None:
    """No mail: not to a pending address either (spec 20, section 6)."""
    wanted, _ = email_asked(service, person)
    before = service.outbox(person.email)
    deactivated(agent, person.username)
    assert before == service.outbox(person.email)
    assert 1 == len(service.outbox(wanted)) == len(links(service, wanted, EMAIL_LINK))
