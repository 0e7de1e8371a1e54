"""The package of a stage, made once."""

import pytest

from infra.packaging import Package, package
from infra.stages import STAGES


@pytest.fixture(scope="session")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """What `make package STAGE=prod` makes."""
    return package(STAGES["prod"], tmp_path_factory.mktemp("prod"))
