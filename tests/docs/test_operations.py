"""Each command of the operator's has its place in the runbook."""

from __future__ import annotations

import pytest

from infra.operator_policy import PERMISSIONS
from tests.docs.pages import by_name, page

COMMANDS = [*PERMISSIONS, "bench"]


@pytest.mark.parametrize("command", COMMANDS)
def test_it_is_said_when_a_command_is_for(command: str) -> None:
    """Among the occasions, by its name."""
    assert command in page("docs/operations.md").section("At the shell").partition("### ")[0]


@pytest.mark.parametrize("command", COMMANDS)
def test_it_is_said_what_to_do_when_it_ends(command: str) -> None:
    """A row says what exit statuses 1 and 3 mean, neither left empty."""
    told = by_name(page("docs/operations.md").section("How a command ends"))
    assert 2 == len([cell for cell in told[command] if cell])


def test_proof_of_forgetting_is_in_order() -> None:
    """Collected before the retirement, checked after the cleanup, and then the values are destroyed."""
    section = page("docs/operations.md").section("Forgetting somebody, with proof")
    steps = ["erase --collect", "rollcall retire", "retirement_cleanup", "erase --check", "shred"]
    places = [section.index(step) for step in steps]
    assert sorted(places) == places
