"""Passwords: argon2id, with one cost for known and unknown people.

`argon2` is imported at the first use, because most functions never see a password.
"""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from unicodedata import normalize

from chalicelib.identity.errors import PasswordTooLongError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

LONGEST_PASSWORD = 4096
"""Characters of the longest password that is hashed; the account rules allow far fewer."""

_SALT_BYTES = 16
_HASH_BYTES = 32


@dataclass(frozen=True)
class Verdict:
    """What came of checking a password.

    `rehash` is a new hash to store instead, when the password is right and the stored hash was made with
    other parameters than today's.
    """

    ok: bool
    rehash: str | None = None


class Passwords:
    """Hashes and checks passwords with argon2id at one set of parameters."""

    def __init__(self, memory_kib: int, passes: int, lanes: int) -> None:
        self._memory_kib = memory_kib
        self._passes = passes
        self._lanes = lanes

    def hash(self, password: str) -> str:
        """The hash to store, in PHC format. Raises PasswordTooLongError beyond LONGEST_PASSWORD."""
        if len(password) > LONGEST_PASSWORD:
            raise PasswordTooLongError(LONGEST_PASSWORD)
        return self._hasher.hash(_canonical(password))

    def verify(self, stored: str | None, password: str) -> Verdict:
        """Whether `password` is the one that `stored` was made from; never raises for any password.

        Without a stored hash, with one that nothing fits, and for a password that is too long, a dummy hash
        of the same parameters is checked, so that the answer takes as long (spec 40, section 2).
        """
        if stored is None or not self._is_hash(stored):
            return self._refuse(self._dummy)
        if len(password) > LONGEST_PASSWORD:
            return self._refuse(stored)
        if not self._fits(stored, password):
            return Verdict(ok=False)
        if self._hasher.check_needs_rehash(stored):
            return Verdict(ok=True, rehash=self.hash(password))
        return Verdict(ok=True)

    def _refuse(self, at_the_cost_of: str) -> Verdict:
        self._fits(at_the_cost_of, "")
        return Verdict(ok=False)

    def _fits(self, stored: str, password: str) -> bool:
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            return self._hasher.verify(stored, _canonical(password))
        except (InvalidHashError, VerificationError):
            return False

    @staticmethod
    def _is_hash(stored: str) -> bool:
        from argon2 import extract_parameters
        from argon2.exceptions import InvalidHashError

        try:
            extract_parameters(stored)
        except InvalidHashError:
            return False
        return True

    def unknown(self, random_bytes: Callable[[int], bytes]) -> str:
        """A hash that no password is known for, made without the cost of hashing: its digest is random."""
        return self._encoded(random_bytes(_SALT_BYTES), random_bytes(_HASH_BYTES))

    def _encoded(self, salt: bytes, digest: bytes) -> str:
        parameters = f"m={self._memory_kib},t={self._passes},p={self._lanes}"
        return f"$argon2id$v=19${parameters}${_phc_base64(salt)}${_phc_base64(digest)}"

    @cached_property
    def _hasher(self) -> "PasswordHasher":
        from argon2 import PasswordHasher

        return PasswordHasher(
            time_cost=self._passes,
            memory_cost=self._memory_kib,
            parallelism=self._lanes,
            hash_len=_HASH_BYTES,
            salt_len=_SALT_BYTES,
        )

    @cached_property
    def _dummy(self) -> str:
        """A well-formed hash that no known password fits, put together without the cost of hashing."""
        return self._encoded(bytes(_SALT_BYTES), bytes(_HASH_BYTES))


def _phc_base64(raw: bytes) -> str:
    return b64encode(raw).rstrip(b"=").decode("ascii")


def _canonical(password: str) -> bytes:
    """The bytes that are hashed: NFKC, then UTF-8; a lone surrogate is a character like any other."""
    return normalize("NFKC", password).encode("utf-8", "surrogatepass")
