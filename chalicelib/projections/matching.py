"""Claims that accounts must have, and claims that stand: most meet within one pass, the others are looked up."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar

from chalicelib.events import items
from chalicelib.events.claims import LEADING_NOWHERE
from chalicelib.events.dynamo import BATCH_KEYS, batch_get
from chalicelib.projections.counters import Numbers
from chalicelib.projections.examining import Stores
from chalicelib.projections.expecting import expected_claims, holder_of
from chalicelib.projections.heads import Heads

MOST_WAITING = 50_000
"""How many claims may wait on either side; this bounds the memory that a pass takes."""

T = TypeVar("T")


class Suspects:
    """What looked wrong at first sight: accounts, claims, view rows, fences and idempotency records, by id or partition
    key. `numbers` are those in use, of which each counter is suspect.
    """

    def __init__(self) -> None:
        self.accounts: dict[str, None] = {}
        self.claims: dict[str, None] = {}
        self.rows: dict[str, None] = {}
        self.fences: dict[str, None] = {}
        self.records: dict[str, None] = {}
        self.numbers = Numbers()

    def fence(self, account: str, name: str) -> None:
        """Something is wrong with a fence or its entry: said of its account, or if that does not know it, by itself."""
        self.accounts[account] = None
        self.fences[name] = None


class ClaimMatching:
    """Brings both sides together. Whatever does not fit is suspect."""

    def __init__(self, stores: Stores, heads: Heads, suspects: Suspects) -> None:
        self._stores = stores
        self._heads = heads
        self._suspects = suspects
        self._expected: dict[str, tuple[str, str | None]] = {}
        self._standing: dict[str, str | None] = {}

    def expect(self, account: str, claims: Mapping[str, str | None]) -> None:
        """An account must have these claims, and each must lead to where it says."""
        for pk, holder in claims.items():
            if pk in self._expected:
                self._suspects.accounts |= {account: None, self._expected[pk][0]: None}
            elif pk not in self._standing:
                self._expected[pk] = (account, holder)
            elif self._standing.pop(pk) != holder:
                self._suspects.accounts[account] = None
                self._suspects.claims[pk] = None
        if len(self._expected) > MOST_WAITING:
            self._look_up_expected()

    def stands(self, pk: str, holder: str | None) -> None:
        """A claim stands and leads to an account, or to nobody."""
        if pk not in self._expected:
            self._standing[pk] = holder
        else:
            account, expected = self._expected.pop(pk)
            if holder != expected:
                self._suspects.accounts[account] = None
                self._suspects.claims[pk] = None
        if len(self._standing) > MOST_WAITING:
            self._look_up_standing()

    def finish(self) -> None:
        """Look up whatever has not met."""
        self._look_up_expected()
        self._look_up_standing()

    def _look_up_expected(self) -> None:
        table = self._stores.ledger.table
        for chunk in chunks(self._expected.items()):
            keys = [items.claim_key(pk) for pk, _ in chunk]
            found = batch_get(self._stores.client, {table: keys})[table]
            standing = {item["pk"]["S"]: holder_of(item) for item in found}
            for pk, (account, holder) in chunk:
                if pk not in standing or standing[pk] != holder:
                    self._suspects.accounts[account] = None
        self._expected.clear()

    def _look_up_standing(self) -> None:
        by_holder: dict[str, list[str]] = {}
        for pk, holder in self._standing.items():
            nowhere = leads_nowhere(pk)
            if holder is not None and not nowhere:
                by_holder.setdefault(holder, []).append(pk)
            elif holder is not None or not nowhere:
                self._suspects.claims[pk] = None
        self._standing.clear()
        for chunk in chunks(by_holder.items()):
            self._look_up_holders(dict(chunk))

    def _look_up_holders(self, by_holder: dict[str, list[str]]) -> None:
        for account, loaded in self._heads.read(list(by_holder)).items():
            claimed = {} if loaded is None else expected_claims(self._stores.ledger, loaded)
            self._suspects.claims |= {pk: None for pk in by_holder[account] if pk not in claimed}


def leads_nowhere(pk: str) -> bool:
    """Whether a claim is of a kind that leads to nobody."""
    return pk.split("#", 2)[1] in LEADING_NOWHERE


def chunks(found: Any) -> Iterator[list[Any]]:
    """Portions that one BatchGetItem takes."""
    rest = iter(list(found))
    while chunk := list(islice(rest, BATCH_KEYS)):
        yield chunk
