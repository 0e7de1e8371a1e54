"""The refresh token: opaque outside, and inside the account, the session, a random secret and a tag.

The tag proves that the token is one of the session's, however old, so that a stolen one is recognised long
after its hash is forgotten, and nobody who merely knows an account id and a session id, which access tokens
show, can end that session by a made-up token.
"""

import hmac
from dataclasses import dataclass
from hashlib import sha256

from chalicelib.identity import opaque

SECRET_BYTES = 32
_ID_BYTES = opaque.ACCOUNT_ID_BYTES
_TAG_BYTES = 16
_BYTES = 2 * _ID_BYTES + SECRET_BYTES + _TAG_BYTES
_CHARACTERS = len(opaque.encode(bytes(_BYTES)))


@dataclass(frozen=True)
class RefreshToken:
    """A refresh token taken apart. Only `digest` is ever stored."""

    account: str
    session_id: str
    secret: bytes
    tag: bytes

    @property
    def digest(self) -> str:
        """What is stored of the secret: SHA-256, in hex."""
        return sha256(self.secret).hexdigest()

    def is_of_family(self, family: str) -> bool:
        """Whether it was issued for the session whose family key this is."""
        return hmac.compare_digest(self.tag, _tag(self.account, self.session_id, self.secret, family))

    def __str__(self) -> str:
        ids = bytes.fromhex(self.account) + bytes.fromhex(self.session_id)
        return opaque.encode(ids + self.secret + self.tag)


def issue(account: str, session_id: str, secret: bytes, family: str) -> RefreshToken:
    """A new refresh token; `secret` is 32 random bytes, `family` the session's family key."""
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"the secret of a refresh token has {SECRET_BYTES} bytes")
    return RefreshToken(account, session_id, secret, _tag(account, session_id, secret, family))


def parse(token: str) -> RefreshToken | None:
    """The parts of a token, or None for what cannot be one. Never raises, proves nothing."""
    if len(token) != _CHARACTERS:
        return None
    raw = opaque.decode(token)
    if raw is None:
        return None
    account, session_id = raw[:_ID_BYTES].hex(), raw[_ID_BYTES : 2 * _ID_BYTES].hex()
    return RefreshToken(account, session_id, raw[2 * _ID_BYTES : -_TAG_BYTES], raw[-_TAG_BYTES:])


def family_key(first_secret: bytes) -> str:
    """The key of a session's tags, from the secret of its first token; it opens nothing."""
    return sha256(b"rollcall refresh family" + first_secret).hexdigest()


def _tag(account: str, session_id: str, secret: bytes, family: str) -> bytes:
    told = bytes.fromhex(account) + bytes.fromhex(session_id) + secret
    return hmac.digest(bytes.fromhex(family), told, "sha256")[:_TAG_BYTES]
