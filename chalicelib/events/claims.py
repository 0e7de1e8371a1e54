"""Claims: what is unique, and how an account is found.

A claim is one item named by a keyed hash; putting it if absent makes a value unique by construction, and
reading it leads to the account without an index.
"""

import hmac
import unicodedata
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

CLAIM_SORT_KEY = "CLAIM"
ENCODED_LABEL = "xn--"


class ClaimKind(StrEnum):
    """What is claimed. The kind is part of the key and of the hash."""

    USERNAME = "username"
    EMAIL = "email"
    NUMBER = "number"


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


class ClaimKeys:
    """Partition keys of claims: `C#<kind>#<HMAC-SHA-256 of kind and value under the pepper, in hex>`."""

    def __init__(self, pepper: bytes) -> None:
        self._pepper = pepper

    def partition_key(self, claim: Claim) -> str:
        """The key under which `claim` stands. Never the value, never a plain hash of it."""
        message = f"claim:{claim.kind}:{normalised(claim.value)}".encode("utf-8", "surrogatepass")
        return f"C#{claim.kind}#{hmac.new(self._pepper, message, sha256).hexdigest()}"
