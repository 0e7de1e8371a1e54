"""Cleanup of retirement rows (spec 20, section 10)."""

import pytest

from chalicelib.accounts.aggregate import AccountAggregate
from chalicelib.accounts.fold import fold
from chalicelib.events.claims import Claim, ClaimKind
from chalicelib.events.classification import Purpose
from chalicelib.retirement.cleanup import Redaction, clean_up, require_complete
from chalicelib.retirement.errors import AlreadyLeavingError, CleanupRefusedError, NoRowError
from chalicelib.retirement.leaving import leave
from tests.support.accounts import WORKER_CONTEXT as CONTEXT
from tests.support.accounts import account
from tests.support.retirements import NAMES, ROW, STATES, after, erased, left, moved, working

COMPLETE = moved(erased(working()), "COMPLETE")


def cleaned(state=COMPLETE):
    return after(state, clean_up(state, ROW, Redaction(), CONTEXT))


def test_redacted_then_deleted():
    """Two events, the first with what stands there instead; then the row's key is destroyed, and no other."""
    decision = clean_up(COMPLETE, ROW, Redaction("u", "e", "n"), CONTEXT)
    redacted, deleted = decision.events
    assert ("RetirementRedacted", "u", "e", "n") == (
        type(redacted).__name__,
        redacted.username,
        redacted.email,
        redacted.name,
    )
    assert ("RetirementCleanedUp", redacted.version + 1) == (type(deleted).__name__, deleted.version)
    assert (frozenset({Purpose.RETIREMENT}), None) == (decision.ends, decision.credential)


def test_redacted_by_default():
    """Without other values the three are `redacted`."""
    redacted = clean_up(COMPLETE, ROW, Redaction(), CONTEXT).events[0]
    assert ["redacted"] * 3 == [redacted.username, redacted.email, redacted.name]


def test_between_the_two_events():
    """Who keeps copies overwrites the originals, the organisations too, before the row is deleted."""
    state = moved(erased(working(orgs=("edX",))), "COMPLETE")
    (redacted, _) = clean_up(state, ROW, Redaction("u", "e", "n"), CONTEXT).events
    assert ("u", "e", "n", ()) == tuple(fold(state, redacted).originals.model_dump().values())


def test_the_row_is_gone():
    """No row, no originals; nothing leads to it; that the account was retired stays known, and its digits taken."""
    state = cleaned()
    assert (None, None, ROW, True) == (state.row, state.originals, state.last_row, state.erased)
    assert {
        Claim(ClaimKind.USERNAME, NAMES.username("ada").text),
        Claim(ClaimKind.EMAIL, NAMES.email("ada@example.com").text),
        Claim(ClaimKind.NUMBER, "7"),
        Claim(ClaimKind.RETIRED_USERNAME, NAMES.username("ada").digits),
        Claim(ClaimKind.RETIRED_EMAIL, NAMES.email("ada@example.com").digits),
    } == AccountAggregate().claims(state)
    assert {} == AccountAggregate().rows(state)


def test_never_again():
    """An account that was retired cannot be retired again."""
    with pytest.raises(AlreadyLeavingError):
        leave(cleaned(), ROW + 1, STATES, NAMES, CONTEXT)
    with pytest.raises(NoRowError):
        clean_up(cleaned(), ROW, Redaction(), CONTEXT)


def test_without_retire():
    """Whether `retire` was done is not asked: the account keeps what that would have cleared."""
    state = cleaned(moved(left(), "COMPLETE"))
    assert ("ada", "Ada", None, False) == (state.username, state.profile.name, state.row, state.erased)
    assert Claim(ClaimKind.USERNAME, "ada") in AccountAggregate().claims(state)


@pytest.mark.parametrize("name", [name for name in STATES.names if name != "COMPLETE"])
def test_another_state(name):
    """Only COMPLETE is cleaned up; the refusal names nobody."""
    state = moved(left(), name)
    for judge in (lambda: require_complete(state), lambda: clean_up(state, ROW, Redaction(), CONTEXT)):
        with pytest.raises(CleanupRefusedError) as refusal:
            judge()
        assert "ada" not in refusal.value.message


def test_no_row():
    """None, or another one by now."""
    for state in (account(), COMPLETE):
        with pytest.raises(NoRowError):
            clean_up(state, ROW + 1, Redaction(), CONTEXT)
    with pytest.raises(CleanupRefusedError):
        require_complete(account())


def test_redactions_are_not_shown():
    """A driver may choose values that are personal: they are in no representation."""
    assert "SECRET" not in repr(Redaction("SECRET", "SECRET", "SECRET"))
