"""Addresses whose link nobody has opened yet, by when they were asked for (spec 50, section 7). Nothing personal."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from chalicelib.accounts.account import Account
from chalicelib.events.aggregate import Loaded
from chalicelib.projections.generations import Generations
from chalicelib.projections.index import IndexReader, group_of
from chalicelib.projections.view import Indexed, Row
from chalicelib.retirement.moments import moment

NAME = "pending_addresses"
EMAIL, SECONDARY = "EMAIL", "SECONDARY"
PENDING = "PENDING"


class PendingAddresses:
    """A row for each of the two addresses of an account that waits for its link; tombstones afterwards."""

    name = NAME

    def project(self, account: Loaded[Account]) -> Sequence[Row]:
        """The account's two rows."""
        state = account.state
        if not state.asked_for_address:
            return ()
        email = state.email_requested if state.pending_email else None
        secondary = state.secondary_email_requested if state.pending_secondary_email else None
        return (_row(account.account, EMAIL, email), _row(account.account, SECONDARY, secondary))


class PendingAddressesReader:
    """Reads what is pending. Arguments: a botocore client, the views table, the generations."""

    def __init__(self, client: Any, table: str, generations: Generations) -> None:
        self._index = IndexReader(client, table, NAME, generations)

    def older_than(self, moment_: datetime) -> Iterator[str]:
        """The accounts with an address that was asked for before a moment; one with two of them comes twice."""
        for item in self._index.rows([PENDING], before=moment(moment_)):
            yield item["place"]["S"].split("#")[1]


def _row(account: str, sort: str, requested: datetime | None) -> Row:
    if requested is None:
        return Row(account, sort)
    indexed = Indexed(group_of(PENDING, int(account, 16)), f"{moment(requested)}#{account}#{sort}")
    return Row(account, sort, "{}", indexed=indexed)
