"""One scene for all commands, and a line at the end that says how much was tried."""

from collections.abc import Iterator

import pytest

from tests.faults import snapshot
from tests.faults.scene import Scene, running_scene
from tests.faults.trying import Tally
from tests.pipeline.world import WORKER

CALLERS = ("superuser", "staff", WORKER, "username_replacement_service_worker")
TALLY = pytest.StashKey[Tally]()


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Scene, snapshot.Snapshot]]:
    """A scene, and what it is like before anybody comes."""
    with snapshot.kept_objects(), running_scene() as scene:
        for caller in CALLERS:
            scene.world.api.token(caller)
        scene.follow()
        yield scene, snapshot.take(scene.world)


@pytest.fixture
def scene(running: tuple[Scene, snapshot.Snapshot]) -> Scene:
    """The scene as it was before anybody came."""
    found, start = running
    snapshot.put_back(found.world, start)
    return found


@pytest.fixture(scope="session")
def tally(request: pytest.FixtureRequest) -> Tally:
    """What was tried so far."""
    return request.config.stash.setdefault(TALLY, Tally())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how much was tried."""
    tried = config.stash.get(TALLY, None)
    if tried is not None:
        terminalreporter.write_line(f"faults: {tried.summary()}")
