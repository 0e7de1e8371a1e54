"""Large exports: `exports/<random>.json` of the private bucket, until they are fetched or an hour old (spec 50, 2).

An export is noted before it is written, as `O#<account id>`, `EXPORT#<id>` of the short-lived table, so that all that
there is of an account can be found and deleted when it is erased.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from chalicelib.events.errors import StoreUnavailableError
from chalicelib.images.errors import PicturesUnavailableError
from chalicelib.images.store import PictureStore
from chalicelib.tables import ShortLivedItem

PREFIX = "exports/"
NOTE = "EXPORT#"
PART_BYTES = 8 * 1024 * 1024
"""S3 takes parts of 5 MiB and more; one is in memory at a time."""

LINK_SECONDS = 10 * 60
KEPT = timedelta(hours=1)
NOTE_SECONDS = 2 * 24 * 3600


class ExportStore:
    """Writes exports and forgets them.

    Arguments: functions that give the S3 client and the one that signs; the store that deletes objects; the
    short-lived table; the service's clock. Raises `PicturesUnavailableError` when S3 does not answer and
    `StoreUnavailableError` when DynamoDB does not.
    """

    def __init__(
        self,
        client: Callable[[], Any],
        signer: Callable[[], Any],
        objects: PictureStore,
        short_lived: type[ShortLivedItem],
        clock: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._signer = signer
        self._objects = objects
        self._items = short_lived
        self._clock = clock

    def write(self, account: str, export: str, chunks: Iterable[bytes]) -> None:
        """Write an export under its random id, part by part; nothing is left of one that fails, whatever made it."""
        self._note(account, export)
        key = key_of(export)
        upload = self._ask("create_multipart_upload", Key=key, ContentType="application/json")["UploadId"]
        with ExitStack() as failed:
            failed.callback(self._abort, key, upload)
            parts = [
                {"PartNumber": number, "ETag": self._part(key, upload, number, content)}
                for number, content in enumerate(_parts(chunks), start=1)
            ]
            self._ask("complete_multipart_upload", Key=key, UploadId=upload, MultipartUpload={"Parts": parts})
            failed.pop_all()

    def link(self, export: str, file_name: str) -> str:
        """An address at which the export can be fetched for ten minutes, as an attachment of this name."""
        parameters = {
            "Bucket": self._objects.bucket,
            "Key": key_of(export),
            "ResponseContentDisposition": f'attachment; filename="{file_name}"',
            "ResponseCacheControl": "no-store",
        }
        url: str = self._signer().generate_presigned_url("get_object", Params=parameters, ExpiresIn=LINK_SECONDS)
        return url

    def delete(self, account: str, export: str) -> None:
        """Delete every version of an export, and what was sent of one that was never completed."""
        key = key_of(export)
        for upload in self._ask("list_multipart_uploads", Prefix=key).get("Uploads", ()):
            if upload["Key"] == key:
                self._ask("abort_multipart_upload", Key=key, UploadId=upload["UploadId"])
        self._objects.delete(key)
        with _store():
            self._items(f"O#{account}", NOTE + export).delete()

    def forget(self, account: str) -> None:
        """Delete every export of an account. Raises if any is left."""
        with _store():
            notes = list(self._items.query(f"O#{account}", self._items.sk.startswith(NOTE), consistent_read=True))
        for note in notes:
            self.delete(account, note.sk.removeprefix(NOTE))

    def sweep(self, s3_time: Callable[[datetime], datetime]) -> int:
        """Delete the exports that are an hour old; how many."""
        latest, swept = self._clock() - KEPT, 0
        for found in list(self._objects.list(PREFIX, "")):
            if s3_time(found.written) < latest:
                self._objects.delete(found.key)
                swept += 1
        return swept

    def _note(self, account: str, export: str) -> None:
        with _store():
            expires = int(self._clock().timestamp()) + NOTE_SECONDS
            self._items(f"O#{account}", NOTE + export, expires=expires).save()

    def _part(self, key: str, upload: str, number: int, content: bytes) -> str:
        answer = self._ask("upload_part", Key=key, UploadId=upload, PartNumber=number, Body=content)
        return str(answer["ETag"])

    def _abort(self, key: str, upload: str) -> None:
        """Give up the parts that were sent; what fails now is left to the bucket's lifecycle rule."""
        try:
            self._ask("abort_multipart_upload", Key=key, UploadId=upload)
        except PicturesUnavailableError:
            return

    def _ask(self, operation: str, **parameters: Any) -> Any:
        try:
            return getattr(self._client(), operation)(Bucket=self._objects.bucket, **parameters)
        except ClientError as error:
            raise PicturesUnavailableError(error.response["Error"]["Code"]) from None
        except BotoCoreError as error:
            raise PicturesUnavailableError(type(error).__name__) from None


def key_of(export: str) -> str:
    """The key of an export's object."""
    return f"{PREFIX}{export}.json"


def _parts(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks put together to parts that S3 takes."""
    collected = bytearray()
    for chunk in chunks:
        collected += chunk
        if len(collected) >= PART_BYTES:
            yield bytes(collected)
            collected.clear()
    if collected:
        yield bytes(collected)


@contextmanager
def _store() -> Iterator[None]:
    """Turn what PynamoDB raises into `StoreUnavailableError`."""
    try:
        yield
    except PynamoDBException as error:
        raise StoreUnavailableError("exports") from error
