"""Taking tokens apart, and forging them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any


def b64(content: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def part(fields: Any) -> str:
    """Return a JSON value as a part of a JWT."""
    return b64(json.dumps(fields).encode())


def unpart(text: str) -> dict[str, Any]:
    """Return the JSON object in a part of a JWT."""
    fields: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return fields


def header(token: str) -> dict[str, Any]:
    """Return a token's header, unverified."""
    return unpart(token.split(".")[0])


def claims(token: str) -> dict[str, Any]:
    """Return a token's claims, unverified."""
    return unpart(token.split(".")[1])


def with_claims(token: str, **changed: Any) -> str:
    """Return the token with other claims and its old signature."""
    head, payload, signature = token.split(".")
    return f"{head}.{part({**unpart(payload), **changed})}.{signature}"


def with_header(token: str, **changed: Any) -> str:
    """Return the token with another header and its old signature."""
    head, payload, signature = token.split(".")
    return f"{part({**unpart(head), **changed})}.{payload}.{signature}"


def unsigned(token: str, algorithm: str) -> str:
    """Return the token with algorithm `none`, however that is spelt, and no signature."""
    return f"{part({**header(token), 'alg': algorithm})}.{token.split('.')[1]}."


def signed_by_hmac(token: str, secret: bytes, algorithm: str = "HS256") -> str:
    """Return the token signed with a shared secret, such as the public key that everybody knows."""
    digest = {"HS256": hashlib.sha256, "HS512": hashlib.sha512}[algorithm]
    content = f"{part({**header(token), 'alg': algorithm})}.{token.split('.')[1]}"
    return f"{content}.{b64(hmac.new(secret, content.encode(), digest).digest())}"
