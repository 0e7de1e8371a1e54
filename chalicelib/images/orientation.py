"""Which way up a picture is, by its EXIF block (spec 30, section 5). A block that is broken says nothing."""

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

UPRIGHT = 1
ORIENTATION = 0x0112
ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
NUMBERS = {1: "B", 3: "H", 4: "I"}
"""The types of a whole number, by their code in TIFF."""

MOST_ENTRIES = 512


def orientation(exif: bytes) -> int:
    """The orientation 1 to 8 of a TIFF structure; 1 if it names none."""
    order = ORDERS.get(exif[:4])
    if order is None:
        return UPRIGHT
    try:
        return _found(exif, order)
    except struct.error:
        return UPRIGHT


def _found(exif: bytes, order: str) -> int:
    (start,) = struct.unpack_from(f"{order}I", exif, 4)
    (entries,) = struct.unpack_from(f"{order}H", exif, start)
    for number in range(min(entries, MOST_ENTRIES)):
        tag, kind, count = struct.unpack_from(f"{order}HHI", exif, start + 2 + 12 * number)
        if tag == ORIENTATION and kind in NUMBERS and count == 1:
            (value,) = struct.unpack_from(f"{order}{NUMBERS[kind]}", exif, start + 10 + 12 * number)
            return value if 1 <= value <= 8 else UPRIGHT
    return UPRIGHT


def turned(image: "Image", value: int) -> "Image":
    """A picture put upright."""
    from PIL.Image import Transpose

    ways = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    return image.transpose(ways[value]) if value in ways else image


def mirrored(value: int) -> tuple[bool, bool]:
    """Whether the stored columns, and the stored rows, run backwards in the upright picture."""
    return value in (2, 3, 7, 8), value in (3, 4, 6, 7)
