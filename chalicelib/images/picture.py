"""What comes in: a picture as somebody sent it, and the limits it must keep."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Picture:
    """A picture as it was sent, and what its sender said about it (spec 30, section 3). Its text holds neither."""

    content: bytes = field(repr=False)
    file_name: str | None = field(repr=False)
    content_type: str | None


@dataclass(frozen=True)
class Limits:
    """What a picture may be at most and must be at least (spec 30, section 10)."""

    min_bytes: int = 100
    max_bytes: int = 1_048_576
    max_pixels: int = 50_331_648
