"""A still picture decoded, completely or not at all (spec 30, section 4, checks 5 to 7)."""

import hashlib
import io
import struct
from typing import TYPE_CHECKING

from chalicelib.images.formats import GIF, JPEG, PNG, Format
from chalicelib.images.gif import read_gif
from chalicelib.images.jpeg import read_jpeg
from chalicelib.images.picture import Limits
from chalicelib.images.png import read_png
from chalicelib.images.still import Still, incomplete, not_decodable

if TYPE_CHECKING:
    from PIL.Image import Image

READERS = {JPEG: read_jpeg, PNG: read_png, GIF: read_gif}
FINER_THAN_NEEDED = 2
"""How many times the largest side a JPEG must still have after it was decoded at a fraction of its size."""

MOST_DECODING_BYTES = 420 << 20
"""What decoding may need. Only absurdly long progressive pictures come here, and are decoded more coarsely."""

BYTES_A_PIXEL = 4
ROWS_AT_ONCE = 64
FRACTIONS = (8, 4, 2, 1)


def read_still(content: bytes, image_format: Format, limits: Limits) -> Still:
    """The first frame in a file, still encoded, within the limit of pixels. Raises `PictureRefusedError`."""
    return READERS[image_format](content, limits)


def decode(still: Still, image_format: Format, largest: int) -> "Image":
    """The pixels of a picture whose largest use is a square of that side. Raises `PictureRefusedError`.

    A JPEG may come at a half, a quarter or an eighth of its size, as long as it stays finer than that square.
    The exceptions are those that Pillow raises for damaged files: `UnidentifiedImageError` and all codec errors are an
    `OSError`; the others come from headers that contradict themselves.
    """
    # The probe goes first, and only its digest stays, so that there are never two pictures in memory.
    expected = _digest(_decoded(still, still.probe, image_format, largest)) if still.probe else None
    image = _decoded(still, still.content, image_format, largest)
    if expected is not None and expected != _digest(image):
        raise incomplete()
    return image


def _digest(image: "Image") -> bytes:
    """A digest of the pixels, without a copy of all of them."""
    found = hashlib.sha256()
    for top in range(0, image.height, ROWS_AT_ONCE):
        found.update(image.crop((0, top, image.width, min(top + ROWS_AT_ONCE, image.height))).tobytes())
    return found.digest()


def _decoded(still: Still, content: bytes, image_format: Format, largest: int) -> "Image":
    from PIL import Image

    try:
        image = Image.open(io.BytesIO(content), formats=[image_format.name])
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError):
        raise not_decodable() from None
    try:
        fraction = _fraction(still, largest)
        if image_format is JPEG and fraction > 1:
            image.draft(None, (max(1, still.width // fraction), max(1, still.height // fraction)))
        image.load()
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error):
        raise incomplete() from None
    return image


def _fraction(still: Still, largest: int) -> int:
    """By how much the sides may be divided while decoding, or must be."""
    shorter = min(still.width, still.height)
    fine = next((each for each in FRACTIONS if shorter // each >= FINER_THAN_NEEDED * largest), 1)
    fits = (each for each in reversed(FRACTIONS) if _decoding_bytes(still, each) <= MOST_DECODING_BYTES)
    return max(fine, next(fits, FRACTIONS[0]))


def _decoding_bytes(still: Still, fraction: int) -> int:
    return still.coefficients + BYTES_A_PIXEL * still.width * still.height // fraction**2
