"""The scheduled jobs, to be run by hand (spec 00, `POST /_local/run/{job}`)."""

from dataclasses import asdict

from chalicelib.pipeline import driver
from chalicelib.pipeline.ports import PipelineServices
from local.helpers import Job


def retirement_queue(services: PipelineServices) -> Job:
    """The job that drives due retirements (spec 20, section 15)."""
    return lambda: asdict(driver.run(services))
