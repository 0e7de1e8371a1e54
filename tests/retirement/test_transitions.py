"""Moving a row (spec 20, section 4.2)."""

import pytest

from chalicelib.retirement.errors import NoRowError, NotWorkingError, TransitionRefusedError
from chalicelib.retirement.transitions import LONGEST_RESPONSE, Move, change_state, require_row, require_working
from tests.support.accounts import WORKER_CONTEXT as CONTEXT
from tests.support.accounts import account
from tests.support.retirements import ROW, STATES, after, later, left, moved, working


def decided(state, new_state, row=ROW, context=CONTEXT, **more):
    return change_state(state, row, Move(new_state, more.pop("response", "said"), **more), STATES, context)


def test_a_move():
    """One event: from where, to where, what the driver says; the row's time of change is now, its making stays."""
    state = left()
    (event,) = decided(state, "LOCKING_ACCOUNT", context=later(days=1)).events
    assert ("PENDING", "LOCKING_ACCOUNT", False, False, "said", ROW) == (
        event.before,
        event.after,
        event.forced,
        event.by_job,
        event.response,
        event.row,
    )
    row = after(state, decided(state, "LOCKING_ACCOUNT", context=later(days=1))).row
    assert ("LOCKING_ACCOUNT", "PENDING", later(days=1).now, CONTEXT.now) == (
        row.state,
        row.last_state,
        row.modified,
        row.created,
    )


def test_nothing_else_changes():
    """No state has effects of its own, not even COMPLETE: only version and row differ."""
    before = left()
    state = after(before, decided(before, "COMPLETE"))
    assert before.model_copy(update={"version": state.version, "row": state.row}) == state


@pytest.mark.parametrize(
    ("current", "new"),
    [("LOCKING_COMPLETE", "LOCKING_COMPLETE"), ("LOCKING_COMPLETE", "PENDING"), ("ERRORED", "COMPLETE")],
)
def test_order_and_force(current, new):
    """Not later, or out of a dead end: refused without force, taken with it, and the event says so."""
    state = moved(left(), current)
    with pytest.raises(TransitionRefusedError):
        decided(state, new)
    (event,) = decided(state, new, forced=True).events
    assert (current, new, True) == (event.before, event.after, event.forced)


@pytest.mark.parametrize("forced", [False, True])
def test_an_unknown_state(forced):
    """Refused, with force as well."""
    with pytest.raises(TransitionRefusedError):
        decided(left(), "UNHEARD_OF", forced=forced)


def test_no_row():
    """An account that has none, or another one by now, has no such row."""
    for state in (account(), left(row=ROW + 1)):
        with pytest.raises(NoRowError):
            decided(state, "LOCKING_ACCOUNT")


class TestExpected:
    """A mover who names the state that it expects is refused when the row has moved on."""

    def test_as_expected(self):
        """In that state the move is taken."""
        assert 1 == len(decided(left(), "LOCKING_ACCOUNT", expected="PENDING").events)

    def test_moved_on(self):
        """In another one it is refused, forced or not."""
        for forced in (False, True):
            with pytest.raises(TransitionRefusedError):
                decided(left(), "LOCKING_ACCOUNT", expected="LOCKING_ACCOUNT", forced=forced)


class TestResponses:
    """The text for the log: any, up to 64 KiB."""

    @pytest.mark.parametrize("response", ["", "x" * LONGEST_RESPONSE, "\u00e9" * (LONGEST_RESPONSE // 2)])
    def test_taken(self, response):
        """The empty one, and the longest in letters of one byte and of two."""
        assert response == decided(left(), "LOCKING_ACCOUNT", response=response).events[0].response

    @pytest.mark.parametrize("response", ["x" * (LONGEST_RESPONSE + 1), "\u00e9" * (LONGEST_RESPONSE // 2 + 1)])
    def test_too_long(self, response):
        """One byte more is refused, and the refusal does not repeat it."""
        with pytest.raises(TransitionRefusedError) as refusal:
            decided(left(), "LOCKING_ACCOUNT", response=response)
        assert response[0] * 9 not in refusal.value.message

    def test_not_shown(self):
        """A driver's text may be personal: it is in no representation."""
        assert "SECRET" not in repr(Move("COMPLETE", "SECRET"))


def test_by_job():
    """A move of our own job is marked; the next by somebody else takes the mark away."""
    state = moved(left(), "LOCKING_ACCOUNT", by_job=True)
    assert state.row.by_job
    assert not moved(state, "LOCKING_COMPLETE").row.by_job


def test_require_row():
    """The row of that number, or none."""
    assert ROW == require_row(left(), ROW).number
    for state, row in ((account(), ROW), (left(), ROW + 1)):
        with pytest.raises(NoRowError):
            require_row(state, row)


@pytest.mark.parametrize("name", [name for name in STATES.names if not STATES.is_working(name)])
def test_not_working(name):
    """In PENDING, dead ends and states that end a step nothing may be done; the error names the state."""
    with pytest.raises(NotWorkingError) as refusal:
        require_working(moved(left(), name), ROW, STATES)
    assert name == refusal.value.state


def test_working():
    """In a working state it may; without a row there is nothing to work on."""
    assert ROW == require_working(working(), ROW, STATES).number
    with pytest.raises(NoRowError):
        require_working(account(), ROW, STATES)
