"""The job `expire`: clears what ran out, and what a crash has left (spec 50, section 7)."""

import logging
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Protocol

from chalicelib.exports.store import ExportStore
from chalicelib.images.incoming import Ports
from chalicelib.images.sweeping import Swept, sweep
from chalicelib.leases import JOB_SECONDS
from chalicelib.metrics import emit
from chalicelib.pipeline import abandoning
from chalicelib.pipeline.abandoning import AbandoningServices

log = logging.getLogger("rollcall.pipeline")
LEASE = "job:expire"


class ExpiringServices(AbandoningServices, Protocol):
    """What the job needs."""

    s3_time: Callable[[datetime], datetime]

    @property
    def exports(self) -> ExportStore:
        """Large exports."""
        ...

    @property
    def incoming(self) -> Ports:
        """What the processing of direct uploads works with."""
        ...


def run(services: ExpiringServices) -> dict[str, int]:
    """Pictures, uploads, exports, addresses. A run that finds another at work does nothing, and answers zeros."""
    with services.leases.try_hold(LEASE, services.random_bytes(16).hex(), JOB_SECONDS) as held:
        if not held:
            return _told({**asdict(Swept()), "exports": 0, "addresses": 0})
        swept = sweep(services.incoming)
        exports = services.exports.sweep(services.s3_time)
        addresses = abandoning.run(services).addresses
    emit({"ExpiredItems": swept.pictures + swept.uploads + exports + addresses})
    return _told({**asdict(swept), "exports": exports, "addresses": addresses})


def _told(outcome: dict[str, int]) -> dict[str, int]:
    log.info("expired items cleared", extra={"outcome": outcome})
    return outcome
