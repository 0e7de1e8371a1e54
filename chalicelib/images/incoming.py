"""What arrives in S3 under a grant: judged, made the picture, deleted (spec 30, section 8).

Notifications come twice, late, in any order, and for objects that are gone; each is handled by itself, and what was
sent later wins.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

from chalicelib.accounts.account import Account
from chalicelib.accounts.context import Context
from chalicelib.accounts.images import NewImage, NoOwnerError, SupersededError, UploadDoneError, refuse_upload
from chalicelib.events.aggregate import Decision
from chalicelib.events.errors import UnknownAccountError
from chalicelib.events.event import Actor, Role
from chalicelib.events.images import Way
from chalicelib.events.ledger import Ledger
from chalicelib.images.album import Album
from chalicelib.images.pipeline import Limits, Picture
from chalicelib.images.refusals import PictureRefusedError
from chalicelib.images.store import INCOMING, UPLOAD_ID, Arrived, PictureStore
from chalicelib.images.uploads import Status, Upload, Uploads
from chalicelib.leases import Leases
from chalicelib.metrics import emit

LEASE_SECONDS = 60
NO_KEY = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""In keys that nobody was granted, and that S3 cannot list in its XML; the bucket's lifecycle ends their objects."""

CREATED = "ObjectCreated"
REQUEST = "s3"
"""What stands for the request in events that a notification has led to."""


@dataclass(frozen=True)
class Ports:
    """What the processing works with. `s3_time` shifts a moment of S3's clock to that of the service."""

    ledger: Ledger[Account]
    store: PictureStore
    uploads: Uploads
    album: Album
    leases: Leases
    limits: Limits
    clock: Callable[[], datetime]
    random_bytes: Callable[[int], bytes]
    s3_time: Callable[[datetime], datetime]


def handle(ports: Ports, notification: Mapping[str, Any]) -> int:
    """Process every arrival of a notification document; how many there were. Anything else is left alone."""
    arrivals = [found for record in _records(notification) if (found := _arrival(ports, record)) is not None]
    for key, moment in arrivals:
        process(ports, key, moment)
    return len(arrivals)


def process(ports: Ports, key: str, arrived: datetime | None) -> None:
    """Process the object `key`, which arrived at a moment of S3's clock, or when S3 says it did.

    Raises `PicturesUnavailableError`, `StoreUnavailableError`: then it is to be tried again.
    """
    if not key.startswith(INCOMING):
        return
    upload_id = key.removeprefix(INCOMING)
    if NO_KEY.search(key):
        return
    if UPLOAD_ID.fullmatch(upload_id) is None or ports.uploads.find(upload_id) is None:
        ports.store.delete(key)
        return
    with ports.leases.hold([f"upload:{upload_id}"], ports.random_bytes(16).hex(), LEASE_SECONDS):
        _judge_first(ports, upload_id, arrived)
    ports.store.delete_incoming(upload_id)


def _judge_first(ports: Ports, upload_id: str, arrived: datetime | None) -> None:
    """Look at what was sent, unless that has been done: the first object uses the grant up."""
    upload = ports.uploads.find(upload_id)
    if upload is None or upload.status is not Status.WAITING:
        return
    sent = ports.store.incoming(upload_id, ports.limits.max_bytes + 1)
    if sent is None:
        return
    # Nothing arrives before it was granted, whatever a time that was cut to seconds says.
    moment = max(ports.s3_time(arrived or sent.arrived), datetime.fromtimestamp(upload.granted_at, UTC))
    if moment.timestamp() > upload.granted_until:
        ports.uploads.end(upload, Status.EXPIRED)
        return
    _judge(ports, upload, sent, moment)


def _judge(ports: Ports, upload: Upload, sent: Arrived, moment: datetime) -> None:
    def contexts() -> Context:
        return Context(ports.clock(), Actor(account=upload.account, role=Role.OWNER), REQUEST)

    image = ports.random_bytes(16).hex()
    new = NewImage(image, ports.album.sides, moment, Way.S3, upload.id)
    picture = Picture(sent.content, f"upload{upload.extension}", upload.content_type)
    try:
        ports.album.set(upload.account, picture, ports.limits, new, contexts)
    except PictureRefusedError as refusal:
        _refuse(ports, upload, refusal, sent.size, contexts)
        emit({"PicturesRefused": 1})
    except SupersededError:
        ports.uploads.end(upload, Status.SUPERSEDED)
    except (NoOwnerError, UnknownAccountError):
        ports.uploads.drop(upload.account, upload.id)
    except UploadDoneError:
        ports.uploads.end(upload, Status.DONE)
    else:
        ports.uploads.end(upload, Status.DONE)


def _refuse(
    ports: Ports, upload: Upload, refusal: PictureRefusedError, size: int, contexts: Callable[[], Context]
) -> None:
    def decide(account: Account) -> Decision:
        return refuse_upload(account, upload.id, refusal.reason, size, contexts())

    try:
        ports.ledger.execute(upload.account, decide)
    except (NoOwnerError, UnknownAccountError):
        ports.uploads.drop(upload.account, upload.id)
        return
    ports.uploads.end(upload, Status.REJECTED, refusal.developer_message, refusal.user_message)


def _records(notification: Mapping[str, Any]) -> list[Any]:
    records = notification.get("Records")
    return records if isinstance(records, list) else []


def _arrival(ports: Ports, record: Any) -> tuple[str, datetime | None] | None:
    """The key of what has arrived in our bucket, and when; null for a record of anything else."""
    try:
        bucket, key = record["s3"]["bucket"]["name"], record["s3"]["object"]["key"]
        kind, at = record.get("eventName", CREATED), record.get("eventTime")
    except (KeyError, TypeError, AttributeError):
        return None
    if not isinstance(key, str) or bucket != ports.store.bucket:
        return None
    return (unquote_plus(key), _moment(at)) if str(kind).startswith(CREATED) else None


def _moment(text: Any) -> datetime | None:
    """A moment as a notification writes it; null if it has none that can be read."""
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo is not None else None
