"""The port of the hooks (spec 20, section 8.2)."""

import json

import pytest

from chalicelib.hooks.port import HookCall, HookFailedError, HookName, NoHooks

DETAILS = {"original_email": "marker@b.example", "retired_email": "retired__user_1@retired.invalid"}


def test_names_in_the_order_of_the_table() -> None:
    """Spec 20, section 8.2: the names of the hooks, in the order of the table."""
    assert ["certificates", "lms", "mailing_lists", "organisations"] == [str(name) for name in HookName]


def test_body() -> None:
    """Spec 20, section 8.2: the body is a JSON object with the hook, the id, the account's id and what is given."""
    call = HookCall(HookName.MAILING_LISTS, "7.mailing_lists", 5, DETAILS)
    assert {"hook": "mailing_lists", "id": "7.mailing_lists", "account_id": 5, **DETAILS} == json.loads(call.body())


def test_body_without_details() -> None:
    """A hook that is given the account's id alone has no other member."""
    call = HookCall(HookName.ORGANISATIONS, "i", 5)
    assert {"hook": "organisations", "id": "i", "account_id": 5} == json.loads(call.body())


def test_body_is_the_same_each_time() -> None:
    """Equal calls have equal bodies, byte by byte, in ASCII whatever a name is written in."""
    first, second = (HookCall(HookName.LMS, "i", 5, {"original_username": "Zoë\ud800"}) for _ in range(2))
    assert first.body() == second.body()
    assert first.body().isascii()


@pytest.mark.parametrize("name", ["hook", "id", "account_id"])
def test_details_do_not_replace(name: str) -> None:
    """No detail takes the place of the hook or of an id."""
    call = HookCall(HookName.LMS, "i", 5, {name: "other"})
    assert HookCall(HookName.LMS, "i", 5).body() == call.body()


def test_repr_tells_ids_alone() -> None:
    """A call that is logged shows nobody's name or address."""
    shown = repr(HookCall(HookName.LMS, "step-1", 5, DETAILS))
    assert "step-1" in shown
    assert "marker" not in shown
    assert "retired" not in shown


def test_failure_carries_its_facts() -> None:
    """A failure has the hook and the kind as attributes, and says both."""
    error = HookFailedError(HookName.LMS, "status 500")
    assert (HookName.LMS, "status 500") == (error.hook, error.reason)
    assert "The hook lms failed: status 500" == str(error)


@pytest.mark.parametrize("hook", list(HookName))
def test_no_hooks(hook: HookName) -> None:
    """With no hooks, every one is off: nothing fails, and nothing is answered."""
    assert NoHooks().call(HookCall(hook, "i", 5)) is None
