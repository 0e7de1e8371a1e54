"""The local stage's clock."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.clock import MOST_SECONDS, AdjustableClock, ClockAdvanceError

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def still() -> datetime:
    return START


def test_real_time_at_first() -> None:
    """Without an advance it shows real time, in UTC."""
    before = datetime.now(UTC)
    shown = AdjustableClock()()
    assert before <= shown <= datetime.now(UTC)
    assert timedelta(0) == shown.utcoffset()


def test_advances_add_up() -> None:
    """Each advance is on top of those before, and its answer is the new time (spec 00, local helpers)."""
    clock = AdjustableClock(now=still)
    clock.advance(90)
    assert START + timedelta(seconds=90.5) == clock.advance(0.5) == clock()


@pytest.mark.parametrize(
    "seconds",
    [-1, -0.001, float("nan"), float("inf"), True, False, None, "5", 10**30, 1e300, MOST_SECONDS + 1],
)
def test_bad_advances_change_nothing(seconds: object) -> None:
    """Back, not a number, not finite, or absurd: refused with a ValueError, and the clock stays."""
    clock = AdjustableClock(now=still)
    with pytest.raises(ClockAdvanceError):
        clock.advance(seconds)
    assert START == clock()


def test_a_hundred_years_in_all() -> None:
    """The limit holds for all advances together."""
    clock = AdjustableClock(now=still)
    clock.advance(MOST_SECONDS - 10)
    with pytest.raises(ClockAdvanceError):
        clock.advance(11)


def test_threads_lose_no_advance() -> None:
    """Advances of several threads at once all count."""
    clock = AdjustableClock(now=still)
    threads = [threading.Thread(target=lambda: [clock.advance(1) for _ in range(200)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1600 == clock.offset_seconds


def test_offset_survives_a_restart(tmp_path: Path) -> None:
    """With a file, the next clock goes on where the last one was."""
    file = tmp_path / "stage" / "clock.json"
    AdjustableClock(file, now=still).advance(3600)
    assert START + timedelta(hours=1) == AdjustableClock(file, now=still)()
