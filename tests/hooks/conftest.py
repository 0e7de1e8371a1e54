"""A receiver of webhooks, fresh for each test."""

from collections.abc import Iterator

import pytest

from tests.hooks.receiver import Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A server that takes webhooks, and answers 200 with no body unless it is told otherwise."""
    with receiving() as running:
        yield running
