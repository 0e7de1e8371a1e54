"""The service as a process of its own, started and stopped the way a person does it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import httpx

REPOSITORY = Path(__file__).resolve().parents[2]
START_SECONDS = 60
STOP_SECONDS = 60
OUTPUT_SHOWN = 6000
CLEAN_EXITS = (0, 130, -signal.SIGINT)
CHEAP_PASSWORDS = {"ARGON2_MEMORY_KIB": "8"}
"""For a service of which tests want many accounts. Nobody's test is about what a hash costs: that is in `identity`."""

NOT_INHERITED = ("DYNAMODB", "RATE_LIMITS", "AWS_ENDPOINT_URL", "CORS_ORIGINS", "PYTEST_CURRENT_TEST")


class ServiceDidNotStartError(Exception):
    """The process ended, or gave no heartbeat in time; its output is the text."""


def free_ports(count: int) -> list[int]:
    """Return so many different ports of this machine that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def environment(port: int, aws_port: int) -> Mapping[str, str]:
    """Return this process's environment without the settings that would change the service's stage."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}
    ours = {"PORT": str(port), "AWS_PORT": str(aws_port), "PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1"}
    return {**kept, **ours}


class ServiceProcess:
    """One run of `python -m local` on free ports (spec 00), with some settings."""

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        self.port, self.aws_port = free_ports(2)
        self.url = f"http://127.0.0.1:{self.port}"
        self._output = tempfile.TemporaryFile()  # noqa: SIM115  lives as long as the process
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.noted_stage" if os.environ.get("NOTE_AWS_CALLS") else "local"],
            cwd=REPOSITORY,
            env={**environment(self.port, self.aws_port), **(settings or {})},
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def wait_until_ready(self) -> None:
        """Return once GET /heartbeat answers 200; raise ServiceDidNotStartError otherwise."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.running():
            if self._beats():
                return
            time.sleep(0.1)
        self.kill()
        raise ServiceDidNotStartError(self.output())

    def _beats(self) -> bool:
        try:
            return httpx.get(f"{self.url}/heartbeat", trust_env=False, timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def running(self) -> bool:
        """Tell whether the process has not ended by itself."""
        return self._process.poll() is None

    def interrupt(self) -> int | None:
        """Press Ctrl-C; return the exit status, or None if it is not over within a minute."""
        if self.running():
            self._process.send_signal(signal.SIGINT)
        try:
            return self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._tell_where_it_hangs()
            return None

    def _tell_where_it_hangs(self) -> None:
        """Let the process write the stack of each of its threads, and end it."""
        self._process.send_signal(signal.SIGABRT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_SECONDS)
        self.kill()

    def kill(self) -> None:
        """End the process and its children at once."""
        if self.running():
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(STOP_SECONDS)

    def output(self) -> str:
        """Return the end of what the process has written so far."""
        size = os.fstat(self._output.fileno()).st_size
        start = max(0, size - OUTPUT_SHOWN)
        return os.pread(self._output.fileno(), OUTPUT_SHOWN, start).decode(errors="replace")
