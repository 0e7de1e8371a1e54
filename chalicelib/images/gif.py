"""A GIF cut down to its first frame (spec 30, section 5)."""

from dataclasses import dataclass

from chalicelib.images.checks import check_pixels
from chalicelib.images.picture import Limits
from chalicelib.images.still import Still, incomplete, not_decodable

SCREEN_END = 13
EXTENSION, IMAGE = 0x21, 0x2C
GRAPHIC_CONTROL = 0xF9
TRANSPARENT = 1
TRAILER = b"\x3b"


@dataclass(frozen=True)
class _Frame:
    """Where the first frame starts, and what was said of it before: which colour is transparent."""

    start: int
    control: bytes


def read_gif(content: bytes, limits: Limits) -> Still:
    """The picture of a GIF. Raises `PictureRefusedError`."""
    if len(content) < SCREEN_END:
        raise not_decodable()
    first = SCREEN_END + _palette_size(content[10])
    frame = _first_frame(content, first)
    left, top, frame_width, frame_height = (_number(content, frame.start + at) for at in (1, 3, 5, 7))
    width = max(_number(content, 6), left + frame_width)
    height = max(_number(content, 8), top + frame_height)
    if not frame_width or not frame_height:
        raise not_decodable()
    check_pixels(width, height, limits)
    data = frame.start + 10 + _palette_size(content[frame.start + 9])
    end = _after_blocks(content, data + 1)
    return Still(
        content=content[:first] + frame.control + content[frame.start : end] + TRAILER,
        width=width,
        height=height,
        painted=(left, top, left + frame_width, top + frame_height),
    )


def _first_frame(content: bytes, position: int) -> _Frame:
    """Walk to the first frame past all extensions; only the last statement about transparency is kept."""
    control = b""
    while position + 10 <= len(content):
        if content[position] == IMAGE:
            return _Frame(position, control)
        if content[position] == TRAILER[0]:
            break
        if content[position] != EXTENSION:
            position += 1
            continue
        if content[position + 1] == GRAPHIC_CONTROL and content[position + 2] >= 4:
            control = _transparency(content[position + 3], content[position + 6])
        position = _after_blocks(content, position + 2)
    raise incomplete()


def _transparency(flags: int, colour: int) -> bytes:
    """A control block that says nothing but which colour is transparent; none if none is."""
    if not flags & TRANSPARENT:
        return b""
    return bytes((EXTENSION, GRAPHIC_CONTROL, 4, TRANSPARENT, 0, 0, colour, 0))


def _after_blocks(content: bytes, position: int) -> int:
    """Where a chain of blocks ends; at the end of the file if it is cut off."""
    while position < len(content) and content[position]:
        position += 1 + content[position]
    return min(position + 1, len(content))


def _palette_size(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _number(content: bytes, position: int) -> int:
    return int.from_bytes(content[position : position + 2], "little")
