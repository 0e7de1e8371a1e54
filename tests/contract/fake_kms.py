"""A KMS of one key: wraps under a context, can be out of reach, and counts what it is asked."""

import os
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class FakeKms:
    """What the key ring uses of KMS."""

    def __init__(self) -> None:
        self._cipher = AESGCM(os.urandom(32))
        self.reachable = True
        self.refusal: str | None = None
        self.asked: list[str] = []

    def generate_data_key_without_plaintext(
        self,
        *,
        KeyId: str,  # noqa: N803 - botocore's name
        NumberOfBytes: int,  # noqa: N803 - botocore's name
        EncryptionContext: dict[str, str],  # noqa: N803 - botocore's name
    ) -> dict[str, Any]:
        """A wrapped fresh key."""
        self._ask("generate")
        nonce = os.urandom(12)
        sealed = self._cipher.encrypt(nonce, os.urandom(NumberOfBytes), _context(KeyId, EncryptionContext))
        return {"CiphertextBlob": nonce + sealed}

    def decrypt(
        self,
        *,
        KeyId: str,  # noqa: N803 - botocore's name
        CiphertextBlob: bytes,  # noqa: N803 - botocore's name
        EncryptionContext: dict[str, str],  # noqa: N803 - botocore's name
    ) -> dict[str, Any]:
        """The key of a blob, under the context it was wrapped with."""
        self._ask("decrypt")
        context = _context(KeyId, EncryptionContext)
        try:
            return {"Plaintext": self._cipher.decrypt(CiphertextBlob[:12], CiphertextBlob[12:], context)}
        except InvalidTag:
            raise _error("InvalidCiphertextException", "Decrypt") from None

    def _ask(self, operation: str) -> None:
        self.asked.append(operation)
        if not self.reachable:
            raise EndpointConnectionError(endpoint_url="https://kms")
        if self.refusal is not None:
            raise _error(self.refusal, operation)


def _context(key_id: str, context: dict[str, str]) -> bytes:
    return f"{key_id}{sorted(context.items())}".encode()


def _error(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}, "ResponseMetadata": {}}, operation)
