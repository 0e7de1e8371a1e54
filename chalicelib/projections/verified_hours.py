"""Which hour of verification has been done: what was missed, by a crash or an outage, is caught up with."""

from datetime import datetime

from pynamodb.exceptions import DoesNotExist, PutError, PynamoDBException

from chalicelib.events.errors import StoreUnavailableError
from chalicelib.tables import ShortLivedItem, error_code

PARTITION = "J#verify"
SORT_KEY = "HOUR"
LIFETIME_SECONDS = 14 * 24 * 3600


class VerifiedHours:
    """Remembers the last hour (whole hours since 1970, UTC) whose part was verified."""

    def __init__(self, short_lived: type[ShortLivedItem]) -> None:
        self._items = short_lived

    def last(self) -> int | None:
        """The last hour that was noted, or null. Raises `StoreUnavailableError`."""
        try:
            item = self._items.get(PARTITION, SORT_KEY, consistent_read=True)
        except DoesNotExist:
            return None
        except PynamoDBException as error:
            raise StoreUnavailableError("verified hours") from error
        return int(item.tally or 0)

    def note(self, hour: int, now: datetime) -> None:
        """Note an hour, unless a later one is noted. Raises `StoreUnavailableError`."""
        later = self._items.pk.does_not_exist() | (self._items.tally < hour)
        expires = int(now.timestamp()) + LIFETIME_SECONDS
        try:
            self._items(PARTITION, SORT_KEY, tally=hour, expires=expires).save(condition=later)
        except PutError as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise StoreUnavailableError("verified hours") from error
        except PynamoDBException as error:
            raise StoreUnavailableError("verified hours") from error
