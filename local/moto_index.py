"""Lets moto answer a Query of a secondary index from the rows of its page, and not from the whole table.

For each index that was queried once, the rows of each partition are kept in order. A write only notes the key
that it touches; the next Query of an index brings that row up to date from the table itself. So whatever a
write did before it failed, and whatever a rollback put back, is seen: no Query comes in between. moto's own
Query then works on the few rows found here, and decides everything else.

A page of 500 rows out of 500: 50 ms in a table of 500 and 343 ms in one of 100,000 before, 39 ms in either
after; out of 25,000 rows: 1,200 ms before and 41 ms after.

Nothing here locks: `local.moto_shim` sees to it that requests come one at a time. Rows whose index attributes
are not of the declared type are in no index, as on AWS, which refuses to write them; moto alone would list
them.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Mapping
from operator import attrgetter
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from moto.dynamodb import comparisons
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models import table as moto_table
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

PATCHED: dict[Any, tuple[str, ...]] = {
    Table: ("put_item", "delete_item", "get_index"),
    DynamoDBBackend: ("update_item", "get_table"),
    DynamoType: ("cast_value",),
    Item: ("size",),
    comparisons: ("get_comparison_func",),
    moto_table: ("RESULT_SIZE_LIMIT",),
}
QUERY_PARAMETERS = (
    "range_comparison",
    "range_objs",
    "limit",
    "exclusive_start_key",
    "scan_index_forward",
    "index_name",
    "hash_key_conditions",
    "range_key_conditions",
    "filter_kwargs",
)
"""The parameters of moto's `Table.query` that are read here."""

ORDERED_TYPES = ("S", "N")
COMPARISONS = ("=", "<", "<=", ">", ">=", "BETWEEN", "BEGINS_WITH")
LARGEST_ITEM = 405_000
"""What moto lets an item weigh, in bytes."""


class _Row(NamedTuple):
    """An item in its place: the values of the index's hash key, then those that the rows are ordered by."""

    place: tuple[Any, ...]
    item: Any


_place = attrgetter("place")


class _Keys(NamedTuple):
    """The attributes that an index goes by, in the order of a row's place, and their types."""

    names: tuple[str, ...]
    types: tuple[str | None, ...]

    def place(self, attributes: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Where an item with these attributes stands; nothing if the index does not have it."""
        values = []
        for name, kind in zip(self.names, self.types, strict=True):
            value = attributes.get(name)
            if value is None or value.type != kind:
                return None
            values.append(value.cast_value)
        return tuple(values)


class _Index:
    """The rows of one index by the value of its hash key, ordered as moto orders them."""

    def __init__(self, keys: _Keys, table: Any) -> None:
        self._keys = keys
        self._partitions: dict[Any, list[_Row]] = {}
        self._places: dict[tuple[Any, Any], tuple[Any, ...]] = {}
        self.touched: set[tuple[Any, Any]] = set()
        for key, item in _items(table):
            place = keys.place(item.attrs)
            if place is not None:
                self._places[key] = place
                self._partitions.setdefault(place[0], []).append(_Row(place, item))
        for rows in self._partitions.values():
            rows.sort(key=_place)

    def rows(self, table: Any, hash_value: Any) -> list[_Row]:
        """The rows of a partition as the table has them now."""
        while self.touched:
            key = next(iter(self.touched))
            self._refresh(key, _item(table, key))
            self.touched.discard(key)
        return self._partitions.get(hash_value, [])

    def _refresh(self, key: tuple[Any, Any], item: Any) -> None:
        new = self._keys.place(item.attrs) if item is not None else None
        old = self._places.get(key)
        if old is not None:
            rows = self._partitions[old[0]]
            del rows[bisect_left(rows, old, key=_place)]
            del self._places[key]
        if new is not None:
            self._places[key] = new
            insort(self._partitions.setdefault(new[0], []), _Row(new, item), key=_place)


_indexes: WeakKeyDictionary[Any, dict[_Keys, _Index]] = WeakKeyDictionary()
"""By table; two indexes with the same keys are one."""


def install() -> None:
    """Note each key that is written; `local.moto_shim.install` sees to it that this happens once."""
    put_item, delete_item, update_item = Table.put_item, Table.delete_item, DynamoDBBackend.update_item

    def put(self: Any, item_attrs: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        _note_key_of(self, item_attrs)
        return put_item(self, item_attrs, *args, **kwargs)

    def delete(self: Any, hash_key: Any, range_key: Any) -> Any:
        _note(self, hash_key, range_key)
        return delete_item(self, hash_key, range_key)

    def update(self: Any, table_name: str, key: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        _note_key_of(self.get_table(table_name), key)
        return update_item(self, table_name, key, *args, **kwargs)

    Table.put_item = put
    Table.delete_item = delete
    DynamoDBBackend.update_item = update


def _note(table: Any, hash_key: Any, range_key: Any) -> None:
    for index in _indexes.get(table, {}).values():
        index.touched.add((hash_key, range_key))


def _note_key_of(table: Any, attributes: dict[str, Any]) -> None:
    if table not in _indexes:
        return
    try:
        hash_key, *range_key = (DynamoType(attributes[name]) for name in table.table_key_attrs)
        _note(table, hash_key, range_key[0] if range_key else None)
    except (LookupError, TypeError, ArithmeticError):
        return  # no proper key: moto refuses to write it


def candidates(table: Any, query: Mapping[str, Any]) -> list[Any] | None:
    """The items that moto's Query needs to look at, given its arguments; nothing means all of the table."""
    keys = _keys(table, query["index_name"])
    conditions = query.get("hash_key_conditions") or []
    if keys is None or [(name, value.type) for name, value in conditions] != [(keys.names[0], keys.types[0])]:
        return None
    ((_, wanted),) = conditions
    indexes = _indexes.setdefault(table, {})
    if keys not in indexes:
        indexes[keys] = _Index(keys, table)
    rows = indexes[keys].rows(table, wanted.cast_value)
    return [row.item for row in rows[_page(keys, rows, query)]]


def _keys(table: Any, index_name: str) -> _Keys | None:
    """What the index goes by; nothing if it has keys of several attributes or of bytes."""
    schema = table.get_index(index_name).schema
    hashes, ranges = ([key["AttributeName"] for key in schema if key["KeyType"] == kind] for kind in ("HASH", "RANGE"))
    if len(hashes) != 1 or len(ranges) > 1:
        return None
    types = {each["AttributeName"]: each["AttributeType"] for each in table.attr}
    names = (*hashes, *(ranges or table.table_key_attrs[-1:]), *table.table_key_attrs)
    keys = _Keys(names, tuple(types.get(name) for name in names))
    return keys if set(keys.types) <= set(ORDERED_TYPES) else None


def _page(keys: _Keys, rows: list[_Row], query: Mapping[str, Any]) -> slice:
    """The rows from the start key on that match the range condition, as many as asked for, and one more.

    From the one more moto tells that there is a next page, be it in the range or beyond.
    """
    start = _start(keys, rows, query)
    span = _range(keys, rows, query)
    if start is None or span is None or query.get("filter_kwargs"):
        return slice(None)
    first, end = span
    limit = query["limit"] or len(rows)
    if query["scan_index_forward"] is False:
        end = min(end, start)
        beyond = first > 0 and _may_fill_a_page(rows[first:end], limit)
        return slice(0 if beyond else max(first, end - limit, 1) - 1, end)
    first = max(first, start)
    beyond = end < len(rows) and _may_fill_a_page(rows[first:end], limit)
    return slice(first, None if beyond else min(end, first + limit) + 1)


def _start(keys: _Keys, rows: list[_Row], query: Mapping[str, Any]) -> int | None:
    """Where a page starts: forward with this row, in reverse with the one before; nothing if we can't tell."""
    backward = query["scan_index_forward"] is False
    if query["exclusive_start_key"] is None:
        return len(rows) if backward else 0
    place = keys.place({name: DynamoType(value) for name, value in query["exclusive_start_key"].items()})
    if place is None:
        return None
    return bisect_left(rows, place, key=_place) if backward else bisect_right(rows, place, key=_place)


def _range(keys: _Keys, rows: list[_Row], query: Mapping[str, Any]) -> tuple[int, int] | None:
    """From which row to before which one the range condition holds; nothing if we can't tell."""
    comparison = query["range_comparison"]
    if not comparison:
        return 0, len(rows)
    if comparison not in COMPARISONS or any(value.type != keys.types[1] for value in query["range_objs"]):
        return None
    holds = comparisons.get_comparison_func(comparison)
    values = [value.cast_value for value in query["range_objs"]]
    first = 0
    if comparison == ">":
        first = bisect_right(rows, values[0], key=_range_value)
    elif comparison not in ("<", "<="):
        first = bisect_left(rows, values[0], key=_range_value)
    return first, bisect_left(rows, True, first, key=lambda row: not holds(_range_value(row), *values))


def _may_fill_a_page(rows: list[_Row], limit: int) -> bool:
    """Whether an item after these might be the one too many for the bytes of a page."""
    if len(rows) >= limit:
        return False
    return sum(row.item.size() for row in rows) > moto_table.RESULT_SIZE_LIMIT - LARGEST_ITEM


def _range_value(row: _Row) -> Any:
    return row.place[1]


def _items(table: Any) -> Iterator[tuple[tuple[Any, Any], Any]]:
    """Each item under its hash and range key."""
    for hash_key, found in table.items.items():
        if table.range_key_attr is None:
            yield (hash_key, None), found
        else:
            for range_key, item in found.items():
                yield (hash_key, range_key), item


def _item(table: Any, key: tuple[Any, Any]) -> Any:
    hash_key, range_key = key
    found = table.items.get(hash_key)
    return found if range_key is None or found is None else found.get(range_key)
