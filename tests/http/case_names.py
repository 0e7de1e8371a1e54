"""Names of test cases that stay short however long their values are."""

from __future__ import annotations

SHOWN = 40


def brief(value: object) -> str | None:
    """Return a short name for a long value; None leaves the name to pytest."""
    text = value if isinstance(value, str | bytes) else repr(value)
    if len(text) <= SHOWN:
        return None
    return f"{text[:SHOWN]!a} and {len(text) - SHOWN} more"
