"""How many invented people `rollcall import` takes over in a second, by the real command against a running stage."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.exports import lines
from bench.stage_process import REPOSITORY, StageProcess
from bench.table import Table
from local.dynamodb_local import DynamoDBLocal, unavailable_reason

ROWS, QUICK_ROWS = 10_000, 20
THREADS = (1, 4)
QUICK_THREADS = (4,)
COLUMNS = ("Store", "Threads", "Rows", "Rows/s", "Again: rows/s", "Largest memory")
NOTE = (
    'The command\'s whole time, its start included; the emulated AWS works on the same cores. "Again" is the same file '
    "a second time, when everybody is there. Each row is an account of its own in one transaction."
)


class ImportFailedError(Exception):
    """A run did not take over what it was given, so its time means nothing."""


@dataclass(frozen=True)
class Taken:
    """One run: seconds, and the most memory that the command held, in MiB."""

    seconds: float
    memory: float


def import_accounts(*, quick: bool) -> list[Table]:
    """The rate on moto and, where it can run, on DynamoDB Local in memory."""
    rows = QUICK_ROWS if quick else ROWS
    threads = QUICK_THREADS if quick else THREADS
    cells = [_cells("moto", None, count, rows) for count in threads]
    if not quick and unavailable_reason() is None:
        with DynamoDBLocal() as engine:
            cells.append(_cells("DynamoDB Local in memory", engine.endpoint, THREADS[-1], rows))
    return [Table("Importing accounts", COLUMNS, cells, NOTE)]


def _cells(store: str, endpoint: str | None, threads: int, rows: int) -> Sequence[str]:
    with _stage(endpoint) as environment, tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "people.jsonl"
        file.write_text("".join(f"{line}\n" for line in lines(rows)), encoding="utf-8")
        first = _run(file, threads, environment, expect={"created": rows})
        again = _run(file, threads, environment, expect={"present": rows})
    return [
        store,
        str(threads),
        f"{rows:,}",
        f"{rows / first.seconds:.0f}",
        f"{rows / again.seconds:.0f}",
        f"{max(first.memory, again.memory):.0f} MiB",
    ]


@contextmanager
def _stage(endpoint: str | None) -> Iterator[dict[str, str]]:
    """A fresh stage, and what a command needs in its environment to use it."""
    store = {} if endpoint is None else {"AWS_ENDPOINT_URL_DYNAMODB": endpoint}
    streams = {} if endpoint is None else {"AWS_ENDPOINT_URL_DYNAMODB_STREAMS": endpoint}
    with StageProcess({**store, **streams}) as stage:
        yield {**os.environ, **store, "AWS_ENDPOINT_URL": stage.aws_url, "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled"}


def _run(file: Path, threads: int, environment: dict[str, str], expect: dict[str, int]) -> Taken:
    """Run the command; raises `ImportFailedError` unless it comes to what is expected."""
    command = [sys.executable, "-m", "ops", "import", str(file), "--threads", str(threads), "--json"]
    start = time.perf_counter()
    with subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE) as process:
        answer = b"" if process.stdout is None else process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    if process.returncode or any(json.loads(answer)[name] != count for name, count in expect.items()):
        raise ImportFailedError
    return Taken(seconds, usage.ru_maxrss / 1024)
