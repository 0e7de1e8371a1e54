"""Cancelling a retirement, and looking a retired address up (spec 20, section 11)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.http import expectations as expect
from tests.http.address_changes import email_asked, secondary_asked, secondary_confirmed
from tests.http.preference_writing import preferences
from tests.http.retirement_client import (
    ACCOUNTS,
    CANCEL,
    RETIRED_DOMAIN,
    STATES,
    cleaned_up,
    forced,
    learner_of,
    leave,
    left,
    message,
    move,
    moved,
    nothing,
    originals,
    queue,
    retired,
    row_of,
    state_of,
    status_of,
    without_slash,
    worker_of,
)
from tests.http.retirement_steps import DAY, acted, can_cancel, cancel, look_up, not_retired, statuses
from tests.http.service_client import ME, Caller, Service, unique_email
from tests.http.test_concurrency import at_once
from tests.support.waiting import eventually

SEARCH = f"{ACCOUNTS}/search_emails"


@pytest.fixture(scope="module")
def worker(service: Service) -> Caller:
    """The retirement worker, who may not cancel."""
    return worker_of(service)


@pytest.fixture(scope="module")
def agent(service: Service) -> Caller:
    """Somebody who may cancel, and is neither staff nor superuser (R4)."""
    return service.new_account(permissions=["can_cancel_retirement"])


def number_of(worker: Caller, caller: Caller) -> int:
    """Return the `retirement_id` of somebody's row."""
    number: int = row_of(worker, caller.username)["id"]
    return number


def cancelled(agent: Caller, worker: Caller, caller: Caller) -> None:
    """Cancel somebody's retirement."""
    response = cancel(agent, number_of(worker, caller))
    expect.status(200, response)
    assert {"success": True} == response.json()


# --- looking up


def test_a_fresh_row_can_be_cancelled(service: Service, staff: Caller, worker: Caller) -> None:
    """PENDING and young: true and the row's id, to staff and superusers, in any capitals (spec 20, section 11)."""
    caller = left(service)
    expected = (True, number_of(worker, caller))
    for reader in (staff, service.seed("superuser"), service.new_account(is_superuser=True)):
        for address in (caller.email, caller.email.upper(), caller.email.title()):
            assert expected == can_cancel(reader, address)


def test_looking_up_is_for_staff(service: Service, learner: Caller, worker: Caller, agent: Caller) -> None:
    """Neither staff nor superuser: 403, whatever the address (spec 20, section 11)."""
    caller = left(service)
    for reader in (learner, worker, agent):
        for address in (caller.email, unique_email(), "", "learner@example.com"):
            expect.status(403, look_up(reader, address))
    expect.unauthorized(look_up(service.anonymous, caller.email))


def test_an_address_that_was_never_retired(staff: Caller) -> None:
    """Unknown and never retired: 404 without that body (spec 20, section 11)."""
    not_retired(look_up(staff, unique_email()))
    not_retired(look_up(staff, f"retired__user_{'0' * 40}@{RETIRED_DOMAIN}"))


@pytest.mark.parametrize("state", STATES[1:])
def test_a_row_in_another_state(service: Service, staff: Caller, worker: Caller, state: str) -> None:
    """No longer PENDING: false, null (spec 20, section 11; R11)."""
    caller = left(service)
    forced(worker, caller.username, state)
    assert (False, None) == can_cancel(staff, caller.email)


def test_a_row_that_is_pending_again(service: Service, staff: Caller, worker: Caller) -> None:
    """Back in PENDING by force, it can be cancelled again (spec 20, section 11)."""
    caller = left(service)
    forced(worker, caller.username, "ABORTED")
    forced(worker, caller.username, "PENDING")
    assert (True, number_of(worker, caller)) == can_cancel(staff, caller.email)


def test_a_row_whose_account_is_emptied(service: Service, staff: Caller, worker: Caller) -> None:
    """`retire` has been done and the row forced back: false, null (spec 20, section 11)."""
    caller = retired(service, worker)
    assert (False, None) == can_cancel(staff, caller.email)
    forced(worker, caller.username, "PENDING")
    assert (False, None) == can_cancel(staff, caller.email)


def test_a_row_that_is_cleaned_up(service: Service, staff: Caller, worker: Caller) -> None:
    """Cleaned up: still retired, false, null (spec 20, section 11)."""
    caller = cleaned_up(service, worker)
    for address in (caller.email, caller.email.upper()):
        assert (False, None) == can_cancel(staff, address)


def test_search_leaves_retired_addresses_out(service: Service, staff: Caller, worker: Caller) -> None:
    """`search_emails` does not find the original, before and after cleanup (spec 20, section 11)."""
    emails = [left(service).email, cleaned_up(service, worker).email]
    response = staff.post(SEARCH, json={"emails": [*emails, staff.email]})
    expect.status(200, response)
    assert [staff.username] == [each["username"] for each in response.json()]


def test_the_retired_address_is_an_ordinary_one(service: Service, staff: Caller, worker: Caller) -> None:
    """200 with the account, as full a view as any (spec 20, section 11)."""
    caller = left(service)
    address = row_of(worker, caller.username)["retired_email"]
    for asked in (address, address.upper()):
        response = look_up(staff, asked)
        expect.status(200, response)
        assert [staff.account(caller.username)] == response.json()


# --- refusals


@pytest.mark.parametrize("body", [{}, {"retirement": 1}, {"retirement_id": None}, {"retirement_id": ""}])
def test_without_an_id(agent: Caller, body: dict[str, Any]) -> None:
    """Missing: 400 with a message (spec 20, section 11)."""
    message(400, agent.post(CANCEL, json=body))


@pytest.mark.parametrize("number", ["abc", "1.5", 1.5, True, False, [], [1], {}, {"id": 1}, " ", "0x10", "1e3", "--1"])
def test_not_a_whole_number(agent: Caller, number: object) -> None:
    """Not a whole number: 400 with a message (spec 20, sections 11 and 13)."""
    message(400, cancel(agent, number))


@pytest.mark.parametrize("number", [0, -1, 2**31, 2**63, 10**30, -(10**30), "0", "-1", "999999999999", "9" * 5000])
def test_no_such_row(agent: Caller, number: object) -> None:
    """A number that no row has: 400 with a message, never a 500 (spec 20, section 11)."""
    message(400, cancel(agent, number))


def test_no_such_row_in_a_form(agent: Caller) -> None:
    """The same in a form (spec 20, section 11)."""
    for number in ("abc", "1.5", "", "999999999999"):
        message(400, agent.post(CANCEL, data={"retirement_id": number}))
    message(400, agent.post(CANCEL, data={"other": "1"}))


@pytest.mark.parametrize("content", [b"{", b"[]", b"[1]", b'"1"', b"1", b"null", b"\xff"])
def test_another_body(agent: Caller, content: bytes) -> None:
    """Malformed JSON or another outer type: 400 (spec 20, section 2)."""
    response = agent.post(CANCEL, content=content, headers={"Content-Type": "application/json"})
    expect.status(400, response)


def test_another_content_type(service: Service, worker: Caller, agent: Caller) -> None:
    """Neither JSON nor a form: 415, nothing happens (spec 20, section 2)."""
    caller = left(service)
    content = json.dumps({"retirement_id": number_of(worker, caller)}).encode()
    for kind in ("text/plain", "application/merge-patch+json"):
        expect.status(415, agent.post(CANCEL, content=content, headers={"Content-Type": kind}))
    assert "PENDING" == state_of(worker, caller.username)


@pytest.mark.parametrize("state", STATES[1:])
def test_not_pending(service: Service, worker: Caller, agent: Caller, state: str) -> None:
    """Not PENDING: 400, the message names the state, nothing happens (spec 20, section 11)."""
    caller = left(service)
    forced(worker, caller.username, state)
    assert state in message(400, cancel(agent, number_of(worker, caller)))
    assert state == state_of(worker, caller.username)


def test_pending_by_force_after_retire(service: Service, staff: Caller, worker: Caller, agent: Caller) -> None:
    """`retire` has been done: 400, whatever state the row was forced into (spec 20, section 11)."""
    caller = retired(service, worker)
    forced(worker, caller.username, "PENDING")
    row = row_of(worker, caller.username)
    message(400, cancel(agent, row["id"]))
    assert row == row_of(worker, caller.username)
    assert row["retired_email"] == staff.account(row["retired_username"])["email"]


def test_cleaned_up(service: Service, worker: Caller, agent: Caller) -> None:
    """Cleaned up: 400 (spec 20, section 11)."""
    caller = left(service)
    number = number_of(worker, caller)
    moved(worker, caller.username, "COMPLETE")
    expect.status(204, worker.post(f"{ACCOUNTS}/retirement_cleanup/", json={"usernames": [caller.username]}))
    message(400, cancel(agent, number))


def test_cancelled_already(service: Service, worker: Caller, agent: Caller) -> None:
    """Cancelled already: 400 (spec 20, section 11)."""
    caller = left(service)
    number = number_of(worker, caller)
    expect.status(200, cancel(agent, number))
    message(400, cancel(agent, number))


def test_who_may_not(service: Service, worker: Caller, staff: Caller, learner: Caller) -> None:
    """The retirement worker, staff as such and learners may not cancel; nothing happens (spec 20, section 2)."""
    caller = left(service)
    number = number_of(worker, caller)
    for other in (worker, staff, learner, service.new_account(permissions=["can_retire_user"])):
        expect.status(403, cancel(other, number))
    expect.unauthorized(cancel(service.anonymous, number))
    assert "PENDING" == state_of(worker, caller.username)


# --- effects


def test_cancelling(service: Service, staff: Caller, worker: Caller, agent: Caller) -> None:
    """200, the original address again, the row gone under both names (spec 20, section 11)."""
    caller = left(service)
    row = row_of(worker, caller.username)
    cancelled(agent, worker, caller)
    assert caller.email == staff.account(caller.username)["email"]
    for name in (caller.username, row["retired_username"]):
        nothing(404, status_of(worker, name))
    nothing(404, move(worker, caller.username, "LOCKING_ACCOUNT"))
    eventually(lambda: gone_from_the_queue(worker, caller.username))


def gone_from_the_queue(worker: Caller, username: str) -> None:
    """Expect that the queue does not have a row."""
    assert username not in originals(queue(worker, STATES))


@pytest.mark.parametrize("who", ["superuser", "bare_superuser"])
def test_superusers_cancel(service: Service, worker: Caller, who: str, request: pytest.FixtureRequest) -> None:
    """Superusers cancel, staff or not (spec 20, section 2)."""
    cancelled(request.getfixturevalue(who), worker, left(service))


@pytest.mark.parametrize("form", ["text", "form", "without slash"])
def test_other_ways_to_ask(service: Service, worker: Caller, agent: Caller, form: str) -> None:
    """A whole number as text, a form, and the path without its slash (spec 20, sections 1 and 11)."""
    caller = left(service)
    fields = {"retirement_id": str(number_of(worker, caller))}
    arguments: dict[str, Any] = {"data": fields} if form == "form" else {"json": fields}
    response = agent.post(without_slash(CANCEL) if form == "without slash" else CANCEL, **arguments)
    expect.status(200, response)
    assert {"success": True} == response.json()
    nothing(404, status_of(worker, caller.username))


def test_what_was_never_touched(service: Service, staff: Caller, worker: Caller, agent: Caller) -> None:
    """Name, profile, preferences, `is_active` and dates are as before leaving (spec 20, section 11)."""
    caller = learner_of(service, profile={"bio": "b", "country": "SE"}, preferences={"pref-lang": "sv"})
    before = staff.account(caller.username), preferences(staff, caller.username)
    nothing(204, leave(caller))
    cancelled(agent, worker, caller)
    assert before == (staff.account(caller.username), preferences(staff, caller.username))


def test_an_inactive_account_stays_inactive(service: Service, staff: Caller, worker: Caller, agent: Caller) -> None:
    """`is_active` is not touched (spec 20, section 11)."""
    caller = left(service, is_active=False)
    cancelled(agent, worker, caller)
    assert staff.account(caller.username)["is_active"] is False


def test_what_is_not_given_back(service: Service, staff: Caller, worker: Caller, agent: Caller) -> None:
    """Tokens, the old password, recovery address and pending changes stay gone (spec 20, section 11)."""
    caller = learner_of(service)
    secondary_confirmed(service, caller)
    _, email_link = email_asked(service, caller)
    _, secondary_link = secondary_asked(service, caller)
    refresh = service.password_grant(caller.username, caller.password).json()["refresh_token"]
    nothing(204, leave(caller))
    cancelled(agent, worker, caller)
    expect.unauthorized(caller.get(ME))
    expect.oauth_error(service.refresh(refresh), "invalid_grant")
    for name in (caller.username, caller.email):
        expect.oauth_error(service.password_grant(name, caller.password), "invalid_grant")
    for link in (email_link, secondary_link):
        expect.status(404, service.http.get(link))
    account = staff.account(caller.username)
    assert (caller.email, None) == (account["email"], account["secondary_email"])


def test_the_address_is_not_retired_any_more(service: Service, staff: Caller, worker: Caller, agent: Caller) -> None:
    """The original finds the account, the retired one nobody; both directions of search too (spec 20, 3.1, 11)."""
    caller = left(service)
    address = row_of(worker, caller.username)["retired_email"]
    cancelled(agent, worker, caller)
    response = look_up(staff, caller.email.upper())
    expect.status(200, response)
    assert [caller.username] == [each["username"] for each in response.json()]
    not_retired(look_up(staff, address))
    found = staff.post(SEARCH, json={"emails": [caller.email, address]}).json()
    assert [caller.username] == [each["username"] for each in found]


def test_name_and_address_are_still_theirs(service: Service, worker: Caller, agent: Caller) -> None:
    """After cancelling nobody else may have the name or the address: the account has them (spec 20, section 11)."""
    caller = left(service)
    cancelled(agent, worker, caller)
    expect.status(409, service.register(username=caller.username))
    expect.status(409, service.register(email=caller.email))


def test_after_some_steps(service: Service, staff: Caller, worker: Caller, agent: Caller) -> None:
    """Back in PENDING by force before `retire`, with `retire_misc` and a partner row: cancelling works."""
    caller = left(service, orgs=["edX"])
    forced(worker, caller.username, "RETIRING_LMS")
    acted(worker, caller.username, "partner row", "retire_misc")
    forced(worker, caller.username, "PENDING")
    cancelled(agent, worker, caller)
    assert caller.email == staff.account(caller.username)["email"]


def test_cancelling_by_many(service: Service, worker: Caller, agent: Caller) -> None:
    """Eight at once: one 200, the others 400 (spec 20, sections 11 and 14)."""
    number = number_of(worker, left(service))
    assert [200] + [400] * 7 == statuses(at_once([lambda: cancel(agent, number)] * 8))


def test_cancelling_beside_the_driver(service: Service, staff: Caller, worker: Caller, agent: Caller) -> None:
    """Either it is cancelled or it goes on, never both (spec 20, section 14)."""
    for _ in range(4):
        caller = left(service)
        number = number_of(worker, caller)
        given_up, locked = at_once(
            [
                lambda number=number: cancel(agent, number),  # type: ignore[misc]
                lambda name=caller.username: move(worker, name, "LOCKING_ACCOUNT"),  # type: ignore[misc]
            ]
        )
        assert (given_up.status_code, locked.status_code) in [(200, 404), (400, 204)]
        restored = staff.account(caller.username)["email"] == caller.email
        assert (given_up.status_code == 200) is restored


# --- with time


def test_the_cool_off(clock_service: Service) -> None:
    """13 days old: true; older than 14 days: false and null, yet cancelling still works (spec 20, section 11)."""
    caller = left(clock_service)
    number = number_of(worker_of(clock_service), caller)
    clock_service.advance(13 * DAY)
    assert (True, number) == can_cancel(clock_service.seed("staff"), caller.email)
    clock_service.advance(DAY + 60)
    assert (False, None) == can_cancel(clock_service.seed("staff"), caller.email)
    response = cancel(clock_service.seed("superuser"), number)
    expect.status(200, response)
    assert caller.email == clock_service.seed("staff").account(caller.username)["email"]
