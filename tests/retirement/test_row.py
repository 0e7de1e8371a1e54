"""A row as clients see it (spec 20, section 3)."""

from datetime import timedelta

import pytest

from chalicelib.events.classification import classes_of
from chalicelib.retirement.cleanup import Redaction, clean_up
from chalicelib.retirement.row import RowFacts, facts_of, row_view
from chalicelib.retirement.states import with_stable_ids
from tests.support.accounts import ADA, account
from tests.support.accounts import WORKER_CONTEXT as CONTEXT
from tests.support.retirements import NAMES, ROW, STATES, after, erased, later, left, moved, working

SHOWN = {
    "id": ROW,
    "user": {
        "id": 7,
        "username": "ada",
        "email": NAMES.email("ada@example.com").text,
        "profile": {"id": 7, "name": "Ada"},
    },
    "original_username": "ada",
    "original_email": "ada@example.com",
    "original_name": "Ada",
    "retired_username": NAMES.username("ada").text,
    "retired_email": NAMES.email("ada@example.com").text,
    "current_state": {"id": 1, "state_name": "PENDING", "state_execution_order": 1},
    "last_state": {"id": 1, "state_name": "PENDING", "state_execution_order": 1},
    "created": "2026-11-24T12:00:00.250000Z",
    "modified": "2026-11-24T12:00:00.250000Z",
}


def view(state, states=STATES):
    return row_view(facts_of(state), states).model_dump()


def test_the_shape():
    """Exactly these keys, as the row is made."""
    assert SHOWN == view(left())


def test_moved():
    """Both states with id and order; `modified` is the newest transition, `created` stays."""
    state = moved(left(), "LOCKING_COMPLETE", later(days=1))
    assert SHOWN | {
        "current_state": {"id": 3, "state_name": "LOCKING_COMPLETE", "state_execution_order": 21},
        "modified": "2026-11-25T12:00:00.250000Z",
    } == view(state)
    assert "LOCKING_COMPLETE" == view(moved(state, "COMPLETE"))["last_state"]["state_name"]


def test_after_retire():
    """`user` is the account as it is now: the retired name and `""`; the originals stay."""
    shown = view(erased(working()))
    assert {
        "id": 7,
        "username": NAMES.username("ada").text,
        "email": NAMES.email("ada@example.com").text,
        "profile": {"id": 7, "name": ""},
    } == shown["user"]
    assert ("ada", "ada@example.com", "Ada") == (
        shown["original_username"],
        shown["original_email"],
        shown["original_name"],
    )


def test_a_name_that_changed_since():
    """The originals are those of the making, `user` has today's."""
    state = left()
    renamed = state.model_copy(update={"profile": state.profile.model_copy(update={"name": "Ada L"})})
    assert ("Ada L", "Ada") == (view(renamed)["user"]["profile"]["name"], view(renamed)["original_name"])


def test_ids_are_those_of_the_names():
    """A state that kept its id from another list shows that, with the order of today's."""
    states = with_stable_ids(STATES.names, {"RETIRING_LMS": 40})
    assert {"id": 40, "state_name": "RETIRING_LMS", "state_execution_order": 31} == view(working(), states)[
        "current_state"
    ]


def test_a_last_state_that_is_configured_no_more():
    """The list may change while rows are in required states; a row that came through a name that has gone is shown."""
    state = moved(working(), "COMPLETE")
    states = with_stable_ids([name for name in STATES.names if name != "RETIRING_LMS"], STATES.ids)
    shown = view(state, states)
    assert ("COMPLETE", "RETIRING_LMS") == (
        shown["current_state"]["state_name"],
        shown["last_state"]["state_name"],
    )
    assert STATES.ids["RETIRING_LMS"] == shown["last_state"]["id"]


def test_no_row():
    """An account without a row has no facts, and neither has one whose row is cleaned up or cannot be read."""
    complete = moved(left(), "COMPLETE")
    assert facts_of(account()) is None
    assert facts_of(after(complete, clean_up(complete, ROW, Redaction(), CONTEXT))) is None
    assert facts_of(left().model_copy(update={"originals": None})) is None


def test_the_facts():
    """Whose row it is, and whether our job moved it, beside what is shown."""
    facts = facts_of(moved(left(), "LOCKING_ACCOUNT", later(days=1), by_job=True))
    assert (ADA, ROW, 7, True) == (facts.account, facts.number, facts.user, facts.by_job)
    assert timedelta(days=1) == facts.modified - facts.created


@pytest.mark.parametrize("name", ["username", "name", "original_username", "original_email", "original_name"])
def test_personal_facts_are_classified(name):
    """What names a person is sealed with the row's own key, in views too."""
    assert "retirement" == classes_of(RowFacts)[name].purpose
