"""People that the tests of the API have at hand."""

from collections.abc import Callable

import pytest

from tests.support.stage import Stage


@pytest.fixture
def new_account(stage: Stage) -> Callable[..., str]:
    """Makes an account; answers its username."""
    return stage.new_account


@pytest.fixture
def ada(stage: Stage) -> str:
    """The username of a fresh adult account."""
    return stage.new_account("ada")


@pytest.fixture(scope="module")
def bare_superuser(stage: Stage) -> str:
    """The username of a superuser who is not staff."""
    return stage.new_account("bare", is_superuser=True)


@pytest.fixture(scope="module")
def child(stage: Stage) -> str:
    """The username of somebody who needs consent."""
    return stage.new_account("child", profile={"year_of_birth": stage.clock().year - 13})
