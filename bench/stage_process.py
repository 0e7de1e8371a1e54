"""The local stage as a process of its own, as `make run` starts it, on free ports."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from bench.caller import Caller

REPOSITORY = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
START_SECONDS = 90
STOP_SECONDS = 15
IDLE_SHARE = 0.15
LOOK_SECONDS = 2.0


class StageDidNotStartError(Exception):
    """The stage ended, or gave no heartbeat in time."""


def free_ports(count: int) -> list[int]:
    """So many different ports that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind((HOST, 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


class StageProcess:
    """One run of `python -m local`; a context manager.

    Arguments: what to add to the environment, and the folder to run in, where data on disk is kept.
    """

    def __init__(self, environment: Mapping[str, str] | None = None, folder: Path = REPOSITORY) -> None:
        self.port, aws_port = free_ports(2)
        self.aws_url = f"http://{HOST}:{aws_port}"
        self.url = f"http://{HOST}:{self.port}"
        self._folder = folder
        self.endpoints = {name: value for name, value in (environment or {}).items() if name.startswith("AWS_ENDPOINT")}
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DYNAMODB"))},
            "PORT": str(self.port),
            "AWS_PORT": str(aws_port),
            "PYTHONPATH": str(REPOSITORY),
            **(environment or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "local"],
            cwd=self._folder,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            self._wait_until_ready(self._process)
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise
        return self

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and process.poll() is None:
            try:
                Caller(self.url).call("GET", "/heartbeat")
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise StageDidNotStartError

    def __exit__(self, *_: object) -> None:
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def wait_until_idle(self, most_seconds: float = 600) -> None:
        """Return once the process has done next to nothing for a while: its background consumers have caught up."""
        end = time.monotonic() + most_seconds
        while time.monotonic() < end:
            before = self.cpu_seconds()
            time.sleep(LOOK_SECONDS)
            if self.cpu_seconds() - before < IDLE_SHARE * LOOK_SECONDS:
                return
        raise TimeoutError("the stage never came to rest")

    def cpu_seconds(self) -> float:
        """What the process has computed so far."""
        if self._process is None:
            return 0.0
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
