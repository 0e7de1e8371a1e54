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

OF_A_ROW = b"\x03"
"""What a labelled blob begins with; the row's number in eight bytes follows, then the blob itself."""

LABEL_BYTES = 9

LEAST_BYTES = CIPHERTEXT + TAG_BYTES


class SealBrokenError(ValueError):
    """A blob that does not open here: altered, moved, or sealed with another key."""


class Place(NamedTuple):
    """Where a sealed blob stands. `kind` is `event`, `head`, `credential`, `answer` or `view`."""

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
    """The 256-bit key of one subject and purpose, in the clear. Lives in memory only.

    `row` is the number of the row whose key it is; null for the key of the account itself.
    """

    subject: str
    purpose: Purpose
    material: bytes = field(repr=False)
    row: int | None = None
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


def subject_of(account: str, row: int | None) -> str:
    """Whose key it is: the account's, or that of one of its rows."""
    return account if row is None else f"{account}.{row}"


def labelled(blob: bytes, row: int | None) -> bytes:
    """A blob that says which row's key opens it; the account's own blobs need no label."""
    return blob if row is None else OF_A_ROW + row.to_bytes(LABEL_BYTES - 1) + blob


def unlabelled(blob: bytes) -> tuple[int | None, bytes]:
    """The row whose key opens a blob, null for the account's own key, and the blob without the label."""
    if blob[:1] != OF_A_ROW:
        return None, blob
    return int.from_bytes(blob[1:LABEL_BYTES]), blob[LABEL_BYTES:]


DataKeys: TypeAlias = Mapping[Purpose, DataKey | None]
"""The key of each purpose that an item may be sealed for; null stands for one that is destroyed."""

Slot: TypeAlias = Purpose | tuple[Purpose, int]
"""What a key is looked up by when something is opened: a purpose of the account's own, or that of a row."""

OpeningKeys: TypeAlias = Mapping[Slot, DataKey | None]
"""The keys that open an account's parts; null stands for one that is destroyed."""
