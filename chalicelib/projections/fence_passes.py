"""One pass over the keys and one over the erasure ledger, for what looks wrong at first sight, and the careful look.

What an account knows is said of the account (`fences`); here is what no account tells: keys without one, and fences
and entries of rows and accounts that a restore has lost.
"""

import re

from chalicelib.accounts.account import Account
from chalicelib.events import items
from chalicelib.events.aggregate import Loaded
from chalicelib.events.dynamo import BATCH_KEYS, Item, batch_get
from chalicelib.events.keys import CURRENT_KEK
from chalicelib.projections import certificates, check_items
from chalicelib.projections.examining import Examiner, Stores
from chalicelib.projections.fences import FencesOfAccount, by_name, disagreement, names_of
from chalicelib.projections.findings import Finding, Place, shape
from chalicelib.projections.key_rows import fence_of
from chalicelib.projections.matching import Suspects
from chalicelib.projections.scanning import Page, Segment, pages
from chalicelib.projections.story import Story

KEK = re.compile(rf"{CURRENT_KEK}(?:#[0-9a-f]{{16}})?")


class EntryMatching:
    """Compares the fences of accounts with their entries, many at a time."""

    def __init__(self, stores: Stores, suspects: Suspects) -> None:
        self._stores = stores
        self._suspects = suspects
        self._waiting: list[tuple[Story, Loaded[Account]]] = []
        self._names: list[str] = []

    def expect(self, story: Story, loaded: Loaded[Account]) -> None:
        """An account whose every key is destroyed if and only if it must be, and what it is."""
        erased = [name for name, slot in names_of(story).items() if story.keys.rows[slot].erased]
        if erased:
            self._waiting.append((story, loaded))
            self._names += erased
        if len(self._names) >= BATCH_KEYS:
            self.finish()

    def finish(self) -> None:
        """Look up whatever waits."""
        entries = by_name(self._stores.client, self._stores.erasures, self._names)
        for story, loaded in self._waiting:
            if any(FencesOfAccount(story, loaded, self._stores.ledger, entries, trusted=False).findings()):
                self._suspects.accounts[story.account] = None
        self._waiting.clear()
        self._names.clear()


class KeysPass:
    """Goes over the keys: each that lives must have an account, each that is destroyed its entry."""

    def __init__(self, stores: Stores, suspects: Suspects) -> None:
        self.unknown: list[Finding] = []
        self._stores = stores
        self._suspects = suspects

    def run(self, segment: Segment, known: set[str]) -> None:
        """Read a segment to its end; `known` are accounts that there are."""
        for page in pages(self._stores.client, self._stores.ledger.keys.table, segment):
            self._take(page, known)

    def _take(self, page: Page, known: set[str]) -> None:
        living: dict[str, list[str]] = {}
        destroyed: dict[str, tuple[str, Item]] = {}
        for item in page:
            pk = item["pk"]["S"]
            name = items.ERASED_KEY.fullmatch(pk)
            if name is None:
                self._take_other(pk, item)
                continue
            if fence_of(item).erased:
                destroyed[pk] = name[1], item
            elif name[1] in known:
                self._suspects.numbers.use_key(pk)
            else:
                living.setdefault(name[1], []).append(pk)
        self._compare(destroyed)
        self._look_up(living)

    def _take_other(self, pk: str, item: Item) -> None:
        if KEK.fullmatch(pk):
            what = self._stores.ledger.keys.fault_of_kek(item)
            if what is not None:
                self.unknown.append(Finding(Place.KEY, None, None, what, False, pk))
        elif not check_items.PLANTED.fullmatch(pk):
            self.unknown.append(Finding(Place.UNKNOWN, None, None, "item of the keys", False, shape(pk)))

    def _compare(self, destroyed: dict[str, tuple[str, Item]]) -> None:
        entries = by_name(self._stores.client, self._stores.erasures, destroyed)
        for pk, (account, item) in destroyed.items():
            if disagreement(fence_of(item), entries.get(pk)) is not None:
                self._suspects.fence(account, pk)
            else:
                self._suspects.numbers.use_key(pk)

    def _look_up(self, living: dict[str, list[str]]) -> None:
        table = self._stores.ledger.table
        found = batch_get(self._stores.client, {table: [items.head_key(account) for account in living]})[table]
        there = {items.account_of(head) for head in found}
        for account, names in living.items():
            for pk in names:
                if account in there:
                    self._suspects.numbers.use_key(pk)
                else:
                    self._suspects.fence(account, pk)


class ErasuresPass:
    """Goes over the erasure ledger: each entry must have a destroyed key that agrees, each certificate must hold."""

    def __init__(self, stores: Stores, suspects: Suspects) -> None:
        self.unknown: list[Finding] = []
        self._stores = stores
        self._suspects = suspects

    def run(self, segment: Segment) -> None:
        """Read a segment to its end."""
        for page in pages(self._stores.client, self._stores.erasures, segment):
            self._take(page)

    def _take(self, page: Page) -> None:
        entries: dict[str, tuple[str, Item]] = {}
        for item in page:
            pk = item["pk"]["S"]
            name = items.ERASED_KEY.fullmatch(pk)
            if name is None:
                self._take_other(pk, item)
                continue
            entries[pk] = name[1], item
        rows = by_name(self._stores.client, self._stores.ledger.keys.table, entries)
        for pk, (account, item) in entries.items():
            if disagreement(fence_of(rows.get(pk)), item) is not None:
                self._suspects.fence(account, pk)
            else:
                self._suspects.numbers.use_key(pk)

    def _take_other(self, pk: str, item: Item) -> None:
        if certificates.NAME.fullmatch(pk):
            self.unknown += certificates.findings(item)
        elif not check_items.PLANTED.fullmatch(pk):
            self.unknown.append(Finding(Place.UNKNOWN, None, None, "item of the erasures", False, shape(pk)))


class StrayFences:
    """Looks with care at what the passes suspect. Arguments: where accounts are, and who examines them."""

    def __init__(self, stores: Stores, examiner: Examiner) -> None:
        self._stores = stores
        self._examiner = examiner

    def look(self, name: str) -> list[Finding]:
        """What is wrong with a key and its entry that no account knows; else it is a finding of that account."""
        account = name[:32]
        story = self._examiner.examine(account).story
        if story is None or name in names_of(story):
            return []
        row = by_name(self._stores.client, self._stores.ledger.keys.table, [name]).get(name)
        entry = by_name(self._stores.client, self._stores.erasures, [name]).get(name)
        fence, nobody = fence_of(row), story.head is None and not story.findings()
        found = []
        if row is not None and not fence.erased and nobody:
            found.append(Finding(Place.KEY, account, None, "of no account", False, name))
        what = disagreement(fence, entry)
        if what is not None:
            found.append(Finding(Place.ERASURE, account, None, what, False, name))
        return found
