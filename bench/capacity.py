"""Capacity units of DynamoDB: how large an item is, and what reading and writing it takes.

Sizes are those of the developer guide: names and texts in UTF-8, binary as it is, a number a byte for every two digits
and one more, three bytes for a list or a map and one for each element. Units are on-demand request units.
"""

import math
from base64 import b64decode
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

READ_BYTES, WRITE_BYTES = 4096, 1024
TRANSACTED = 2
"""A transaction takes each of its items twice."""

STORED_EXTRA = 100
"""Bytes that are billed for each stored item besides its own."""

INDEX_KEYS = ("index", "place")
Item = Mapping[str, Mapping[str, Any]]


def item_bytes(item: Item) -> int:
    """The size of an item as it is on the wire; binary may still be in base64."""
    return sum(len(name.encode()) + value_bytes(value) for name, value in item.items())


def value_bytes(value: Mapping[str, Any]) -> int:
    """The size of one value, `{"S": ...}` and the like; raises `ValueError` for a type that no table here has."""
    ((kind, held),) = value.items()
    match kind:
        case "S":
            return len(held.encode())
        case "B":
            return len(held if isinstance(held, bytes) else b64decode(held))
        case "N":
            return number_bytes(held)
        case "BOOL" | "NULL":
            return 1
        case "L":
            return 3 + sum(1 + value_bytes(each) for each in held)
        case "M":
            return 3 + sum(1 + len(name.encode()) + value_bytes(each) for name, each in held.items())
    raise ValueError(kind)


def number_bytes(number: str) -> int:
    """A byte for every two significant digits, one more, and one for a sign."""
    sign, digits, _ = Decimal(number).normalize().as_tuple()
    return math.ceil(len(digits) / 2) + 1 + sign


def read_units(size: int, *, consistent: bool) -> float:
    """What reading so many bytes takes; nothing found takes as much as the smallest item."""
    units = max(1, math.ceil(size / READ_BYTES))
    return units if consistent else units / 2


def write_units(before: Item | None, after: Item | None) -> int:
    """What a write takes of the table: the larger of the item before and after it."""
    size = max(item_bytes(before or {}), item_bytes(after or {}))
    return max(1, math.ceil(size / WRITE_BYTES))


def index_units(before: Item | None, after: Item | None) -> int:
    """What a write takes of the sparse index besides; an entry whose place changes is one that goes and one that comes.

    The entry holds all attributes and changes with every write, for every write changes the version.
    """
    old, new = _entry(before), _entry(after)
    if old is None or new is None:
        return 0 if old is None and new is None else write_units(old, new)
    if all(old[name] == new[name] for name in INDEX_KEYS):
        return write_units(old, new)
    return write_units(old, None) + write_units(None, new)


def stored_bytes(item: Item) -> int:
    """What is billed as storage for an item, with its entry in the index."""
    entry = _entry(item)
    return item_bytes(item) + STORED_EXTRA + (0 if entry is None else item_bytes(entry) + STORED_EXTRA)


def _entry(item: Item | None) -> Item | None:
    return item if item is not None and all(name in item for name in INDEX_KEYS) else None
