"""Stored certificates tell by themselves that they are whole (spec 50, section 6)."""

import json
from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chalicelib.projections import certificates
from chalicelib.projections.findings import Place
from ops.erasure import certificate

ACCOUNT, ID = "a" * 32, "d" * 32


@pytest.fixture(scope="module")
def key():
    """A key that signs."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def item(key):
    """A certificate as the command stores it."""
    statement = {"account": ACCOUNT, "certificate": ID, "version": 7, "issued_at": "2026-11-23T12:00:00+00:00"}
    digest = certificate.digest_of(statement)
    signature = key.sign(digest.encode(), PKCS1v15(), SHA256())
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    envelope = certificate.envelope_of(statement, certificate.Signature(digest, signature, "key", public))
    return {
        "pk": {"S": f"certificate#{ACCOUNT}#{ID}"},
        "account": {"S": ACCOUNT},
        "through": {"N": "7"},
        "at": {"S": "2026-11-23T12:00:00+00:00"},
        "envelope": {"S": json.dumps(envelope, sort_keys=True)},
    }


def changed(item, **members):
    """The item with other members of its envelope."""
    return {**item, "envelope": {"S": json.dumps(json.loads(item["envelope"]["S"]) | members)}}


def test_whole(verification, people, item):
    """Nothing is found, whoever it is about."""
    assert certificates.ALGORITHM == certificate.ALGORITHM
    assert [] == certificates.findings(item)
    with verification.damaged("erasures", None, item):
        assert verification.checker.all().ok


@pytest.mark.parametrize(
    "change",
    [
        {"account": {"S": "b" * 32}},
        {"through": {"N": "8"}},
        {"at": {"S": "2026-11-23T12:00:01+00:00"}},
        {"further": {"S": "x"}},
        {"envelope": {"S": "{"}},
        {"envelope": {"S": "[]"}},
    ],
)
def test_another_item(verification, people, item, change):
    """What stands beside the envelope is what the certificate says; a finding names the account."""
    with verification.damaged("erasures", None, {**item, **change}):
        (finding,) = verification.checker.all().findings
        assert (Place.ERASURE, "certificate", ACCOUNT, False, item["pk"]["S"]) == (
            finding.place,
            finding.what,
            finding.account,
            finding.mendable,
            finding.item,
        )
        assert (finding,) == verification.repairer.mend([finding]).left


def test_another_envelope(item):
    """The digest, the signature, the key and the algorithm are those of the certificate."""
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    pem = other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    statement = json.loads(item["envelope"]["S"])["certificate"]
    for members in (
        {"certificate": {**statement, "verdict": "forgotten"}},
        {"digest": "0" * 64},
        {"signature": b64encode(bytes(256)).decode()},
        {"signature": "?"},
        {"public_key": "x"},
        {"public_key": pem},
        {"algorithm": "none"},
    ):
        assert 1 == len(certificates.findings(changed(item, **members)))
