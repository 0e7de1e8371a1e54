"""An embedded colour profile applied, so that it can be dropped (spec 30, section 5)."""

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

SPACES = {"L": "GRAY", "RGB": "RGB ", "CMYK": "CMYK"}
SPACE = slice(16, 20)
"""Where a profile says which colours it describes."""


def in_srgb(image: "Image", profile: bytes) -> "Image":
    """A grey, RGB or CMYK picture as sRGB. A profile that is broken or describes other colours is ignored."""
    if profile[SPACE] == SPACES[image.mode].encode():
        from PIL import ImageCms

        try:
            described = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            srgb = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(image, described, srgb, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            return image.convert("RGB")
        if converted is not None:
            return converted
    return image.convert("RGB")
