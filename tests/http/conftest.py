"""Black-box tests: the service runs as a process of its own, or elsewhere at ROLLCALL_URL."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.http.service_client import Caller, Service
from tests.http.service_process import CHEAP_PASSWORDS, CLEAN_EXITS, ServiceProcess

HERE = Path(__file__).resolve().parent
_running: list[ServiceProcess] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this directory, and nothing else, as needing a server."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.server)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Show what the services wrote beside each failure."""
    report = yield
    if report.failed:
        for process in _running:
            report.sections.append((f"output of the service at {process.url}", process.output()))
    return report


def started(settings: Mapping[str, str] = CHEAP_PASSWORDS) -> ServiceProcess:
    """Start a process with some settings, and wait for its heartbeat."""
    process = ServiceProcess(settings)
    _running.append(process)
    process.wait_until_ready()
    return process


def ended(process: ServiceProcess) -> None:
    """End a process by Ctrl-C, which must be clean and quick (spec 00)."""
    lived = process.running()
    status = process.interrupt()
    output = process.output()
    _running.remove(process)
    assert lived, f"it had ended before, with exit status {status}\n{output}"
    assert status in CLEAN_EXITS, f"exit status {status}\n{output}"
    assert "Traceback" not in output, output


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    """The service that all tests share; nobody moves its clock."""
    url = os.environ.get("ROLLCALL_URL")
    process = None if url else started()
    shared = Service(url or process.url)  # type: ignore[union-attr]
    yield shared
    shared.close()
    if process:
        ended(process)


@pytest.fixture(scope="module")
def clock_service() -> Iterator[Service]:
    """A service of one's own, whose clock may be moved."""
    process = started()
    own = Service(process.url)
    yield own
    own.close()
    ended(process)


@pytest.fixture(scope="module")
def dear_service() -> Iterator[Service]:
    """A service whose passwords cost what they cost where nobody sets it."""
    process = started({})
    own = Service(process.url)
    yield own
    own.close()
    ended(process)


@pytest.fixture(scope="session")
def anonymous(service: Service) -> Caller:
    """Nobody in particular."""
    return service.anonymous


@pytest.fixture(scope="session")
def learner(service: Service) -> Caller:
    """The seed account `learner`: an adult without any rights."""
    return service.seed("learner")


@pytest.fixture(scope="session")
def staff(service: Service) -> Caller:
    """The seed account `staff`."""
    return service.seed("staff")


@pytest.fixture(scope="session")
def superuser(service: Service) -> Caller:
    """The seed account `superuser`, which is staff too."""
    return service.seed("superuser")


@pytest.fixture(scope="session")
def bare_superuser(service: Service) -> Caller:
    """A superuser who is not staff."""
    return service.new_account(is_superuser=True, is_staff=False)


@pytest.fixture(scope="session")
def new_account(service: Service) -> Callable[..., Caller]:
    """Make accounts of one's own."""
    return service.new_account


@pytest.fixture(scope="session")
def outbox(service: Service) -> Callable[[str], list[dict[str, Any]]]:
    """Read the mails to an address."""
    return service.outbox


@pytest.fixture(scope="module")
def writer(service: Service) -> Caller:
    """An adult account for the tests of one module to write to."""
    return service.new_account(profile={"year_of_birth": 1990})
