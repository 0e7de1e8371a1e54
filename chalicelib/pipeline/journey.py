"""One row on its way through the configured pipeline, for the scheduled job and for the operator's command.

A row is moved only from the state in which its traveller has itself seen or left it, so beside another driver each
transition happens once, and whoever is later leaves the row alone (spec 20, section 15).
"""

from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.accounts.account import Account
from chalicelib.events.aggregate import Loaded
from chalicelib.pipeline.ports import Asked, PipelineServices
from chalicelib.pipeline.steps import ACTIONS, move
from chalicelib.retirement.errors import NoRowError, NotWorkingError, TransitionRefusedError
from chalicelib.retirement.row import RowFacts
from chalicelib.retirement.states import COMPLETE
from chalicelib.retirement.transitions import Move
from chalicelib.settings import PipelineStep

OVERTAKEN = (NoRowError, NotWorkingError, TransitionRefusedError)
"""What a step raises when somebody else has moved the row."""


def unnoticed(_: str) -> None:
    """Nobody looks on."""


@dataclass(frozen=True)
class Traveller:
    """Who takes a row along: the name in its log, who asks, and whom to tell of each state that was reached."""

    name: str
    asked: Asked
    reached: Callable[[str], None] = unnoticed


class Journey:
    """The way of one row from the state in which `facts` have it to COMPLETE."""

    def __init__(self, services: PipelineServices, facts: RowFacts, traveller: Traveller) -> None:
        self._services = services
        self._account = facts.account
        self._number = facts.number
        self._traveller = traveller
        self.state = facts.state

    def travel(self) -> None:
        """Every step that is left, then COMPLETE. Raises what steps raise; `OVERTAKEN`: the row is another's."""
        for step in self._steps_left():
            if self.state != step.state:
                self.move(step.state, "begins")
            for action in step.actions:
                ACTIONS[action](self._services, self._found(), self._traveller.asked)
            self.move(step.end, "done")
        self.move(COMPLETE, "done")

    def move(self, to: str, what: str, *, forced: bool = False) -> None:
        """Move the row from the state in which this journey has left it."""
        response = f"{self._traveller.name}: {what}."
        step = Move(to, response, forced=forced, by_job=True, expected=self.state)
        move(self._services, self._found(), step, self._traveller.asked)
        self.state = to
        self._traveller.reached(to)

    def _steps_left(self) -> list[PipelineStep]:
        steps = self._services.settings.retirement_pipeline
        for index, step in enumerate(steps):
            if self.state == step.state:
                return steps[index:]
            if self.state == step.end:
                return steps[index + 1 :]
        return steps

    def _found(self) -> Loaded[Account]:
        found = self._services.ledger.load(self._account)
        if found is None or found.state.row is None or found.state.row.number != self._number:
            raise NoRowError
        return found
