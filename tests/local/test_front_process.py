"""The HTTP front of the local stage as a process: ports and signals."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from chalice import Chalice

from local import front

REPOSITORY = Path(__file__).resolve().parents[2]
SCRIPT = """
import sys, time
from chalice import Chalice
from local import front
slow = {("GET", "/_local/slow"): lambda _: time.sleep(0.3) or front.LocalAnswer({})}
sys.exit(front.serve(Chalice(app_name="x"), int(sys.argv[1]), slow))
"""


def start_process(port: int) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(port)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


class TestProcess:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_signals_end_it_cleanly(self, number: signal.Signals) -> None:
        """Ctrl-C and SIGTERM end it with status 0 and without a word, open connections or not."""
        with front.listen(0) as free:
            port = free.getsockname()[1]
        process = start_process(port)
        with httpx.Client(trust_env=False) as client:
            _wait_for_answer(client, f"http://127.0.0.1:{port}/")
            process.send_signal(number)
            output = process.communicate(timeout=10)
        assert (0, (b"", b"")) == (process.returncode, output)

    def test_garbage_behind_a_request(self) -> None:
        """Garbage is refused while the request before it is worked on; its answer, too late now, is nobody's fault."""
        with front.listen(0) as free:
            port = free.getsockname()[1]
        process = start_process(port)
        with httpx.Client(trust_env=False) as client:
            _wait_for_answer(client, f"http://127.0.0.1:{port}/")
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"GET /_local/slow HTTP/1.1\r\nHost: x\r\n\r\n")
            time.sleep(0.1)
            connection.sendall(b"garbage\r\n\r\n")
            assert connection.recv(1000).startswith(b"HTTP/1.1 400 ")
            time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        assert (b"", b"") == process.communicate(timeout=10)

    def test_a_used_port_is_one_line(self) -> None:
        """A used port is one clear line on stderr and exit status 1."""
        with front.listen(0) as taken:
            port = taken.getsockname()[1]
            process = start_process(port)
            output = process.communicate(timeout=10)[1].decode()
        assert (1, f"Port {port} is in use; set PORT to another one.\n") == (process.returncode, output)

    def test_a_port_can_be_reused_at_once(self) -> None:
        """A stopped front leaves its port free for the next."""
        first = front.start_in_thread(Chalice(app_name="x"), {})
        httpx.get(first.url, trust_env=False)
        first.stop()
        second = front.start_in_thread(Chalice(app_name="x"), {}, port=first.port)
        assert 404 == httpx.get(second.url, trust_env=False).status_code
        second.stop()


def _wait_for_answer(client: httpx.Client, url: str) -> None:
    for _ in range(100):
        try:
            client.get(url)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the front did not start")
