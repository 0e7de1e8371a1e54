"""Pictures for tests, made on the spot."""

import io

from PIL import Image


def picture(kind="JPEG", size=(200, 160), colour=(200, 30, 60), **options):
    """The bytes of a picture of one colour with a mark in one corner."""
    image = Image.new("RGB", size, colour)
    image.paste((10, 200, 10), (0, 0, max(1, size[0] // 4), max(1, size[1] // 4)))
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue().ljust(100, b"\0")


def opened(content):
    """A picture, decoded."""
    image = Image.open(io.BytesIO(content))
    image.load()
    return image
