"""From a picture as it was sent to the squares that are served (spec 30, sections 4 and 5). Pure."""

from collections.abc import Collection

from chalicelib.images.checks import check_declared
from chalicelib.images.decoding import decode, read_still
from chalicelib.images.formats import LONGEST_FIRST_BYTES
from chalicelib.images.normalising import normalised
from chalicelib.images.orientation import orientation
from chalicelib.images.picture import Limits, Picture
from chalicelib.images.sizes import rendered

__all__ = ["Limits", "Picture", "make_pictures"]


def make_pictures(picture: Picture, sides: Collection[int], limits: Limits) -> dict[int, bytes]:
    """A square JPEG for each side, upright, without metadata.

    Raises `PictureRefusedError` for the first fault; whatever the bytes are, nothing else.
    """
    first = picture.content[:LONGEST_FIRST_BYTES]
    image_format = check_declared(len(picture.content), picture.file_name, picture.content_type, first, limits)
    still = read_still(picture.content, image_format, limits)
    largest = max(sides)
    image = decode(still, image_format, largest)
    square = normalised(image, still, orientation(still.exif), largest)
    return {side: rendered(square, side) for side in sides}
