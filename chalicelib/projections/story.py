"""One account as its items tell it: events walked along as they come, then head, keys and password against them."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime

from chalicelib.accounts.account import Account
from chalicelib.events import items
from chalicelib.events.aggregate import Aggregate, Loaded
from chalicelib.events.classification import Purpose
from chalicelib.events.dynamo import Item
from chalicelib.events.errors import CorruptItemError, UnknownEventTypeError, UnknownKeyError
from chalicelib.events.event import Event
from chalicelib.events.sealing import Slot
from chalicelib.events.verification import Ending, Walk
from chalicelib.projections.findings import Finding, Place, shape
from chalicelib.projections.key_rows import HeldKeys, is_of, name_of

TOO_EARLY = "destroyed too early"
"""What is said of a key without which nobody knows what its account is, and so what follows from its events."""


class Story:
    """Takes the items of an account's partition, events in order, and judges what they come to.

    Arguments: the account's id, the keys that open its parts, the pure side of accounts.
    """

    def __init__(self, account: str, keys: HeldKeys, aggregate: Aggregate[Account]) -> None:
        self.account = account
        self.keys = keys
        self.head: Item | None = None
        self.credential: Item | None = None
        self._aggregate = aggregate
        self._walk: Walk[Account] = Walk(account, keys, aggregate)
        self._broken: str | None = None
        self._unknown: list[str] = []

    @property
    def events(self) -> int:
        """How many events held."""
        return self._walk.version

    @property
    def whole(self) -> bool:
        """Whether every event that came held."""
        return self._broken is None and self._walk.version > 0

    @property
    def behind(self) -> bool:
        """Whether the head tells of events that have not come yet."""
        return self._broken is None and self.head is not None and _version(self.head) > self._walk.version

    @property
    def version(self) -> int:
        """The version that the head shows, or that of the last event if there is no head."""
        return self._walk.version if self.head is None else _version(self.head)

    @property
    def endings(self) -> Mapping[int, Ending]:
        """What may have ended a key of this account, by version."""
        return self._walk.endings

    def take(self, item: Item) -> None:
        """Take the next item."""
        sort_key = item["sk"]["S"]
        if sort_key[:2] == items.EVENT_PREFIX:
            self._take_event(item, sort_key)
        elif sort_key == items.HEAD:
            self.head = item
        elif sort_key == items.CREDENTIAL:
            self.credential = item
        else:
            self._unknown.append(shape(sort_key))

    def _take_event(self, item: Item, sort_key: str) -> None:
        if len(sort_key) != len(items.LAST_EVENT) or not sort_key[2:].isdecimal():
            self._unknown.append(shape(sort_key))
        elif self._broken is None:
            try:
                self._broken = self._walk.step(item)
            except UnknownKeyError:
                self._broken = "key"
            except UnknownEventTypeError:
                self._broken = "type of a newer release"

    def loaded(self) -> Loaded[Account] | None:
        """The account that claims and views must show: what the events come to, else what the head says, if it can."""
        try:
            if self.whole and self._walk.state is not None:
                walk, state = self._walk, self._walk.state
                return items.loaded_account(self.account, state, walk.version, walk.digest, self.keys, self._aggregate)
            return self._read_head()
        except (CorruptItemError, UnknownKeyError):
            return None

    def rewritten_head(self) -> Item | None:
        """The head as the events make it, if they hold; raises `ErasedKeyError` if they cannot be sealed."""
        loaded = self.loaded() if self.whole else None
        if loaded is None:
            return None
        return items.head_item(loaded, self._aggregate, self._last_commit() or list(self._walk.recent)[-1:])

    def findings(self) -> list[Finding]:
        """Everything that does not hold of events, head, keys and password."""
        found = list(self._of_events())
        if self.head is None:
            found += self._without_head()
        elif not found:
            found += self._of_head(self.head)
        state = self._state()
        found += self._of_keys(state)
        if state is not None:
            found += self._of_credential(state)
        found += [self._finding(Place.UNKNOWN, f"sort key {each}") for each in self._unknown]
        return found

    def _state(self) -> Account | None:
        loaded = self.loaded()
        return None if loaded is None else loaded.state

    def _of_events(self) -> Iterator[Finding]:
        if self._broken is not None:
            yield self._finding(Place.EVENT, self._broken, version=self._walk.version + 1)
        elif self.behind and _digest(self.head) != self._walk.digest:
            yield self._finding(Place.EVENT, "missing", version=self._walk.version + 1)

    def _without_head(self) -> Iterator[Finding]:
        if self._walk.version or self._broken is not None:
            yield self._finding(Place.HEAD, "missing", mendable=self.whole)
        elif self.credential is not None:
            yield self._finding(Place.CREDENTIAL, "of no account")

    def _of_head(self, head: Item) -> Iterator[Finding]:
        """The head against events that hold."""
        what = self._fault_of_head(head)
        if what is not None:
            yield self._finding(Place.HEAD, what, mendable=True)

    def _fault_of_head(self, head: Item) -> str | None:
        walk = self._walk
        try:
            if items.head_version(head, self.account) != walk.version:
                return "version"
            if items.head_digest(head, self.account) != walk.digest:
                return "digest"
            items.check_head(head, self.account, self.keys, self._aggregate)
            if items.head_schema(head, self.account) == self._aggregate.state_schema:
                loaded = items.read_head(head, self.account, self.keys, self._aggregate)
                if loaded.state != walk.state:
                    return "state"
        except (CorruptItemError, UnknownKeyError) as error:
            return error.why if isinstance(error, CorruptItemError) else "key"
        return None if self._last_commit() else "last commit"

    def _last_commit(self) -> list[Event]:
        """The events of the last commit, if the head tells of them as they are."""
        try:
            told = self.head["last"]["S"] if self.head else "[]"
            count = len(json.loads(told))
        except (KeyError, ValueError, TypeError):
            return []
        events = list(self._walk.recent)[-count:] if count else []
        return events if events and told == items.last_commit(events) else []

    def _read_head(self) -> Loaded[Account] | None:
        if self.head is None or items.head_schema(self.head, self.account) != self._aggregate.state_schema:
            return None
        return items.read_head(self.head, self.account, self.keys, self._aggregate)

    def _of_keys(self, state: Account | None) -> Iterator[Finding]:
        """Each key that sealed anything: there, sound, of its time, and destroyed if and only if it must be."""
        standing = {} if state is None else {(purpose, row) for purpose, row in self._aggregate.rows(state).items()}
        for slot in dict.fromkeys([*self._slots(), *standing, *self.keys.rows]):
            row = self.keys.row(slot)
            what, at = row.fault, self._made(slot)
            if what is None and state is not None:
                alive = not self._aggregate.is_erased(state) if isinstance(slot, Purpose) else slot in standing
                if alive == row.erased:
                    what = TOO_EARLY if alive else "not destroyed"
            if what is None and not row.erased and not is_of(row, at):
                what = "time"
            if what is not None:
                subject, purpose = name_of(self.account, slot)
                yield self._finding(Place.KEY, what, item=f"{subject}#{purpose}")

    def _slots(self) -> Iterator[Slot]:
        if self._walk.version or self.head is not None:
            yield Purpose.PROFILE
        yield from self._walk.slots

    def _made(self, slot: Slot) -> datetime | None:
        return self._walk.began if isinstance(slot, Purpose) else self._walk.slots.get(slot)

    def _of_credential(self, state: Account) -> Iterator[Finding]:
        """The password's hash is the one that the events speak of; there is none if they speak of none."""
        if state.credential is None:
            if self.credential is not None:
                yield self._finding(Place.CREDENTIAL, "too many")
        elif self.credential is None:
            yield self._finding(Place.CREDENTIAL, "missing")
        elif not self._opens(self.credential, state.credential):
            yield self._finding(Place.CREDENTIAL, "not the one of the events")

    def _opens(self, credential: Item, expected: str) -> bool:
        try:
            stored = items.read_credential(credential, self.account, self.keys[Purpose.PROFILE])
        except (CorruptItemError, UnknownKeyError, LookupError, ValueError):
            return False
        return stored is not None and items.fingerprint(stored) == expected

    def _finding(
        self, place: Place, what: str, *, version: int | None = None, mendable: bool = False, item: str = ""
    ) -> Finding:
        seen = self.version if version is None else version
        return Finding(place, self.account, seen, what, mendable, item or items.account_pk(self.account))


def _version(head: Item) -> int:
    """The version of a head; 0 if it has none."""
    try:
        return items.head_version(head, "")
    except CorruptItemError:
        return 0


def _digest(head: Item | None) -> bytes:
    digest: bytes = {} if head is None else head.get("d", {}).get("B", b"")
    return digest
