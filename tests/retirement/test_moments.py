"""Moments as rows show them (spec 20, section 3)."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.retirement.moments import moment

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


def test_the_form():
    """ISO 8601 with microseconds and `Z`, even when there are none."""
    assert "2026-01-02T03:04:05.000000Z" == moment(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))


def test_other_zones():
    """Moments of another zone are shown in UTC."""
    zone = timezone(timedelta(hours=2))
    assert "2026-01-01T23:30:00.000000Z" == moment(datetime(2026, 1, 2, 1, 30, tzinfo=zone))


@given(MOMENTS, MOMENTS)
def test_texts_sort_as_moments_do(one, other):
    """So views can be ordered and cut by the text."""
    assert (one < other) == (moment(one) < moment(other))


@given(MOMENTS)
def test_there_and_back(at):
    """Nothing is lost."""
    assert at == datetime.fromisoformat(moment(at))
