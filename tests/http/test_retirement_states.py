"""PATCH update_retirement_status: the state machine, request by request (spec 20, section 4)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.http import expectations as expect
from tests.http import retirement_client as retirement
from tests.http.case_names import brief
from tests.http.retirement_client import DEAD_ENDS, STATES, UPDATE, forced, log_of, move, moved, row_of, state_of
from tests.http.service_client import Caller, Service, unique_name

ORDERS = [1 + 10 * position for position in range(len(STATES))]


@pytest.fixture(scope="module")
def worker(service: Service) -> Caller:
    """The retirement worker."""
    return retirement.worker_of(service)


@pytest.fixture
def username(service: Service) -> str:
    """The original username of somebody who has just left: PENDING."""
    return retirement.left(service).username


@pytest.fixture(scope="module")
def settled(service: Service) -> str:
    """The same, for the refusals of a module: whoever uses it leaves it PENDING."""
    return retirement.left(service).username


def send(worker: Caller, body: Any, headers: dict[str, str] | None = None) -> httpx.Response:
    """PATCH a body as it is."""
    return worker.request("PATCH", UPDATE, json=body, headers=headers)


def body_of(username: str, **changed: Any) -> dict[str, Any]:
    """Return an acceptable body with some keys changed; ... takes a key away."""
    body = {"username": username, "new_state": "LOCKING_ACCOUNT", "response": "text", **changed}
    return {key: value for key, value in body.items() if value is not ...}


def everything(worker: Caller, username: str) -> tuple[dict[str, Any], str]:
    """Return a row and its log."""
    return row_of(worker, username), log_of(worker, username)


# --- the stock list


def test_the_states_and_their_order(worker: Caller, username: str) -> None:
    """Sixteen states in steps of ten, each with an id of its own (spec 20, section 4.1)."""
    seen = []
    for state in STATES:
        forced(worker, username, state)
        seen.append(row_of(worker, username)["current_state"])
    assert {"id", "state_name", "state_execution_order"} == {key for each in seen for key in each}
    assert list(STATES) == [each["state_name"] for each in seen]
    assert ORDERS == [each["state_execution_order"] for each in seen]
    assert len(STATES) == len({each["id"] for each in seen})
    assert all(isinstance(each["id"], int) for each in seen)


def test_one_state_has_one_id(service: Service, worker: Caller, username: str) -> None:
    """A name keeps its id, whoever's row it is and from whichever side it is seen (spec 20, section 4.1)."""
    other = retirement.left(service).username
    moved(worker, username, "RETIRING_LMS")
    moved(worker, other, "RETIRING_LMS")
    moved(worker, other, "COMPLETE")
    assert row_of(worker, username)["current_state"] == row_of(worker, other)["last_state"]
    assert row_of(worker, username)["last_state"] == row_of(worker, retirement.left(service).username)["last_state"]


# --- moving


def test_the_whole_way(worker: Caller, username: str) -> None:
    """State by state from PENDING to COMPLETE, as a driver does (spec 20, sections 4.2 and 16)."""
    before = "PENDING"
    for state in [each for each in STATES[1:] if each not in ("ERRORED", "ABORTED")]:
        retirement.nothing(204, move(worker, username, state, f"now {state}"))
        row = row_of(worker, username)
        assert (before, state) == (row["last_state"]["state_name"], row["current_state"]["state_name"])
        before = state


@pytest.mark.parametrize("start", STATES)
def test_every_move(worker: Caller, username: str, start: str) -> None:
    """Only forward, any distance, and never out of a dead end (R7; spec 20, section 4.2)."""
    allowed = [] if start in DEAD_ENDS else list(STATES[STATES.index(start) + 1 :])
    for state in STATES:
        forced(worker, username, start)
        answer = move(worker, username, state)
        if state in allowed:
            retirement.nothing(204, answer)
            assert state == state_of(worker, username)
        else:
            retirement.refused(answer)
            assert start == state_of(worker, username)


@pytest.mark.parametrize("start", ["PENDING", "RETIRING_LMS", *DEAD_ENDS])
def test_every_move_by_force(worker: Caller, username: str, start: str) -> None:
    """With `force`: any known state, backwards or the same (spec 20, section 4.2)."""
    for state in STATES:
        forced(worker, username, start)
        retirement.nothing(204, move(worker, username, state, force=True))
        row = row_of(worker, username)
        assert (start, state) == (row["last_state"]["state_name"], row["current_state"]["state_name"])


@pytest.mark.parametrize("state", DEAD_ENDS)
def test_out_of_a_dead_end_by_force(worker: Caller, username: str, state: str) -> None:
    """A dead end is left with `force` alone, and then one goes on as before (spec 20, section 4.1)."""
    moved(worker, username, state)
    forced(worker, username, "PENDING")
    moved(worker, username, "LOCKING_ACCOUNT")
    assert "LOCKING_ACCOUNT" == state_of(worker, username)


@pytest.mark.parametrize("force", [False, ...], ids=["false", "absent"])
def test_force_false_is_absent(worker: Caller, settled: str, force: object) -> None:
    """False = absent: the order rule is on (spec 20, section 4.2)."""
    retirement.refused(send(worker, body_of(settled, new_state="PENDING", force=force)))
    assert "PENDING" == state_of(worker, settled)


def test_force_false_does_not_hinder(worker: Caller, username: str) -> None:
    """With `force` false what is allowed is allowed (spec 20, section 4.2)."""
    retirement.nothing(204, move(worker, username, "LOCKING_ACCOUNT", force=False))


@pytest.mark.parametrize("force", ["true", "", 1, 0, None, [], {}], ids=brief)
def test_force_that_is_no_bool(worker: Caller, username: str, force: object) -> None:
    """Anything else is taken or refused, never a crash, and then nothing has changed (spec 20, section 2)."""
    answer = move(worker, username, "PENDING", "marker", force=force)
    assert answer.status_code in (204, 400), answer.text
    assert (answer.status_code == 204) is ("marker" in log_of(worker, username))


def test_what_204_does(service: Service, worker: Caller, username: str) -> None:
    """204: both states, `modified` = now; the rest of the row stays (spec 20, section 4.2)."""
    before, earliest = row_of(worker, username), service.now()
    moved(worker, username, "LOCKING_ACCOUNT")
    after, latest = row_of(worker, username), service.now() + timedelta(seconds=1)
    assert before["current_state"] == after["last_state"]
    assert earliest <= datetime.fromisoformat(after["modified"]) <= latest
    changed = ("current_state", "last_state", "modified")
    assert {key: value for key, value in before.items() if key not in changed} == {
        key: value for key, value in after.items() if key not in changed
    }


def test_modified_grows(worker: Caller, username: str) -> None:
    """`modified` is the time of the newest accepted transition, `created` never changes (spec 20, section 3)."""
    seen = [row_of(worker, username)]
    for state in STATES[1:6]:
        moved(worker, username, state)
        seen.append(row_of(worker, username))
    times = [datetime.fromisoformat(each["modified"]) for each in seen]
    assert sorted(times) == times
    assert times[0] < times[-1]
    assert 1 == len({each["created"] for each in seen})


def test_states_have_no_effects(service: Service, worker: Caller, staff: Caller) -> None:
    """Moving a row does nothing else: the account is as it was, and nobody gets a mail (spec 20, section 4.2)."""
    caller = retirement.left(service, profile={"bio": "still here"}, name="Still Here")
    before, mails = staff.account(caller.username), service.outbox(caller.email)
    for state in STATES:
        forced(worker, caller.username, state)
    assert before == staff.account(caller.username)
    assert mails == service.outbox(caller.email)


def test_back_to_pending_gives_nothing_back(service: Service, worker: Caller) -> None:
    """Moving back by force gives back neither the password nor the address (spec 20, section 4.2)."""
    caller = retirement.left(service)
    moved(worker, caller.username, "COMPLETE")
    forced(worker, caller.username, "PENDING")
    for name in (caller.username, caller.email):
        expect.oauth_error(service.password_grant(name, caller.password), "invalid_grant")


@pytest.mark.parametrize("kind", ["superuser", "bare_superuser", "permission"])
def test_whoever_holds_the_right_moves(
    service: Service, worker: Caller, superuser: Caller, bare_superuser: Caller, username: str, kind: str
) -> None:
    """Not the worker alone (spec 20, section 2)."""
    if kind == "permission":
        mover = service.new_account(permissions=["can_retire_user"])
    else:
        mover = {"superuser": superuser, "bare_superuser": bare_superuser}[kind]
    retirement.nothing(204, move(mover, username, "LOCKING_ACCOUNT", "by somebody else"))
    assert "LOCKING_ACCOUNT" == state_of(worker, username)


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "application/json;charset=UTF-8"])
def test_a_charset_may_follow(worker: Caller, username: str, content_type: str) -> None:
    """The type may have a charset; both forms of the path (spec 20, section 2)."""
    content = json.dumps(body_of(username, response="åäö שלום 😀"), ensure_ascii=False).encode()
    path = retirement.without_slash(UPDATE)
    headers = {"Content-Type": content_type}
    retirement.nothing(204, worker.request("PATCH", path, headers=headers, content=content))
    assert "åäö שלום 😀" in log_of(worker, username)


# --- whose row


def test_the_original_username_exactly(worker: Caller, service: Service) -> None:
    """Compared with `original_username`, case included; the retired one does not find it (spec 20, section 4.2)."""
    name = unique_name("MixedCase")
    retirement.left(service, username=name)
    row = row_of(worker, name)
    others = [name.lower(), name.upper(), name.swapcase(), f" {name}", f"{name} ", row["retired_username"]]
    for other in [*others, row["original_email"], row["retired_email"], str(row["id"]), str(row["user"]["id"])]:
        retirement.nothing(404, move(worker, other, "LOCKING_ACCOUNT"))
    assert row == row_of(worker, name)


def test_before_and_after_retire(service: Service, worker: Caller) -> None:
    """The original username finds the row after `retire` too, the retired one never does (spec 20, section 4.2)."""
    name = retirement.retired(service, worker).username
    retirement.nothing(404, move(worker, row_of(worker, name)["retired_username"], "LMS_COMPLETE"))
    retirement.nothing(204, move(worker, name, "LMS_COMPLETE"))
    assert "LMS_COMPLETE" == state_of(worker, name)


def test_an_account_without_a_row(worker: Caller, service: Service) -> None:
    """Who has not left has no retirement: 404 (spec 20, section 4.1)."""
    for name in ("learner", service.new_account().username, unique_name(), "x" * 1000, "a/b", "שלום"):
        retirement.nothing(404, move(worker, name, "LOCKING_ACCOUNT"))


def test_after_cleanup(service: Service, worker: Caller) -> None:
    """A row that has been cleaned up is not there, by force neither (spec 20, section 10)."""
    name = retirement.cleaned_up(service, worker).username
    for force in (False, True):
        retirement.nothing(404, move(worker, name, "PENDING", force=force))


# --- refusals


@pytest.mark.parametrize("value", [None, "", ...], ids=brief)
@pytest.mark.parametrize(
    "others", [{}, {"new_state": ..., "response": ...}, {"new_state": "NOPE", "more": 1}], ids=brief
)
def test_no_username(worker: Caller, value: object, others: dict[str, Any]) -> None:
    """404 with `message`, also when everything else is missing or wrong (spec 20, section 4.2)."""
    asked = {**body_of("", **others), "username": value}
    retirement.message(404, send(worker, {key: each for key, each in asked.items() if each is not ...}))


@pytest.mark.parametrize(
    "others",
    [{}, {"new_state": ...}, {"response": ...}, {"new_state": "NOPE"}, {"more": 1}, {"response": "x" * 70_000}],
    ids=brief,
)
def test_no_row(worker: Caller, others: dict[str, Any]) -> None:
    """404, also when other keys are missing or unknown (spec 20, section 4.2)."""
    for name in ("learner", unique_name()):
        retirement.nothing(404, send(worker, body_of(name, **others)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"new_state": ...},
        {"response": ...},
        {"new_state": ..., "response": ...},
        {"new_state": ..., "force": True},
        {"response": ..., "force": True},
    ],
    ids=brief,
)
def test_missing(worker: Caller, settled: str, wrong: dict[str, Any]) -> None:
    """`new_state` or `response` missing: 400, nothing changes (spec 20, section 4.2)."""
    unchanged_by(worker, settled, wrong)


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize(
    "state",
    ["NO_SUCH_STATE", "", " ", "pending", "locking_account", " COMPLETE", "COMPLETE ", "131", "x" * 5000, "PENDING\n"],
    ids=brief,
)
def test_unknown_states(worker: Caller, settled: str, state: str, force: bool) -> None:
    """`new_state` unknown: 400, with `force` too (spec 20, sections 4.2 and 13)."""
    unchanged_by(worker, settled, {"new_state": state, "force": force})


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("state", [None, 5, 131, True, [], ["COMPLETE"], {}, {"state_name": "COMPLETE"}], ids=brief)
def test_states_that_are_no_text(worker: Caller, settled: str, state: object, force: bool) -> None:
    """What is no name of a state is an unknown one: 400 (spec 20, section 4.2)."""
    unchanged_by(worker, settled, {"new_state": state, "force": force})


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("key", ["unknown", "state", "responses", "Username", "retirement_id", ""])
def test_any_other_key(worker: Caller, settled: str, key: str, force: bool) -> None:
    """Any other key: 400, nothing changes (spec 20, section 4.2)."""
    unchanged_by(worker, settled, {key: "x", "force": force})


def unchanged_by(worker: Caller, username: str, wrong: dict[str, Any]) -> None:
    """Expect a 400 with a JSON string, and that neither row nor log has changed."""
    before = everything(worker, username)
    retirement.refused(send(worker, body_of(username, **wrong)))
    assert before == everything(worker, username)


@pytest.mark.parametrize("state", ["PENDING", "LOCKING_ACCOUNT"])
def test_refused_moves_change_nothing(worker: Caller, username: str, state: str) -> None:
    """Backwards, or the same state: 400; row and log stay (spec 20, section 4.2)."""
    moved(worker, username, "LOCKING_ACCOUNT")
    unchanged_by(worker, username, {"new_state": state})


@pytest.mark.parametrize("start", DEAD_ENDS)
@pytest.mark.parametrize("state", ["ABORTED", "COMPLETE", "PENDING"])
def test_refused_ways_out_change_nothing(worker: Caller, username: str, start: str, state: str) -> None:
    """Out of a dead end without `force`: 400; row and log stay (R7)."""
    moved(worker, username, start)
    unchanged_by(worker, username, {"new_state": state})


@pytest.mark.parametrize("content", [b"{", b"[]", b'"x"', b"null"])
def test_malformed_changes_nothing(worker: Caller, settled: str, content: bytes) -> None:
    """Malformed, or no object: 400 (spec 20, section 2)."""
    before = everything(worker, settled)
    headers = {"Content-Type": "application/json"}
    expect.status(400, worker.request("PATCH", UPDATE, headers=headers, content=content))
    assert before == everything(worker, settled)


def test_it_is_no_merge_patch(worker: Caller, settled: str) -> None:
    """`application/merge-patch+json` is 415, nothing changes (spec 20, sections 2 and 4.2)."""
    before = everything(worker, settled)
    expect.detail(415, worker.patch(body_of(settled), path=UPDATE))
    assert before == everything(worker, settled)


# --- a retry


def test_a_retry_is_not_a_repeat(worker: Caller, username: str) -> None:
    """The same PATCH again is a 400, and the log holds it once (spec 20, section 4.2)."""
    moved(worker, username, "LOCKING_ACCOUNT", "only once")
    before = everything(worker, username)
    retirement.refused(move(worker, username, "LOCKING_ACCOUNT", "only once"))
    assert before == everything(worker, username)
    assert 1 == log_of(worker, username).count("only once")


def test_a_forced_retry_is_a_second_transition(worker: Caller, username: str) -> None:
    """With `force` the same PATCH again is a second transition (spec 20, section 4.2)."""
    for _ in range(2):
        forced(worker, username, "LOCKING_ACCOUNT", "now twice")
    row = row_of(worker, username)
    assert row["current_state"] == row["last_state"]
    assert 2 == log_of(worker, username).count("now twice")
