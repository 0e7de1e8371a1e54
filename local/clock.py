"""The service's clock on the local stage: real time plus an offset that only grows (spec 00)."""

import json
import math
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

MOST_SECONDS = 100 * 365.25 * 24 * 3600
"""The most that all advances together may come to: a hundred years."""


class ClockAdvanceError(ValueError):
    """The clock cannot be moved like that; it stays where it was."""


def real_time() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)


class AdjustableClock:
    """A clock that can be moved forward, and remembers how far in `file` if one is given."""

    def __init__(self, file: Path | None = None, now: Callable[[], datetime] = real_time) -> None:
        self._file = file
        self._now = now
        self._lock = threading.Lock()
        self._offset = _checked(_saved(file), 0.0)

    def __call__(self) -> datetime:
        """The service's time, in UTC."""
        return self._now() + timedelta(seconds=self._offset)

    @property
    def offset_seconds(self) -> float:
        """How far the clock is ahead of real time."""
        return self._offset

    def advance(self, seconds: float) -> datetime:
        """Move the clock forward and return its new time.

        Raises `ClockAdvanceError` for a value that is negative, not a finite number, or absurdly large.
        """
        with self._lock:
            offset = self._offset + _checked(seconds, self._offset)
            if self._file is not None:
                _save(self._file, offset)
            self._offset = offset
        return self()


def _checked(seconds: object, offset: float) -> float:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise ClockAdvanceError("The clock is moved by a number of seconds.")
    if isinstance(seconds, float) and not math.isfinite(seconds):
        raise ClockAdvanceError("The clock is moved by a finite number of seconds.")
    if seconds < 0:
        raise ClockAdvanceError("The clock is never moved back.")
    if seconds > MOST_SECONDS - offset:
        raise ClockAdvanceError("The clock is moved by a hundred years at most.")
    return float(seconds)


def _saved(file: Path | None) -> object:
    if file is None or not file.exists():
        return 0.0
    return json.loads(file.read_text())["offset_seconds"]


def _save(file: Path, offset: float) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps({"offset_seconds": offset}))
    fresh.replace(file)
