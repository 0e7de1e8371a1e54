"""One consistent batch read, and what it found: accounts, claims, and items of other tables."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeAlias

from chalicelib.events.aggregate import Loaded, S
from chalicelib.events.claims import Claim
from chalicelib.events.dynamo import Item

Place: TypeAlias = tuple[str, str, str]
"""Table name, partition key, sort key (empty where the table has none)."""


@dataclass(frozen=True)
class Wanted:
    """What to read in one go: accounts by id, who holds claims, and further items by table and key."""

    accounts: Sequence[str] = ()
    claims: Sequence[Claim] = ()
    items: Mapping[str, Sequence[Item]] = field(default_factory=dict)


class Reading(Generic[S]):
    """What was found. Accounts are decoded when they are asked for."""

    def __init__(
        self,
        found: Mapping[Place, Item],
        holders: Mapping[Claim, str],
        load: Callable[[Mapping[Place, Item], str], Loaded[S] | None],
    ) -> None:
        self._found = found
        self._holders = holders
        self._load = load

    def account(self, account: str) -> Loaded[S] | None:
        """The account, or null if there is none of this id."""
        return self._load(self._found, account)

    def holder(self, claim: Claim) -> str | None:
        """The id of the account that holds `claim`."""
        return self._holders.get(claim)

    def item(self, table: str, key: Item) -> Item | None:
        """A further item that was asked for."""
        return self._found.get(place_of(table, key))


def place_of(table: str, item: Item) -> Place:
    """Where an item (or a key) stands."""
    sort = item.get("sk")
    return table, item["pk"]["S"], sort["S"] if sort is not None else ""
