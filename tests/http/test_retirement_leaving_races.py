"""Leaving by many, and beside other requests: one row, one mail (spec 20, sections 5 and 14)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.http import expectations as expect
from tests.http import retirement_client as retirement
from tests.http.address_changes import email_asked
from tests.http.retirement_client import learner_of, leave
from tests.http.service_client import Caller, Service, unique_email
from tests.http.test_concurrency import FIELDS, at_once, writing
from tests.support.waiting import eventually


@pytest.fixture(scope="module")
def worker(service: Service) -> Caller:
    """The retirement worker."""
    return retirement.worker_of(service)


@pytest.fixture
def person(service: Service) -> Caller:
    """An adult about to leave."""
    return learner_of(service)


@pytest.mark.parametrize("attempt", range(3))
def test_many_calls_at_once(service: Service, worker: Caller, person: Caller, attempt: int) -> None:
    """One row, one mail, one 204; the others 401 or 403 (spec 20, section 5)."""
    before = service.outbox(person.email)
    answers = at_once([lambda: leave(person)] * 20)
    statuses = sorted(each.status_code for each in answers)
    assert 1 == statuses.count(204), statuses
    assert set(statuses) <= {204, 401, 403}
    assert 1 == len(service.outbox(person.email)) - len(before)
    row = retirement.row_of(worker, person.username)
    assert person.email == row["original_email"]
    assert [row["id"]] == eventually(lambda: listed(worker, person.username))


def listed(worker: Caller, username: str) -> list[int]:
    """Expect that somebody is in the queue; return the ids of their rows."""
    queue = retirement.rows(retirement.queue(worker))
    found: list[int] = [each["id"] for each in queue if each["original_username"] == username]
    assert found, username
    return found


def test_from_many_logins_at_once(service: Service, worker: Caller, person: Caller) -> None:
    """The same from different logins (spec 20, section 5)."""
    logins = [service.login(person.username, person.password) for _ in range(6)]
    statuses = sorted(each.status_code for each in at_once([leaving(each) for each in logins]))
    assert 1 == statuses.count(204), statuses
    assert set(statuses) <= {204, 401, 403}
    expect.status(200, retirement.status_of(worker, person.username))


def leaving(caller: Caller, **arguments: Any) -> Callable[[], httpx.Response]:
    """Return a call that leaves."""
    return lambda: leave(caller, **arguments)


def test_with_one_key_at_once(service: Service, worker: Caller, person: Caller) -> None:
    """With one Idempotency-Key each gets the answer, or is too late: one mail (spec 20, section 5; spec 50, 4)."""
    before = service.outbox(person.email)
    headers = {"Idempotency-Key": unique_email()}
    statuses = {each.status_code for each in at_once([leaving(person, headers=headers)] * 6)}
    assert 204 in statuses
    assert statuses <= {204, 401, 403}
    assert 1 == len(service.outbox(person.email)) - len(before)


def test_many_people_at_once(service: Service, worker: Caller) -> None:
    """People who leave at once do not meet: each has a row of their own (spec 20, section 14)."""
    people = [learner_of(service) for _ in range(10)]
    assert [204] * 10 == [each.status_code for each in at_once([leaving(each) for each in people])]
    found = [retirement.row_of(worker, each.username) for each in people]
    assert 10 == len({each["id"] for each in found})
    assert [each.email for each in people] == [each["original_email"] for each in found]


def test_beside_writes(service: Service, staff: Caller, person: Caller) -> None:
    """Writes beside leaving land or are 401, never half; leaving is 204 (spec 20, section 14)."""
    fields = {field: case for field, case in FIELDS.items() if field not in ("account_privacy", "state")}
    writes = [writing(person, {field: sent}) for field, (sent, _) in fields.items()]
    *written, answer = at_once([*writes, leaving(person)])
    retirement.nothing(204, answer)
    account = staff.account(person.username)
    for (field, (_, shown)), response in zip(fields.items(), written, strict=True):
        assert response.status_code in (200, 401), response.text
        if response.status_code == 200:
            assert shown == account[field]


@pytest.mark.parametrize("attempt", range(3))
def test_beside_a_link_to_a_new_address(service: Service, worker: Caller, attempt: int) -> None:
    """Either the link or leaving is first; the row has the address that was left, and the notice went there."""
    caller = learner_of(service)
    before = len(service.outbox(caller.email))
    wanted, link = email_asked(service, caller)
    opened, answer = at_once([lambda: service.http.get(link), leaving(caller)])
    retirement.nothing(204, answer)
    assert opened.status_code in (200, 404), opened.text
    linked = opened.status_code == 200
    row = retirement.row_of(worker, caller.username)
    assert (wanted if linked else caller.email) == row["original_email"]
    assert before + 1 == len(service.outbox(caller.email)), "the notice of leaving, or the one of the new address"
    assert (3 if linked else 1) == len(service.outbox(wanted)), "the link; the notice of the change, and of leaving"
    assert [] == service.outbox(row["retired_email"])


@pytest.mark.parametrize("attempt", range(3))
def test_beside_a_login(service: Service, person: Caller, attempt: int) -> None:
    """A login at the same moment is refused, or all that it gave is dead afterwards (R10)."""
    logins: list[Callable[[], httpx.Response]] = [lambda: service.password_grant(person.username, person.password)] * 4
    *granted, answer = at_once([*logins, leaving(person)])
    retirement.nothing(204, answer)
    all_dead(service, granted)


@pytest.mark.parametrize("attempt", range(3))
def test_beside_a_refresh(service: Service, person: Caller, attempt: int) -> None:
    """A refresh at the same moment is refused, or all that it gave is dead afterwards (R10)."""
    tokens = [service.password_grant(person.username, person.password).json()["refresh_token"] for _ in range(4)]
    *granted, answer = at_once([*(refreshing(service, each) for each in tokens), leaving(person)])
    retirement.nothing(204, answer)
    all_dead(service, granted)
    for each in tokens:
        expect.oauth_error(service.refresh(each), "invalid_grant")


def refreshing(service: Service, token: str) -> Callable[[], httpx.Response]:
    """Return a call that refreshes."""
    return lambda: service.refresh(token)


def all_dead(service: Service, granted: list[httpx.Response]) -> None:
    """Expect that each grant was refused, or that its tokens are dead by now."""
    for each in granted:
        if each.status_code == 200:
            expect.unauthorized(service.me(f"JWT {each.json()['access_token']}"))
            expect.oauth_error(service.refresh(each.json()["refresh_token"]), "invalid_grant")
        else:
            expect.oauth_error(each, "invalid_grant")
