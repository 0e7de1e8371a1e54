"""Browsers that the tests of the site have at hand."""

from collections.abc import Callable

import pytest

from tests.api.pages.browsing import Browser
from tests.support.stage import Stage


@pytest.fixture
def anonymous(stage: Stage) -> Browser:
    """A browser in which nobody is signed in."""
    return Browser.of(stage)


@pytest.fixture
def signed_in(stage: Stage) -> Callable[[str], Browser]:
    """Makes a browser in which the given username is signed in."""

    def open_(username: str) -> Browser:
        return Browser.of(stage).signed_in(username)

    return open_


@pytest.fixture
def browser(stage: Stage, ada: str) -> Browser:
    """A browser of `ada`, a fresh adult account."""
    return Browser.of(stage).signed_in(ada)
