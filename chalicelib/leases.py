"""Leases: for a short while, one holder of a name. Items `L#<name>` of the short-lived table."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from pynamodb.exceptions import DeleteError, PutError, PynamoDBException

from chalicelib.events.dynamo import pause
from chalicelib.events.errors import StoreUnavailableError, TooContendedError
from chalicelib.tables import ShortLivedItem, error_code

SORT_KEY = "LEASE"
ATTEMPTS = 60
JOB_SECONDS = 45 * 60
"""The lease of a job: the quarter of an hour that a function may run, and half an hour by which clocks may differ."""


def account_lease(account: str) -> str:
    """The lease of whoever mails about an account before a commit."""
    return f"account:{account}"


class Leases:
    """Gives out leases. A holder that dies loses its lease when the time is up, by the service's clock."""

    def __init__(self, short_lived: type[ShortLivedItem], clock: Callable[[], datetime]) -> None:
        self._items = short_lived
        self._clock = clock

    @contextmanager
    def hold(self, names: Sequence[str], owner: str, seconds: int) -> Iterator[None]:
        """Hold all of `names`, waiting for them in turn; `owner` is random and tells holders apart.

        Names are opaque (digests, ids). Raises `TooContendedError` when one stays taken,
        `StoreUnavailableError` when the table cannot be reached.
        """
        held: list[str] = []
        try:
            for name in sorted(set(names)):
                self._take(name, owner, seconds)
                held.append(name)
            yield
        finally:
            for name in held:
                self._release(name, owner)

    @contextmanager
    def try_hold(self, name: str, owner: str, seconds: int) -> Iterator[bool]:
        """Hold `name` if nobody does; whether it is held. Raises `StoreUnavailableError`."""
        held = self._taken(name, owner, seconds)
        try:
            yield held
        finally:
            if held:
                self._release(name, owner)

    def extend(self, name: str, owner: str, seconds: int) -> bool:
        """Hold on for so many seconds from now; False if the lease was lost. Raises `StoreUnavailableError`."""
        now = int(self._clock().timestamp())
        try:
            self._items(f"L#{name}", SORT_KEY, owner=owner, expires=now + seconds).save(
                condition=self._items.owner == owner
            )
        except PutError as error:
            if error_code(error) == "ConditionalCheckFailedException":
                return False
            raise StoreUnavailableError("lease") from error
        except PynamoDBException as error:
            raise StoreUnavailableError("lease") from error
        return True

    def _take(self, name: str, owner: str, seconds: int) -> None:
        for attempt in range(ATTEMPTS):
            if self._taken(name, owner, seconds):
                return
            pause(attempt, base=0.01, most=0.2)
        raise TooContendedError("lease")

    def _taken(self, name: str, owner: str, seconds: int) -> bool:
        now = int(self._clock().timestamp())
        # Nobody holds it, or its holder's time is up, or it is ours since an attempt whose answer was lost:
        free = self._items.pk.does_not_exist() | (self._items.expires <= now) | (self._items.owner == owner)
        try:
            self._items(f"L#{name}", SORT_KEY, owner=owner, expires=now + seconds).save(condition=free)
        except PutError as error:
            if error_code(error) == "ConditionalCheckFailedException":
                return False
            raise StoreUnavailableError("lease") from error
        except PynamoDBException as error:
            raise StoreUnavailableError("lease") from error
        return True

    def _release(self, name: str, owner: str) -> None:
        """Give a lease back; one that was lost meanwhile, or a table out of reach, is left to the clock."""
        try:
            self._items(f"L#{name}", SORT_KEY).delete(condition=self._items.owner == owner)
        except DeleteError:
            return
