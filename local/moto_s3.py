"""Makes moto's S3 safe under threads: it goes through lists that others change meanwhile, and fails.

One request at a time, in this process and over HTTP. Eight threads that write, list versions and delete, 320 rounds:
0 to 15 TypeErrors a run before, none with this. And to go on with an upload that was aborted is S3's NoSuchUpload,
where moto fails with a KeyError.
"""

import threading
from typing import Any

from moto.s3.exceptions import NoSuchUpload
from moto.s3.models import S3Backend
from moto.s3.responses import S3Response

LOCK = threading.RLock()
PATCHED: dict[Any, tuple[str, ...]] = {
    S3Response: ("bucket_response", "key_response", "ambiguous_response"),
    S3Backend: ("complete_multipart_upload", "upload_part"),
}


def install() -> None:
    """Put the lock in; `local.moto_shim.install` sees to it that this happens once."""
    for name in PATCHED[S3Response]:
        setattr(S3Response, name, _locked(getattr(S3Response, name)))
    for name in PATCHED[S3Backend]:
        setattr(S3Backend, name, _of_an_upload(getattr(S3Backend, name)))


def _of_an_upload(act: Any) -> Any:
    def checked(self: Any, bucket_name: str, multipart_id: str, *arguments: Any, **named: Any) -> Any:
        if multipart_id not in self.get_bucket(bucket_name).multiparts:
            raise NoSuchUpload(upload_id=multipart_id)
        return act(self, bucket_name, multipart_id, *arguments, **named)

    return checked


def _locked(respond: Any) -> Any:
    def locked(self: Any, *arguments: Any, **named: Any) -> Any:
        with LOCK:
            return respond(self, *arguments, **named)

    return locked
