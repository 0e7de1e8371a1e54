"""The clock of the process."""

from datetime import UTC, datetime


def system_clock() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


def same_time(moment: datetime) -> datetime:
    """S3's clock is the service's."""
    return moment
