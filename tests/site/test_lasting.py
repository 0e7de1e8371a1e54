"""How long something lasts, in words."""

from datetime import timedelta

import pytest

from chalicelib.site.lasting import lasting


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("0 minutes", timedelta(seconds=59)),
        ("59 minutes", timedelta(minutes=59, seconds=59)),
        ("1 hour", timedelta(hours=1)),
        ("23 hours", timedelta(hours=23, minutes=59)),
        ("15 days", timedelta(days=15, hours=20)),
        ("0 minutes", timedelta(seconds=-5)),
    ],
)
def test_in_whole_units(text: str, span: timedelta) -> None:
    """Of the largest unit that fits; what is ahead of us by a clock's error lasts nothing."""
    assert text == lasting(span, "en")


def test_in_other_languages() -> None:
    """As they say it."""
    assert "2 Tage" == lasting(timedelta(days=2), "de")
