"""One local stage for all commands, as a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.http.service_client import Service
from tests.http.service_process import ServiceProcess
from tests.ops.command import Rollcall
from tests.ops.stage import running_process

HERE = Path(__file__).resolve().parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this directory and needs a server."""
    for item in items:
        if item.path.is_relative_to(HERE) and "process" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.server)


@pytest.fixture(scope="session")
def process() -> Iterator[ServiceProcess]:
    """The stage."""
    with running_process() as running:
        yield running


@pytest.fixture(scope="session")
def service(process: ServiceProcess) -> Iterator[Service]:
    """The stage over HTTP."""
    client = Service(process.url)
    yield client
    client.close()


@pytest.fixture(scope="session")
def rollcall(process: ServiceProcess) -> Rollcall:
    """The command line, on that stage."""
    return Rollcall(f"http://127.0.0.1:{process.aws_port}")
