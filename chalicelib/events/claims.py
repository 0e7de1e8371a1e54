"""Claims: what is unique, and how an account is found.

A claim is one item named by a keyed hash; putting it if absent makes a value unique by construction, and
reading it leads to the account without an index.
"""

import hmac
import unicodedata
from collections.abc import Mapping, Sequence
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

ENCODED_LABEL = "xn--"


class ClaimKind(StrEnum):
    """What is claimed. The kind is part of the key and of the hash."""

    USERNAME = "username"
    EMAIL = "email"
    NUMBER = "number"
    IMAGE = "image"
    """The random id of the picture that an account shows: leads from an object to its account."""
    ROW = "row"
    """The number of a retirement row."""
    ORIGINAL_USERNAME = "original-username"
    ORIGINAL_EMAIL = "original-email"
    """What an account was called when its row was made: leads to it while the row stands."""
    REPORTED_USERNAME = "reported-username"
    """The original username in a partner row: leads to it while that row stands."""
    RETIRED_USERNAME = "retired-username"
    RETIRED_EMAIL = "retired-email"
    """The digits of a retired name or address: taken for ever, leading to nobody."""


class Claim(NamedTuple):
    """One value that belongs to one account."""

    kind: ClaimKind
    value: str


def normalised(value: str) -> str:
    """The form in which two values are the same: NFKC and case folded, a domain in its own letters.

    `x@bücher.example` and `x@xn--bcher-kva.example` are one mailbox.
    """
    folded = _folded(value)
    local, at, domain = folded.rpartition("@")
    if not at or ENCODED_LABEL not in domain:
        return folded
    try:
        return _folded(f"{local}@{domain.encode('ascii').decode('idna')}")
    except UnicodeError:
        return folded


def _folded(value: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", value).casefold())


LEADING_NOWHERE = frozenset({ClaimKind.RETIRED_USERNAME, ClaimKind.RETIRED_EMAIL})
RETIRED_KIND: Mapping[ClaimKind, ClaimKind] = {
    ClaimKind.USERNAME: ClaimKind.RETIRED_USERNAME,
    ClaimKind.EMAIL: ClaimKind.RETIRED_EMAIL,
}
DIGITS = 40


class RetiredDigits:
    """The digits that stand for a retired username or address: keyed hashes, 40 hexadecimal digits (spec 20, 3.1).

    `secrets` are in the order in which they came into use: the last one makes new digits, all of them recognise.
    Each makes one key for usernames and another for addresses.
    """

    def __init__(self, secrets: Sequence[bytes]) -> None:
        self._keys = {
            kind: [hmac.new(secret, kind.encode(), sha256).digest() for secret in secrets] for kind in RETIRED_KIND
        }

    def newest(self, claim: Claim) -> str:
        """The digits that a username or an address retires under now."""
        return _digits(self._keys[claim.kind][-1], claim.value)

    def every(self, claim: Claim) -> list[str]:
        """The digits under each secret: what a username or an address may have been retired under."""
        return [_digits(key, claim.value) for key in self._keys[claim.kind]]


def _digits(key: bytes, value: str) -> str:
    message = normalised(value).encode("utf-8", "surrogatepass")
    return hmac.new(key, message, sha256).hexdigest()[:DIGITS]


class ClaimKeys:
    """Partition keys of claims: `C#<kind>#<HMAC-SHA-256 of kind and value under a pepper, in hex>`.

    What is retired stands under a pepper of its own; `digits` are those of the deployment's secrets.
    """

    def __init__(self, pepper: bytes, retired_pepper: bytes = b"", digits: RetiredDigits | None = None) -> None:
        self._pepper = pepper
        self._retired_pepper = retired_pepper or pepper
        self.digits = digits or RetiredDigits(())

    def partition_key(self, claim: Claim) -> str:
        """The key under which `claim` stands. Never the value, never a plain hash of it."""
        message = f"claim:{claim.kind}:{normalised(claim.value)}".encode("utf-8", "surrogatepass")
        pepper = self._retired_pepper if claim.kind in LEADING_NOWHERE else self._pepper
        return f"C#{claim.kind}#{hmac.new(pepper, message, sha256).hexdigest()}"

    def retired(self, claim: Claim) -> list[str]:
        """The keys of which none may exist if the username or the address of `claim` is to be free."""
        kind = RETIRED_KIND.get(claim.kind)
        if kind is None:
            return []
        return [self.partition_key(Claim(kind, digits)) for digits in self.digits.every(claim)]
