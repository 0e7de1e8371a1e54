"""What must stand besides an account's own items: its claims, and its rows in the views."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from chalicelib.accounts.account import Account
from chalicelib.events import items
from chalicelib.events.aggregate import Loaded
from chalicelib.events.claims import LEADING_NOWHERE
from chalicelib.events.dynamo import Item
from chalicelib.events.errors import StoreError
from chalicelib.events.ledger import Ledger
from chalicelib.events.sealing import OpeningKeys
from chalicelib.projections.view import Projection, Row, index_key, place_of, row_pk

POISON = (StoreError, ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
"""What a pure function raises on a state that it cannot take."""

RowKey = tuple[str, str]
"""Partition and sort key of a view row."""


class UnprojectableError(Exception):
    """A view cannot make rows of an account; `view` is its name."""

    def __init__(self, view: str) -> None:
        super().__init__(view)
        self.view = view


class Part(NamedTuple):
    """One generation of one view; `filling`: a rebuild has not yet come to all accounts, so rows may be missing."""

    view: Projection
    generation: int
    filling: bool = False


@dataclass(frozen=True)
class Expected:
    """A row that an account must have."""

    part: Part
    row: Row
    account: Loaded[Account]

    @property
    def key(self) -> RowKey:
        """Where it stands."""
        return row_pk(self.part.view.name, self.part.generation, self.row.key), self.row.sort

    def fault(self, item: Item, keys: OpeningKeys) -> str | None:
        """What is wrong with a row that shows this version of the account, if anything."""
        clear = {name: value for name, value in item.items() if name != "sealed"}
        if clear != self._clear():
            return "content"
        blob = item.get("sealed", {}).get("B")
        personal = dict(self.row.personal)
        if blob is None or not personal:
            return None if blob is None and not personal and "sealed" not in item else "sealed part"
        (purpose,) = personal
        try:
            opened = items.unseal({purpose: blob}, keys, place_of(self.account.account, self.account.version))
        except StoreError:
            return "sealed part"
        return None if opened == personal else "sealed part"

    def _clear(self) -> Item:
        (pk, sk), row = self.key, self.row
        clear = {"pk": {"S": pk}, "sk": {"S": sk}, "v": {"N": str(self.account.version)}}
        if row.plain is not None:
            clear["row"] = {"S": row.plain}
        if row.indexed is not None:
            group = index_key(self.part.view.name, self.part.generation, row.indexed.group)
            clear |= {"index": {"S": group}, "place": {"S": row.indexed.place}}
        return clear


def expected_rows(account: Loaded[Account], parts: Sequence[Part]) -> Iterator[Expected]:
    """The rows that an account must have; raises `UnprojectableError`."""
    projected: dict[str, Sequence[Row]] = {}
    for part in parts:
        name = part.view.name
        if name not in projected:
            projected[name] = _project(part.view, account)
        for row in projected[name]:
            yield Expected(part, row, account)


def _project(view: Projection, account: Loaded[Account]) -> Sequence[Row]:
    try:
        return view.project(account)
    except POISON:
        raise UnprojectableError(view.name) from None


def expected_claims(ledger: Ledger[Account], account: Loaded[Account]) -> dict[str, str | None]:
    """The partition keys of an account's claims, and the account that each must lead to; null: to nobody."""
    return {
        ledger.claim_key(claim)["pk"]["S"]: None if claim.kind in LEADING_NOWHERE else account.account
        for claim in ledger.aggregate.claims(account.state)
    }


def shown_version(row: Item) -> int:
    """The version that a view row shows; 0 if it shows none."""
    told: str = row.get("v", {}).get("N", "")
    return int(told) if told.isdecimal() else 0


def holder_of(claim: Item) -> str | None:
    """The account that a claim leads to; null: to nobody."""
    return str(claim["a"].get("S")) if "a" in claim else None
