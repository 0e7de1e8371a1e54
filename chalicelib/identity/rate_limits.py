"""Rate limits: how often a subject may do something within a window (spec 10, section 2; spec 40, section 8)."""

import logging
import os
from datetime import datetime

from pynamodb.exceptions import PutError, PynamoDBException, UpdateError

from chalicelib.identity.store_errors import condition_failed
from chalicelib.metrics import emit
from chalicelib.tables import ShortLivedItem

log = logging.getLogger("rollcall.identity")

_ROUNDS = 4
_SORT_KEY = "WINDOW"


def _within(count: int, limit: int) -> bool:
    if count > limit:
        emit({"RateLimited": 1})
    return count <= limit


class RateLimiter:
    """One counter a subject. A counter that cannot be written locks nobody out.

    A window begins with the first request that it counts, so that a limit of one holds for the whole of it.
    """

    def __init__(self, short_lived: type[ShortLivedItem]) -> None:
        self._items = short_lived

    def allows(self, subject: str, limit: int, seconds: int, now: datetime) -> bool:
        """Count one more for `subject` (opaque); whether it is within `limit` in this window. 0 is no limit."""
        if limit == 0:
            return True
        moment = int(now.timestamp())
        try:
            for _ in range(_ROUNDS):
                count = self._count(subject, moment) or self._begin(subject, moment, seconds)
                if count:
                    return _within(count, limit)
        except PynamoDBException:
            log.warning("rate counter cannot be written")
        return True

    def _count(self, subject: str, moment: int) -> int | None:
        """One more in the window that is running; null if none is."""
        counter = self._items(f"R#{subject}", _SORT_KEY)
        try:
            counter.update(actions=[self._items.tally.add(1)], condition=self._items.expires > moment)
        except UpdateError as error:
            if condition_failed(error):
                return None
            raise
        return int(counter.tally or 0)

    def _begin(self, subject: str, moment: int, seconds: int) -> int | None:
        """The first of a new window; null if somebody else was faster."""
        owner = os.urandom(8).hex()
        # There is none that runs, or this one, stored by an attempt whose answer was lost:
        free = self._items.pk.does_not_exist() | (self._items.expires <= moment) | (self._items.owner == owner)
        try:
            self._items(f"R#{subject}", _SORT_KEY, tally=1, expires=moment + seconds, owner=owner).save(condition=free)
        except PutError as error:
            if condition_failed(error):
                return None
            raise
        return 1
