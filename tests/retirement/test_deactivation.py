"""Deactivating somebody's account (spec 20, section 6)."""

import pytest

from chalicelib.accounts.access import Hashed, set_password
from chalicelib.events.aggregate import CredentialChange, Decision
from chalicelib.retirement.deactivation import deactivate
from chalicelib.retirement.leaving import leave
from tests.support.accounts import WORKER_CONTEXT as CONTEXT
from tests.support.accounts import account
from tests.support.retirements import NAMES, ROW, STATES, after, left


def test_password_and_tokens_go():
    """One event; the password hash is deleted, every token and the kept session end."""
    before = account(credential="c", token_generation=2, kept_session="s")
    decision = deactivate(before, CONTEXT)
    assert (["AccountDeactivated"], CredentialChange(None)) == (
        [type(event).__name__ for event in decision.events],
        decision.credential,
    )
    state = after(before, decision)
    assert (None, 3, None, True) == (state.credential, state.token_generation, state.kept_session, state.deactivated)
    assert not state.accepts_token(2, "s")


def test_nothing_else_changes():
    """No row; address, `is_active`, profile and links of addresses as they were; one of a reset is dead."""
    before = account(credential="c", email_key="k", pending_email="p@example.com")
    changed = {"version", "credential", "token_generation", "kept_session", "deactivated", "way_in"}
    state = after(before, deactivate(before, CONTEXT))
    assert before.model_dump(exclude=changed) == state.model_dump(exclude=changed)
    assert state.version == state.way_in


def test_again():
    """The second time nothing happens."""
    state = after(account(credential="c"), deactivate(account(credential="c"), CONTEXT))
    assert Decision() == deactivate(state, CONTEXT)


def test_after_a_new_password():
    """Who was given a password again can be deactivated again."""
    state = after(account(), deactivate(account(), CONTEXT))
    state = after(state, set_password(state, Hashed("hash", "new"), CONTEXT))
    assert not state.deactivated
    assert 1 == len(deactivate(state, CONTEXT).events)


def test_without_a_password():
    """An account that never had one is deactivated like any other: its tokens end."""
    assert 1 == len(deactivate(account(credential=None), CONTEXT).events)


@pytest.mark.parametrize("retired", [False, True])
def test_beside_a_retirement(retired):
    """It stands in nobody's way: a retirement goes on, and one may begin."""
    state = left() if retired else account()
    state = after(state, deactivate(state, CONTEXT))
    assert state.deactivated
    assert (state.row is not None) is retired
    if not retired:
        assert "PENDING" == after(state, leave(state, ROW, STATES, NAMES, CONTEXT)).row.state
