"""One set of tables with so many rows in the queues, and who reads pages of them."""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from bench.queue_rows import FIRST_MADE, LAST_MADE, SPREAD, QueueFiller
from chalicelib.events.keys import KeyRing
from chalicelib.projections.retirement_queue import QueueReader
from chalicelib.retirement.states import COMPLETE, PENDING
from chalicelib.settings import Settings
from chalicelib.wiring import Wiring

DAY = timedelta(days=1)
COOL_OFF = 14 * DAY
NOW = LAST_MADE + COOL_OFF
MARGIN = 1.5
"""How many times the rows of a page are looked for among days, for not every day has as many."""

Page: TypeAlias = Callable[[], Sequence[object]]


class QueueStore:
    """Tables of their own with `size` rows in the retirement queue: a page of them pending, all others complete.

    `sent` counts the requests to DynamoDB once the tables are filled.
    """

    def __init__(self, size: int, page: int, sent: Counter[str]) -> None:
        self._size = size
        self._page = page
        self._sent = sent
        self._wiring = Wiring(Settings(table_prefix=f"queue-{size}"))
        self._wiring.tables.create()
        self._reader = self._new_reader(ticks=lambda: 0.0)

    def fill(self, *, handed_out: int) -> None:
        """Write the rows, and a page of partner rows beside `handed_out` that a driver has."""
        filler = QueueFiller(self._wiring)
        filler.retirements(self._size, pending=self._page)
        filler.partner_rows(self._page, handed_out)
        self._wiring.dynamodb.meta.events.register_first("before-send.dynamodb", self._note)

    def _note(self, event_name: str, **_: object) -> None:
        self._sent[event_name.rpartition(".")[2]] += 1

    def pages(self) -> Mapping[str, Page]:
        """What is asked, by name.

        A new reader knows no key, not even the one that all keys are wrapped with. Partner rows need none.
        """
        return {
            "by age, keys in memory": lambda: self._by_age(self._reader),
            "by age, keys read": lambda: self._by_age(self._new_reader()),
            "by day, keys in memory": lambda: self._by_day(self._reader),
            "by day, keys read": lambda: self._by_day(self._new_reader()),
            "partners, waiting": lambda: list(self._wiring.partner_queue.waiting()),
        }

    def _by_age(self, reader: QueueReader) -> Sequence[object]:
        return reader.older_than([PENDING, COMPLETE], NOW - COOL_OFF, self._page)

    def _by_day(self, reader: QueueReader) -> Sequence[object]:
        """A page of the rows in the state that most are in, out of as many days as it takes."""
        complete = self._size - self._page
        state, rows = (COMPLETE, complete) if complete else (PENDING, self._page)
        first, before = days_with(MARGIN * self._page / rows)
        return reader.made_between(state, first, before, self._page)

    def _new_reader(self, **clock: Any) -> QueueReader:
        wiring = self._wiring
        ring = KeyRing(wiring.dynamodb, wiring.keys.table, lambda: wiring.kms, wiring.settings.kms_key_id, **clock)
        return QueueReader(wiring.dynamodb, wiring.tables.views.Meta.table_name, wiring.generations, ring)


def days_with(share: float) -> tuple[datetime, datetime]:
    """Whole days in the midst of all, with at least this share of the rows or else all of them."""
    days = min(math.ceil(share * (SPREAD // DAY)), SPREAD // DAY)
    first = FIRST_MADE + (SPREAD // DAY - days) // 2 * DAY
    return first, first + days * DAY
