"""The files that are served as they are."""

import struct

import pytest

from chalicelib.site.static import SIDES, asset


@pytest.mark.parametrize("side", [500, 120, 50, 30])
def test_default_pictures(side: int) -> None:
    """There is a square PNG for every side (spec 10, section 5.2)."""
    found = asset(f"default_{side}.png")

    assert found is not None
    assert "image/png" == found.content_type
    assert found.content.startswith(b"\x89PNG\r\n\x1a\n")
    assert (side, side) == struct.unpack(">II", found.content[16:24])
    assert len(found.content) < 5000


def test_entity_tags_differ() -> None:
    """Each file has a quoted entity tag of its own, the same at each call."""
    tags = [asset(f"default_{side}.png").etag for side in SIDES]
    assert len(SIDES) == len(set(tags))
    assert all(tag.startswith('"') and tag.endswith('"') for tag in tags)
    assert tags[0] == asset("default_500.png").etag


@pytest.mark.parametrize(
    "name",
    ["", "default_1.png", "../rollcall.css", "/etc/passwd", "default_500.png/", "DEFAULT_500.PNG", "default_500.png\0"],
)
def test_nothing_else_is_served(name: str) -> None:
    """A name that is not on the list is no file, whatever lies on the disk."""
    assert None is asset(name)
