"""The scheduled jobs, to be run by hand (spec 00, `POST /_local/run/{job}`)."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict

from chalicelib.pipeline import driver, expiring, watching
from chalicelib.pipeline.expiring import ExpiringServices
from chalicelib.pipeline.ports import PipelineServices
from chalicelib.pipeline.watching import WatchingServices
from chalicelib.projections import verifying
from chalicelib.projections.verifying import VerifyingServices
from local.helpers import Job
from local.streams import StreamPoller, UndeliverableRecordError


def retirement_queue(services: PipelineServices, poller: StreamPoller) -> Job:
    """The job that drives due retirements (spec 20, section 15), on views that have caught up.

    Whoever asks for it by hand does not expect it to miss a row that was made a moment before.
    """

    def run() -> Mapping[str, int]:
        with suppress(UndeliverableRecordError):
            poller.drain()
        return asdict(driver.run(services))

    return run


def expire(services: ExpiringServices, poller: StreamPoller) -> Job:
    """The job that clears what ran out, and what a crash has left (spec 50, section 7); views have caught up."""

    def run() -> Mapping[str, int]:
        with suppress(UndeliverableRecordError):
            poller.drain()
        return expiring.run(services)

    return run


def verify(services: VerifyingServices, poller: StreamPoller) -> Job:
    """The job that verifies accounts (spec 50, section 7); by hand it verifies all, on views that have caught up."""

    def run() -> Mapping[str, int]:
        with suppress(UndeliverableRecordError):
            poller.drain()
        return verifying.run(services, everything=True)

    return run


def watch(services: WatchingServices, poller: StreamPoller) -> Job:
    """The job that reads how things stand (docs/operations.md, Metrics), on views that have caught up."""

    def run() -> Mapping[str, int]:
        with suppress(UndeliverableRecordError):
            poller.drain()
        return watching.run(services)

    return run
