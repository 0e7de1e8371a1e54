"""The certificate: what was looked for and what was found, without anything personal, signed and kept.

What is signed is the SHA-256 of the canonical certificate, as 64 hexadecimal digits: KMS takes 4096 bytes at most, and
a certificate with findings may be longer. docs/command-line.md says how anybody can verify one.
"""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from botocore.exceptions import BotoCoreError

from chalicelib.accounts.account import Account
from chalicelib.accounts.context import Context
from chalicelib.events.aggregate import Decision
from chalicelib.events.dynamo import call, number, text
from chalicelib.events.erasure import CertificateIssued
from chalicelib.events.errors import (
    CorruptItemError,
    KeyServiceUnavailableError,
    UnknownAccountError,
    UnknownEventTypeError,
    UnknownKeyError,
)
from chalicelib.wiring import VERSION, Wiring
from ops.erasure.checking import Checked
from ops.erasure.forms import FORMS

FORMAT = 1
ALGORITHM = "RSASSA_PKCS1_V1_5_SHA_256"
FORGOTTEN, NOT_FORGOTTEN = "forgotten", "not forgotten"
MOST_FINDINGS = 500
"""So many findings are listed; an item of DynamoDB ends at 400 KB. The others are counted."""

PEM_LINE = 64
REQUIRED = (
    "every data key destroyed, fenced, and in the erasure ledger",
    "head empty, neither row standing",
    "no password hash",
    "no claim but those of the number and the retired names; these taken for ever",
    "no view row with content, nothing in quarantine",
    "no session, link, counter, lease, note, open upload or unfinished cleanup",
    "no OAuth client",
    "no object, no unfinished upload",
)


@dataclass(frozen=True)
class Signature:
    """A signature of a certificate, and the public key that it is verified with."""

    digest: str
    signature: bytes
    key_id: str
    public_key: bytes


class Signer:
    """Signs certificates with a KMS key of its own. Its public half is fetched at once, so that a fault shows early.

    Raises `KeyServiceUnavailableError` when KMS cannot be reached; what it refuses comes out as botocore raises it.
    """

    def __init__(self, wiring: Wiring) -> None:
        self._kms = wiring.kms
        self._key = wiring.settings.certificate_key_id
        answer = self._ask("get_public_key")
        self._id, self._public = str(answer["KeyId"]), bytes(answer["PublicKey"])

    def sign(self, digest: str) -> Signature:
        """Sign the digest of a certificate."""
        answer = self._ask("sign", Message=digest.encode(), MessageType="RAW", SigningAlgorithm=ALGORITHM)
        return Signature(digest, bytes(answer["Signature"]), self._id, self._public)

    def _ask(self, operation: str, **parameters: Any) -> Any:
        try:
            return getattr(self._kms, operation)(KeyId=self._key, **parameters)
        except BotoCoreError as error:
            raise KeyServiceUnavailableError(type(error).__name__) from error


def statement_of(checked: Checked, certificate: str, issuer: str, at: datetime) -> dict[str, Any]:
    """The certificate itself; `certificate` is its random id."""
    listed = checked.findings[:MOST_FINDINGS]
    residue = asdict(checked.residue)
    return {
        "format": FORMAT,
        "certificate": certificate,
        "issuer": issuer,
        "issued_at": at.isoformat(),
        "software": f"rollcall {VERSION}",
        "account": checked.account,
        "version": checked.version,
        "verdict": FORGOTTEN if checked.clean else NOT_FORGOTTEN,
        "required": list(REQUIRED),
        "checked": {
            "tables": checked.tables,
            "bucket": {"versions": checked.versions, "unfinished_uploads": checked.unfinished},
            "queues": checked.queues,
        },
        "values": {
            "given": checked.values_given,
            "count": checked.chosen.given,
            "looked_for": len(checked.chosen.sought),
            "as_words_alone": checked.chosen.alone,
            "too_short": checked.chosen.too_short,
            "forms_too_short": checked.forms_too_short,
            "in_everybodys_data": checked.chosen.common,
        },
        "forms": [form.name for form in FORMS],
        "control": {"planted": checked.planted, "found": checked.planted},
        "fences": [fence._asdict() for fence in checked.fences],
        "findings": [finding._asdict() for finding in listed],
        "further_findings": len(checked.findings) - len(listed),
        "residue": {
            "retired_claims": checked.retired_claims,
            "retired_username_and_address": checked.retired_names,
            "plain_parts_of_events": residue["events"],
            "sealed_parts_without_a_key": residue["sealed_parts"],
            "empty_view_rows": residue["tombstones"],
            "items_that_run_out": residue["running_out"],
            "records_of_calls": residue["records"],
            "fences": len(checked.fences),
            "entries_of_the_erasure_ledger": residue["erasure_entries"],
            "earlier_certificates": residue["certificates"],
            "files_of_others_with_such_values": checked.of_others,
        },
    }


def canonical(statement: Mapping[str, Any]) -> bytes:
    """The bytes of a certificate whose digest is signed: members in order, no spaces, ASCII alone."""
    return json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def digest_of(statement: Mapping[str, Any]) -> str:
    """What is signed of a certificate."""
    return sha256(canonical(statement)).hexdigest()


def envelope_of(statement: Mapping[str, Any], signed: Signature) -> dict[str, Any]:
    """A certificate with its signature, and all that is needed to verify it."""
    return {
        "certificate": statement,
        "digest": signed.digest,
        "signature": b64encode(signed.signature).decode(),
        "algorithm": ALGORITHM,
        "key_id": signed.key_id,
        "public_key": pem_of(signed.public_key),
    }


def pem_of(public_key: bytes) -> str:
    """A public key in DER as PEM."""
    digits = b64encode(public_key).decode()
    lines = [digits[start : start + PEM_LINE] for start in range(0, len(digits), PEM_LINE)]
    return "\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""])


def keep(wiring: Wiring, envelope: Mapping[str, Any]) -> None:
    """Store a certificate beside the erasure ledger, for good. Raises `StoreUnavailableError`."""
    statement = envelope["certificate"]
    item = {
        "pk": text(f"certificate#{statement['account']}#{statement['certificate']}"),
        "account": text(statement["account"]),
        "through": number(statement["version"]),
        "at": text(statement["issued_at"]),
        "envelope": text(json.dumps(envelope, sort_keys=True)),
    }
    table = wiring.tables.erasures.Meta.table_name
    call(wiring.dynamodb.put_item, TableName=table, Item=item, ConditionExpression="attribute_not_exists(pk)")


def note(wiring: Wiring, statement: Mapping[str, Any], digest: str, context: Context) -> bool:
    """Add the event to the account's history; False if the account cannot take one: it is gone or damaged."""

    def decide(account: Account) -> Decision:
        issued = CertificateIssued(
            **context.next(account),
            certificate=statement["certificate"],
            digest=digest,
            clean=statement["verdict"] == FORGOTTEN,
            values_given=statement["values"]["given"],
        )
        return Decision((issued,))

    try:
        wiring.ledger.execute(statement["account"], decide)
    except (CorruptItemError, UnknownAccountError, UnknownEventTypeError, UnknownKeyError):
        return False
    return True
