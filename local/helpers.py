"""The helpers under `/_local/` (spec 00): the outbox, the clock, and running jobs by hand."""

from collections.abc import Callable, Mapping
from typing import Any

from local.clock import AdjustableClock
from local.front import LocalAnswer, LocalRequest, LocalRoutes
from local.outbox import RecordingMailer

Job = Callable[[], Mapping[str, Any]]


def local_routes(outbox: RecordingMailer, clock: AdjustableClock, jobs: Mapping[str, Job]) -> LocalRoutes:
    """The handlers by method and path."""

    def read_outbox(request: LocalRequest) -> LocalAnswer:
        return LocalAnswer(outbox.sent(request.query.get("to")))

    def move_clock(request: LocalRequest) -> LocalAnswer:
        content = request.json()
        if not isinstance(content, dict) or "advance_seconds" not in content:
            raise ValueError('Send {"advance_seconds": N}.')
        return LocalAnswer({"now": clock.advance(content["advance_seconds"]).isoformat()})

    def run_job(request: LocalRequest) -> LocalAnswer:
        job = jobs.get(request.parameters["job"])
        if job is None:
            return LocalAnswer({"detail": "There is no such job."}, 404)
        return LocalAnswer(job())

    return {
        ("GET", "/_local/outbox"): read_outbox,
        ("POST", "/_local/clock"): move_clock,
        ("POST", "/_local/run/{job}"): run_job,
    }
