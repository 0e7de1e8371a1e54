"""A key service in memory that signs as KMS documents it: what moto does not get right is right here."""

from typing import Any

from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric import padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


class KeysInMemory:
    """Keys by id, and aliases that lead to them; it counts what it is asked."""

    def __init__(self) -> None:
        self._keys: dict[str, rsa.RSAPrivateKey] = {}
        self.aliases: dict[str, str] = {}
        self.asked: list[str] = []

    def make(self, key_id: str) -> str:
        self._keys[key_id] = rsa.generate_private_key(65537, 2048)
        return key_id

    def forget(self, key_id: str) -> None:
        del self._keys[key_id]

    def private(self, key_id: str) -> rsa.RSAPrivateKey:
        key_id = self.aliases.get(key_id, key_id)
        if key_id not in self._keys:
            raise ClientError({"Error": {"Code": "NotFoundException"}}, "GetPublicKey")
        return self._keys[key_id]

    def get_public_key(self, *, KeyId: str) -> dict[str, Any]:  # noqa: N803
        self.asked.append("get_public_key")
        public = self.private(KeyId).public_key()
        der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return {"KeyId": self.aliases.get(KeyId, KeyId), "PublicKey": der}

    def sign(self, *, KeyId: str, Message: bytes, MessageType: str, SigningAlgorithm: str) -> dict[str, Any]:  # noqa: N803
        self.asked.append("sign")
        assert SigningAlgorithm == "RSASSA_PKCS1_V1_5_SHA_512"
        limit, algorithm = {"RAW": (4096, SHA512()), "DIGEST": (64, utils.Prehashed(SHA512()))}[MessageType]
        if len(Message) > limit:
            raise ClientError({"Error": {"Code": "ValidationException"}}, "Sign")
        return {"Signature": self.private(KeyId).sign(Message, padding.PKCS1v15(), algorithm)}
