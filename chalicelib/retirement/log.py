"""The log of a row: a text that grows with every transition (spec 20, section 3)."""

from collections.abc import Iterable, Iterator

from chalicelib.events.event import Event, Role
from chalicelib.events.retirement import RetirementRequested, RetirementStateChanged
from chalicelib.retirement.moments import moment

BY = {Role.OWNER: "the account itself", Role.STAFF: "staff", Role.SERVICE: "a service", Role.SYSTEM: "the service"}


def log_of(events: Iterable[Event], row: int) -> str:
    """The log of the row `row` from the account's events, oldest first."""
    return "\n".join(_blocks(events, row))


def _blocks(events: Iterable[Event], row: int) -> Iterator[str]:
    for event in events:
        if isinstance(event, RetirementRequested) and event.row == row:
            yield f"{event.state}: asked for by {BY[event.actor.role]}, {moment(event.at)}\n"
        elif isinstance(event, RetirementStateChanged) and event.row == row:
            yield _transition(event)


def _transition(event: RetirementStateChanged) -> str:
    by_job = event.by_job and event.actor.role is not Role.STAFF  # an operator's command moves rows as the job does
    mover = "the job retirement_queue" if by_job else BY[event.actor.role]
    force = ", by force" if event.forced else ""
    return f"{event.before} -> {event.after}: by {mover}{force}, {moment(event.at)}\n{event.response}\n"
