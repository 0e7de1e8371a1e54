"""A world for each module."""

from collections.abc import Iterator

import pytest

from tests.pipeline.world import World, running_world


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """The service in this process, with views that follow by hand."""
    with running_world() as running:
        yield running
