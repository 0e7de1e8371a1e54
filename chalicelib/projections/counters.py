"""Counters: none may be behind the highest number in use, or it would give a number twice.

A number is taken before it is used, so a counter that is read after the numbers is never behind for who writes.
"""

import json
import re
from collections.abc import Iterator

from chalicelib.events.dynamo import Item, batch_get, text
from chalicelib.events.items import ERASED_KEY
from chalicelib.projections.examining import Stores
from chalicelib.projections.findings import Finding, Place
from chalicelib.retirement.errors import StatesError
from chalicelib.retirement.states import States

COUNTERS = ("account", "partner", "retirement")
STATES = "N#retirement-states"
PARTITION = re.compile(rf"N#(?:{'|'.join(COUNTERS)})|{STATES}")
SORT_KEY = "N"


class Numbers:
    """The highest number in use of each counter."""

    def __init__(self) -> None:
        self._highest: dict[str, int] = {}

    def use(self, counter: str, number: int) -> None:
        """A number is in use."""
        self._highest[counter] = max(number, self._highest.get(counter, 0))

    def use_key(self, pk: str) -> None:
        """The number of the row whose key has this partition key is in use."""
        name = ERASED_KEY.fullmatch(pk)
        if name is not None and name[2] is not None and name[3] in COUNTERS:
            self.use(name[3], int(name[2]))

    def __iter__(self) -> Iterator[str]:
        return iter(self._highest)

    def __getitem__(self, counter: str) -> int:
        return self._highest[counter]


def behind(stores: Stores, counter: str, highest: int) -> list[Finding]:
    """What is wrong with a counter if `highest` is in use. Raises `StoreUnavailableError`."""
    pk = f"N#{counter}"
    table = stores.ledger.table
    found = batch_get(stores.client, {table: [{"pk": text(pk), "sk": text(SORT_KEY)}]})[table]
    what = _fault(found[0], highest) if found else "missing"
    return [] if what is None else [Finding(Place.COUNTER, None, highest, what, True, pk)]


def _fault(item: Item, highest: int) -> str | None:
    told = item.get("n", {}).get("N", "")
    if not told.isdecimal():
        return "no number"
    return "behind" if int(told) < highest else None


def fault_of_states(item: Item) -> Finding | None:
    """The states of retirement, unless each has an id, numbered from 1 without a gap, and they are in order."""
    try:
        content = json.loads(item["p"]["S"])
        names, ids = content["names"], content["ids"]
        States(tuple(names))
        sound = content.keys() == {"names", "ids"} and sorted(ids.values()) == list(range(1, len(ids) + 1))
        sound = sound and set(names) <= ids.keys()
    except (AttributeError, KeyError, TypeError, ValueError, StatesError):
        sound = False
    return None if sound else Finding(Place.COUNTER, None, None, "states of retirement", False, STATES)
