"""The files that the service serves as they are: the default profile pictures (spec 30, row I10)."""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

IMAGES = Path(__file__).parent / "static" / "images"
SIDES = (500, 120, 50, 30)
"""The sides of the default pictures, in pixels (spec 10, section 5.2)."""

ALLOWED = {f"default_{side}.png": "image/png" for side in SIDES}


@dataclass(frozen=True)
class Asset:
    """One file: its bytes, its type, and an entity tag in quotes."""

    content: bytes
    content_type: str
    etag: str


def asset(name: str) -> Asset | None:
    """The file `name`, for example `default_500.png`; None for every name that is not on the list."""
    return _read(name) if name in ALLOWED else None


@lru_cache(maxsize=len(ALLOWED))
def _read(name: str) -> Asset:
    content = (IMAGES / name).read_bytes()
    return Asset(content, ALLOWED[name], f'"{sha256(content).hexdigest()[:32]}"')
