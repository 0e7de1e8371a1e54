"""Fences and the erasure ledger, side by side: each destroyed key has its entry, and each entry a destroyed key.

Both are written in one transaction with the event that ends the key. They say the same version, time and fingerprint,
also after a replay, which writes the fence from the entry.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from chalicelib.accounts.account import Account
from chalicelib.events import items
from chalicelib.events.aggregate import Loaded
from chalicelib.events.classification import Purpose
from chalicelib.events.dynamo import Item, batch_get, text
from chalicelib.events.erasure import ErasureReplayed
from chalicelib.events.erasures import NAMES_OF_ENDS, Erasure
from chalicelib.events.errors import CorruptItemError
from chalicelib.events.ledger import Ledger
from chalicelib.events.sealing import Slot
from chalicelib.events.verification import Ending
from chalicelib.projections.findings import Finding, Place
from chalicelib.projections.key_rows import KeyRow, name_of
from chalicelib.projections.story import Story

MISSING = "missing"
ANOTHER_TIME = frozenset({"version", "time"})
"""What history can tell: which of the two it was."""


def by_name(client: Any, table: str, names: Iterable[str]) -> dict[str, Item]:
    """The items of a table that has a partition key alone. Raises `StoreUnavailableError`."""
    keys = [{"pk": text(name)} for name in names]
    found = batch_get(client, {table: keys})[table] if keys else []
    return {item["pk"]["S"]: item for item in found}


def disagreement(row: KeyRow, entry: Item | None) -> str | None:
    """What does not hold between a key's row and its entry in the erasure ledger, if anything."""
    if entry is None:
        return MISSING if row.erased else None
    if not row.erased:
        return "of no destroyed key"
    if row.fault is not None:
        return row.fault
    try:
        erasure = items.read_erasure(entry)
    except CorruptItemError as error:
        return error.why
    if erasure.through != row.through:
        return "version"
    if erasure.at != row.at:
        return "time"
    if erasure.fingerprint not in ("", row.fingerprint):
        return "fingerprint"
    if entry.get("account") != text(erasure.account):
        return "account"
    return None if erasure.event in ("", *NAMES_OF_ENDS) else "event"


def names_of(story: Story) -> dict[str, Slot]:
    """The keys that an account knows, by the partition key of their rows."""
    return {_name(story.account, slot): slot for slot in story.keys.rows}


class FencesOfAccount:
    """What does not hold between the keys of an account, its entries and its history.

    Arguments: the account as its items tell it and as it is, and its entries by name. `trusted`: the account is what
    its events come to, and each key is destroyed if and only if it must be.
    """

    def __init__(
        self,
        story: Story,
        loaded: Loaded[Account] | None,
        ledger: Ledger[Account],
        entries: Mapping[str, Item],
        *,
        trusted: bool,
    ) -> None:
        self._story = story
        self._loaded = loaded
        self._ledger = ledger
        self._entries = entries
        self._trusted = trusted

    def findings(self) -> Iterator[Finding]:
        """One a key, at most."""
        for name, slot in names_of(self._story).items():
            row, entry = self._story.keys.rows[slot], self._entries.get(name)
            what = disagreement(row, entry)
            if what is not None and what == row.fault:
                continue  # a finding of the key
            if what in ANOTHER_TIME and entry is not None:
                yield from self._of_history(name, what, row, items.read_erasure(entry))
            elif what is not None:
                yield self._finding(Place.ERASURE, what, name)
            elif entry is not None and (other := self._of_state(items.read_erasure(entry))) is not None:
                yield self._finding(Place.ERASURE, other, name)

    def made_again(self, name: str) -> Item | None:
        """The entry of a destroyed key, out of its fence and what the account says; null without them."""
        slot = names_of(self._story).get(name)
        if slot is None or self._loaded is None:
            return None
        row = self._story.keys.rows[slot]
        purpose, number = (slot, None) if isinstance(slot, Purpose) else slot
        if row.through is None:
            return None
        ending = self._ending(row.through, row.at)
        kept = self._ledger.aggregate.kept(self._loaded.state, purpose)
        event = "" if ending is None else ending.event
        account = self._story.account
        return items.erasure_item(Erasure(account, purpose, number, row.through, row.at, row.fingerprint, event, kept))

    def _of_history(self, name: str, what: str, row: KeyRow, erasure: Erasure) -> Iterator[Finding]:
        """They say another version or time: the account's events tell which of them is right, if one is.

        A key that was destroyed once more, for a restore had brought back its account, has the later time.
        """
        told = {each.at for each in self._story.endings.values()}
        if what == "time" and row.at > erasure.at and row.at in told and self._ending(row.through, row.at) is None:
            return
        if self._ending(erasure.through, erasure.at) is not None and self._ending(row.through, row.at) is None:
            yield self._finding(Place.KEY, f"{what} of the fence", name)
        else:
            yield self._finding(Place.ERASURE, what, name)

    def _of_state(self, erasure: Erasure) -> str | None:
        """An entry that agrees with the fence: whether it says what the account does, besides."""
        ending = self._ending(erasure.through, erasure.at)
        if ending is not None and erasure.event not in ("", ending.event) and not self._erased_again():
            return "event"
        if self._loaded is None or (not erasure.kept and not erasure.event):
            return None
        kept = self._ledger.aggregate.kept(self._loaded.state, erasure.purpose)
        return None if erasure.kept == {key: value for key, value in kept.items() if value} else "pseudonyms"

    def _erased_again(self) -> bool:
        """Whether a restore has taken events away: others stand in their places, and entries tell of the first ones."""
        return any(each.event == ErasureReplayed.__name__ for each in self._story.endings.values())

    def _ending(self, version: int | None, at: str) -> Ending | None:
        """The event of this version, if it may have ended a key, and was then."""
        ending = None if version is None else self._story.endings.get(version)
        return ending if ending is not None and ending.at == at else None

    def _finding(self, place: Place, what: str, name: str) -> Finding:
        mendable = self._trusted and what == MISSING
        return Finding(place, self._story.account, self._story.version, what, mendable, name)


def _name(account: str, slot: Slot) -> str:
    subject, purpose = name_of(account, slot)
    return f"{subject}#{purpose}"
