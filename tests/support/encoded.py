"""Pictures made by the tests, encoded as files, and what comes of them."""

import io
import random

from PIL import Image, ImageDraw

from chalicelib.images.pipeline import Limits, Picture, make_pictures
from chalicelib.images.refusals import PictureRefusedError, Reason

LIMITS = Limits()
SIDES = (500, 120, 50, 30)
CORNERS = {"top left": (255, 0, 0), "top right": (0, 160, 0), "bottom left": (0, 0, 255), "bottom right": (255, 255, 0)}
TYPES = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif"}
TOLERANCE = 24


def encoded(image: Image.Image, image_format: str, **options: object) -> bytes:
    """The picture as a file, filled up to the least size with bytes after its end."""
    target = io.BytesIO()
    image.save(target, image_format, **options)
    return target.getvalue() + bytes(max(0, LIMITS.min_bytes - len(target.getvalue())))


def quartered(size: tuple[int, int] = (200, 200), mode: str = "RGB") -> Image.Image:
    """A picture with a colour of its own in each corner, so that no turn of it looks like another."""
    image = Image.new("RGB", size)
    draw = ImageDraw.Draw(image)
    middle_x, middle_y = size[0] // 2, size[1] // 2
    for (place, colour), (x, y) in zip(
        CORNERS.items(), ((0, 0), (middle_x, 0), (0, middle_y), (middle_x, middle_y)), strict=True
    ):
        assert place
        draw.rectangle((x, y, x + middle_x, y + middle_y), fill=colour)
    return image.convert(mode)


def noisy(size: tuple[int, int], mode: str = "RGB", seed: int = 1) -> Image.Image:
    """A picture that is the same for the same seed."""
    bands = len(Image.new(mode, (1, 1)).getbands())
    return Image.frombytes(mode, size, random.Random(seed).randbytes(size[0] * size[1] * bands))


def made(content: bytes, extension: str, sides: tuple[int, ...] = SIDES, limits: Limits = LIMITS) -> dict[int, bytes]:
    """The files that come of a file."""
    return make_pictures(Picture(content, f"x.{extension}", TYPES[extension]), sides, limits)


def shown(content: bytes, extension: str, side: int = 120) -> Image.Image:
    """The picture of one size that comes of a file."""
    return Image.open(io.BytesIO(made(content, extension, (side,))[side]))


def refusal(content: bytes, extension: str) -> Reason | None:
    """Why a file is refused; none if it is accepted, with every size as it must be. Anything else is raised."""
    try:
        pictures = made(content, extension)
    except PictureRefusedError as refused:
        return refused.reason
    for side, data in pictures.items():
        image = Image.open(io.BytesIO(data))
        image.load()
        assert ("JPEG", "RGB", (side, side)) == (image.format, image.mode, image.size)
    return None


def near(expected: tuple[int, ...], image: Image.Image, place: tuple[float, float] = (0.5, 0.5)) -> bool:
    """Whether a picture has about that colour at a place given in parts of its side."""
    found = image.convert("RGB").getpixel((int(place[0] * image.width), int(place[1] * image.height)))
    assert isinstance(found, tuple)
    return all(abs(one - other) <= TOLERANCE for one, other in zip(expected, found, strict=True))


def corners(image: Image.Image) -> list[str]:
    """Which corner of `quartered` stands in each corner: top left, top right, bottom left, bottom right."""
    places = ((0.1, 0.1), (0.9, 0.1), (0.1, 0.9), (0.9, 0.9))
    return [next(name for name, colour in CORNERS.items() if near(colour, image, place)) for place in places]
