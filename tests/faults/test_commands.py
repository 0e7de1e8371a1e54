"""Every command with every fault at each of its calls of AWS (spec 50, section 8)."""

import pytest

from tests.faults import (
    commands_access,
    commands_accounts,
    commands_jobs,
    commands_operator,
    commands_pictures,
    commands_retirement,
)
from tests.faults.scene import Scene
from tests.faults.trying import ALL, Command, Tally, Trial

AREAS = (commands_accounts, commands_access, commands_pictures, commands_retirement, commands_jobs, commands_operator)
LONG = frozenset() if ALL else frozenset({"repair", "rebuild"})
"""Commands that take minutes for each fault that they meet, and so are left to `FAULTS=all`."""

pytestmark = pytest.mark.timeout(3 * 3600 if ALL else 300)
COMMANDS = tuple(command for area in AREAS for command in area.COMMANDS if command.name not in LONG)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_command(scene: Scene, tally: Tally, command: Command):
    """
    Whatever fails: no 500 and no success before it is done; everything verifies; the same request again comes to the
    end of an undisturbed run, with one event for one request.
    """
    Trial(scene, command, tally).run()
