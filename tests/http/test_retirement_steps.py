"""`retire`, `retire_misc`, `retire_mailings` and PUT partner row: the rules they share (spec 20, section 8)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.http import expectations as expect
from tests.http.preference_writing import preferences
from tests.http.retirement_client import (
    DEAD_ENDS,
    RETIRED_PREFIX,
    STATES,
    WORKING,
    cleaned_up,
    forced,
    left,
    log_of,
    message,
    moved,
    nothing,
    refused,
    row_of,
    state_of,
    status_of,
    without_slash,
    worker_of,
)
from tests.http.retirement_steps import ACTIONS, act, acted, every_action, partner_list, version_of, working
from tests.http.service_client import Caller, Service, account_path, unique_name

IDLE = ["PENDING", *DEAD_ENDS, *(each for each in STATES[1:-3] if each.endswith("_COMPLETE"))]


@pytest.fixture(scope="module")
def worker(service: Service) -> Caller:
    """The retirement worker."""
    return worker_of(service)


@pytest.fixture(scope="module")
def waiting(service: Service) -> Caller:
    """Somebody who has left; the tests move the row about."""
    return left(service, orgs=["edX"])


@every_action
@pytest.mark.parametrize("body", [{}, {"username": None}, {"username": ""}, {"user": "x", "retirement_id": 1}])
def test_without_a_username(worker: Caller, action: str, body: dict[str, Any]) -> None:
    """No `username`, null or empty: 404 with a message (spec 20, section 8, row 1)."""
    method, path = ACTIONS[action]
    message(404, worker.request(method, path, json=body))


@every_action
def test_without_a_row(service: Service, worker: Caller, learner: Caller, action: str) -> None:
    """An unknown name, and an account that has not left: 404 without a body (spec 20, section 8, row 2)."""
    nothing(404, act(worker, action, unique_name()))
    nothing(404, act(worker, action, learner.username))


@every_action
def test_after_cleanup_there_is_no_row(service: Service, worker: Caller, action: str) -> None:
    """Cleaned up: 404 under the original and under the retired name (spec 20, sections 8 and 10)."""
    caller = left(service)
    moved(worker, caller.username, "COMPLETE")
    name = row_of(worker, caller.username)["retired_username"]
    expect.status(204, worker.post("/api/user/v1/accounts/retirement_cleanup/", json={"usernames": [caller.username]}))
    nothing(404, act(worker, action, caller.username))
    nothing(404, act(worker, action, name))


@every_action
def test_only_exactly_the_original_username(service: Service, worker: Caller, action: str) -> None:
    """Other capitals, the retired name, spaces around: 404 without a body (spec 20, section 8, row 2)."""
    caller = working(service, worker)
    name = row_of(worker, caller.username)["retired_username"]
    for other in (caller.username.upper(), name, f" {caller.username}", f"{caller.username} ", caller.email):
        nothing(404, act(worker, action, other))
    assert caller.username == row_of(worker, caller.username)["user"]["username"]


@every_action
@pytest.mark.parametrize("name", [1, 1.5, True, [], ["a"], {}, {"a": 1}])
def test_a_username_that_is_no_text(worker: Caller, action: str, name: object) -> None:
    """A username of another type finds nobody, and is never a 500 (spec 20, sections 2 and 13)."""
    assert act(worker, action, name).status_code in (400, 404)


@every_action
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'["a"]', b'"a"', b"1", b"null", b"\xff", b'{"username": }'])
def test_another_body(worker: Caller, action: str, content: bytes) -> None:
    """Malformed JSON and another outer type than an object: 400 (spec 20, sections 2 and 13)."""
    method, path = ACTIONS[action]
    response = worker.request(method, path, content=content, headers={"Content-Type": "application/json"})
    expect.status(400, response)


@every_action
@pytest.mark.parametrize("state", IDLE)
def test_not_in_a_working_state(staff: Caller, worker: Caller, waiting: Caller, action: str, state: str) -> None:
    """PENDING, a dead end or a `_COMPLETE` state: 400, nothing is touched (spec 20, section 8, row 3; section 13)."""
    forced(worker, waiting.username, state)
    before, account = version_of(staff, waiting.username), staff.account(waiting.username)
    refused(act(worker, action, waiting.username))
    assert (before, account) == (version_of(staff, waiting.username), staff.account(waiting.username))
    assert state == state_of(worker, waiting.username)
    assert waiting.username not in [each["original_username"] for each in partner_list(worker)]


@every_action
@pytest.mark.parametrize("state", WORKING)
def test_in_any_working_state(service: Service, worker: Caller, action: str, state: str) -> None:
    """Any working state will do, and the step moves nothing (spec 20, section 8, row 4)."""
    caller = working(service, worker, state)
    log = log_of(worker, caller.username)
    acted(worker, caller.username, action)
    assert (state, log) == (state_of(worker, caller.username), log_of(worker, caller.username))


@every_action
def test_other_keys_are_ignored(service: Service, worker: Caller, action: str) -> None:
    """Other keys than `username` are ignored (spec 20, section 8)."""
    caller = working(service, worker)
    method, path = ACTIONS[action]
    body = {"username": caller.username, "new_state": "COMPLETE", "force": True, "x": [1]}
    nothing(204, worker.request(method, path, json=body))
    assert "RETIRING_LMS" == state_of(worker, caller.username)


@every_action
def test_both_forms_of_the_path(service: Service, worker: Caller, action: str) -> None:
    """Without its trailing slash the path answers the same; a charset may follow the type (spec 20, sections 1, 2)."""
    caller = working(service, worker)
    method, path = ACTIONS[action]
    content = json.dumps({"username": caller.username}).encode()
    headers = {"Content-Type": "application/json; charset=utf-8"}
    nothing(204, worker.request(method, without_slash(path), content=content, headers=headers))


@pytest.mark.parametrize("action", ["partner row", "retire_misc", "retire"])
def test_again_in_a_working_state(service: Service, staff: Caller, worker: Caller, action: str) -> None:
    """Again, in the same or in another working state: 204, no second event (spec 20, sections 8, row 5, and 14)."""
    caller = working(service, worker, "RETIRING_ENROLLMENTS", orgs=["edX"])
    acted(worker, caller.username, action)
    name = row_of(worker, caller.username)["user"]["username"]
    version, account = version_of(staff, name), staff.account(name)
    acted(worker, caller.username, action, action)
    assert version == version_of(staff, name)
    moved(worker, caller.username, "RETIRING_LMS")
    version = version_of(staff, name)
    acted(worker, caller.username, action)
    assert (version, account) == (version_of(staff, name), staff.account(name))


@pytest.mark.parametrize("action", ["partner row", "retire_misc", "retire"])
def test_each_is_one_event(service: Service, staff: Caller, worker: Caller, action: str) -> None:
    """A step that is done is an event, one more than before (spec 20, section 14, row 1)."""
    caller = working(service, worker, orgs=["edX"])
    version = int(version_of(staff, caller.username).strip('"'))
    acted(worker, caller.username, action)
    name = row_of(worker, caller.username)["user"]["username"]
    assert version + 1 == int(version_of(staff, name).strip('"'))


def test_again_once_the_row_is_idle(service: Service, worker: Caller) -> None:
    """Even what has been done is refused outside a working state (spec 20, section 8, row 3)."""
    caller = working(service, worker)
    acted(worker, caller.username, *ACTIONS)
    for state in ("LMS_COMPLETE", "COMPLETE"):
        moved(worker, caller.username, state)
        for action in ACTIONS:
            refused(act(worker, action, caller.username))


@pytest.mark.parametrize("order", [["retire"], ["retire", "retire_misc"], ["retire_misc", "retire"], [*ACTIONS][::-1]])
def test_no_order_is_asked_for(service: Service, staff: Caller, worker: Caller, order: list[str]) -> None:
    """Neither needs the other first; in any order the account ends the same (spec 20, section 8)."""
    caller = working(service, worker, orgs=["edX"], profile={"bio": "b"})
    acted(worker, caller.username, *order)
    account = staff.account(row_of(worker, caller.username)["retired_username"])
    assert ("", None, False, None) == tuple(
        account[each] for each in ("name", "bio", "is_active", "pending_name_change")
    )


@pytest.mark.parametrize("action", ["partner row", "retire_mailings", "retire_misc"])
def test_only_retire_clears_the_profile(service: Service, staff: Caller, worker: Caller, action: str) -> None:
    """All steps but `retire` leave name, username and profile as they are (spec 20, sections 5, 8.1 and 9)."""
    caller = working(service, worker, orgs=["edX"], profile={"bio": "still here", "country": "SE"})
    before = staff.account(caller.username)
    acted(worker, caller.username, action)
    assert before == staff.account(caller.username)
    assert {} == preferences(staff, caller.username)


def test_retire_gives_the_account_its_retired_names(service: Service, staff: Caller, worker: Caller) -> None:
    """After `retire` the account has the row's retired username and e-mail (spec 20, sections 3 and 8.1)."""
    caller = working(service, worker)
    before = row_of(worker, caller.username)
    assert before["user"]["username"] == caller.username
    acted(worker, caller.username, "retire")
    row = row_of(worker, caller.username)
    account = staff.account(row["retired_username"])
    assert row["retired_username"].startswith(RETIRED_PREFIX)
    assert (row["retired_username"], row["retired_email"]) == (account["username"], account["email"])
    assert (row["retired_username"], row["retired_email"], "") == (
        row["user"]["username"],
        row["user"]["email"],
        row["user"]["profile"]["name"],
    )
    assert (before["user"]["id"], before["id"], before["original_email"], before["original_name"]) == (
        account["id"],
        row["id"],
        row["original_email"],
        row["original_name"],
    )


def test_the_row_is_found_by_both_names_after_retire(service: Service, worker: Caller) -> None:
    """The status is found by the original and by the retired name, PATCH by the original (spec 20, 4.2 and 7)."""
    caller = working(service, worker)
    acted(worker, caller.username, "retire")
    row = row_of(worker, caller.username)
    assert row == row_of(worker, row["retired_username"])
    nothing(404, status_of(worker, row["retired_username"].upper()))
    moved(worker, caller.username, "LMS_COMPLETE")


def test_the_old_name_is_nobody_s(service: Service, staff: Caller, worker: Caller, learner: Caller) -> None:
    """The old name is 404 to everybody; after cleanup too (spec 20, section 8.1)."""
    caller = working(service, worker)
    acted(worker, caller.username, "retire")
    gone = cleaned_up(service, worker)
    for name in (caller.username, gone.username):
        for reader in (staff, learner, worker, service.seed("superuser")):
            expect.status(404, reader.get(account_path(name)))
