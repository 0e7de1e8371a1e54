"""The hooks for what belongs to other services, as the local stage's recorder sees them (spec 20, section 8.2)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http import expectations as expect
from tests.http.retirement_client import forced, moved, nothing, row_of, state_of, worker_of
from tests.http.retirement_steps import (
    HOOKS,
    TRIES,
    act,
    acted,
    fail_hook,
    failing,
    finishes,
    handed_out,
    hook_calls,
    number_of,
    partner_list,
    version_of,
    working,
)
from tests.http.service_client import Caller, Service

CALLED_BY = [
    ("retire", {"certificates"}),
    ("retire_misc", {"lms", "mailing_lists"}),
    ("retire_mailings", {"mailing_lists"}),
    ("partner row", {"organisations"}),
]
PAIRS = [(action, hook) for action, hooks in CALLED_BY for hook in sorted(hooks)]
NAMES = ("original_username", "retired_username")
ADDRESSES = ("original_email", "retired_email")
GIVEN = {"certificates": NAMES + ADDRESSES, "lms": NAMES + ADDRESSES, "mailing_lists": ADDRESSES, "organisations": ()}
"""What each hook is given besides the account's id (spec 20, section 8.2)."""


@pytest.fixture(scope="module")
def worker(service: Service) -> Caller:
    """The retirement worker."""
    return worker_of(service)


def someone(service: Service, staff: Caller, worker: Caller) -> tuple[Caller, int]:
    """Return somebody new in a working state, and the account's id."""
    caller = working(service, worker, orgs=["edX"])
    return caller, number_of(staff, caller.username)


def once_each(calls: list[dict[str, Any]]) -> bool:
    """Tell whether every call has an id of its own."""
    ids = [each["id"] for each in calls]
    return len(set(ids)) == len(ids)


@pytest.mark.parametrize(("action", "hooks"), CALLED_BY)
def test_which_step_calls_which_hook(
    service: Service, staff: Caller, worker: Caller, action: str, hooks: set[str]
) -> None:
    """Each step calls its hooks, once each, and no other (spec 20, section 8.2)."""
    caller, number = someone(service, staff, worker)
    assert [] == hook_calls(service, number)
    acted(worker, caller.username, action)
    calls = hook_calls(service, number)
    assert sorted(hooks) == sorted(each["hook"] for each in calls)
    assert once_each(calls)


@pytest.mark.parametrize(("action", "hook"), PAIRS)
def test_what_a_hook_is_given(service: Service, staff: Caller, worker: Caller, action: str, hook: str) -> None:
    """The hook's name, an id, the account's id, and the names and addresses of its row of the table."""
    caller, number = someone(service, staff, worker)
    row = row_of(worker, caller.username)
    acted(worker, caller.username, action)
    (call,) = hook_calls(service, number, hook)
    assert (hook, number) == (call["hook"], call["account_id"])
    assert isinstance(call["id"], str), call
    assert call["id"], call
    given = {each: call[each] for each in NAMES + ADDRESSES if each in call}
    assert {each: row[each] for each in GIVEN[hook]} == given


@pytest.mark.parametrize("action", ["retire", "retire_misc"])
def test_a_repeated_step_calls_no_hook(service: Service, staff: Caller, worker: Caller, action: str) -> None:
    """What has been done is not told again (spec 20, section 8, row 5)."""
    caller, number = someone(service, staff, worker)
    acted(worker, caller.username, action)
    before = hook_calls(service, number)
    acted(worker, caller.username, action, action)
    assert before == hook_calls(service, number)


def test_ids_tell_steps_and_people_apart(service: Service, staff: Caller, worker: Caller) -> None:
    """Different steps, hooks and accounts have different ids (spec 20, section 8.2)."""
    people = [someone(service, staff, worker) for _ in range(2)]
    for caller, _ in people:
        acted(worker, caller.username, "partner row", "retire_misc", "retire")
    calls = [each for _, number in people for each in hook_calls(service, number)]
    assert 2 * len(HOOKS) == len(calls)
    assert once_each(calls)


def test_the_newest_call_is_the_last(service: Service, staff: Caller, worker: Caller) -> None:
    """The recorder gives calls newest last (spec 20, section 8.2)."""
    caller, number = someone(service, staff, worker)
    acted(worker, caller.username, "retire", "partner row")
    assert ["certificates", "organisations"] == [each["hook"] for each in hook_calls(service, number)]


def test_the_recorder_keeps_accounts_apart(service: Service, staff: Caller, worker: Caller) -> None:
    """`account_id` picks the calls for one account (spec 20, section 8.2)."""
    caller, number = someone(service, staff, worker)
    _, other = someone(service, staff, worker)
    acted(worker, caller.username, "retire")
    assert [] == hook_calls(service, other)
    assert {number} == {each["account_id"] for each in hook_calls(service, number)}


@pytest.mark.parametrize(("action", "hook"), PAIRS)
def test_a_failing_hook(service: Service, staff: Caller, worker: Caller, action: str, hook: str) -> None:
    """A hook that fails makes the call a 500; calling again finishes it, with the same id (spec 20, 8 and 8.2)."""
    caller, number = someone(service, staff, worker)
    before, state = row_of(worker, caller.username), state_of(worker, caller.username)
    with failing(service, hook):
        finishes(lambda: act(worker, action, caller.username))
    assert 1 == len({each["id"] for each in hook_calls(service, number, hook)})
    row = row_of(worker, caller.username)
    assert (state, before["modified"]) == (row["current_state"]["state_name"], row["modified"])


@pytest.mark.parametrize(("action", "hook"), PAIRS)
def test_a_step_that_failed_has_not_been_done(
    service: Service, staff: Caller, worker: Caller, action: str, hook: str
) -> None:
    """After the 500 the row is where it was, and the step can still be taken from another state (spec 20, 8)."""
    caller, _ = someone(service, staff, worker)
    with failing(service, hook):
        expect.status(500, act(worker, action, caller.username))
        assert "RETIRING_LMS" == state_of(worker, caller.username)
    forced(worker, caller.username, "RETIRING_NOTES")
    acted(worker, caller.username, action)


def test_retire_after_a_failure_is_whole(service: Service, staff: Caller, worker: Caller) -> None:
    """A `retire` that failed half-way and was called again has cleared everything (spec 20, section 8)."""
    caller = working(service, worker, profile={"bio": "gone soon"}, preferences={"pref-lang": "sv"})
    with failing(service, "certificates"):
        finishes(lambda: act(worker, "retire", caller.username))
    account = staff.account(row_of(worker, caller.username)["retired_username"])
    assert ("", None, None, False) == tuple(account[each] for each in ("name", "bio", "language", "is_active"))
    version = version_of(staff, account["username"])
    acted(worker, caller.username, "retire")
    assert version == version_of(staff, account["username"])


def test_a_partner_row_after_a_failure(service: Service, staff: Caller, worker: Caller) -> None:
    """Without an answer of the organisations hook there is no partner row; then there is one (spec 20, 8.2)."""
    caller = working(service, worker, orgs=["edX"])
    with failing(service, "organisations"):
        expect.status(500, act(worker, "partner row", caller.username))
    assert [] == [each for each in partner_list(worker) if each["original_username"] == caller.username]
    acted(worker, caller.username, "partner row")
    assert [["edX"]] == [each["orgs"] for each in handed_out(worker, caller.username)]


def test_the_other_hooks_of_a_step_may_be_repeated(service: Service, staff: Caller, worker: Caller) -> None:
    """If one of two hooks fails, the other is told at least once, always with the same id (spec 20, section 8.2)."""
    for failed in ("lms", "mailing_lists"):
        caller, number = someone(service, staff, worker)
        with failing(service, failed):
            finishes(lambda username=caller.username: act(worker, "retire_misc", username))  # type: ignore[misc]
        for hook in ("lms", "mailing_lists"):
            calls = hook_calls(service, number, hook)
            assert calls
            assert 1 == len({each["id"] for each in calls})


def test_one_hook_s_failure_is_not_another_s(service: Service, staff: Caller, worker: Caller) -> None:
    """A failing hook stops only the steps that call it (spec 20, section 8.2)."""
    caller, _ = someone(service, staff, worker)
    with failing(service, "certificates", TRIES * 2):
        acted(worker, caller.username, "retire_misc", "retire_mailings", "partner row")
    acted(worker, caller.username, "retire")


def test_failures_are_counted_down(service: Service, staff: Caller, worker: Caller) -> None:
    """The hook is well again after as many failures as were asked for (spec 20, section 8.2)."""
    caller, _ = someone(service, staff, worker)
    other, _ = someone(service, staff, worker)
    fail_hook(service, "certificates", TRIES)
    finishes(lambda: act(worker, "retire", caller.username))
    nothing(204, act(worker, "retire", other.username))
    moved(worker, other.username, "LMS_COMPLETE")
