"""The hash chain over an account's events.

Each event carries the SHA-256 of the digest before it, its clear part and its *sealed* parts; the head
carries the last. So a history can be verified after its keys are destroyed.
"""

from collections.abc import Mapping
from hashlib import sha256

from chalicelib.events.classification import Purpose

GENESIS = bytes(32)
"""What stands for the digest before the first event."""


def link(previous: bytes, plain: str, sealed: Mapping[Purpose, bytes]) -> bytes:
    """The digest of one event: 32 bytes. Each part is preceded by its name and length, so none can be shifted."""
    clear = plain.encode()
    pieces = [previous, b"plain:%d:" % len(clear), clear]
    for purpose in sorted(sealed):
        blob = sealed[purpose]
        pieces += (b"%s:%d:" % (purpose.encode(), len(blob)), blob)
    return sha256(b"".join(pieces)).digest()
