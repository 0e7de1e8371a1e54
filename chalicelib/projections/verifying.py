"""The job `verify`: a part of all accounts each hour, everything in a week (spec 50, section 7)."""

import logging
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Protocol

from chalicelib.leases import Leases
from chalicelib.projections.checking import Checker
from chalicelib.projections.findings import Report

log = logging.getLogger("rollcall.projections")
LEASE = "job:verify"
LEASE_SECONDS = 15 * 60
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
    def leases(self) -> Leases:
        """Short-lived locks."""
        ...


def run(services: VerifyingServices, *, everything: bool = False) -> dict[str, int]:
    """Verify the part of this hour, or everything. A run that finds another at work does nothing.

    Answers what the log line tells: how much was looked at, and how many findings there are.
    """
    report = Report()
    with services.leases.try_hold(LEASE, services.random_bytes(16).hex(), LEASE_SECONDS) as held:
        if held:
            report = services.checker.all() if everything else services.checker.sample(hour_of_week(services.clock()))
    _tell(report)
    return report.counts()


def hour_of_week(now: datetime) -> int:
    """The hour, 0 being the first one of Monday."""
    return now.weekday() * 24 + now.hour


def _tell(report: Report) -> None:
    if report.ok:
        log.info("accounts verified", extra={"outcome": report.counts()})
        return
    found = [asdict(finding) for finding in report.findings[:MOST_TOLD]]
    facts = {"outcome": report.counts(), "kinds": report.kinds(), "found": found}
    log.error("accounts verified", extra={**facts, "metric": "VerificationFindings"})
