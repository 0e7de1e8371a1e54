"""Reading one account with care: everything about it at one version, however busy its writers are.

The head is read last: if it still shows the version that all else was compared with, nothing changed in between,
because claims, keys, entries of the erasure ledger, passwords and events change only together with it.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from chalicelib.accounts.account import Account
from chalicelib.events import items
from chalicelib.events.aggregate import Loaded
from chalicelib.events.classification import Purpose
from chalicelib.events.dynamo import Item, batch_get, call
from chalicelib.events.errors import CorruptItemError
from chalicelib.events.ledger import Ledger
from chalicelib.projections.expecting import (
    Expected,
    Part,
    RowKey,
    UnprojectableError,
    expected_claims,
    expected_rows,
    holder_of,
    shown_version,
)
from chalicelib.projections.fences import FencesOfAccount, by_name, names_of
from chalicelib.projections.findings import Finding, Place
from chalicelib.projections.generations import Generations
from chalicelib.projections.key_rows import HeldKeys, KeyRows
from chalicelib.projections.scanning import partition
from chalicelib.projections.story import Story
from chalicelib.projections.view import Projection, row_pk

TOO_MANY = "too many"
"""What is said of an item that its account does not have."""

ATTEMPTS = 60
"""How often an account is read that changes all the while."""


@dataclass(frozen=True)
class Stores:
    """Where accounts, views and the erasure ledger are: names of tables. `wait` sleeps for so many seconds."""

    client: Any
    ledger: Ledger[Account]
    views: str
    erasures: str
    projections: Sequence[Projection]
    generations: Generations
    wait: Callable[[float], None]

    def parts(self) -> list[Part]:
        """Every generation that is written at this moment. Raises `CorruptItemError` if that cannot be known."""
        return [part for view in self.projections for part in self._parts_of(view)]

    def sound_parts(self) -> list[Part]:
        """As `parts`, without views of which it cannot be known."""
        found: list[Part] = []
        for view in self.projections:
            with suppress(CorruptItemError):
                found += self._parts_of(view)
        return found

    def unknown_views(self) -> list[str]:
        """The names of views of which it cannot be known which generations are written."""
        found = []
        for view in self.projections:
            try:
                self.generations.standing(view.name)
            except CorruptItemError:
                found.append(view.name)
        return found

    def _parts_of(self, view: Projection) -> list[Part]:
        standing = self.generations.standing(view.name)
        return [Part(view, generation, generation == standing.building) for generation in standing.written]


@dataclass(frozen=True)
class Examination:
    """An account at one version: what does not hold, and which rows show an older version (by the newest they must).

    `story` is null if the account never stood still.
    """

    account: str
    story: Story | None
    findings: tuple[Finding, ...] = ()
    late: dict[RowKey, int] = field(default_factory=dict)
    claims: dict[str, Item | None] = field(default_factory=dict, repr=False)
    rows: dict[RowKey, Item] = field(default_factory=dict, repr=False)
    expected: dict[RowKey, Expected] = field(default_factory=dict, repr=False)
    fences: FencesOfAccount | None = field(default=None, repr=False)


class Examiner:
    """Examines accounts. Arguments: where they are, and the generations to look at (none: those that are written)."""

    def __init__(self, stores: Stores, parts: Sequence[Part] | None = None) -> None:
        self._stores = stores
        self._parts = parts
        self._keys = KeyRows(stores.client, stores.ledger.keys)

    def examine(self, account: str) -> Examination:
        """Everything about an account, read consistently."""
        parts = self._stores.sound_parts() if self._parts is None else list(self._parts)
        story = self._story(account)
        for attempt in range(ATTEMPTS):
            examination = self._compare(story, parts)
            head = self._head(account)
            if head == story.head:
                return examination
            if story.head is None or not story.whole:
                story = self._story(account)
            else:
                self._catch_up(story, head)
            self._stores.wait(min(0.2, 0.002 * 2**attempt))
        return Examination(account, None)

    def _story(self, account: str) -> Story:
        name = (account, Purpose.PROFILE)
        keys = HeldKeys(self._keys, account, self._keys.read([name]))
        story = Story(account, keys, self._stores.ledger.aggregate)
        for item in partition(self._stores.client, self._stores.ledger.table, items.account_pk(account)):
            story.take(item)
        if story.behind:
            self._catch_up(story, story.head)
        return story

    def _catch_up(self, story: Story, head: Item | None) -> None:
        """Take what was committed since: a head that was read promises every event up to its version."""
        story.head = head
        for item in self._stores.ledger.event_items(story.account, after=story.events):
            story.take(item)

    def _head(self, account: str) -> Item | None:
        return self._get(self._stores.ledger.table, items.head_key(account))

    def _get(self, table: str, key: Item) -> Item | None:
        found: Item | None = call(self._stores.client.get_item, TableName=table, Key=key, ConsistentRead=True).get(
            "Item"
        )
        return found

    def _compare(self, story: Story, parts: Sequence[Part]) -> Examination:
        # Both may have been read before a commit that the head tells of already.
        story.credential = self._get(self._stores.ledger.table, items.credential_key(story.account))
        story.keys.renew()
        found = story.findings()
        loaded = story.loaded()
        trusted = story.whole and not any(each.place in (Place.EVENT, Place.KEY) for each in found)
        fences = self._fences(story, loaded, trusted=trusted)
        found += fences.findings()
        if loaded is None:
            return Examination(story.account, story, tuple(found), fences=fences)
        comparison = _Comparison(story, loaded, trusted)
        claims = expected_claims(self._stores.ledger, loaded)
        standing = self._claims(list(claims))
        comparison.of_claims(claims, standing)
        rows, expected = self._rows(story, parts), comparison.of_views(parts)
        comparison.of_rows(expected, rows)
        found += comparison.found
        return Examination(story.account, story, tuple(found), comparison.late, standing, rows, expected, fences)

    def _fences(self, story: Story, loaded: Loaded[Account] | None, *, trusted: bool) -> FencesOfAccount:
        entries = by_name(self._stores.client, self._stores.erasures, names_of(story))
        return FencesOfAccount(story, loaded, self._stores.ledger, entries, trusted=trusted)

    def _claims(self, pks: Sequence[str]) -> dict[str, Item | None]:
        table = self._stores.ledger.table
        found = batch_get(self._stores.client, {table: [items.claim_key(pk) for pk in pks]})[table] if pks else []
        standing: dict[str, Item | None] = dict.fromkeys(pks)
        return standing | {item["pk"]["S"]: item for item in found}

    def _rows(self, story: Story, parts: Sequence[Part]) -> dict[RowKey, Item]:
        """Every row that the account has, expected or not."""
        found = {}
        for part in parts:
            pk = row_pk(part.view.name, part.generation, story.account)
            for item in partition(self._stores.client, self._stores.views, pk):
                found[pk, item["sk"]["S"]] = item
        return found


class _Comparison:
    """Collects what does not hold of claims and rows. `trusted`: the account is what its events come to."""

    def __init__(self, story: Story, loaded: Loaded[Account], trusted: bool) -> None:
        self.found: list[Finding] = []
        self.late: dict[RowKey, int] = {}
        self._story = story
        self._loaded = loaded
        self._trusted = trusted

    def of_claims(self, expected: dict[str, str | None], standing: dict[str, Item | None]) -> None:
        for pk, holder in expected.items():
            item = standing[pk]
            if item is None:
                self._add(Place.CLAIM, "missing", pk)
            elif holder_of(item) != holder:
                self._add(Place.CLAIM, "leads elsewhere", pk)

    def of_views(self, parts: Sequence[Part]) -> dict[RowKey, Expected]:
        """The rows that must be there."""
        found: dict[RowKey, Expected] = {}
        for part in parts:
            try:
                found |= {each.key: each for each in expected_rows(self._loaded, [part])}
            except UnprojectableError as error:
                self._add(Place.VIEW_ROW, "cannot be projected", f"V#{error.view}", mendable=False)
        return found

    def of_rows(self, expected: dict[RowKey, Expected], standing: dict[RowKey, Item]) -> None:
        for key, row in expected.items():
            item = standing.get(key)
            shown = 0 if item is None else shown_version(item)
            if shown < self._loaded.version:
                if item is not None or not row.part.filling:
                    self.late[key] = self._loaded.version
            elif shown > self._loaded.version:
                self._add(Place.VIEW_ROW, "of a version that is not there", key[0])
            elif item is not None and (what := row.fault(item, self._story.keys)) is not None:
                self._add(Place.VIEW_ROW, what, key[0])
        for key in standing.keys() - expected.keys():
            self._add(Place.VIEW_ROW, TOO_MANY, key[0])

    def _add(self, place: Place, what: str, item: str, *, mendable: bool = True) -> None:
        version = self._loaded.version
        self.found.append(Finding(place, self._story.account, version, what, mendable and self._trusted, item))
