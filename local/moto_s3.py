"""Makes moto's S3 safe under threads: it goes through lists that others change meanwhile, and fails.

One request at a time, in this process and over HTTP. Eight threads that write, list versions and delete, 320 rounds:
0 to 15 TypeErrors a run before, none with this.
"""

import threading
from typing import Any

from moto.s3.responses import S3Response

LOCK = threading.RLock()
PATCHED: dict[Any, tuple[str, ...]] = {S3Response: ("bucket_response", "key_response", "ambiguous_response")}


def install() -> None:
    """Put the lock in; `local.moto_shim.install` sees to it that this happens once."""
    for name in PATCHED[S3Response]:
        setattr(S3Response, name, _locked(getattr(S3Response, name)))


def _locked(respond: Any) -> Any:
    def locked(self: Any, *arguments: Any, **named: Any) -> Any:
        with LOCK:
            return respond(self, *arguments, **named)

    return locked
