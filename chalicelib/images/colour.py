"""Any mode of colour made 8-bit grey, RGB or CMYK without transparency (spec 30, section 5)."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

WHITE = (255, 255, 255)
GREY_16 = [round(value / 257) for value in range(65536)]
Key = int | bytes | tuple[int, ...] | None
"""A transparent colour, or the opacity of each colour of a palette."""


def flattened(image: "Image", key: Key) -> "Image":
    """Its pixels as `L`, `RGB` or `CMYK`, what is transparent on white. `key` is the transparency in its header."""
    if image.mode.startswith("I"):
        return _grey_16(image, key)
    image.info.pop("transparency", None)
    if image.mode == "1":
        image = image.convert("L")
    if key is not None and image.mode in ("L", "RGB", "P"):
        image.info["transparency"] = key
        return _on_white(image.convert("RGBA"))
    if "A" in image.getbands():
        return _on_white(image.convert("RGBA"))
    return image if image.mode in ("L", "RGB", "CMYK") else image.convert("RGB")


def _on_white(image: "Image") -> "Image":
    from PIL import Image

    ground = Image.new("RGB", image.size, WHITE)
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def _grey_16(image: "Image", key: Key) -> "Image":
    """16-bit grey scaled to 8 bits, not clipped."""
    wide = image.convert("I")
    grey = wide.point(GREY_16, "L")
    if isinstance(key, int):
        grey.paste(255, mask=wide.point([255 if value == key else 0 for value in range(65536)], "L"))
    return grey
