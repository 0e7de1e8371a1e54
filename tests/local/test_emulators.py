"""The emulated AWS of the local stage: in process, over HTTP, and what a stage needs in it (spec 00)."""

import base64
import json
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from chalicelib.settings import Settings
from local import emulators
from local.emulators import Emulators, KeyNotCreatedError, PortInUseError, prepare, start

REGION = "eu-west-1"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No AWS variable of the machine reaches these tests."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)


@pytest.fixture
def settings() -> Settings:
    """The settings of a stage."""
    return Settings(aws_region=REGION, feed_bus="changes")


@pytest.fixture
def running(settings: Settings) -> Iterator[Emulators]:
    """Started emulators on a free port."""
    with start(settings, aws_port=None, dynamodb_endpoint=None) as started:
        yield started


def outside(service: str, running: Emulators) -> Any:
    """A client as another process would make it."""
    return boto3.client(service, endpoint_url=running.url, config=Config(s3={"addressing_style": "path"}))


def test_a_used_port_is_a_clear_error(settings: Settings) -> None:
    """A used AWS_PORT is one line that names the port, and the environment stays as it was."""
    before = dict(os.environ)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortInUseError) as refusal:
            start(settings, aws_port=port, dynamodb_endpoint=None)
    assert port == refusal.value.port
    assert f"port {port} is in use: stop what listens there, or choose another" == str(refusal.value)
    assert before == dict(os.environ)


def test_the_asked_port_is_used(settings: Settings) -> None:
    """AWS_PORT is where the emulated AWS answers."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with start(settings, aws_port=port, dynamodb_endpoint=None) as running:
        assert f"http://127.0.0.1:{port}" == running.url


def test_both_ways_lead_to_the_same(running: Emulators) -> None:
    """What is made in process is there over HTTP."""
    boto3.client("ses").verify_email_identity(EmailAddress="a@example.com")
    assert ["a@example.com"] == outside("ses", running).list_identities()["Identities"]


def test_another_process_is_told_how_to_get_there(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables for other processes lead to the emulated AWS, and to the DynamoDB that is elsewhere."""
    with start(settings, aws_port=None, dynamodb_endpoint="http://127.0.0.1:9") as running:
        boto3.client("ses").verify_email_identity(EmailAddress="a@example.com")
        script = "import boto3; print(boto3.client('ses').list_identities()['Identities'])"
        others = {"PATH": os.environ["PATH"]} | running.variables
        said = subprocess.run([sys.executable, "-c", script], env=others, capture_output=True, text=True, timeout=60)
        assert ("http://127.0.0.1:9", "['a@example.com']\n") == (others["AWS_ENDPOINT_URL_DYNAMODB"], said.stdout)


def test_a_presigned_upload_works_from_outside(running: Emulators, settings: Settings) -> None:
    """A presigned URL takes an upload from a client that knows nothing of the emulators."""
    prepare(settings)
    signer = boto3.client("s3", endpoint_url=running.s3_url, config=Config(s3={"addressing_style": "path"}))
    url = signer.generate_presigned_url("put_object", {"Bucket": settings.image_bucket, "Key": "up/a b"})
    headers = {"Content-Type": "image/png"}
    upload = urllib.request.Request(url, data=b"picture", method="PUT", headers=headers)  # noqa: S310
    with urllib.request.urlopen(upload, timeout=10) as answer:  # noqa: S310
        assert 200 == answer.status
    got = boto3.client("s3").get_object(Bucket=settings.image_bucket, Key="up/a b")
    assert (b"picture", "image/png") == (got["Body"].read(), got["ContentType"])


def test_requests_are_not_logged(running: Emulators, capfd: pytest.CaptureFixture[str]) -> None:
    """The server says nothing about requests: a presigned URL is a secret."""
    outside("sts", running).get_caller_identity()
    assert ("", "") == capfd.readouterr()


def test_the_environment_fits_and_comes_back(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the emulators run, no credentials of a person are in use; afterwards all is as before."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.setenv("AWS_PROFILE", "work")
    before = dict(os.environ)
    with start(settings, aws_port=None, dynamodb_endpoint=None):
        during = dict(os.environ)
    assert emulators.FAKE_CREDENTIALS["AWS_ACCESS_KEY_ID"] == during["AWS_ACCESS_KEY_ID"]
    assert (REGION, REGION, "disabled") == (
        during["AWS_REGION"],
        during["AWS_DEFAULT_REGION"],
        during["AWS_ACCOUNT_ID_ENDPOINT_MODE"],
    )
    assert "AWS_PROFILE" not in during
    assert before == dict(os.environ)


def test_the_end_frees_the_port_and_forgets(settings: Settings) -> None:
    """After the end the port is free, and a new start finds nothing of before."""
    with start(settings, aws_port=None, dynamodb_endpoint=None) as first:
        prepare(settings)
    port = int(first.url.rsplit(":", 1)[1])
    with start(settings, aws_port=port, dynamodb_endpoint=None):
        assert [] == boto3.client("s3").list_buckets()["Buckets"]


def test_stopping_twice_does_nothing(running: Emulators) -> None:
    """A second stop finds nothing to end."""
    running.stop()
    running.stop()
    assert "AWS_REGION" not in os.environ


def test_dynamodb_elsewhere(settings: Settings) -> None:
    """Another DynamoDB gets the requests of DynamoDB and its streams, moto those of the others."""
    with start(settings, aws_port=None, dynamodb_endpoint="http://127.0.0.1:9"):
        hosts = [boto3.client(name).meta.endpoint_url for name in ("dynamodb", "dynamodbstreams")]
        assert ["http://127.0.0.1:9"] * 2 == hosts
        assert [] == boto3.client("s3").list_buckets()["Buckets"]


def test_an_endpoint_of_the_environment_is_honoured(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service with its own AWS_ENDPOINT_URL_<SERVICE> goes there, with the credentials it came with."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:7")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:8")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    with start(settings, aws_port=None, dynamodb_endpoint="http://127.0.0.1:9") as running:
        assert "http://127.0.0.1:7" == boto3.client("dynamodb").meta.endpoint_url
        assert "http://127.0.0.1:9" == boto3.client("dynamodbstreams").meta.endpoint_url
        assert "http://127.0.0.1:8" == running.s3_url
        assert "mine" == os.environ["AWS_ACCESS_KEY_ID"]


def test_all_services_elsewhere(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """With AWS_ENDPOINT_URL nothing is emulated."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:7")
    with start(settings, aws_port=None, dynamodb_endpoint=None) as running:
        assert "http://127.0.0.1:7" == running.url == boto3.client("kms").meta.endpoint_url


def test_a_stage_gets_its_keys(running: Emulators, settings: Settings) -> None:
    """The wrapping key encrypts under a context, those of tokens and certificates are RSA with 2048 bits."""
    prepare(settings)
    kms = boto3.client("kms")
    data_key = kms.generate_data_key(KeyId=settings.kms_key_id, KeySpec="AES_256", EncryptionContext={"a": "b"})
    opened = kms.decrypt(CiphertextBlob=data_key["CiphertextBlob"], EncryptionContext={"a": "b"})
    assert data_key["Plaintext"] == opened["Plaintext"]
    signing = kms.describe_key(KeyId=settings.signing_key_id)["KeyMetadata"]
    certifying = kms.describe_key(KeyId=settings.certificate_key_id)["KeyMetadata"]
    for key in (signing, certifying):
        assert ("SIGN_VERIFY", "RSA_2048") == (key["KeyUsage"], key["KeySpec"])
    assert signing["KeyId"] != certifying["KeyId"]


def test_a_stage_gets_its_peppers(running: Emulators, settings: Settings) -> None:
    """The secret holds four independent values of 32 bytes under the names that the service reads."""
    prepare(settings)
    stored = boto3.client("secretsmanager").get_secret_value(SecretId=settings.secret_id)["SecretString"]
    secret = json.loads(stored)
    assert {"claims_pepper", "retired_claims_pepper", "requests_pepper", "retired_digits_secrets"} == set(secret)
    (digits,) = secret.pop("retired_digits_secrets")
    values = [base64.b64decode(value, validate=True) for value in [*secret.values(), digits]]
    assert [32] * 4 == [len(value) for value in values]
    assert 4 == len(set(values))


def test_a_stage_gets_its_bucket_sender_and_bus(running: Emulators, settings: Settings) -> None:
    """The bucket is private, the sender verified, the bus there."""
    prepare(settings)
    block = boto3.client("s3").get_public_access_block(Bucket=settings.image_bucket)
    assert {True} == set(block["PublicAccessBlockConfiguration"].values())
    assert [settings.mail_from] == boto3.client("ses").list_identities()["Identities"]
    assert "changes" == boto3.client("events").describe_event_bus(Name="changes")["Name"]


def test_the_senders_address_is_verified_without_its_name(running: Emulators) -> None:
    """MAIL_FROM may carry a name; SES verifies the address."""
    prepare(Settings(aws_region=REGION, mail_from="Rollcall <hello@example.com>"))
    assert ["hello@example.com"] == boto3.client("ses").list_identities()["Identities"]


def test_preparing_again_changes_nothing(running: Emulators, settings: Settings) -> None:
    """A prepared stage keeps its keys and secrets."""

    def state() -> tuple[Any, ...]:
        kms = boto3.client("kms")
        keys = [
            kms.describe_key(KeyId=key)["KeyMetadata"]["KeyId"]
            for key in (settings.kms_key_id, settings.signing_key_id, settings.certificate_key_id)
        ]
        secret = boto3.client("secretsmanager").get_secret_value(SecretId=settings.secret_id)["SecretString"]
        return keys, secret, len(kms.list_keys()["Keys"])

    prepare(settings)
    before = state()
    prepare(settings)
    assert before == state()


def test_a_key_that_is_no_alias_is_not_created(running: Emulators) -> None:
    """A key id that does not exist is an error, for nobody can create a key under a chosen id."""
    with pytest.raises(KeyNotCreatedError, match="1234abcd"):
        prepare(Settings(aws_region=REGION, kms_key_id="1234abcd-0000-0000-0000-000000000000"))
