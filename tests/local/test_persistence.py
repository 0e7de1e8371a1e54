"""Keys, secrets and pictures survive a restart of the local stage (spec 00)."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local.persistence import Keeper, fingerprint, restore, save

REGION = "eu-west-1"
BUCKET = "pictures"
PREAMBLE = """
import base64, boto3, json, os, sys, time
from pathlib import Path
from chalicelib.settings import Settings
from local.emulators import prepare, start
from local.persistence import Keeper, restore
settings = Settings(aws_region="eu-west-1")
place = {"region": settings.aws_region, "bucket": settings.image_bucket}
folder = Path(sys.argv[1])
running = start(settings, aws_port=None, dynamodb_endpoint=None)
restored = restore(folder, **place)
prepare(settings)
kms, s3, secrets = (boto3.client(name) for name in ("kms", "s3", "secretsmanager"))
"""
FIRST = (
    PREAMBLE
    + """
keeper = Keeper(folder, **place).start()
key = kms.generate_data_key(KeyId=settings.kms_key_id, KeySpec="AES_256", EncryptionContext={"subject": "s"})
signed = kms.sign(KeyId=settings.signing_key_id, Message=b"token", SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_256")
s3.put_object(Bucket=settings.image_bucket, Key="a/b c", Body=b"picture", ContentType="image/jpeg", Metadata={"v": "1"})
secret = secrets.get_secret_value(SecretId=settings.secret_id)["SecretString"]
encode = lambda data: base64.b64encode(data).decode()
said = {
    "restored": restored, "secret": secret, "wrapped": encode(key["CiphertextBlob"]), "key": encode(key["Plaintext"]),
    "signature": encode(signed["Signature"]),
    "public": encode(kms.get_public_key(KeyId=settings.signing_key_id)["PublicKey"]),
}
if sys.argv[2] == "stop":
    keeper.stop()
    running.stop()
print(json.dumps(said), flush=True)
if sys.argv[2] == "wait":
    time.sleep(60)
"""
)
SECOND = (
    PREAMBLE
    + """
before = json.loads(sys.argv[2])
decode = base64.b64decode
opened = kms.decrypt(CiphertextBlob=decode(before["wrapped"]), EncryptionContext={"subject": "s"})["Plaintext"]
verified = kms.verify(
    KeyId=settings.signing_key_id, Message=b"token", Signature=decode(before["signature"]),
    SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_256",
)["SignatureValid"]
found = s3.get_object(Bucket=settings.image_bucket, Key="a/b c")
print(json.dumps({
    "restored": restored, "opened": opened == decode(before["key"]), "verified": verified,
    "same public key": kms.get_public_key(KeyId=settings.signing_key_id)["PublicKey"] == decode(before["public"]),
    "same secret": secrets.get_secret_value(SecretId=settings.secret_id)["SecretString"] == before["secret"],
    "keys": len(kms.list_keys()["Keys"]), "body": found["Body"].read().decode(),
    "type": found["ContentType"], "metadata": found["Metadata"],
}))
running.stop()
"""
)
AFTERWARDS = {
    "restored": True,
    "opened": True,
    "verified": True,
    "same public key": True,
    "same secret": True,
    "keys": 3,
    "body": "picture",
    "type": "image/jpeg",
    "metadata": {"v": "1"},
}


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The emulated S3 with the bucket in it."""
    for name in list(os.environ):
        if name.startswith("AWS_ENDPOINT_URL"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        yield client


def run(script: str, *arguments: str) -> dict[str, Any]:
    """What the script says in a process of its own."""
    ended = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, timeout=60)
    assert (0, "") == (ended.returncode, ended.stderr)
    said: dict[str, Any] = json.loads(ended.stdout)
    return said


def bodies(folder: Path) -> set[bytes]:
    """The bodies of objects that the folder holds."""
    return {path.read_bytes() for path in (folder / "objects").iterdir()}


def test_a_stage_survives_a_restart(tmp_path: Path) -> None:
    """What was wrapped opens, what was signed verifies, secret and picture are the same in a new process."""
    said = run(FIRST, str(tmp_path), "stop")
    assert said["restored"] is False
    assert AFTERWARDS == run(SECOND, str(tmp_path), json.dumps(said))


def test_a_stage_survives_being_killed(tmp_path: Path) -> None:
    """The same after SIGKILL, a moment after the last change."""
    with subprocess.Popen([sys.executable, "-c", FIRST, str(tmp_path), "wait"], stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        said = first.stdout.readline().decode()
        deadline = time.monotonic() + 20
        while b"picture" not in bodies(tmp_path) and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.3)  # the index follows its bodies
        first.send_signal(signal.SIGKILL)
    assert AFTERWARDS == run(SECOND, str(tmp_path), said)


def test_nothing_is_restored_from_nothing(tmp_path: Path, s3: Any) -> None:
    """A first start finds nothing to restore."""
    assert not restore(tmp_path / "none", region=REGION, bucket=BUCKET)


def test_files_are_their_owners_alone(tmp_path: Path, s3: Any) -> None:
    """Key material and pictures can be read by nobody else."""
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"picture")
    save(tmp_path / "data", region=REGION, bucket=BUCKET)
    files = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert 4 == len(files)
    assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in files}
    assert 0o700 == stat.S_IMODE((tmp_path / "data").stat().st_mode)


def test_a_deleted_picture_is_deleted_on_disk(tmp_path: Path, s3: Any) -> None:
    """A deleted object's body goes from the disk, one that another object shares stays."""
    for key, body in (("a", b"one"), ("b", b"two"), ("c", b"two")):
        s3.put_object(Bucket=BUCKET, Key=key, Body=body)
    save(tmp_path, region=REGION, bucket=BUCKET)
    assert {b"one", b"two"} == bodies(tmp_path)
    for key in ("a", "b"):
        s3.delete_object(Bucket=BUCKET, Key=key)
    save(tmp_path, region=REGION, bucket=BUCKET)
    assert {b"two"} == bodies(tmp_path)


def test_a_half_written_file_does_no_harm(tmp_path: Path, s3: Any) -> None:
    """What an interrupted save leaves is neither read nor kept."""
    s3.put_object(Bucket=BUCKET, Key="a", Body=b"one")
    save(tmp_path, region=REGION, bucket=BUCKET)
    for name in ("keys.json.new", "objects.json.new", "objects/abc.new"):
        (tmp_path / name).write_bytes(b'[{"broken')
    assert restore(tmp_path, region=REGION, bucket=BUCKET)
    save(tmp_path, region=REGION, bucket=BUCKET)
    assert {b"one"} == bodies(tmp_path)


@pytest.mark.parametrize("change", ["put", "replace", "delete", "key", "alias", "secret"])
def test_each_change_is_seen(s3: Any, change: str) -> None:
    """The fingerprint differs after each kind of change, and stays without one."""
    kms, secrets = boto3.client("kms"), boto3.client("secretsmanager")
    s3.put_object(Bucket=BUCKET, Key="a", Body=b"one")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    secrets.create_secret(Name="s", SecretString="1")
    before = fingerprint(region=REGION, bucket=BUCKET)
    assert before == fingerprint(region=REGION, bucket=BUCKET)
    match change:
        case "put":
            s3.put_object(Bucket=BUCKET, Key="b", Body=b"one")
        case "replace":
            s3.put_object(Bucket=BUCKET, Key="a", Body=b"two")
        case "delete":
            s3.delete_object(Bucket=BUCKET, Key="a")
        case "key":
            kms.create_key()
        case "alias":
            kms.create_alias(AliasName="alias/a", TargetKeyId=key)
        case "secret":
            secrets.put_secret_value(SecretId="s", SecretString="2")
    assert before != fingerprint(region=REGION, bucket=BUCKET)


def test_the_end_saves_the_last_change(tmp_path: Path, s3: Any) -> None:
    """What changed just before the end is saved by it."""
    with Keeper(tmp_path, region=REGION, bucket=BUCKET):
        s3.put_object(Bucket=BUCKET, Key="a", Body=b"last")
    assert {b"last"} == bodies(tmp_path)
