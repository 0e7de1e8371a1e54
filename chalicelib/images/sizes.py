"""The squares that are served, as plain small JPEGs (spec 30, section 5)."""

import io

from chalicelib.images.normalising import Square
from chalicelib.images.orientation import turned

QUALITY = 90


def rendered(square: Square, side: int) -> bytes:
    """The picture as a JPEG of one size, straight from the square, with nothing in it but pixels."""
    from PIL.Image import Resampling

    box = (0, 0, square.side, square.side)
    image = turned(square.image.resize((side, side), Resampling.LANCZOS, box=box), square.orientation)
    image.info.clear()
    target = io.BytesIO()
    image.save(target, "JPEG", quality=QUALITY, optimize=True)
    return target.getvalue()
