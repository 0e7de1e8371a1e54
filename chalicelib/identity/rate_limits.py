"""Rate limits: how often a subject may do something within a window (spec 10, section 2; spec 40, section 8)."""

import logging
from datetime import datetime

from pynamodb.exceptions import PynamoDBException

from chalicelib.tables import ShortLivedItem

log = logging.getLogger("rollcall.identity")


class RateLimiter:
    """One counter a subject and window. A counter that cannot be written locks nobody out.

    Windows are fixed stretches of time, so a counter is one atomic write and runs out by itself.
    """

    def __init__(self, short_lived: type[ShortLivedItem]) -> None:
        self._items = short_lived

    def allows(self, subject: str, limit: int, seconds: int, now: datetime) -> bool:
        """Count one more for `subject` (opaque); whether it is within `limit` in this window. 0 is no limit."""
        if limit == 0:
            return True
        window = int(now.timestamp()) // seconds
        counter = self._items(f"R#{subject}", str(window))
        try:
            counter.update(actions=[self._items.tally.add(1), self._items.expires.set((window + 1) * seconds)])
        except PynamoDBException:
            log.warning("rate counter cannot be written")
            return True
        return int(counter.tally or 0) <= limit
