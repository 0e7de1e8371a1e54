"""Name changes with approval (spec 10, section 8), and the hook of section 7.1."""

import pytest

from chalicelib.accounts.errors import FieldErrors, NameRefusedError, NothingPendingError
from chalicelib.accounts.fold import fold
from chalicelib.accounts.names import confirm_name, request_name
from chalicelib.accounts.policy import Policy
from chalicelib.accounts.update import update_account
from tests.support.accounts import CONTEXT, account


def test_a_request_is_pending():
    """The name waits, trimmed; the present one stays (spec 10, section 8)."""
    (event,) = request_name(account(), "  Ada King ", CONTEXT).events
    state = fold(account(), event)
    assert ("Ada", "Ada King", CONTEXT.now) == (state.profile.name, state.pending_name, state.name_requested)


def test_a_later_request_replaces_it():
    """A later request replaces the earlier one, which the event names (spec 10, section 8)."""
    (event,) = request_name(account(pending_name="First"), "Second", CONTEXT).events
    assert ("First", "Second") == (event.before, event.name)


@pytest.mark.parametrize("value", [None, "", " ", "a<b", "a>b", "x://y", True, [], {}, "a\0"])
def test_unacceptable_names(value):
    """Missing, blank, with `<`, `>` or `://`: told as a list (spec 10, section 8)."""
    with pytest.raises(NameRefusedError) as caught:
        request_name(account(), value, CONTEXT)
    assert caught.value.several


@pytest.mark.parametrize("value", ["Ada", " Ada "])
def test_the_current_name(value):
    """The current name: told as a text (spec 10, section 8)."""
    with pytest.raises(NameRefusedError) as caught:
        request_name(account(), value, CONTEXT)
    assert not caught.value.several


def test_a_long_name():
    """Longer than 255 is refused, 255 is not (spec 10, section 8)."""
    with pytest.raises(NameRefusedError):
        request_name(account(), "n" * 256, CONTEXT)
    assert 1 == len(request_name(account(), "n" * 255, CONTEXT).events)


def test_no_name_in_the_error():
    """The error's text does not hold the name."""
    with pytest.raises(NameRefusedError) as caught:
        request_name(account(), "Secret<", CONTEXT)
    assert "Secret" not in str(caught.value) + caught.value.message


def test_confirmed():
    """The name is replaced, the old one is on record, nothing is pending (spec 10, section 8)."""
    before = account(pending_name="Ada King", name_requested=CONTEXT.now)
    (event,) = confirm_name(before, CONTEXT).events
    state = fold(before, event)
    assert ("Ada", "Ada King") == (event.before, event.after)
    assert ("Ada King", None, None) == (state.profile.name, state.pending_name, state.name_requested)


def test_nothing_pending():
    """Nothing pending cannot be approved (spec 10, section 8)."""
    with pytest.raises(NothingPendingError):
        confirm_name(account(), CONTEXT)


# --- the hook of 7.1


def test_the_hook_asks_for_proof():
    """A deployment's hook makes a change of name a fault of `name` (spec 10, section 7.1)."""
    policy = Policy(name_needs_proof=lambda who, name: (who.profile.name, name) == ("Ada", "Other"))
    with pytest.raises(FieldErrors) as caught:
        update_account(account(), {"name": "Other", "bio": "x" * 301}, policy, CONTEXT)
    assert {"name", "bio"} == set(caught.value.faults)
    assert 1 == len(update_account(account(), {"name": "Fine"}, policy, CONTEXT).events)


def test_the_same_name_needs_no_proof():
    """Same name as now: no history, no question (spec 10, section 7.1)."""
    assert () == update_account(account(), {"name": " Ada "}, Policy(name_needs_proof=lambda *_: True), CONTEXT).events


def test_no_proof_by_default():
    """The hook answers no by default (spec 10, section 7.1)."""
    assert 1 == len(update_account(account(), {"name": "Other  Name"}, Policy(), CONTEXT).events)
