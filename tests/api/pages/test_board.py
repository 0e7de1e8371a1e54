"""The retirement board as data."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.api.pages.board import Mark, columns_of, mark_of

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
STATES = ("PENDING", "LOCKING_ACCOUNT", "LOCKING_COMPLETE", "ERRORED", "ABORTED", "COMPLETE")
COOL_OFF = timedelta(days=14)
HOUR = timedelta(hours=1)


def row(number: int, state: str, age: timedelta, here: timedelta | None = None) -> dict[str, Any]:
    """A row as the API has it, begun `age` ago and `here` for so long."""
    return {
        "id": number,
        "user": {"username": f"now{number}"},
        "original_username": f"user{number}",
        "current_state": {"state_name": state},
        "created": (NOW - age).isoformat(),
        "modified": (NOW - (age if here is None else here)).isoformat(),
    }


@pytest.mark.parametrize("state", ["LOCKING_ACCOUNT", "LOCKING_COMPLETE"])
def test_stuck_after_an_hour(state: str) -> None:
    """Between the first and the last states, whether or not a step is done."""
    assert Mark.NONE == mark_of(state, HOUR)
    assert Mark.STUCK == mark_of(state, HOUR + timedelta(seconds=1))


def test_other_states_are_not_stuck() -> None:
    """What waits and what has ended may stay; what failed wants somebody at once."""
    assert [Mark.NONE] * 3 == [mark_of(state, 1000 * HOUR) for state in ("PENDING", "ABORTED", "COMPLETE")]
    assert Mark.ERRORED == mark_of("ERRORED", timedelta(0))


def test_order_and_counts() -> None:
    """Marked ones first, then the oldest; all are counted, and what is not shown is known."""
    rows = [row(number, "LOCKING_ACCOUNT", number * HOUR, HOUR / 2) for number in (1, 3, 2)]
    rows.append(row(4, "LOCKING_ACCOUNT", 2 * HOUR))
    column = columns_of(STATES, rows, NOW, COOL_OFF, 3)[1]
    assert [4, 3, 2] == [card.number for card in column.cards]
    assert (4, 1, 1) == (column.count, column.hidden, column.marked)


def test_what_ended_last_comes_first() -> None:
    """Where rows stay, the newest are looked for."""
    rows = [row(1, "COMPLETE", 90 * HOUR, 50 * HOUR), row(2, "COMPLETE", 80 * HOUR, HOUR)]
    assert [2, 1] == [card.number for card in columns_of(STATES, rows, NOW, COOL_OFF, 3)[-1].cards]


def test_cancellable_within_the_cool_off() -> None:
    """In PENDING only, and not when it is over."""
    rows = [row(1, "PENDING", timedelta(days=14)), row(2, "PENDING", timedelta(days=3)), row(3, "ERRORED", HOUR)]
    pending, *_, errored, _, _ = columns_of(STATES, rows, NOW, COOL_OFF, 3)
    assert [None, timedelta(days=11)] == [card.cancellable for card in pending.cards]
    assert [None] == [card.cancellable for card in errored.cards]


def test_columns() -> None:
    """Every state has one, in order; a row of a state that is gone is in none."""
    found = columns_of(STATES, [row(1, "FORMER", HOUR)], NOW, COOL_OFF, 3)
    assert list(STATES) == [column.state for column in found]
    assert 0 == sum(column.count for column in found)
