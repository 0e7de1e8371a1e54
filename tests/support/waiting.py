"""Waiting for what may lag: views, work in the background, processes."""

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE_SECONDS = 20
"""Views and pictures may lag two seconds (spec 20, section 2; spec 30, section 8); the rest is for a busy machine."""

PAUSE_SECONDS = 0.05

T = TypeVar("T")


def eventually(check: Callable[[], T], seconds: float = PATIENCE_SECONDS) -> T:
    """Return what the check returns as soon as it fails no more; some seconds after its first failure fail as it does.

    The time counts from the first failure, so that a check that itself takes long is tried again.
    """
    end: float | None = None
    while True:
        try:
            return check()
        except AssertionError:
            end = end or time.monotonic() + seconds
            if time.monotonic() > end:
                raise
        time.sleep(PAUSE_SECONDS)
