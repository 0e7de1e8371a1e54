"""One pass over each table, for what looks wrong at first sight; whoever is suspect is examined with care later.

Items of an account come one after the other, events in order, so a history is verified while it is read, whatever
its length, and nothing is decoded twice.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from chalicelib.accounts.account import Account
from chalicelib.events.aggregate import Loaded
from chalicelib.events.claims import ClaimKind
from chalicelib.events.classification import Purpose
from chalicelib.events.dynamo import BATCH_KEYS, Item, batch_get
from chalicelib.events.items import account_pk
from chalicelib.events.sealing import DataKey, OpeningKeys, Slot
from chalicelib.projections import check_items, counters
from chalicelib.projections.examining import Stores
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
from chalicelib.projections.fence_passes import EntryMatching
from chalicelib.projections.findings import Finding, Place, shape
from chalicelib.projections.generations import SORT_KEY
from chalicelib.projections.heads import Heads
from chalicelib.projections.key_rows import KeyName, KeyRow
from chalicelib.projections.matching import ClaimMatching, Suspects
from chalicelib.projections.quarantine import PARTITION
from chalicelib.projections.records import RECORD, RecordMatching
from chalicelib.projections.scanning import Page, Segment, pages
from chalicelib.projections.story import Story

ACCOUNTS = account_pk("")
ACCOUNT = re.compile(r"A#[0-9a-f]{32}")
ACCOUNT_ID = re.compile(r"[0-9a-f]{32}")
CLAIM = re.compile(rf"C#(?:{'|'.join(ClaimKind)})#[0-9a-f]{{64}}")
OTHERS = {
    "CLAIM": CLAIM,
    "CMD": RECORD,
    counters.SORT_KEY: counters.PARTITION,
    check_items.SORT_KEY: check_items.PLANTED,
}
"""The partition keys of what is no account's, by sort key."""

MOST_CONFIRMED = 500_000
"""How many accounts and view rows are remembered as right, so that later passes need not look at them again."""


@dataclass
class Tally:
    """How much was looked at."""

    accounts: int = 0
    events: int = 0
    claims: int = 0
    rows: int = 0


Progress = Callable[[Tally], None]


class RowMatching:
    """Compares rows that accounts must have with what stands, many at a time. `confirmed` are those that are right."""

    def __init__(self, stores: Stores, suspects: Suspects) -> None:
        self.confirmed: set[RowKey] = set()
        self._stores = stores
        self._suspects = suspects
        self._rows: list[tuple[Expected, OpeningKeys]] = []

    def expect(self, account: Loaded[Account], parts: list[Part], keys: OpeningKeys) -> None:
        """An account must have its rows in these generations."""
        try:
            self._rows += [(row, keys) for row in expected_rows(account, parts)]
        except UnprojectableError:
            self._suspects.accounts[account.account] = None
        if len(self._rows) >= BATCH_KEYS:
            self.finish()

    def finish(self) -> None:
        """Look up whatever waits."""
        rows, self._rows = self._rows, []
        if not rows:
            return
        keys = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in dict.fromkeys(row.key for row, _ in rows)]
        found = batch_get(self._stores.client, {self._stores.views: keys})[self._stores.views]
        standing = {(item["pk"]["S"], item["sk"]["S"]): item for item in found}
        for row, held in rows:
            self._compare(row, standing.get(row.key), held)

    def _compare(self, row: Expected, item: Item | None, keys: OpeningKeys) -> None:
        if item is None:
            if not row.part.filling:
                self._suspects.accounts[row.account.account] = None
        elif shown_version(item) != row.account.version or row.fault(item, keys) is not None:
            self._suspects.accounts[row.account.account] = None
        elif len(self.confirmed) < MOST_CONFIRMED:
            self.confirmed.add(row.key)


class LedgerPass:
    """Goes over the ledger. `parts` are the generations whose rows are compared; `accounts` those that were met."""

    def __init__(self, stores: Stores, parts: list[Part], tally: Tally, suspects: Suspects) -> None:
        self.unknown: list[Finding] = []
        self.accounts: set[str] = set()
        self.rows = RowMatching(stores, suspects)
        self._stores = stores
        self._parts = parts
        self._tally = tally
        self._suspects = suspects
        self._heads = Heads(stores.client, stores.ledger)
        self._claims = ClaimMatching(stores, self._heads, suspects)
        self._entries = EntryMatching(stores, suspects)
        self._records = RecordMatching(self._heads, suspects)
        self._story: Story | None = None
        self._known: dict[KeyName, KeyRow] = {}

    def run(self, segment: Segment, progress: Progress) -> None:
        """Read a segment to its end."""
        for page in pages(self._stores.client, self._stores.ledger.table, segment):
            self._take(page)
            progress(self._tally)
        self._end_story()
        self.rows.finish()
        self._claims.finish()
        self._entries.finish()
        self._records.finish()

    def _take(self, page: Page) -> None:
        self._known = self._heads.keys_of(item for item in page if item["pk"]["S"].startswith(ACCOUNTS))
        for pk, group in groupby(page, key=_pk):
            if ACCOUNT.fullmatch(pk):
                self._take_account(pk, group)
            else:
                for item in group:
                    self._take_other(pk, item)

    def _take_account(self, pk: str, group: Iterable[Item]) -> None:
        account = pk[2:]
        if self._story is None or self._story.account != account:
            self._end_story()
            self._story = Story(account, self._heads.held(account, self._known), self._stores.ledger.aggregate)
        for item in group:
            self._story.take(item)

    def _end_story(self) -> None:
        """The account's last item has come: does all fit together?"""
        story, self._story = self._story, None
        if story is None:
            return
        self._tally.accounts += story.head is not None
        self._tally.events += story.events
        if story.head is not None and len(self.accounts) < MOST_CONFIRMED:
            self.accounts.add(story.account)
        loaded = story.loaded()
        if loaded is None or story.findings():
            self._suspects.accounts[story.account] = None
            return
        self._number(loaded, story)
        self._entries.expect(story, loaded)
        self._claims.expect(story.account, expected_claims(self._stores.ledger, loaded))
        self.rows.expect(loaded, self._parts, story.keys)

    def _number(self, loaded: Loaded[Account], story: Story) -> None:
        """Note the numbers that an account uses: its own, and those of rows that it has or had."""
        self._suspects.numbers.use("account", loaded.state.number)
        for slot in story.keys.rows:
            if not isinstance(slot, Purpose):
                self._suspects.numbers.use(*slot)

    def _take_other(self, pk: str, item: Item) -> None:
        known = OTHERS.get(item["sk"]["S"])
        if known is None or not known.fullmatch(pk):
            self.unknown.append(Finding(Place.UNKNOWN, None, None, "item of the ledger", False, shape(pk)))
        elif known is CLAIM:
            self._tally.claims += 1
            self._claims.stands(pk, holder_of(item))
        elif known is RECORD:
            self._records.stands(item)
        elif pk == counters.STATES and (fault := counters.fault_of_states(item)) is not None:
            self.unknown.append(fault)


PARTS_OF_A_ROW = 3
"""So many marks part the key of a row: what it is, view, generation, account."""


class ViewsPass:
    """Goes over the views table, for rows that no account has. `confirmed` are rows that are known to be right."""

    def __init__(self, stores: Stores, parts: list[Part], tally: Tally, suspects: Suspects) -> None:
        self.unknown: list[Finding] = []
        self._stores = stores
        self._parts = {(part.view.name, str(part.generation)): part for part in parts}
        self.lost = stores.unknown_views()
        self._views = {view.name for view in stores.projections}
        self._others = {
            (view, str(generation))
            for view in self._views.difference(self.lost)
            for standing in [stores.generations.standing(view)]
            for generation in (*standing.written, *standing.dropping)
        }
        self._tally = tally
        self._suspects = suspects
        self._heads = Heads(stores.client, stores.ledger)

    def run(self, segment: Segment, confirmed: set[RowKey], progress: Progress, **only: Any) -> None:
        """Read a segment to its end; `only` are further parameters of the Scan."""
        for page in pages(self._stores.client, self._stores.views, segment, **only):
            by_account: dict[str, list[Item]] = {}
            for item in page:
                self._sort(item, confirmed, by_account)
            self._compare(by_account)
            progress(self._tally)

    def _sort(self, item: Item, confirmed: set[RowKey], by_account: dict[str, list[Item]]) -> None:
        """Whose row it is, unless it is known to be right, or is no row at all."""
        pk = item["pk"]["S"]
        kind, view, generation, key = [*pk.split("#", 3), "", "", ""][:4]
        standing_of_view = kind == "G" and item["sk"]["S"] == SORT_KEY and view in self._views
        if pk == PARTITION or standing_of_view or check_items.PLANTED.fullmatch(pk):
            return
        if kind != "V" or view not in self._views or pk.count("#") < PARTS_OF_A_ROW:
            self.unknown.append(Finding(Place.UNKNOWN, None, None, "item of the views", False, shape(pk)))
            return
        self._tally.rows += 1
        if view in self.lost:
            return
        if not ACCOUNT_ID.fullmatch(key) or (view, generation) not in self._others:
            self._suspects.rows[pk] = None
        elif (view, generation) in self._parts and (pk, item["sk"]["S"]) not in confirmed:
            by_account.setdefault(key, []).append(item)

    def _compare(self, by_account: dict[str, list[Item]]) -> None:
        accounts = list(by_account)
        for start in range(0, len(accounts), BATCH_KEYS):
            chunk = accounts[start : start + BATCH_KEYS]
            found = self._heads.read(chunk)
            for account in chunk:
                if account not in found:
                    self._suspects.accounts[account] = None
                else:
                    self._compare_account(account, by_account[account], found[account])

    def _compare_account(self, account: str, standing: list[Item], loaded: Loaded[Account] | None) -> None:
        """Rows that were not met on the first pass: of nobody, of an account elsewhere, or changed since."""
        if loaded is None:
            self._suspects.rows |= {item["pk"]["S"]: None for item in standing}
        elif not all(self._is_right(item, loaded) for item in standing):
            self._suspects.accounts[account] = None

    def _is_right(self, item: Item, loaded: Loaded[Account]) -> bool:
        _, view, generation, _ = item["pk"]["S"].split("#", 3)
        try:
            rows = {row.key: row for row in expected_rows(loaded, [self._parts[view, generation]])}
        except UnprojectableError:
            return False
        row = rows.get((item["pk"]["S"], item["sk"]["S"]))
        return row is not None and shown_version(item) == loaded.version and row.fault(item, slots_of(loaded)) is None


def slots_of(loaded: Loaded[Account]) -> OpeningKeys:
    """An account's keys by what opens with them."""
    slots: dict[Slot, DataKey | None] = {Purpose.PROFILE: loaded.key}
    for purpose, key in loaded.row_keys.items():
        if key is not None and key.row is not None:
            slots[purpose, key.row] = key
    return slots


def _pk(item: Item) -> str:
    pk: str = item["pk"]["S"]
    return pk
