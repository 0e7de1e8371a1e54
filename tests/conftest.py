"""Fixtures that several areas share. Those of one area stand in its own conftest."""

import os
from collections.abc import Iterator

import pytest

from chalicelib.wiring import health
from tests.support import aws_calls
from tests.support.api import Api
from tests.support.stage import Stage, running_stage

PATIENT_SECONDS = 20


@pytest.fixture(scope="session", autouse=True)
def _patient_health() -> Iterator[None]:
    """No dependency fails for the machine's being busy; what tests how long is waited sets its own time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(health, "HEALTH_SECONDS", PATIENT_SECONDS)
        yield


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """The service in this process, fresh for each module."""
    with running_stage() as running:
        yield running


@pytest.fixture(scope="module")
def api(stage: Stage) -> Api:
    """A client of the service, speaking API Gateway's events."""
    return stage.api


NOTED = pytest.StashKey[set[aws_calls.Call]]()


def pytest_configure(config: pytest.Config) -> None:
    """Note the calls of AWS where somebody compares them with the policies afterwards: see `tests.side_by_side`."""
    if os.environ.get("NOTE_AWS_CALLS"):
        config.stash[NOTED] = aws_calls.install()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Keep them."""
    if NOTED in config.stash:
        aws_calls.save(config.stash[NOTED])
