"""Webhooks over https: the other side must prove who it is."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chalicelib.hooks.port import HookCall, HookFailedError, HookName
from chalicelib.hooks.webhook import Endpoint, Webhooks
from tests.hooks.receiver import Reply, receiving

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
CALL = HookCall(HookName.ORGANISATIONS, "i", 5)


def certificate(folder: Path, host: str) -> Path:
    """A file with a key and a certificate of its own for `host`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    encodings = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(key.private_bytes(*encodings) + made.public_bytes(serialization.Encoding.PEM))
    return file


def context_of(file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def webhooks(url: str) -> Webhooks:
    return Webhooks({HookName.ORGANISATIONS: Endpoint(url, "secret")}, lambda: NOW, pause=lambda _: None)


def test_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hook with a certificate that this machine trusts is called over https."""
    file = certificate(tmp_path, "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with receiving(context_of(file)) as receiver:
        receiver.replies = [Reply(body=b'["edX"]')]
        assert ("edX",) == webhooks(receiver.url).call(CALL)


def test_untrusted(tmp_path: Path) -> None:
    """A hook with a certificate that nobody vouches for gets nothing."""
    with receiving(context_of(certificate(tmp_path, "localhost"))) as receiver:
        with pytest.raises(HookFailedError, match="connection"):
            webhooks(receiver.url).call(CALL)
        assert [] == receiver.taken


def test_of_another_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hook with the certificate of another host gets nothing."""
    file = certificate(tmp_path, "other.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with receiving(context_of(file)) as receiver:
        with pytest.raises(HookFailedError, match="connection"):
            webhooks(receiver.url).call(CALL)
        assert [] == receiver.taken
