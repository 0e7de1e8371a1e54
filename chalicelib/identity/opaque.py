"""Opaque strings in base64url without padding: one way to write them, one strict way to read them."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode

ACCOUNT_ID_BYTES = 16


def encode(raw: bytes) -> str:
    """`raw` in base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes | None:
    """The bytes that `encode` makes `text` of, or None if there are none.

    Never raises. Second spellings of the same bytes (spare bits, padding, line ends) are refused.
    """
    if not text.isascii():
        return None
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None
    return raw if encode(raw) == text else None
