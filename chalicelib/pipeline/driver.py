"""The job `retirement_queue`: drives due retirements by itself (spec 20, section 15).

It moves a row only from the state in which it has itself seen or left it, so beside an outside driver each
transition happens once, and whoever is later leaves the row alone.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.accounts.context import Context
from chalicelib.events.event import Actor, Role
from chalicelib.metrics import emit
from chalicelib.pipeline.configured import check_pipeline
from chalicelib.pipeline.journey import OVERTAKEN, Journey, Traveller
from chalicelib.pipeline.ports import Asked, PipelineServices
from chalicelib.retirement.row import RowFacts
from chalicelib.retirement.states import ERRORED, PENDING

log = logging.getLogger("rollcall.pipeline")
LEASE = "job:retirement_queue"
LEASE_SECONDS = 15 * 60
ABANDONED = timedelta(minutes=15)
"""How long a row that the job has moved may stand in the middle before a later run takes it up again."""

MOST_ROWS = 500


@dataclass
class Outcome:
    """What a run came to, in rows; `remaining` are due rows that the limit left."""

    examined: int = 0
    completed: int = 0
    errored: int = 0
    skipped: int = 0
    remaining: int = 0


def run(services: PipelineServices) -> Outcome:
    """Drive every row that is due, at most 500, oldest first. A run that finds another at work does nothing.

    Raises `PipelineError`, `StatesError` and `MisconfiguredWebhookError` before it touches any row.
    """
    check_pipeline(services.settings.retirement_pipeline, services.states, services.hooks)
    owner = services.random_bytes(16).hex()
    outcome = Outcome()
    with services.leases.try_hold(LEASE, owner, LEASE_SECONDS) as held:
        if held:
            _work(services, owner, outcome)
    emit({"RetirementsCompleted": outcome.completed, "RetirementsErrored": outcome.errored})
    log.info("retirement queue worked through", extra={"outcome": vars(outcome)})
    return outcome


def _work(services: PipelineServices, owner: str, outcome: Outcome) -> None:
    due, total = _due(services)
    for facts in due:
        if not services.leases.extend(LEASE, owner, LEASE_SECONDS):
            break
        outcome.examined += 1
        result = _drive(services, facts)
        setattr(outcome, result, getattr(outcome, result) + 1)
    outcome.remaining = total - outcome.examined


def _due(services: PipelineServices) -> tuple[list[RowFacts], int]:
    """The rows to drive now, and how many are due in all."""
    now = services.clock()
    cooled = now - timedelta(days=services.settings.cool_off_days)
    waiting = services.queue.older_than([PENDING], cooled, MOST_ROWS)
    ours = [name for step in services.settings.retirement_pipeline for name in (step.state, step.end)]
    abandoned = [facts for facts in services.queue.older_than(ours, now) if _is_abandoned(facts, now)]
    due = sorted([*waiting, *abandoned], key=lambda facts: facts.number)
    if len(waiting) < MOST_ROWS:
        return due[:MOST_ROWS], len(due)
    return due[:MOST_ROWS], len(abandoned) + max(MOST_ROWS, services.queue.count_older_than([PENDING], cooled))


def _is_abandoned(facts: RowFacts, now: datetime) -> bool:
    return facts.by_job and now - facts.modified > ABANDONED


def _drive(services: PipelineServices, facts: RowFacts) -> str:
    """Take one row through the pipeline; the name of the count that it belongs to."""
    traveller = Traveller("Job retirement_queue", Asked(lambda: _context(services)))
    journey = Journey(services, facts, traveller)
    try:
        journey.travel()
    except OVERTAKEN:
        return "skipped"
    except Exception as error:  # noqa: BLE001 - a deployment's hooks raise what they like; the other rows go on
        return _set_aside(journey, facts, type(error).__name__)
    return "completed"


def _set_aside(journey: Journey, facts: RowFacts, kind: str) -> str:
    """Move a row that failed to ERRORED, with the kind of the fault; others go on."""
    told = {"account": facts.account, "row": facts.number}
    log.warning("retirement failed", extra=told | {"error": kind})
    try:
        journey.move(ERRORED, f"failed in {journey.state}: {kind}")
    except OVERTAKEN:
        return "skipped"
    except Exception as error:  # noqa: BLE001 - the row stays where it is, and a later run finds it
        log.warning("retirement not set aside", extra=told | {"error": type(error).__name__})
    return "errored"


def _context(services: PipelineServices) -> Context:
    return Context(services.clock(), Actor(role=Role.SYSTEM), "retirement_queue")
