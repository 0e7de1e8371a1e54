"""The scheduled jobs, to be run by hand (spec 00, `POST /_local/run/{job}`)."""

from collections.abc import Callable
from dataclasses import asdict

from chalicelib.images.incoming import Ports
from chalicelib.images.sweeping import sweep
from chalicelib.pipeline import driver
from chalicelib.pipeline.ports import PipelineServices
from local.helpers import Job


def retirement_queue(services: PipelineServices) -> Job:
    """The job that drives due retirements (spec 20, section 15)."""
    return lambda: asdict(driver.run(services))


def expire(ports: Callable[[], Ports]) -> Job:
    """The job that clears what ran out, and what a crash has left (spec 50, section 7)."""
    return lambda: asdict(sweep(ports()))
