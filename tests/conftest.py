"""Fixtures that several areas share. Those of one area stand in its own conftest."""

from collections.abc import Iterator

import pytest

from tests.support.api import Api
from tests.support.stage import Stage, running_stage


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """The service in this process, fresh for each module."""
    with running_stage() as running:
        yield running


@pytest.fixture(scope="module")
def api(stage: Stage) -> Api:
    """A client of the service, speaking API Gateway's events."""
    return stage.api
