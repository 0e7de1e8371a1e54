"""The reading side of the ledger: accounts, who holds a claim, and password hashes.

Everything is read consistently, so a read after a write sees it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Generic

from chalicelib.events import items
from chalicelib.events.aggregate import Aggregate, Loaded, S
from chalicelib.events.claims import Claim, ClaimKeys
from chalicelib.events.classification import Purpose
from chalicelib.events.dynamo import Item, batch_get, call
from chalicelib.events.errors import CorruptItemError, UnknownAccountError, UnknownKeyError
from chalicelib.events.event import Event
from chalicelib.events.history import History
from chalicelib.events.keys import AccountKeys, KeyRing
from chalicelib.events.reading import Place, Reading, Wanted, place_of
from chalicelib.events.sealing import DataKey, Slot, subject_of
from chalicelib.events.verification import Verdict, verify

RETIRED = "retired"
"""Stands for whoever had a username or an address that is retired for ever; no account has this id."""


class LedgerReader(Generic[S]):
    """Reads accounts. Shared by threads.

    Arguments: the pure side of accounts; a botocore client and the ledger table's name; the key ring; the
    keys of claims.
    """

    def __init__(self, aggregate: Aggregate[S], client: Any, table: str, keys: KeyRing, claims: ClaimKeys) -> None:
        self.aggregate = aggregate
        self.table = table
        self.keys = keys
        self._client = client
        self._claims = claims
        self._history = History(aggregate, client, table, keys)

    def read(self, wanted: Wanted) -> Reading[S]:
        """Everything `wanted`, in one BatchGetItem for each 100 items: heads, keys not in memory, claims, others."""
        claim_keys = {claim: self.claim_key(claim) for claim in wanted.claims}
        answer = batch_get(self._client, self._request(wanted, claim_keys))
        found = {place_of(table, item): item for table, group in answer.items() for item in group}
        self._read_row_keys(answer.get(self.table, ()))
        holders = {
            claim: item["a"]["S"]
            for claim, key in claim_keys.items()
            if (item := found.get(place_of(self.table, key))) is not None
        }
        return Reading(found, holders, self._account)

    def load(self, account: str) -> Loaded[S] | None:
        """One account, or null. One GetItem while its key is in memory, one BatchGetItem otherwise."""
        key = self.keys.cached(account, Purpose.PROFILE)
        if key is None:
            return self.read(Wanted(accounts=[account])).account(account)
        answer = call(self._client.get_item, TableName=self.table, Key=items.head_key(account), ConsistentRead=True)
        item = answer.get("Item")
        return None if item is None else self._decode(item, account, key)

    def load_many(self, accounts: Sequence[str]) -> list[Loaded[S]]:
        """Those of `accounts` that exist, in their order, in one BatchGetItem for each 100 items."""
        reading = self.read(Wanted(accounts=accounts))
        return [loaded for account in accounts if (loaded := reading.account(account)) is not None]

    def holders(self, claims: Sequence[Claim]) -> dict[Claim, str]:
        """The account ids that hold `claims`; claims that nobody holds are left out."""
        reading = self.read(Wanted(claims=claims))
        return {claim: holder for claim in claims if (holder := reading.holder(claim)) is not None}

    def owners(self, claims: Sequence[Claim]) -> dict[Claim, str]:
        """As `holders`, and whoever had what is retired for ever: `RETIRED`. What is left out is free."""
        guards = {claim: [items.claim_key(pk) for pk in self._claims.retired(claim)] for claim in claims}
        wanted = Wanted(claims=claims, items={self.table: [key for keys in guards.values() for key in keys]})
        reading = self.read(wanted)
        found = {}
        for claim, keys in guards.items():
            holder = reading.holder(claim)
            if holder is None and any(reading.item(self.table, key) is not None for key in keys):
                holder = RETIRED
            if holder is not None:
                found[claim] = holder
        return found

    def find(self, claim: Claim) -> Loaded[S] | None:
        """The account that holds `claim`. Two requests, so a moment may lie between holder and account."""
        holder = self.holders([claim]).get(claim)
        return None if holder is None else self.load(holder)

    def password_hash(self, account: str, key: DataKey | None) -> str | None:
        """The account's password hash, opened with its key, or null if it has none."""
        place = items.credential_key(account)
        item = call(self._client.get_item, TableName=self.table, Key=place, ConsistentRead=True).get("Item")
        return None if item is None else items.read_credential(item, account, key)

    def decode(self, head: Item, account: str) -> Loaded[S]:
        """The account of a head item that came from somewhere else, the stream for instance."""
        return self._decode(head, account, self.keys.find(account, Purpose.PROFILE))

    def fetch_keys(self, heads: Iterable[Item]) -> None:
        """Read all keys that these heads are sealed with into memory, for `decode`.

        A key that is missing, erased or does not open is left to whoever decodes that head. Raises
        `StoreUnavailableError`, `KeyServiceUnavailableError`.
        """
        wanted: set[tuple[str, Purpose]] = set()
        for head in heads:
            with suppress(CorruptItemError):
                wanted |= _row_subjects([head])
                if Purpose.PROFILE in items.sealed_parts(head):
                    wanted.add((items.account_of(head), Purpose.PROFILE))
        for subject, purpose, row in self._read_keys(wanted):
            with suppress(CorruptItemError, UnknownKeyError):
                self.keys.find(subject, purpose, row)

    def claim_key(self, claim: Claim) -> Item:
        """The key of a claim's item, on the wire."""
        return items.claim_key(self._claims.partition_key(claim))

    def history(
        self,
        account: str,
        *,
        after: int = 0,
        through: int | None = None,
        newest_first: bool = False,
        wanted: int | None = None,
    ) -> Iterator[Event]:
        """The events of an account above version `after`, up to `through`, page by page.

        Once the key is destroyed they come without what was personal. `wanted` is how many are likely to be asked for.
        """
        return self._history.events(account, after=after, through=through, newest_first=newest_first, wanted=wanted)

    def event_items(self, account: str, *, after: int = 0, newest_first: bool = False) -> Iterator[Item]:
        """The event items as they are stored, without their partition key."""
        return self._history.items(account, after=after, newest_first=newest_first)

    def refold(self, account: str, *, through: int | None = None, at: datetime | None = None) -> S | None:
        """The account's state from its events alone: what its head must equal; or as it was at a version or a time."""
        return self._history.refold(account, through=through, at=at)

    def refolded(self, account: str, head: Item | None = None, destroyed: Collection[Slot] = ()) -> Loaded[S]:
        """The account as its events make it up to the version of its head, whatever else its head says.

        `head` is its head if it was just read; `destroyed` is what those of its keys opened that are known to be
        destroyed, and need not be read. Raises `UnknownAccountError`, `UnknownKeyError`, `CorruptItemError`.
        """
        head = head or self._head(account)
        profile = None if Purpose.PROFILE in destroyed else self.keys.find(account, Purpose.PROFILE)
        keys = AccountKeys(self.keys, account, profile)
        keys.update(dict.fromkeys(destroyed))
        return self._refolded(head, account, keys)

    def verify(self, account: str) -> Verdict:
        """Whether the account's history is whole and its head is what the events come to.

        Raises `UnknownAccountError`. A commit that lands meanwhile does no harm: the history is read as far as
        the head goes.
        """
        head = self._head(account)
        return verify(head, self._history.items(account), account, self._history.keys(account), self.aggregate)

    def _head(self, account: str) -> Item:
        """The account's head as it stands; raises `UnknownAccountError`."""
        place = items.head_key(account)
        answer = call(self._client.get_item, TableName=self.table, Key=place, ConsistentRead=True)
        head: Item | None = answer.get("Item")
        if head is None:
            raise UnknownAccountError(account)
        return head

    def _request(self, wanted: Wanted, claim_keys: Mapping[Claim, Item]) -> dict[str, list[Item]]:
        """The keys to read, by table; BatchGetItem refuses a key that is named twice."""
        request: dict[str, list[Item]] = {table: list(group) for table, group in wanted.items.items()}
        ledger = request.setdefault(self.table, [])
        ledger.extend(items.head_key(account) for account in wanted.accounts)
        ledger.extend(claim_keys.values())
        unopened = [a for a in wanted.accounts if self.keys.cached(a, Purpose.PROFILE) is None]
        request.setdefault(self.keys.table, []).extend(self.keys.row_key(a, Purpose.PROFILE) for a in unopened)
        return {table: _distinct(group) for table, group in request.items() if group}

    def _read_row_keys(self, found: Iterable[Item]) -> None:
        """Fetch the keys of the rows that accounts among the items have, all at once, into memory."""
        for subject, purpose, row in self._read_keys(_row_subjects(found)):
            self.keys.find(subject, purpose, row)

    def _read_keys(self, subjects: Iterable[tuple[str, Purpose]]) -> Iterator[tuple[str, Purpose, Item]]:
        """The rows of the keys that are not in memory, in as few requests as they fit."""
        missing = {self.keys.partition_key(*each): each for each in subjects if self.keys.cached(*each) is None}
        if not missing:
            return
        rows = batch_get(self._client, {self.keys.table: [self.keys.row_key(*each) for each in missing.values()]})
        for row in rows[self.keys.table]:
            yield *missing[row["pk"]["S"]], row

    def _account(self, found: Mapping[Place, Item], account: str) -> Loaded[S] | None:
        """An account among the items of a reading."""
        head = found.get(place_of(self.table, items.head_key(account)))
        if head is None:
            return None
        row = found.get(place_of(self.keys.table, self.keys.row_key(account, Purpose.PROFILE)))
        return self._decode(head, account, self.keys.find(account, Purpose.PROFILE, row))

    def _decode(self, head: Item, account: str, key: DataKey | None) -> Loaded[S]:
        """The account of a head; a head of another schema is folded anew from the events."""
        keys = AccountKeys(self.keys, account, key)
        if items.head_schema(head, account) == self.aggregate.state_schema:
            return items.read_head(head, account, keys, self.aggregate)
        return self._refolded(head, account, keys)

    def _refolded(self, head: Item, account: str, keys: AccountKeys) -> Loaded[S]:
        version = items.head_version(head, account)
        state = self._history.refold(account, through=version, keys=keys)
        if state is None:
            raise UnknownAccountError(account)
        return items.loaded_account(account, state, version, items.head_digest(head, account), keys, self.aggregate)


def _row_subjects(found: Iterable[Item]) -> set[tuple[str, Purpose]]:
    """Subjects and purposes of the keys of rows that heads among the items have."""
    return {
        (subject_of(items.account_of(item), row), purpose)
        for item in found
        if item["sk"]["S"] == items.HEAD
        for purpose, row in items.slots_of(item).items()
    }


def _distinct(group: Sequence[Item]) -> list[Item]:
    return list({place_of("", key): key for key in group}.values())
