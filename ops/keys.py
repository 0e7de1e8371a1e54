"""`rollcall keys rotate`: a new key-encryption key, and every data key wrapped by it."""

import time
from dataclasses import asdict
from typing import Any

from chalicelib.events.rotation import Progress, Rotation, Surroundings
from ops.output import Advance, Output
from ops.running import CannotRunError, Job, Json, findings, running

LEASE = "keys:rotate"
LEASE_SECONDS = 60
PIECE = 5.0
"""Seconds; the lease is prolonged that often while nothing else happens."""


def rotate(as_json: Json = False) -> None:
    """Make a new key-encryption key current, wrap all data keys by it, and remove the old one when nothing needs it."""
    with running(as_json=as_json) as job:
        owner = job.wiring.random_bytes(16).hex()
        with job.wiring.leases.try_hold(LEASE, owner, LEASE_SECONDS) as held:
            if not held:
                raise CannotRunError(
                    "Another rotation is at work, or was killed less than a minute ago; run this again in a minute."
                )
            content = _rotated(job, owner)
        job.out.document(content, lambda: _print(job.out, content))
        findings(bool(content["faulty"]))


def _rotated(job: Job, owner: str) -> dict[str, Any]:
    with job.out.progress("Wrapping keys", None) as advance:
        work = _Work(job, owner, advance)
        return asdict(Rotation(job.wiring.dynamodb, job.wiring.keys, work.surroundings()).run())


class _Work:
    """Keeps the lease while the rotation works and waits, and moves the bar."""

    def __init__(self, job: Job, owner: str, advance: Advance) -> None:
        self._job = job
        self._owner = owner
        self._advance = advance
        self._told = 0

    def surroundings(self) -> Surroundings:
        """What the rotation is given."""
        return Surroundings(self._job.wiring.clock, self._wait, self._tell)

    def _tell(self, progress: Progress) -> None:
        self._prolong()
        self._advance(progress.rewrapped - self._told)
        self._told = progress.rewrapped

    def _wait(self, seconds: float) -> None:
        self._job.out.notice(f"Waiting {seconds:.0f} s for the caches of other processes; new keys are in use already.")
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._prolong()
            time.sleep(min(PIECE, left))

    def _prolong(self) -> None:
        if not self._job.wiring.leases.extend(LEASE, self._owner, LEASE_SECONDS):
            raise CannotRunError("Another rotation took over; nothing is lost. Run this again when it is through.")


def _print(out: Output, content: dict[str, Any]) -> None:
    out.line(f"{content['kek']} is current; {content['rewrapped']} keys were wrapped anew.")
    if content["removed"]:
        out.line(f"Removed: {', '.join(content['removed'])}.")
    for row in content["faulty"]:
        out.line(f"{row}: does not unwrap; the old key-encryption key stays until that is repaired.")
