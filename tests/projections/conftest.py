"""The consumer under test."""

from collections.abc import Iterator

import pytest

from chalicelib.projections.quarantine import Quarantine
from tests.support.stage import Stage
from tests.support.stream import LIMIT, Stream


@pytest.fixture
def stream(stage: Stage) -> Iterator[Stream]:
    """A consumer with nobody in quarantine."""
    found = Stream(stage)
    yield found
    for account in found.set_aside():
        Quarantine(stage.wiring.dynamodb, found.views, LIMIT).released(account)
