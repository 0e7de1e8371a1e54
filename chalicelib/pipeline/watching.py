"""The job `watch`: reads how things stand, for the alarms, and changes nothing.

Beside an outside driver it is the only one here that sees retirements stand still.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.metrics import emit
from chalicelib.projections.quarantine import Quarantine
from chalicelib.projections.retirement_queue import QueueReader
from chalicelib.retirement.states import ABORTED, COMPLETE, PENDING, States
from chalicelib.settings import Settings

log = logging.getLogger("rollcall.pipeline")
AHEAD = timedelta(hours=1)
"""A row of this moment counts, made by a clock that is ahead as well."""

MOST_LOOKED_AT = 2000
"""So many rows that were begun a while ago are opened in one run, oldest first; of those behind nothing is told."""


class WatchingServices(Protocol):
    """What the job needs."""

    settings: Settings
    clock: Callable[[], datetime]

    @property
    def states(self) -> States:
        """The states of a retirement."""
        ...

    @property
    def queue(self) -> QueueReader:
        """The retirement queue."""
        ...

    @property
    def quarantine(self) -> Quarantine:
        """Accounts whose projection fails."""
        ...


def run(services: WatchingServices) -> dict[str, int]:
    """The gauges by name: counts, and an age in seconds."""
    now = services.clock()
    troubled = services.quarantine.troubled()
    ages = [(now - each.since).total_seconds() for each in troubled if not each.set_aside]
    gauges = {
        "QuarantinedNow": sum(each.set_aside for each in troubled),
        "OldestUnprojectedHead": max(0, int(max(ages, default=0))),
        "StuckRetirements": _stuck(services, now),
        "RetirementsWaiting": services.queue.count_older_than(_not_ended(services.states), now + AHEAD),
    }
    emit(gauges)
    log.info("watched", extra={"outcome": gauges})
    return gauges


def _stuck(services: WatchingServices, now: datetime) -> int:
    """Rows that stand: those that nobody took up once they could no longer be cancelled, and those in the middle."""
    patience = timedelta(hours=services.settings.retirement_stuck_hours)
    cool_off = timedelta(days=services.settings.cool_off_days)
    waiting = services.queue.count_older_than([PENDING], now - cool_off - patience)
    begun = [name for name in _not_ended(services.states) if name != PENDING]
    rows = services.queue.older_than(begun, now - patience, MOST_LOOKED_AT)
    return waiting + sum(now - row.modified > patience for row in rows)


def _not_ended(states: States) -> list[str]:
    return [name for name in states.names if name not in (ABORTED, COMPLETE)]
