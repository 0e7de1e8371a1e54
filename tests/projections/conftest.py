"""The consumer under test."""

from collections.abc import Iterator

import pytest

from chalicelib.projections.quarantine import Quarantine
from tests.pipeline.world import World, running_world
from tests.support.stage import Stage
from tests.support.stream import LIMIT, Stream
from tests.support.verification import Verification


@pytest.fixture
def stream(stage: Stage) -> Iterator[Stream]:
    """A consumer with nobody in quarantine."""
    found = Stream(stage)
    yield found
    for account in found.set_aside():
        Quarantine(stage.wiring.dynamodb, found.views, LIMIT).released(account)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """The service in this process, with views that follow by hand."""
    with running_world() as running:
        yield running


@pytest.fixture(scope="module")
def people(world: World) -> dict[str, str]:
    """The account ids of five people, by what became of them."""
    return Verification(world).everybody()


@pytest.fixture
def verification(world: World) -> Verification:
    """Verification, repair and rebuild of that world."""
    world.catch_up()
    return Verification(world)
