"""Names that wait for approval, oldest first (spec 50, section 3).

The view holds nothing personal: who asked for which name is read from the account itself when the list is shown.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from chalicelib.accounts.account import Account
from chalicelib.events.aggregate import Loaded
from chalicelib.projections.generations import Generations
from chalicelib.projections.index import IndexReader, group_of
from chalicelib.projections.view import Indexed, Row
from chalicelib.retirement.moments import moment

NAME = "name_changes"
SORT = "ROW"
WAITING = "WAITING"


class NameChanges:
    """One row for each account whose name waits; a tombstone once that is decided."""

    name = NAME

    def project(self, account: Loaded[Account]) -> Sequence[Row]:
        """The account's row, found by when the name was asked for."""
        state = account.state
        if not state.asked_for_name:
            return ()
        if state.pending_name is None or state.name_requested is None:
            return (Row(account.account, SORT),)
        place = f"{moment(state.name_requested)}#{account.account}"
        return (Row(account.account, SORT, "{}", indexed=Indexed(group_of(WAITING, int(account.account, 16)), place)),)


class WaitingName(NamedTuple):
    """A name that waits: whose it is, and its place in the order."""

    account: str
    place: str


class NameChangesReader:
    """Reads who waits, which may be two seconds behind. Arguments: a botocore client, the views table, generations."""

    def __init__(self, client: Any, table: str, generations: Generations) -> None:
        self._index = IndexReader(client, table, NAME, generations)

    def waiting(self, behind: str | None = None, wanted: int | None = None) -> Iterator[WaitingName]:
        """Whoever waits, in the order in which they asked, from behind a place on."""
        first = "" if behind is None else f"{behind}!"
        for item in self._index.rows([WAITING], first=first, wanted=wanted):
            place = item["place"]["S"]
            yield WaitingName(place.rpartition("#")[2], place)
