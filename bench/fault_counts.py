"""How many faults the suite of tests/faults tries: each call of AWS that a command makes, failing in turn."""

import re
import subprocess
import sys
from collections.abc import Iterator

from bench.stage_process import REPOSITORY
from bench.table import Goal, Table

SUITE = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/faults/test_commands.py")
QUICK = ("-k", "confirm and name")
TOLD = re.compile(r"^faults: ([\d,]+) tried \((.+)\) at (\d+) calls of (\d+) commands; answers: (.+)$", re.MULTILINE)
NOTE = (
    "`done`: answered as if nothing had failed, and it was so. After the same request again, each of them has come to "
    "the end of an undisturbed run, and everything verifies: else the suite fails."
)


class SuiteFailedError(Exception):
    """A fault lost or doubled something, so there is nothing to count."""


def faults(*, quick: bool) -> list[Table]:
    """Run the suite, and tell what it tried."""
    command = [sys.executable, *SUITE, *(QUICK if quick else ())]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    told = TOLD.search(done.stdout)
    if done.returncode or told is None:
        raise SuiteFailedError
    tried, kinds, calls, commands, answers = told.groups()
    rows = [["commands", commands], ["calls of AWS in them", calls], ["faults", tried]]
    rows += [[f"faults: {name}", times] for times, name in _pairs(kinds)]
    rows += [[f"first answer: {name}", times] for times, name in _pairs(answers)]
    goal = Goal("Faults after which something was lost, doubled or left half done", "none", "none", reached=True)
    return [Table("Faults tried", ("", "How many"), rows, NOTE, [goal])]


def _pairs(told: str) -> Iterator[tuple[str, str]]:
    for each in told.split(", "):
        times, _, name = each.partition(" ")
        yield times, name
