"""Moments as rows show them: ISO 8601, in UTC, ending in `Z` (spec 20, section 3)."""

from datetime import UTC, datetime


def moment(at: datetime) -> str:
    """`at` with microseconds, so that texts sort as moments do."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
