"""Sealed blobs: AES-256-GCM with a random nonce, bound to the place where they stand.

A blob is a format byte (`01`, or `02` for content that was deflated first), 12 bytes of nonce, ciphertext and
tag. The additional data names kind, account, version, purpose and schema, so a blob that is moved to another
place does not open. Large content is deflated because an item ends at 400 KB and JSON writes a control
character with six bytes.
"""

import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple, TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chalicelib.events.classification import Purpose

AS_IS = b"\x01"
DEFLATED = b"\x02"
DEFLATE_ABOVE = 4096
"""Content of more bytes than this is deflated."""

NONCE_BYTES = 12
TAG_BYTES = 16
CIPHERTEXT = 1 + NONCE_BYTES
"""Where the ciphertext begins."""

LEAST_BYTES = CIPHERTEXT + TAG_BYTES


class SealBrokenError(ValueError):
    """A blob that does not open here: altered, moved, or sealed with another key."""


class Place(NamedTuple):
    """Where a sealed blob stands. `kind` is `event`, `head`, `credential` or `answer`."""

    kind: str
    account: str
    version: int
    purpose: Purpose
    schema: int

    def of(self, purpose: Purpose) -> "Place":
        """The same place for another purpose."""
        return self if purpose is self.purpose else self._replace(purpose=purpose)

    def additional_data(self) -> bytes:
        """The authenticated, unsealed bytes."""
        return f"rollcall/{self.kind}/{self.account}/{self.version}/{self.purpose}/{self.schema}".encode()


@dataclass(frozen=True)
class DataKey:
    """The 256-bit key of one subject and purpose, in the clear. Lives in memory only."""

    subject: str
    purpose: Purpose
    material: bytes = field(repr=False)
    cipher: AESGCM = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "cipher", AESGCM(self.material))

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the key, in hex: says which key it was, and tells nothing of it."""
        return sha256(self.material).hexdigest()

    def seal(self, content: bytes, place: Place) -> bytes:
        """`content`, sealed for `place`."""
        form = DEFLATED if len(content) > DEFLATE_ABOVE else AS_IS
        if form == DEFLATED:
            content = zlib.compress(content, 1)
        nonce = os.urandom(NONCE_BYTES)
        return form + nonce + self.cipher.encrypt(nonce, content, form + place.additional_data())

    def open(self, blob: bytes, place: Place) -> bytes:
        """What was sealed for `place`; raises `SealBrokenError`."""
        form = blob[:1]
        if form not in (AS_IS, DEFLATED) or len(blob) < LEAST_BYTES:
            raise SealBrokenError("not a sealed blob")
        try:
            content = self.cipher.decrypt(blob[1:CIPHERTEXT], blob[CIPHERTEXT:], form + place.additional_data())
        except InvalidTag:
            raise SealBrokenError("does not open here") from None
        return zlib.decompress(content) if form == DEFLATED else content


DataKeys: TypeAlias = Mapping[Purpose, DataKey | None]
"""The key of each purpose that an item may be sealed for; null stands for one that is destroyed."""
