"""The centred square of a decoded picture in plain colours, no larger than its uses need (spec 30, section 5).

The picture is worked through in bands, so that beside its pixels only a small part of it is ever there in another form.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.images.colour import WHITE, Key, flattened
from chalicelib.images.orientation import mirrored
from chalicelib.images.profiles import in_srgb
from chalicelib.images.still import Box, Still

if TYPE_CHECKING:
    from PIL.Image import Image

FINER_THAN_NEEDED = 3
"""How many times the largest side remains for the good filter, after whole pixels were averaged."""

PIXELS_AT_ONCE = 1 << 21


@dataclass(frozen=True)
class Square:
    """A square picture in RGB, not yet turned; `side` may end within its last row and column."""

    image: "Image"
    side: float
    orientation: int


def normalised(image: "Image", still: Still, turn: int, largest: int) -> Square:
    """The largest centred square of a picture in sRGB; the centre is that of the upright picture."""
    side = min(image.size)
    left, top = _offsets(image.size, turn)
    factor = max(1, side // (FINER_THAN_NEEDED * largest))
    key: Key = image.info.get("transparency")
    painted = None if still.painted == (0, 0, still.width, still.height) else still.painted
    if image.mode == "CMYK" and not still.inverted:
        image = _reinverted(image)
    reduced: Image | None = None
    for start, end in _bands(side, factor):
        box = (left, top + start, left + side, top + end)
        band = _unpainted_white(flattened(image.crop(box), key), painted, box).reduce(factor)
        reduced = reduced or band.resize((band.width, -(-side // factor)), 0)
        reduced.paste(band, (0, start // factor))
    assert reduced is not None  # a picture has a row, so it has a band  # nosec B101
    return Square(in_srgb(reduced, still.icc_profile), side / factor, turn)


def _offsets(size: tuple[int, int], turn: int) -> tuple[int, int]:
    """Where the square starts among the stored pixels, so that in the upright picture it is rounded down."""
    side = min(size)
    spare = [length - side for length in size]
    left, top = (
        -(-each // 2) if backwards else each // 2 for each, backwards in zip(spare, mirrored(turn), strict=True)
    )
    return left, top


def _bands(side: int, factor: int) -> list[tuple[int, int]]:
    """First and last row of each band; all but the last are whole multiples of the factor."""
    height = max(1, PIXELS_AT_ONCE // side // factor) * factor
    return [(start, min(side, start + height)) for start in range(0, side, height)]


def _unpainted_white(band: "Image", painted: Box | None, box: Box) -> "Image":
    """A band in which whatever no frame has painted is white."""
    from PIL import Image

    if painted is None:
        return band
    left, top = max(painted[0], box[0]), max(painted[1], box[1])
    right, bottom = min(painted[2], box[2]), min(painted[3], box[3])
    ground = Image.new("RGB", band.size, WHITE)
    if left < right and top < bottom:
        place = (left - box[0], top - box[1], right - box[0], bottom - box[1])
        ground.paste(band.crop(place), place[:2])
    return ground


def _reinverted(image: "Image") -> "Image":
    """CMYK as it stands in the file; the decoder takes all of it for Adobe's, which stores inks inverted."""
    from PIL import ImageChops

    return ImageChops.invert(image)
