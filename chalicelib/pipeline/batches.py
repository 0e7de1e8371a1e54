"""Batches that are under way: items `B#<hash of the content>` of the short-lived table (spec 20, section 14).

A batch is many commits. It is remembered until it is through, so that the same call again finishes what a crash
has left. Members are random account ids and numbers of rows, nothing personal.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from pynamodb.exceptions import DoesNotExist, PynamoDBException

from chalicelib.events.errors import StoreUnavailableError
from chalicelib.tables import ShortLivedItem

SORT_KEY = "BATCH"
LIFETIME_SECONDS = 30 * 24 * 3600


class Member(NamedTuple):
    """One row of a batch: whose it is, and its number."""

    account: str
    number: int


class Batches:
    """Remembers batches. Arguments: the short-lived table; the service's clock."""

    def __init__(self, short_lived: type[ShortLivedItem], clock: Callable[[], datetime]) -> None:
        self._items = short_lived
        self._clock = clock

    def find(self, digest: str) -> list[Member] | None:
        """The members of a batch that was begun and is not through. Raises `StoreUnavailableError`."""
        try:
            item = self._items.get(_hash_key(digest), SORT_KEY, consistent_read=True)
        except DoesNotExist:
            return None
        except PynamoDBException as error:
            raise StoreUnavailableError("batch") from error
        if item.expires <= self._now():
            return None
        return [Member(account, number) for account, number in item.data]

    def begin(self, digest: str, members: Sequence[Member]) -> None:
        """Remember a batch before its first commit. Raises `StoreUnavailableError`."""
        item = self._items(
            _hash_key(digest),
            SORT_KEY,
            expires=self._now() + LIFETIME_SECONDS,
            data=[list(member) for member in members],
        )
        try:
            item.save()
        except PynamoDBException as error:
            raise StoreUnavailableError("batch") from error

    def end(self, digest: str) -> None:
        """Forget a batch that is through; if that fails, the same call again finds nothing left to do."""
        with suppress(PynamoDBException):
            self._items(_hash_key(digest), SORT_KEY).delete()

    def _now(self) -> int:
        return int(self._clock().timestamp())


def _hash_key(digest: str) -> str:
    return f"B#{digest}"
