"""Access tokens: JSON Web Tokens, signed with RS512 by a key that never leaves KMS (spec 40, section 6).

Reading them takes no JWT library. Every token that counts was made here, so its first segment is one of a
few known strings, one a key; looking it up settles algorithm, key and type before anything is decoded, and
`none`, HS256 with the public key or an unknown `kid` are simply not found. Nothing unsigned is ever parsed.
Measured: importing PyJWT costs 43 ms on top of pydantic and cryptography, which are loaded anyway; reading
a token 101 us with it, 44 us here, 0.5 us once its signature has been verified.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property, lru_cache
from hashlib import sha512
from typing import NamedTuple

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel, ConfigDict, ValidationError

from chalicelib.events.errors import KeyServiceUnavailableError
from chalicelib.identity import opaque
from chalicelib.identity.errors import InvalidTokenError
from chalicelib.identity.public_keys import ALGORITHM, KeyService, PublicKey, fetch_public_key

LONGEST_TOKEN = 8192
"""Characters of the longest token that is looked at: what a request's headers may hold."""

UNUSABLE = frozenset({"NotFoundException", "KMSInvalidStateException", "DisabledException"})
"""What KMS says of a key that is not there, or is about to be deleted."""

log = logging.getLogger("rollcall.identity")
_REMEMBERED = 1024
_LONGEST_RAW_MESSAGE = 4096  # what KMS Sign takes with MessageType RAW


class Claims(BaseModel):
    """What a token says (spec 00, section "Tokens"; spec 40, section 6). Times are Unix seconds.

    `sub` is the account id, `sid` the session, `gen` the account's token generation when it was issued, and
    `user_id` the account's number.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    iss: str
    aud: str
    exp: int
    iat: int
    sub: str
    jti: str
    sid: str
    gen: int
    preferred_username: str
    user_id: int
    email: str
    email_verified: bool
    name: str
    administrator: bool
    superuser: bool
    scopes: tuple[str, ...]
    filters: tuple[str, ...]
    version: str
    grant_type: str
    is_restricted: bool


class TokenSigner:
    """Makes tokens. KMS signs each; the public half is fetched once, for the `kid`."""

    def __init__(self, kms: KeyService, key_id: str) -> None:
        self._kms = kms
        self._key_id = key_id

    @cached_property
    def key(self) -> PublicKey:
        """The public half of the signing key."""
        return fetch_public_key(self._kms, self._key_id)

    def sign(self, claims: Claims) -> str:
        """The token that says `claims`, whose texts are valid Unicode. Raises KeyServiceUnavailableError."""
        message = f"{_header(self.key)}.{opaque.encode(claims.model_dump_json().encode())}"
        return f"{message}.{opaque.encode(self._signature(message.encode('ascii')))}"

    def _signature(self, message: bytes) -> bytes:
        short = len(message) <= _LONGEST_RAW_MESSAGE
        try:
            answer = self._kms.sign(
                KeyId=self.key.key_id,
                Message=message if short else sha512(message).digest(),
                MessageType="RAW" if short else "DIGEST",
                SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_512",
            )
        except (BotoCoreError, ClientError) as error:
            raise KeyServiceUnavailableError from error
        signature: bytes = answer["Signature"]
        return signature


class TokenVerifier:
    """Reads tokens of one issuer for one audience.

    `key_ids` are the signing key first, then the retired ones that are still accepted. Their public halves
    are fetched at the first use; a verified signature is remembered, what depends on the time is not.
    """

    def __init__(self, kms: KeyService, key_ids: Sequence[str], issuer: str, audience: str) -> None:
        self._kms = kms
        self._key_ids = tuple(key_ids)
        self._issuer = issuer
        self._audience = audience
        self._claims = lru_cache(maxsize=_REMEMBERED)(self._signed_claims)

    def verify(self, token: str, now: datetime) -> Claims:
        """What a token says, if it counts at `now`; for anything else InvalidTokenError, and no other.

        Whether its session and generation still count is for the caller to look up. (Only the first use
        asks KMS, and may raise KeyServiceUnavailableError.)
        """
        if len(token) > LONGEST_TOKEN or not token.isascii():
            raise InvalidTokenError("malformed")
        claims = self._claims(token)
        if claims.exp <= now.timestamp():
            raise InvalidTokenError("expired")
        return claims

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The published key set (spec 40, section 6)."""
        return {"keys": [key.jwk() for key in self._keys.values()]}

    @cached_property
    def _keys(self) -> dict[str, PublicKey]:
        """The keys by the only header that a token of theirs has."""
        found = [fetch_public_key(self._kms, self._key_ids[0])]
        found += [key for key_id in self._key_ids[1:] if (key := self._other_key(key_id)) is not None]
        return {_header(key): key for key in found}

    def _other_key(self, key_id: str) -> PublicKey | None:
        """A key besides the signing one; one that KMS does not have any more is left out, and cried out."""
        try:
            return fetch_public_key(self._kms, key_id)
        except KeyServiceUnavailableError as error:
            code = error.__cause__.response["Error"]["Code"] if isinstance(error.__cause__, ClientError) else ""
            if code not in UNUSABLE:
                raise
            log.error("token key cannot be used", extra={"key": key_id, "error": code})
            return None

    def _signed_claims(self, token: str) -> Claims:
        parts = _take_apart(token)
        key = self._keys.get(parts.header)
        if key is None:
            raise InvalidTokenError("unknown_key")
        _check_signature(key, parts)
        return self._read(parts.payload)

    def _read(self, payload: bytes) -> Claims:
        try:
            claims = Claims.model_validate_json(payload)
        except ValidationError as error:
            raise InvalidTokenError("claims") from error
        if claims.iss != self._issuer:
            raise InvalidTokenError("issuer")
        if claims.aud != self._audience:
            raise InvalidTokenError("audience")
        return claims


class _Parts(NamedTuple):
    header: str
    signed: bytes
    payload: bytes
    signature: bytes


def _take_apart(token: str) -> _Parts:
    segments = token.split(".")
    if len(segments) != 3:
        raise InvalidTokenError("malformed")
    payload, signature = opaque.decode(segments[1]), opaque.decode(segments[2])
    if payload is None or signature is None:
        raise InvalidTokenError("malformed")
    signed = f"{segments[0]}.{segments[1]}".encode("ascii")
    return _Parts(segments[0], signed, payload, signature)


def _check_signature(key: PublicKey, parts: _Parts) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA512

    try:
        key.rsa.verify(parts.signature, parts.signed, PKCS1v15(), SHA512())
    except InvalidSignature as error:
        raise InvalidTokenError("signature") from error


def _header(key: PublicKey) -> str:
    """The first segment of every token that `key` signs."""
    return opaque.encode(f'{{"alg":"{ALGORITHM}","kid":"{key.kid}","typ":"JWT"}}'.encode("ascii"))
