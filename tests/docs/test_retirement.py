"""docs/retirement.md tells states, rights, hooks and the job as they are, and its commands and its code are run."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields

import pytest

from chalicelib.api.rights import PERMISSIONS
from chalicelib.hooks.port import HookName
from chalicelib.hooks.webhook import signature
from chalicelib.pipeline.driver import Outcome
from chalicelib.pipeline.steps import ACTIONS
from chalicelib.retirement.states import States
from chalicelib.settings import STOCK_PIPELINE, STOCK_STATES, Settings
from tests.docs.pages import by_name, page, rows
from tests.http.retirement_driver import PIPELINE
from tests.http.service_process import ServiceProcess
from tests.tour.tour import Step, fits, run, steps

RETIREMENT = page("docs/retirement.md")
COMMANDS = steps(f"\n## Tour\n{re.sub('^## ', '### ', RETIREMENT.text, flags=re.MULTILINE)}\n## ")


def blocks(language: str) -> list[str]:
    """The blocks of code in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", RETIREMENT.text, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def printed() -> Iterator[list[str]]:
    """What each of the page's shell blocks prints on a service of its own."""
    service = ServiceProcess()
    try:
        service.wait_until_ready()
        here = [Step(each.line, each.command.replace(".venv/bin/python", sys.executable), "") for each in COMMANDS]
        yield run(here, f"127.0.0.1:{service.port}")
    finally:
        service.interrupt()


@pytest.mark.server
@pytest.mark.parametrize("number", range(len(COMMANDS)))
def test_a_command(printed: list[str], number: int) -> None:
    """Each shell block prints what the page shows after it."""
    assert number < len(printed), "the shell ended before this step"
    assert fits(COMMANDS[number].shown, printed[number]), f"{COMMANDS[number].command}\nprinted:\n{printed[number]}"


@pytest.mark.parametrize(
    "part", ["deactivate_logout", "cancel_retirement", "run/retirement_queue", "retirement_driver"]
)
def test_the_commands_are_whole(part: str) -> None:
    """Leaving, cancelling, the job, the driver and replaced usernames are among the commands."""
    assert any(part in each.command for each in COMMANDS)


def test_every_state_is_drawn() -> None:
    """The drawing has every state of the stock list, and no other."""
    (drawing,) = blocks("mermaid")
    assert set(STOCK_STATES) == set(re.findall(r"\b[A-Z][A-Z_]{3,}\b", drawing))


def test_every_state_has_its_order() -> None:
    """The table of the stock list says the order of each."""
    cells = [cells for cells in rows(RETIREMENT.section("States")) if len(cells) == 4][1:]
    told = {name.strip("`"): int(order) for row in cells for name, order in (row[:2], row[2:])}
    states = States(STOCK_STATES)
    assert {name: states.order(name) for name in STOCK_STATES} == told


def test_every_right_is_told() -> None:
    """Each permission and each setting that names a worker is in the table of rights."""
    section = RETIREMENT.section("Who may do what")
    names = [*PERMISSIONS.values(), "RETIREMENT_WORKER_USERNAME", "USERNAME_WORKER_USERNAME"]
    assert [] == [name for name in names if f"`{name}`" not in section]


def test_every_hook_is_told() -> None:
    """Each hook has its row with the setting of its URL and the member of its secret."""
    told = by_name(RETIREMENT.section("Hooks"))
    assert set(HookName) == set(told)
    for name in HookName:
        assert f"hook_{name}_url" in Settings.model_fields
        assert [f"`HOOK_{name.upper()}_URL`", f"`hook_{name}_secret`"] == told[name][-2:]


def test_the_job_is_told() -> None:
    """Each count of its answer, each action and the stock pipeline are there."""
    told = by_name(RETIREMENT.section("By schedule"))
    assert {*(field.name for field in fields(Outcome)), *ACTIONS} == set(told)
    (pipeline,) = blocks("json")
    assert [[step.state, step.end, list(step.actions)] for step in STOCK_PIPELINE] == json.loads(pipeline)


def test_the_configuration_of_the_driver() -> None:
    """Its steps are those that the tests drive, in the order of the states."""
    (configuration,) = blocks("yaml")
    told = re.findall(r"\['(\w+)', '(\w+)', 'LMS', '(\w+)'\]", configuration)
    assert [(step.working, step.complete) for step in PIPELINE] == [(working, end) for working, end, _ in told]


def test_every_difference_is_told() -> None:
    """Each question where the contract's sources disagree has its row: spec 20, R1 to R14 (section 0)."""
    told = [cells[0] for cells in rows(RETIREMENT.section("Differences to Open edX"))]
    assert [f"R{number}" for number in range(1, 15)] == told[1:]


@pytest.fixture
def is_from_rollcall() -> Callable[[str, dict[str, str], bytes, float], bool]:
    """The page's own check of a signature."""
    (example,) = blocks("python")
    names: dict[str, Callable[[str, dict[str, str], bytes, float], bool]] = {}
    exec(example, names)  # noqa: S102 - the page's code is run as it stands there
    return names["is_from_rollcall"]


@pytest.mark.parametrize(
    ("secret", "body", "now", "genuine"),
    [
        ("s3cret", b'{"hook":"lms"}', 1_000_010.0, True),
        ("another", b'{"hook":"lms"}', 1_000_010.0, False),
        ("s3cret", b'{"hook":"lms" }', 1_000_010.0, False),
        ("s3cret", b'{"hook":"lms"}', 1_000_400.0, False),
    ],
)
def test_the_example_checks_signatures(
    is_from_rollcall: Callable[[str, dict[str, str], bytes, float], bool],
    secret: str,
    body: bytes,
    now: float,
    genuine: bool,
) -> None:
    """It takes what the service signs, and neither another secret, nor another body, nor an old call."""
    headers = {
        "X-Rollcall-Timestamp": "1000000",
        "X-Rollcall-Signature": signature("s3cret", "1000000", b'{"hook":"lms"}'),
    }
    assert genuine is is_from_rollcall(secret, headers, body, now)
