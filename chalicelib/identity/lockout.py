"""The lockout after too many wrong passwords (spec 40, sections 2 and 8): one counter a subject.

A counter is one item: `n` failures, and `expires`, when they are forgotten, which is always MEMORY after the
last failure that counted. So the end of a lock needs no attribute of its own: it is `expires` less MEMORY
plus the lock's length, and one atomic write both counts a failure and locks.
"""

import logging
from datetime import datetime

from pynamodb.exceptions import DeleteError, DoesNotExist, PutError, PynamoDBException, UpdateError
from pynamodb.expressions.condition import Condition

from chalicelib.identity.store_errors import condition_failed
from chalicelib.tables import ShortLivedItem

MEMORY = 24 * 3600
"""Seconds for which failures below the limit are remembered (or the lock's length, if that is longer)."""

_ROUNDS = 4
_SORT_KEY = "FAILURES"
_log = logging.getLogger("rollcall.identity")


class Lockout:
    """Counts failures a subject and locks it at the limit.

    A subject is an opaque string, a keyed hash of what was typed, so that existing and unknown accounts
    count alike (spec 40, B7). A counter that cannot be read or written locks nobody out.
    """

    def __init__(self, short_lived: type[ShortLivedItem], limit: int, minutes: int) -> None:
        self._items = short_lived
        self._limit = limit
        self._lock = minutes * 60
        self._memory = max(MEMORY, self._lock)

    def locked(self, subject: str, now: datetime) -> bool:
        """Whether the subject may not log in now, with whatever password."""
        try:
            item = self._items.get(_hash_key(subject), _SORT_KEY, consistent_read=True)
        except DoesNotExist:
            return False
        except PynamoDBException:
            _log.warning("failure counter cannot be read")
            return False
        return int(item.tally or 0) >= self._limit and item.expires > self._locked_beyond(now)

    def failed(self, subject: str, now: datetime) -> int:
        """Count a failure; answers the failures so far, at most the limit. At the limit the lock begins.

        While the subject is locked nothing is counted, so that attempts do not extend the lock.
        """
        for _ in range(_ROUNDS):
            try:
                count = self._count(subject, now) or self._begin(subject, now)
            except PynamoDBException:
                _log.warning("failure counter cannot be written")
                return 1
            if count:
                return count
            if self.locked(subject, now):
                return self._limit
        return 1

    def succeeded(self, subject: str, now: datetime) -> bool:
        """Set the count to zero after a right password; False if by now the subject is locked.

        Refuse the login then: otherwise guesses sent all at once would get past the lock together.
        """
        # The subject has no failures:
        never_failed = self._items.pk.does_not_exist()
        try:
            self._counter(subject).delete(
                condition=never_failed | (self._items.tally < self._limit) | self._is_over(now)
            )
        except DeleteError as error:
            if condition_failed(error):
                return False
            _log.warning("failure counter cannot be reset")
        return True

    def clear(self, subject: str) -> None:
        """Set the count to zero and end a lock: a completed password reset does (spec 40, section 2)."""
        try:
            self._counter(subject).delete()
        except DeleteError:
            _log.warning("failure counter cannot be reset")

    def _count(self, subject: str, now: datetime) -> int | None:
        """One more failure on a counter that is running or new; None if it is locked or over."""
        running = (self._items.tally < self._limit) & (self._items.expires > _unix(now))
        item = self._counter(subject)
        try:
            item.update(
                actions=[self._items.tally.add(1), self._items.expires.set(_unix(now) + self._memory)],
                condition=self._items.pk.does_not_exist() | running,
            )
        except UpdateError as error:
            if condition_failed(error):
                return None
            raise
        return int(item.tally or 0)

    def _begin(self, subject: str, now: datetime) -> int | None:
        """The first failure after the old ones are forgotten or their lock has ended; else None."""
        try:
            self._items(_hash_key(subject), _SORT_KEY, tally=1, expires=_unix(now) + self._memory).save(
                condition=self._is_over(now)
            )
        except PutError as error:
            if condition_failed(error):
                return None
            raise
        return 1

    def _is_over(self, now: datetime) -> Condition:
        forgotten = self._items.expires <= _unix(now)
        lock_ended = (self._items.tally >= self._limit) & (self._items.expires <= self._locked_beyond(now))
        return forgotten | lock_ended

    def _locked_beyond(self, now: datetime) -> int:
        """A counter at the limit is locked while its `expires` lies beyond this."""
        return _unix(now) + self._memory - self._lock

    def _counter(self, subject: str) -> ShortLivedItem:
        return self._items(_hash_key(subject), _SORT_KEY)


def _hash_key(subject: str) -> str:
    return f"F#{subject}"


def _unix(now: datetime) -> int:
    return int(now.timestamp())
