"""The scheduled jobs, to be run by hand (spec 00, `POST /_local/run/{job}`)."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict

from chalicelib.images.incoming import Ports
from chalicelib.images.sweeping import sweep
from chalicelib.pipeline import driver
from chalicelib.pipeline.ports import PipelineServices
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


def expire(ports: Callable[[], Ports]) -> Job:
    """The job that clears what ran out, and what a crash has left (spec 50, section 7)."""
    return lambda: asdict(sweep(ports()))
