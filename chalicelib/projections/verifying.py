"""The job `verify`: a part of all accounts each hour, everything in a week (spec 50, section 7)."""

import logging
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Protocol

from chalicelib.leases import JOB_SECONDS, Leases
from chalicelib.metrics import emit
from chalicelib.projections.checking import HOURS, Checker
from chalicelib.projections.findings import Report, together
from chalicelib.projections.verified_hours import VerifiedHours

log = logging.getLogger("rollcall.projections")
LEASE = "job:verify"
HOUR_SECONDS = 3600
MOST_HOURS = 3
"""So many parts are verified in one run, if some were missed; the next runs go on from there."""

MOST_TOLD = 20
"""How many findings the log line tells of in full; the command `verify` lists them all."""


class VerifyingServices(Protocol):
    """What the job needs."""

    clock: Callable[[], datetime]
    random_bytes: Callable[[int], bytes]

    @property
    def checker(self) -> Checker:
        """Verifies accounts."""
        ...

    @property
    def verified_hours(self) -> VerifiedHours:
        """Which hours have been verified."""
        ...

    @property
    def leases(self) -> Leases:
        """Short-lived locks."""
        ...


def run(services: VerifyingServices, *, everything: bool = False) -> dict[str, int]:
    """Verify the part of this hour and of hours that were missed, or everything.

    A run that finds another at work does nothing. Answers what the log line tells: how much was looked at, and how
    many findings there are.
    """
    report = Report()
    with services.leases.try_hold(LEASE, services.random_bytes(16).hex(), JOB_SECONDS) as held:
        if held:
            report = services.checker.all() if everything else _due(services)
    _tell(report)
    return report.counts()


def _due(services: VerifyingServices) -> Report:
    """The parts of this hour and of those since the last one that was noted, oldest first; each is noted once done."""
    hour = int(services.clock().timestamp()) // HOUR_SECONDS
    done = services.verified_hours.last()
    first = hour if done is None else max(done + 1, hour - HOURS + 1)
    reports = []
    for due in range(first, min(first + MOST_HOURS, hour + 1)) or [hour]:
        moment = datetime.fromtimestamp(due * HOUR_SECONDS, UTC)
        reports.append(services.checker.sample(hour_of_week(moment)))
        services.verified_hours.note(due, services.clock())
    return together(reports)


def hour_of_week(now: datetime) -> int:
    """The hour, 0 being the first one of Monday."""
    return now.weekday() * 24 + now.hour


def _tell(report: Report) -> None:
    emit({"VerifiedAccounts": report.accounts, "VerificationFindings": len(report.findings)})
    if report.ok:
        log.info("accounts verified", extra={"outcome": report.counts()})
        return
    found = [asdict(finding) for finding in report.findings[:MOST_TOLD]]
    facts = {"outcome": report.counts(), "kinds": report.kinds(), "found": found}
    log.error("accounts verified", extra={**facts, "metric": "VerificationFindings"})
