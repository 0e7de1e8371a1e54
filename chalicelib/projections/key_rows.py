"""Key rows as they stand in the table, many at a time, for a verification that trusts no memory."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.events.classification import Purpose
from chalicelib.events.dynamo import Item, batch_get
from chalicelib.events.errors import CorruptItemError, UnknownKeyError
from chalicelib.events.keys import KeyRing, KeyState
from chalicelib.events.sealing import DataKey, Slot, subject_of

FINGERPRINT = re.compile(r"[0-9a-f]{64}")
KeyName = tuple[str, Purpose]
"""A subject and a purpose."""


class KeyRow(NamedTuple):
    """A key row that was read: the key (null if it is destroyed or at fault), since when, and what is wrong with it.

    `fingerprint` is what a row says whose key is destroyed; empty if the entry that fenced it again said none.
    """

    key: DataKey | None
    at: str = ""
    through: int | None = None
    fault: str | None = None
    fingerprint: str = ""

    @property
    def erased(self) -> bool:
        """Whether it says that the key is destroyed."""
        return self.through is not None


class KeyRows:
    """Reads and opens key rows. Arguments: a botocore client and the key ring."""

    def __init__(self, client: Any, ring: KeyRing) -> None:
        self._client = client
        self._ring = ring

    def read(self, names: Iterable[KeyName]) -> dict[KeyName, KeyRow]:
        """The rows of these keys, in as few requests as they fit.

        Raises `StoreUnavailableError`, `KeyServiceUnavailableError`.
        """
        wanted = {self._ring.partition_key(*name): name for name in names}
        if not wanted:
            return {}
        keys = [self._ring.row_key(*name) for name in wanted.values()]
        found = batch_get(self._client, {self._ring.table: keys})[self._ring.table]
        rows = {wanted[item["pk"]["S"]]: item for item in found}
        return {name: self._opened(name, rows.get(name)) for name in wanted.values()}

    def _opened(self, name: KeyName, item: Item | None) -> KeyRow:
        if item is None:
            return KeyRow(None, fault="missing")
        try:
            state, at, fingerprint = item["state"]["S"], item["at"]["S"], item["fingerprint"]["S"]
            if state == KeyState.ERASED:
                return _erased(item, at, fingerprint)
            if state != KeyState.ACTIVE:
                return KeyRow(None, at, fault="state")
            key = self._ring.open(*name, item)
        except (CorruptItemError, UnknownKeyError):
            return KeyRow(None, fault="does not unwrap")
        except KeyError as error:
            return KeyRow(None, fault=f"no {error.args[0]}")
        return KeyRow(key, at, fault=None if key.fingerprint == fingerprint else "fingerprint")


def fence_of(item: Item | None) -> KeyRow:
    """What a key row says of the key's end, without opening anything."""
    if item is None:
        return KeyRow(None, fault="missing")
    try:
        erased = item["state"]["S"] == KeyState.ERASED
        return _erased(item, item["at"]["S"], item["fingerprint"]["S"]) if erased else KeyRow(None)
    except KeyError as error:
        return KeyRow(None, fault=f"no {error.args[0]}")


def _erased(item: Item, at: str, fingerprint: str) -> KeyRow:
    fault = None
    if "wrapped" in item or "kek" in item:
        fault = "erased, and there is still something to unwrap"
    elif fingerprint and not FINGERPRINT.fullmatch(fingerprint):
        fault = "fingerprint"
    through = item["through"]["N"]
    if not through.isdecimal():
        return KeyRow(None, at, 0, "fence", fingerprint)
    return KeyRow(None, at, int(through), fault, fingerprint)


class HeldKeys(dict[Slot, DataKey | None]):
    """The keys of one account as they were read; those of its rows are read when they are met.

    `rows` holds all that was read, faults as well. A key that is not there or does not open raises `UnknownKeyError`.
    """

    def __init__(self, reader: KeyRows, account: str, known: dict[KeyName, KeyRow]) -> None:
        super().__init__()
        self.rows: dict[Slot, KeyRow] = {}
        self._reader = reader
        self._account = account
        self._known = known

    def __missing__(self, slot: Slot) -> DataKey | None:
        row = self.row(slot)
        if row.key is None and not row.erased:
            raise UnknownKeyError(self._account, slot if isinstance(slot, Purpose) else slot[0])
        self[slot] = row.key
        return row.key

    def renew(self) -> None:
        """Read again what was read: a commit may have destroyed a key."""
        fresh = self._reader.read([name_of(self._account, slot) for slot in self.rows])
        self.rows = {slot: fresh[name_of(self._account, slot)] for slot in self.rows}
        self._known = fresh
        self.clear()

    def row(self, slot: Slot) -> KeyRow:
        """The row of a key, whatever it says."""
        if slot not in self.rows:
            name = name_of(self._account, slot)
            self.rows[slot] = self._known.get(name) or self._reader.read([name])[name]
        return self.rows[slot]


def name_of(account: str, slot: Slot) -> KeyName:
    """What a key of an account is called."""
    return (account, slot) if isinstance(slot, Purpose) else (subject_of(account, slot[1]), slot[0])


def is_of(row: KeyRow, at: datetime | None) -> bool:
    """Whether a living key was made when its first event was."""
    return at is None or row.at == at.isoformat()
