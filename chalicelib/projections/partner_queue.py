"""The partner queue: which accounts are waiting to be reported (spec 20, section 9).

It holds nothing personal: what is reported is read from the account itself when the row is handed out.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from chalicelib.accounts.account import Account
from chalicelib.events.aggregate import Loaded
from chalicelib.projections.generations import Generations
from chalicelib.projections.index import IndexReader, group_of
from chalicelib.projections.view import Indexed, Row

NAME = "partner_queue"
SORT = "ROW"
WAITING = "WAITING"


class PartnerQueue:
    """One row for each account with a partner row; a tombstone once that has gone."""

    name = NAME

    def project(self, account: Loaded[Account]) -> Sequence[Row]:
        """The account's row, found while it waits."""
        state = account.state
        if state.last_report is None:
            return ()
        row = state.partner_row
        if row is None:
            return (Row(account.account, SORT),)
        waiting = None if row.handed_out else Indexed(group_of(WAITING, row.number), f"{row.number:012d}")
        return (Row(account.account, SORT, f'{{"number":{row.number}}}', indexed=waiting),)


class Waiting(NamedTuple):
    """A partner row that waits: whose it is, and its number."""

    account: str
    number: int


class PartnerQueueReader:
    """Reads who is waiting, which may be two seconds behind.

    Arguments: a botocore client, the views table, the generations of the views.
    """

    def __init__(self, client: Any, table: str, generations: Generations) -> None:
        self._index = IndexReader(client, table, NAME, generations)

    def waiting(self) -> Iterator[Waiting]:
        """Every partner row that nobody has, in the order in which they were made."""
        for item in self._index.rows([WAITING]):
            yield Waiting(item["pk"]["S"].rpartition("#")[2], int(item["place"]["S"]))
