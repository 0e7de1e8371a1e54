"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 11, 24, 12, 0, 0, 250_000, UTC)
"""When the tests begin: 24 November 2026, noon and a quarter of a second."""


class FakeClock:
    """Tells the time it was set to; it only goes forward, by hand."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        """Move forward by a `timedelta(**span)`."""
        self.now += timedelta(**span)
