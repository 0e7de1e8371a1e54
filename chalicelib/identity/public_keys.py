"""The public halves of the signing keys: from KMS, their thumbprints, and the published key set.

`cryptography` is imported at the first use.
"""

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.events.errors import KeyServiceUnavailableError
from chalicelib.identity import opaque

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

ALGORITHM = "RS512"


class KeyService(Protocol):
    """What is needed of a KMS client."""

    def get_public_key(self, *, KeyId: str) -> dict[str, Any]:  # noqa: N803 - KMS's own name
        """See KMS GetPublicKey."""

    def sign(self, *, KeyId: str, Message: bytes, MessageType: str, SigningAlgorithm: str) -> dict[str, Any]:  # noqa: N803
        """See KMS Sign."""


@dataclass(frozen=True)
class PublicKey:
    """One signing key's public half.

    `key_id` is the key itself, even where an alias was asked for: an alias that is pointed elsewhere
    does not make a signature that its `kid` does not fit.
    """

    key_id: str
    der: bytes

    @cached_property
    def kid(self) -> str:
        """The RFC 7638 thumbprint: SHA-256 over the required members in this order, without spaces."""
        members = f'{{"e":"{self._number("e")}","kty":"RSA","n":"{self._number("n")}"}}'
        return opaque.encode(sha256(members.encode("ascii")).digest())

    @cached_property
    def rsa(self) -> "RSAPublicKey":
        """The key, ready to verify with."""
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
        from cryptography.hazmat.primitives.serialization import load_der_public_key

        key = load_der_public_key(self.der)
        if not isinstance(key, RSAPublicKey):
            raise TypeError(f"signing key {self.key_id} is not an RSA key")
        return key

    def jwk(self) -> dict[str, str]:
        """The key as the published key set shows it (spec 40, section 6)."""
        return {
            "kty": "RSA",
            "use": "sig",
            "alg": ALGORITHM,
            "kid": self.kid,
            "n": self._number("n"),
            "e": self._number("e"),
        }

    def _number(self, name: str) -> str:
        number: int = getattr(self.rsa.public_numbers(), name)
        return opaque.encode(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def fetch_public_key(kms: KeyService, key_id: str) -> PublicKey:
    """Ask KMS for the public half of a key, by id, ARN or alias. Raises KeyServiceUnavailableError."""
    try:
        answer = kms.get_public_key(KeyId=key_id)
    except (BotoCoreError, ClientError) as error:
        raise KeyServiceUnavailableError from error
    return PublicKey(answer["KeyId"], answer["PublicKey"])
