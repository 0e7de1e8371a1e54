"""Certificates of erasures: each carries a signature and the key to verify it, so it tells by itself that it is whole.

Whether that key is one of ours, only somebody with a copy of the public key can tell.
"""

import json
import re
from base64 import b64decode
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from chalicelib.events.dynamo import Item, Value, number, text
from chalicelib.projections.findings import Finding, Place

NAME = re.compile(r"certificate#([0-9a-f]{32})#[0-9a-f]{32}")
ALGORITHM = "RSASSA_PKCS1_V1_5_SHA_256"


def findings(item: Item) -> list[Finding]:
    """What does not hold of a stored certificate. It is written once, so one look is enough."""
    pk = item["pk"]["S"]
    name = NAME.fullmatch(pk)
    account = None if name is None else name[1]
    return [] if _holds(item) else [Finding(Place.ERASURE, account, None, "certificate", False, pk)]


def _holds(item: Item) -> bool:
    try:
        envelope = json.loads(item["envelope"]["S"])
        statement = envelope["certificate"]
        if {name: value for name, value in item.items() if name != "envelope"} != _besides(statement):
            return False
        return envelope["digest"] == _digest(statement) and _is_signed(envelope)
    except (AttributeError, KeyError, TypeError, ValueError):
        return False


def _besides(statement: Any) -> dict[str, Value]:
    """What stands beside the envelope, as the certificate says it."""
    account, certificate = statement["account"], statement["certificate"]
    return {
        "pk": text(f"certificate#{account}#{certificate}"),
        "account": text(account),
        "through": number(statement["version"]),
        "at": text(statement["issued_at"]),
    }


def _digest(statement: Any) -> str:
    """What is signed: the SHA-256 of the members in order, without spaces, in ASCII alone."""
    canonical = json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return sha256(canonical.encode()).hexdigest()


def _is_signed(envelope: Any) -> bool:
    if envelope["algorithm"] != ALGORITHM:
        return False
    try:
        key = load_pem_public_key(envelope["public_key"].encode())
        if not isinstance(key, RSAPublicKey):
            return False
        key.verify(b64decode(envelope["signature"], validate=True), envelope["digest"].encode(), PKCS1v15(), SHA256())
    except (InvalidSignature, UnsupportedAlgorithm):
        return False
    return True
