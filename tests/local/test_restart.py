"""The local stage on DynamoDB Local, restarted (spec 00): accounts, keys, passwords and tokens are still there."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from local.dynamodb_local import unavailable_reason

pytestmark = [pytest.mark.server, pytest.mark.dynamodb_local]
ROOT = Path(__file__).parents[2]
START_SECONDS = 60


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def environment(tmp_path: Path, port: int) -> dict[str, str]:
    reason = unavailable_reason()
    if reason is not None and not os.environ.get("REQUIRE_DYNAMODB_LOCAL"):
        pytest.skip(reason)
    return {**os.environ, "PORT": str(port), "DYNAMODB": "local", "DATA": str(tmp_path / "data")}


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.kill()
        process.wait()


def start(
    environment: dict[str, str], processes: list[subprocess.Popen[bytes]], output: int | None = None
) -> httpx.Client:
    process = subprocess.Popen([sys.executable, "-m", "local"], env=environment, cwd=ROOT, stdout=output)
    processes.append(process)
    client = httpx.Client(base_url=f"http://127.0.0.1:{environment['PORT']}", timeout=60)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            if client.get("/heartbeat").status_code == 200:
                return client
        except httpx.TransportError:
            assert process.poll() is None, "the stage ended at its start"
            time.sleep(0.1)
    raise AssertionError("the stage did not answer")


def log_in(client: httpx.Client, password: str) -> httpx.Response:
    form = {
        "grant_type": "password",
        "client_id": "login-service-client-id",
        "username": "learner",
        "password": password,
    }
    return client.post("/oauth2/access_token", data=form)


def test_survives_ctrl_c_and_a_kill(environment: dict[str, str], processes: list[subprocess.Popen[bytes]]) -> None:
    """What was written before Ctrl-C and before SIGKILL is read afterwards, and an old token still counts."""
    client = start(environment, processes)
    token = log_in(client, "local-Passw0rd").json()["access_token"]
    headers = {"Authorization": f"JWT {token}", "Content-Type": "application/merge-patch+json"}
    account = "/api/user/v1/accounts/learner"
    for number, ending in enumerate((signal.SIGINT, signal.SIGKILL)):
        assert 200 == client.patch(account, json={"bio": f"run {number}"}, headers=headers).status_code
        processes[-1].send_signal(ending)
        assert (0 if ending == signal.SIGINT else -signal.SIGKILL) == processes[-1].wait(60)
        client = start(environment, processes)
        assert f"run {number}" == client.get(account, headers=headers).json()["bio"]
    assert 200 == log_in(client, "local-Passw0rd").status_code
    assert 400 == log_in(client, "another-Passw0rd").status_code


def test_commands_work_with_the_addresses_that_it_prints(
    environment: dict[str, str], processes: list[subprocess.Popen[bytes]]
) -> None:
    """The emulated AWS, and DynamoDB Local beside it."""
    start(environment, processes, subprocess.PIPE)
    output = processes[-1].stdout
    assert output is not None
    printed = "".join(output.readline().decode() for _ in range(3))
    found = re.search(r"Emulated AWS: (\S+).*DynamoDB Local: (\S+)", printed, re.DOTALL)
    assert found is not None, printed
    endpoints = {"AWS_ENDPOINT_URL": found[1], "AWS_ENDPOINT_URL_DYNAMODB": found[2]}
    keys = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_REGION": "eu-west-1"}
    command = [sys.executable, "-m", "ops", "show", "learner", "--json"]
    shown = subprocess.run(command, env={**environment, **endpoints, **keys}, cwd=ROOT, capture_output=True, check=True)
    assert "learner" == json.loads(shown.stdout)["username"]
