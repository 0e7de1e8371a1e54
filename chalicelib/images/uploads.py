"""Direct uploads: what was granted to whom, and what became of it (spec 30, section 8).

Items of the short-lived table: `U#<upload id>` is the upload; `O#<account id>` lists what there is of an account, its
open uploads and the pictures that may have objects, so that all of it can be found when the account is erased.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from pynamodb.exceptions import DoesNotExist, PutError, PynamoDBException

from chalicelib.events.errors import StoreUnavailableError
from chalicelib.tables import ShortLivedItem, error_code

SORT_KEY = "UPLOAD"
STATUS_SECONDS = 24 * 3600
"""How long the status of an upload is kept."""

LATE_SECONDS = 15 * 60
"""For so long after its grant has run out an upload may be waiting for its processing."""

OPEN_SECONDS = 10 * 365 * 24 * 3600
UPLOAD = "UPLOAD#"
PICTURE = "PICTURE#"


class Status(StrEnum):
    """What has become of an upload."""

    WAITING = "waiting"
    DONE = "done"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Upload:
    """One upload. `granted_at` and `granted_until` say when an object may arrive, in Unix seconds, by our clock."""

    id: str
    account: str
    content_type: str
    extension: str
    granted_at: float
    granted_until: int
    status: Status = Status.WAITING
    developer_message: str | None = None
    user_message: str | None = None


class Open(NamedTuple):
    """What there is of an account: ids of uploads that are open, and of pictures that may have objects."""

    uploads: list[str]
    pictures: list[str]


class Uploads:
    """Keeps uploads. Arguments: the short-lived table; the service's clock. Raises `StoreUnavailableError`."""

    def __init__(self, short_lived: type[ShortLivedItem], clock: Callable[[], datetime]) -> None:
        self._items = short_lived
        self._clock = clock

    def begin(self, upload: Upload) -> None:
        """Remember a new upload."""
        with _store():
            self._note(upload.account, UPLOAD + upload.id)
            self._item(upload).save()

    def find(self, upload_id: str) -> Upload | None:
        """An upload; null once it is forgotten."""
        with _store():
            try:
                item = self._items.get(_hash_key(upload_id), SORT_KEY, consistent_read=True)
            except DoesNotExist:
                return None
        if item.expires <= self._now():
            return None
        return Upload(id=upload_id, **{**item.data, "status": Status(item.data["status"])})

    def end(self, upload: Upload, status: Status, developer: str | None = None, user: str | None = None) -> None:
        """Say what has become of an upload, for good: one that has ended already stays as it is."""
        ended = replace(upload, status=status, developer_message=developer, user_message=user)
        with _store():
            try:
                self._item(ended).save(condition=self._items.tally == 0)
            except PutError as error:
                if error_code(error) != "ConditionalCheckFailedException":
                    raise
            self._forget(upload.account, UPLOAD + upload.id)

    def drop(self, account: str, upload_id: str) -> None:
        """Forget an upload altogether: whatever arrives for it now is nobody's."""
        with _store():
            self._items(_hash_key(upload_id), SORT_KEY).delete()
            self._forget(account, UPLOAD + upload_id)

    def remember_picture(self, account: str, image: str) -> None:
        """Note, before its objects are written, that an account has this picture, shown or not."""
        with _store():
            self._note(account, PICTURE + image)

    def forget_picture(self, account: str, image: str) -> None:
        """The picture's objects are gone."""
        with _store():
            self._forget(account, PICTURE + image)

    def open_of(self, account: str) -> Open:
        """What is open of an account."""
        with _store():
            items = list(self._items.query(_account_key(account), consistent_read=True))
        names = [item.sk for item in items]
        return Open(
            [name.removeprefix(UPLOAD) for name in names if name.startswith(UPLOAD)],
            [name.removeprefix(PICTURE) for name in names if name.startswith(PICTURE)],
        )

    def any_waiting(self, account: str) -> bool:
        """Whether anything may still arrive for the account, or has arrived and not been looked at.

        Uploads that ran out long ago are forgotten by the way.
        """
        waiting = False
        for upload_id in self.open_of(account).uploads:
            upload = self.find(upload_id)
            if upload is None:
                self.drop(account, upload_id)
            elif upload.status is Status.WAITING and upload.granted_until + LATE_SECONDS > self._now():
                waiting = True
        return waiting

    def _note(self, account: str, name: str) -> None:
        self._items(_account_key(account), name, expires=self._now() + OPEN_SECONDS).save()

    def _forget(self, account: str, name: str) -> None:
        self._items(_account_key(account), name).delete()

    def _item(self, upload: Upload) -> ShortLivedItem:
        kept = {name: value for name, value in vars(upload).items() if name != "id"}
        ended = 0 if upload.status is Status.WAITING else 1
        expires = upload.granted_until + STATUS_SECONDS
        return self._items(_hash_key(upload.id), SORT_KEY, expires=expires, tally=ended, data=kept)

    def _now(self) -> int:
        return int(self._clock().timestamp())


@contextmanager
def _store() -> Iterator[None]:
    """Turn what PynamoDB raises into `StoreUnavailableError`."""
    try:
        yield
    except PynamoDBException as error:
        raise StoreUnavailableError("uploads") from error


def _hash_key(upload_id: str) -> str:
    return f"U#{upload_id}"


def _account_key(account: str) -> str:
    return f"O#{account}"
