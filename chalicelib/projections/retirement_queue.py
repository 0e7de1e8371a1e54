"""The retirement queue: rows by state and age, sealed with their own keys (spec 20, section 7)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from chalicelib.accounts.account import Account
from chalicelib.events import codec, items
from chalicelib.events.aggregate import Loaded
from chalicelib.events.classification import Purpose
from chalicelib.events.dynamo import Item, batch_get
from chalicelib.events.keys import KeyRing
from chalicelib.events.sealing import DataKey, subject_of, unlabelled
from chalicelib.projections.generations import Generations
from chalicelib.projections.index import IndexReader, group_of
from chalicelib.projections.view import Indexed, Row, place_of
from chalicelib.retirement.moments import moment
from chalicelib.retirement.row import ROW_SCHEMA, RowFacts, facts_of

NAME = "retirement_queue"
SORT = "ROW"
CHUNK = 100
DISORDER = timedelta(minutes=1)
"""By how much the times of two rows may contradict the order of their numbers: as long as a request may take."""


class RetirementQueue:
    """One row for each account that has a retirement row; a tombstone once that has gone."""

    name = NAME

    def project(self, account: Loaded[Account]) -> Sequence[Row]:
        """The account's row, found by its state and age."""
        state = account.state
        if state.last_row is None:
            return ()
        facts = facts_of(state)
        if facts is None:
            return (Row(account.account, SORT),)
        parts = codec.encode(facts, ROW_SCHEMA)
        indexed = Indexed(group_of(facts.state, facts.number), f"{moment(facts.created)}#{facts.number:012d}")
        return (Row(account.account, SORT, parts.plain, parts.personal, indexed),)


class QueueReader:
    """Reads the queue, which may be two seconds behind.

    Arguments: a botocore client, the views table, the generations of the views, the key ring.
    """

    def __init__(self, client: Any, table: str, generations: Generations, keys: KeyRing) -> None:
        self._index = IndexReader(client, table, NAME, generations)
        self._client = client
        self._keys = keys

    def older_than(self, states: Sequence[str], moment_: datetime, limit: int | None = None) -> list[RowFacts]:
        """Rows in one of `states` made before a moment, by number, the first `limit` of them."""
        found = self._index.rows(states, before=moment(moment_), wanted=limit)
        return self._in_order(found, limit)

    def made_between(self, state: str, first: datetime, before: datetime, limit: int | None = None) -> list[RowFacts]:
        """Rows in `state` made in [first, before), by number, the first `limit` of them."""
        found = self._index.rows([state], first=moment(first), before=moment(before), wanted=limit)
        return self._in_order(found, limit)

    def count_older_than(self, states: Sequence[str], moment_: datetime) -> int:
        """How many rows in one of `states` were made before a moment."""
        return self._index.count(states, before=moment(moment_))

    def is_empty(self, states: Sequence[str]) -> bool:
        """Whether no row is in any of `states`."""
        return not states or next(self._index.rows(states, wanted=1), None) is None

    def _in_order(self, found: Iterator[Item], limit: int | None) -> list[RowFacts]:
        """The rows by number; they come by time, which may differ by a little."""
        opened = self._opened(found)
        rows = list(islice(opened, limit))
        if rows and len(rows) == limit:
            latest = max(facts.created for facts in rows) + DISORDER
            for facts in opened:
                if facts.created > latest:
                    break
                rows.append(facts)
        return sorted(rows, key=lambda facts: facts.number)[:limit]

    def _opened(self, found: Iterable[Item]) -> Iterator[RowFacts]:
        """The facts of rows; those whose key is destroyed are not there any more, whatever the view still says."""
        rest = iter(found)
        while chunk := list(islice(rest, CHUNK)):
            keys = self._keys_of(chunk)
            for item in chunk:
                facts = _facts(item, keys.get(_subject(item)))
                if facts is not None:
                    yield facts

    def _keys_of(self, chunk: Sequence[Item]) -> dict[str, DataKey | None]:
        """The keys that open rows, by subject; all that are not in memory in one request."""
        purpose = Purpose.RETIREMENT
        subjects = {_subject(item) for item in chunk}
        found = {subject: self._keys.cached(subject, purpose) for subject in subjects}
        missing = {self._keys.partition_key(subject, purpose): subject for subject, key in found.items() if key is None}
        if missing:
            wanted = {self._keys.table: [self._keys.row_key(subject, purpose) for subject in missing.values()]}
            for row in batch_get(self._client, wanted)[self._keys.table]:
                subject = missing[row["pk"]["S"]]
                found[subject] = self._keys.find(subject, purpose, row)
        return found


def _account(item: Item) -> str:
    return str(item["pk"]["S"]).rpartition("#")[2]


def _subject(item: Item) -> str:
    """Whose key opens a row."""
    return subject_of(_account(item), unlabelled(item["sealed"]["B"])[0])


def _facts(item: Item, key: DataKey | None) -> RowFacts | None:
    if key is None or key.row is None:
        return None
    clear = codec.clear_of(item["row"]["S"])
    sealed = {Purpose.RETIREMENT: item["sealed"]["B"]}
    place = place_of(_account(item), int(item["v"]["N"]))
    opened = items.unseal(sealed, {(Purpose.RETIREMENT, key.row): key}, place)
    return codec.parse(RowFacts, codec.joined(clear.members, opened))
