"""How long something lasts, in words (CLDR, by Babel)."""

from datetime import timedelta

UNITS = (("day", timedelta(days=1)), ("hour", timedelta(hours=1)))
"""Units and their lengths, largest first; what is shorter is told in minutes."""


def lasting(span: timedelta, language: str) -> str:
    """A span in the whole ones of its largest unit, of days, hours and minutes: "15 days", "20 minutes"."""
    from babel.units import format_unit

    name, length = next((unit for unit in UNITS if span >= unit[1]), ("minute", timedelta(minutes=1)))
    return format_unit(max(span // length, 0), f"duration-{name}", locale=language)
