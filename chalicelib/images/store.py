"""Where pictures are: `profile-images/<image id>_<side>.jpg` and `incoming/<upload id>` of one private bucket.

The names are random and lead to nobody; what S3 keeps as metadata is never believed (spec 30, sections 6 and 8).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.images.errors import PicturesUnavailableError

SERVED = "profile-images/"
INCOMING = "incoming/"
NAME = re.compile(r"(?P<image>[0-9a-f]{32})_(?P<side>[1-9][0-9]{0,3})\.jpg")
UPLOAD_ID = re.compile(r"[0-9a-f]{32}")
JPEG = "image/jpeg"
GONE = frozenset({"NoSuchKey", "404", "NotFound"})
UNVERSIONED = "null"
"""The version of an object in a bucket without versions."""

MOST_DELETED = 1000
"""What one DeleteObjects takes."""


class Stored(NamedTuple):
    """A served picture: its bytes, and an entity tag in quotes."""

    content: bytes
    etag: str


@dataclass(frozen=True)
class Arrived:
    """An object that was sent: how large it is, when it arrived, and its first bytes."""

    size: int
    arrived: datetime
    content: bytes = field(repr=False)


class Found(NamedTuple):
    """An object of the bucket, and when it was written."""

    key: str
    written: datetime


class Grant(NamedTuple):
    """A presigned POST: where to, and the fields that go before the file."""

    url: str
    fields: Mapping[str, str]


class PictureStore:
    """The bucket. Arguments: functions that give the S3 client and the one that signs, and the bucket's name.

    Raises `PicturesUnavailableError` when S3 does not answer.
    """

    def __init__(self, client: Callable[[], Any], signer: Callable[[], Any], bucket: str) -> None:
        self._client = client
        self._signer = signer
        self.bucket = bucket

    def write(self, image: str, pictures: Mapping[int, bytes]) -> None:
        """Write every size of a picture under its id."""
        for side, content in pictures.items():
            self._ask("put_object", Key=key_of(image, side), Body=content, ContentType=JPEG)

    def read(self, image: str, side: int) -> Stored | None:
        """One size of a picture; null if it is not there."""
        found = self._ask_for("get_object", Key=key_of(image, side))
        return None if found is None else Stored(found["Body"].read(), found["ETag"])

    def incoming(self, upload: str, most_bytes: int) -> Arrived | None:
        """What was first sent for an upload; null if nothing is there. No more bytes are read than `most_bytes`."""
        page = self._ask("list_object_versions", Prefix=INCOMING + upload)
        versions = [each for each in page.get("Versions", ()) if each["Key"] == INCOMING + upload]
        if not versions:
            return None
        first = versions[-1]["VersionId"]
        version = {} if first == UNVERSIONED else {"VersionId": first}
        found = self._ask_for("get_object", Key=INCOMING + upload, **version)
        if found is None:
            return None
        content = found["Body"].read(most_bytes)
        found["Body"].close()
        return Arrived(int(found["ContentLength"]), found["LastModified"], content)

    def has_incoming(self, upload: str) -> bool:
        """Whether something was sent for an upload."""
        return self._ask_for("head_object", Key=INCOMING + upload) is not None

    def delete_picture(self, image: str) -> None:
        """Delete every size and every version of a picture."""
        self._delete_versions(f"{SERVED}{image}_", lambda _: True)

    def delete_incoming(self, upload: str) -> None:
        """Delete every version of what was sent for an upload."""
        self.delete(INCOMING + upload)

    def delete(self, key: str) -> None:
        """Delete every version of one object."""
        self._delete_versions(key, lambda found: found == key)

    def list(self, prefix: str, after: str) -> Iterator[Found]:
        """The objects below a prefix, in the order of their keys, from behind `after` on; page by page."""
        request: dict[str, Any] = {"Prefix": prefix, "StartAfter": after}
        while True:
            page = self._ask("list_objects_v2", **request)
            for item in page.get("Contents", ()):
                yield Found(item["Key"], item["LastModified"])
            if not page.get("IsTruncated"):
                return
            request = {"Prefix": prefix, "ContinuationToken": page["NextContinuationToken"]}

    def grant(self, upload: str, content_type: str, least: int, most: int, seconds: int) -> Grant:
        """A presigned POST for exactly one key, of this type and between these sizes."""
        presigned = self._signer().generate_presigned_post(
            Bucket=self.bucket,
            Key=INCOMING + upload,
            Fields={"Content-Type": content_type},
            Conditions=[{"Content-Type": content_type}, ["content-length-range", least, most]],
            ExpiresIn=seconds,
        )
        return Grant(presigned["url"], presigned["fields"])

    def _delete_versions(self, prefix: str, is_meant: Callable[[str], bool]) -> None:
        """Delete all versions and delete markers below a prefix whose keys are meant; the first keys come first."""
        while True:
            page = self._ask("list_object_versions", Prefix=prefix, MaxKeys=MOST_DELETED)
            versions = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
            meant = [each for each in versions if is_meant(each["Key"])]
            if not meant:
                return
            self._delete_all({"Key": each["Key"], "VersionId": each["VersionId"]} for each in meant)

    def _delete_all(self, objects: Iterable[Mapping[str, str]]) -> None:
        answer = self._ask("delete_objects", Delete={"Objects": list(objects), "Quiet": True})
        errors = answer.get("Errors", ())
        if errors:
            raise PicturesUnavailableError(errors[0].get("Code", "unknown"))

    def _ask_for(self, operation: str, **parameters: Any) -> Any:
        """As `_ask`; null for an object that is not there."""
        try:
            return self._ask(operation, **parameters)
        except PicturesUnavailableError as error:
            if error.reason in GONE:
                return None
            raise

    def _ask(self, operation: str, **parameters: Any) -> Any:
        try:
            return getattr(self._client(), operation)(Bucket=self.bucket, **parameters)
        except ClientError as error:
            raise PicturesUnavailableError(error.response["Error"]["Code"]) from None
        except BotoCoreError as error:
            raise PicturesUnavailableError(type(error).__name__) from None


def key_of(image: str, side: int) -> str:
    """The key of one size of a picture."""
    return f"{SERVED}{name_of(image, side)}"


def name_of(image: str, side: int) -> str:
    """The name of one size of a picture, as its URL ends."""
    return f"{image}_{side}.jpg"
