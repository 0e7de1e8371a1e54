"""Keys of one-time links: who it is for, and a secret of which only the digest is stored."""

from hashlib import sha256

from chalicelib.identity import opaque

_SHORTEST_SECRET = 16
_LONGEST_SECRET = 64


def make(account_id: str, secret: bytes) -> str:
    """The key of a link for an account; `secret` is random, 16 to 64 bytes."""
    if not _SHORTEST_SECRET <= len(secret) <= _LONGEST_SECRET:
        raise ValueError(f"a link's secret has {_SHORTEST_SECRET} to {_LONGEST_SECRET} bytes")
    return opaque.encode(bytes.fromhex(account_id) + secret)


def parse(key: str) -> tuple[str, str] | None:
    """The account id in a key and the digest of its secret, or None for what `make` cannot have made.

    Never raises. It says nothing about whether the link is good: compare the digest with the stored one.
    """
    if len(key) > 2 * (opaque.ACCOUNT_ID_BYTES + _LONGEST_SECRET):
        return None
    raw = opaque.decode(key)
    if raw is None:
        return None
    account, secret = raw[: opaque.ACCOUNT_ID_BYTES], raw[opaque.ACCOUNT_ID_BYTES :]
    if not _SHORTEST_SECRET <= len(secret) <= _LONGEST_SECRET:
        return None
    return account.hex(), digest(secret)


def digest(secret: bytes) -> str:
    """What is stored of a link's secret: SHA-256, in hex; enough, because it is random."""
    return sha256(secret).hexdigest()
