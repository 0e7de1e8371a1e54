"""The retirement board as data: columns of cards from the API's rows. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from chalicelib.retirement.states import ABORTED, COMPLETE, ERRORED, PENDING

STUCK_AFTER = timedelta(hours=1)
"""A row that has been in a state between the first and the last ones for longer is marked."""

ENDS = (ABORTED, COMPLETE)

Row = Mapping[str, Any]
"""One row as the API has it (spec 20, section 3)."""


class Mark(StrEnum):
    """What somebody should look at."""

    NONE = ""
    ERRORED = "errored"
    STUCK = "stuck"


@dataclass(frozen=True)
class Card:
    """One row: how old it is, how long it has been where it is, and how long support is told it may cancel it."""

    number: int
    username: str = field(repr=False)
    now_called: str = field(repr=False)
    age: timedelta
    here: timedelta
    mark: Mark
    cancellable: timedelta | None = None


@dataclass(frozen=True)
class Column:
    """A state with its cards, those that are marked first, then the oldest; `hidden` more are not shown."""

    state: str
    cards: Sequence[Card]
    count: int
    marked: int

    @property
    def hidden(self) -> int:
        """How many cards there are besides."""
        return self.count - len(self.cards)


def columns_of(
    states: Sequence[str], rows: Iterable[Row], now: datetime, cool_off: timedelta, most: int
) -> list[Column]:
    """A column a state, in their order, of at most `most` cards each; rows of other states are left out."""
    cards: dict[str, list[Card]] = {state: [] for state in states}
    for row in rows:
        state = row["current_state"]["state_name"]
        if state in cards:
            cards[state].append(card_of(row, now, cool_off))
    return [_column(state, found, most) for state, found in cards.items()]


def card_of(row: Row, now: datetime, cool_off: timedelta) -> Card:
    """The card of one row."""
    state = row["current_state"]["state_name"]
    age, here = now - datetime.fromisoformat(row["created"]), now - datetime.fromisoformat(row["modified"])
    return Card(
        number=row["id"],
        username=row["original_username"],
        now_called=row["user"]["username"],
        age=age,
        here=here,
        mark=mark_of(state, here),
        cancellable=cool_off - age if state == PENDING and age < cool_off else None,
    )


def mark_of(state: str, here: timedelta) -> Mark:
    """Whether a row in a state for so long wants looking at."""
    if state == ERRORED:
        return Mark.ERRORED
    return Mark.STUCK if state not in (PENDING, *ENDS) and here > STUCK_AFTER else Mark.NONE


def _column(state: str, cards: Sequence[Card], most: int) -> Column:
    # What has ended last is what one looks for among what has ended.
    ended = state in ENDS
    ordered = sorted(cards, key=lambda card: (not card.mark, card.here if ended else -card.age, card.number))
    return Column(state, ordered[:most], len(cards), sum(1 for card in cards if card.mark))
