"""Every place where something could have stayed, read from end to end: tables, the bucket, queues."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from botocore.exceptions import ClientError
from pynamodb.models import Model

from chalicelib.events.dynamo import Item, Value
from chalicelib.images.store import PictureStore
from chalicelib.projections.scanning import Page, pages
from chalicelib.wiring import Wiring
from ops.erasure.forms import MOST_BYTES
from ops.erasure.searching import Buffer, Hit

CHUNK = 256 * 1024
"""Bytes of an object that are looked through at a time, with the last ones of the chunk before."""

THREADS = 8
AT_ONCE = 64
"""Objects that are read at once, and that are on their way at most."""

MOST_MESSAGES = 10
EMPTY_ANSWERS = 3
"""So many answers of a queue in a row must hold nothing new."""

GONE = frozenset({"NoSuchKey", "NoSuchVersion", "404"})


@dataclass(frozen=True)
class Table:
    """A table of the service: what it is called here and there, and which names its keys and attributes have."""

    suffix: str
    name: str
    keys: tuple[str, ...]
    attributes: frozenset[str]

    def key_of(self, item: Item) -> Item:
        """The key of an item."""
        return {name: item[name] for name in self.keys}


class Version(NamedTuple):
    """One version of an object."""

    key: str
    version: str


class Unfinished(NamedTuple):
    """A multipart upload that was never completed; what was sent of it cannot be read."""

    key: str
    upload: str


class Stores:
    """Reads everything. Argument: the services."""

    def __init__(self, wiring: Wiring) -> None:
        self._dynamodb = wiring.dynamodb
        self.s3 = wiring.client("s3")
        self._sqs = wiring.client("sqs")
        self._prefix = wiring.settings.table_prefix
        self.bucket = wiring.settings.image_bucket
        self.tables = [_table(model, self._prefix) for model in wiring.tables.all()]

    def pages(self, table: Table) -> Iterator[Page]:
        """All items of a table, read consistently. Raises `StoreUnavailableError`."""
        return pages(self._dynamodb, table.name)

    def versions(self, prefix: str = "") -> Iterator[Version]:
        """Every version of every object below a prefix; a delete marker is none."""
        for page in self.s3.get_paginator("list_object_versions").paginate(Bucket=self.bucket, Prefix=prefix):
            for found in page.get("Versions", ()):
                yield Version(found["Key"], found["VersionId"])

    def delete(self, key: str) -> None:
        """Delete every version of an object. Raises `PicturesUnavailableError`."""
        PictureStore(lambda: self.s3, lambda: self.s3, self.bucket).delete(key)

    def unfinished(self) -> Iterator[Unfinished]:
        """Every multipart upload that was begun and not completed."""
        for page in self.s3.get_paginator("list_multipart_uploads").paginate(Bucket=self.bucket):
            for found in page.get("Uploads", ()):
                yield Unfinished(found["Key"], found["UploadId"])

    def looked_through(
        self, versions: Iterable[Version], look: Callable[[Buffer], set[Hit]]
    ) -> Iterator[tuple[Version, set[Hit]]]:
        """Each version with all that `look` finds in its key, its metadata and its body; many are read at a time."""

        def read(version: Version) -> set[Hit]:
            return {found for buffer in self._buffers(version) for found in look(buffer)}

        waiting = iter(versions)
        with ThreadPoolExecutor(THREADS) as pool:
            while portion := list(islice(waiting, AT_ONCE)):
                yield from zip(portion, pool.map(read, portion), strict=True)

    def _buffers(self, version: Version) -> Iterator[Buffer]:
        """The key and the metadata, then the body chunk by chunk; what lies over an edge is in both chunks."""
        try:
            found = self.s3.get_object(Bucket=self.bucket, Key=version.key, **_chosen(version))
        except ClientError as error:
            if error.response["Error"]["Code"] not in GONE:
                raise
            return  # deleted since it was listed
        yield _about(version.key, found)
        before = b""
        with found["Body"] as body:
            while chunk := body.read(CHUNK):
                buffer = Buffer()
                buffer.binary(before + chunk)
                yield buffer
                before = (before + chunk)[-2 * MOST_BYTES :]

    def queues(self) -> list[str]:
        """The queues of this stage, by their URLs: what their names begin with is that of its tables."""
        found: list[str] = self._sqs.list_queues(QueueNamePrefix=f"{self._prefix}-").get("QueueUrls", [])
        return found

    def messages(self, queue: str) -> Iterator[tuple[str, Buffer]]:
        """What can be seen of a queue's messages now, by their ids; they stay visible to their readers."""
        seen: set[str] = set()
        empty = 0
        while empty < EMPTY_ANSWERS:
            answer = self._sqs.receive_message(
                QueueUrl=queue, MaxNumberOfMessages=MOST_MESSAGES, VisibilityTimeout=0, MessageAttributeNames=["All"]
            )
            new = [each for each in answer.get("Messages", ()) if each["MessageId"] not in seen]
            empty = 0 if new else empty + 1
            for message in new:
                seen.add(message["MessageId"])
                buffer = Buffer()
                buffer.text(message["Body"])
                for name, value in message.get("MessageAttributes", {}).items():
                    buffer.text(name)
                    buffer.binary(value.get("BinaryValue", b"") or value.get("StringValue", "").encode())
                yield message["MessageId"], buffer


def whole(items: Iterable[Item], known: frozenset[str]) -> Buffer:
    """Items as one buffer: names that the tables themselves have are left out."""
    buffer = Buffer()
    for item in items:
        for name, value in item.items():
            if name not in known:
                buffer.text(name)
            add(buffer, value)
    return buffer


def add(buffer: Buffer, value: Value) -> None:
    """A value as it stands in an item: text, number, bytes, and whatever is nested."""
    ((kind, content),) = value.items()
    if kind in ("S", "N"):
        buffer.text(content)
    elif kind == "B":
        buffer.binary(content)
    elif kind == "M":
        for name, each in content.items():
            buffer.text(name)
            add(buffer, each)
    elif kind == "L":
        for each in content:
            add(buffer, each)
    elif kind in ("SS", "NS", "BS"):
        for each in content:
            add(buffer, {kind[0]: each})


def _about(key: str, found: Mapping[str, Any]) -> Buffer:
    """What an object is called, and what S3 keeps of it besides."""
    buffer = Buffer()
    buffer.text(key)
    for name, value in found["Metadata"].items():
        buffer.text(name)
        buffer.text(value)
    for name in ("ContentType", "ContentDisposition", "ContentLanguage", "ContentEncoding", "CacheControl"):
        buffer.text(str(found.get(name, "")))
    return buffer


def _chosen(version: Version) -> dict[str, str]:
    """A version by its id, where the bucket has versions."""
    return {} if version.version == "null" else {"VersionId": version.version}


def _table(model: type[Model], prefix: str) -> Table:
    attributes = model.get_attributes().values()
    hash_keys = [str(each.attr_name) for each in attributes if each.is_hash_key]
    range_keys = [str(each.attr_name) for each in attributes if each.is_range_key]
    name = str(model.Meta.table_name)
    known = frozenset(str(each.attr_name) for each in attributes)
    return Table(name.removeprefix(f"{prefix}-"), name, (*hash_keys, *range_keys), known)
