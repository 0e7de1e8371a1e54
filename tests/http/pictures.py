"""Pictures of every kind, made when they are needed, and what answers hold (spec 30, sections 4 and 5)."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from PIL import Image, ImageOps, JpegImagePlugin

SIDES: Mapping[str, int] = {"full": 500, "large": 120, "medium": 50, "small": 30}
"""Side by name of a size (spec 30, section 10)."""

MAX_BYTES = 1_048_576
MIN_BYTES = 100
MAX_PIXELS = 50_331_648

CONTENT_TYPES: Mapping[str, str] = {"jpg": "image/jpeg", "png": "image/png", "gif": "image/gif"}
FORMATS: Mapping[str, str] = {"jpg": "JPEG", "png": "PNG", "gif": "GIF"}

COLOURS: Mapping[str, tuple[int, int, int]] = {
    "red": (220, 20, 20),
    "green": (20, 180, 20),
    "blue": (20, 20, 220),
    "yellow": (235, 225, 20),
    "white": (255, 255, 255),
    "black": (0, 0, 0),
    "grey": (128, 128, 128),
}
UPRIGHT = ("red", "green", "blue", "yellow")
"""The corners of `quarters` in reading order."""

INVERSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How an upright picture is stored under each EXIF orientation."""

ORIENTATION = 0x0112
DRAWN_MARKERS = {0xC0, 0xC2, 0xC4, 0xDB, 0xDD}
"""Segments of a JPEG that carry the picture alone: frames, Huffman and quantisation tables, restart interval."""


# --- pictures in memory


def plain(colour: str = "red", size: tuple[int, int] = (64, 64)) -> Image.Image:
    """Return a picture of one colour."""
    return Image.new("RGB", size, COLOURS[colour])


def quarters(size: tuple[int, int] = (200, 200)) -> Image.Image:
    """Return a picture whose corners are red, green, blue and yellow, in reading order."""
    small = Image.new("RGB", (2, 2))
    for index, name in enumerate(UPRIGHT):
        small.putpixel((index % 2, index // 2), COLOURS[name])
    return small.resize(size, Image.Resampling.NEAREST)


def stripes(widths: Sequence[tuple[str, int]], across: int) -> Image.Image:
    """Return upright stripes, from left to right, each of a colour and a width."""
    picture = Image.new("RGB", (sum(width for _, width in widths), across))
    left = 0
    for colour, width in widths:
        picture.paste(COLOURS[colour], (left, 0, left + width, across))
        left += width
    return picture


def noise(size: tuple[int, int] = (200, 200), seed: int = 1) -> Image.Image:
    """Return a picture that cannot be packed well, the same for the same seed."""
    return Image.frombytes("RGB", size, random.Random(seed).randbytes(3 * size[0] * size[1]))


# --- files


def encoded(picture: Image.Image, form: str = "JPEG", **options: Any) -> bytes:
    """Return a picture as a file of a format."""
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def file_of(kind: str = "jpg", colour: str = "red", size: tuple[int, int] = (64, 64)) -> bytes:
    """Return an acceptable file of one of the extensions, in one colour."""
    return padded(encoded(plain(colour, size), FORMATS[kind]))


def padded(content: bytes, length: int = MIN_BYTES) -> bytes:
    """Return a file brought to a length by bytes behind its end, which are no fault."""
    return content + b"\0" * (length - len(content))


def animated(form: str, *colours: str) -> bytes:
    """Return a file with one frame a colour."""
    first, *others = (plain(each) for each in colours)
    return encoded(first, form, save_all=True, append_images=others, duration=100)


def exif_of(orientation: int | None = None, mark: str = "") -> Image.Exif:
    """Return an EXIF block with an orientation, and a mark as camera, owner and place."""
    exif = Image.Exif()
    if orientation is not None:
        exif[ORIENTATION] = orientation
    if mark:
        exif[0x010F] = f"{mark} maker"
        exif[0x0110] = f"{mark} model"
        exif[0x013B] = f"{mark} owner"
        exif[0x9286] = f"{mark} comment"
        gps = exif.get_ifd(0x8825)
        gps.update({1: "N", 2: (59.0, 19.0, 46.0), 3: "E", 4: (18.0, 4.0, 7.0), 29: f"{mark}gps"})
    return exif


def oriented(orientation: int, form: str = "JPEG", size: tuple[int, int] = (200, 200), mark: str = "") -> bytes:
    """Return `quarters` as a camera stores it that was held some way: turned, and a tag that says how."""
    picture = quarters(size)
    if orientation in INVERSE:
        picture = picture.transpose(INVERSE[orientation])
    content = encoded(picture, form, exif=exif_of(orientation, mark))
    seen = corners(ImageOps.exif_transpose(Image.open(io.BytesIO(content))))
    assert seen == UPRIGHT, f"the test's own picture stands wrong: {seen}"
    return content


def phone_photo(mark: str, limit: int = MAX_BYTES) -> bytes:
    """Return 12 megapixels as a phone stores them held upright: turned, with GPS, under a size in bytes."""
    picture = quarters((3000, 4000))
    picture.paste(noise((200, 200)).resize((1000, 1000)), (1000, 1500))
    stored = picture.transpose(INVERSE[6])
    for quality in (85, 70, 50, 30):
        content = encoded(stored, quality=quality, exif=exif_of(6, mark), comment=f"{mark} comment".encode())
        if len(content) <= limit:
            return content
    raise AssertionError(f"the photo has {len(content)} bytes at the worst quality")


# --- JPEG by segments


def segment(marker: int, payload: bytes) -> bytes:
    """Return one segment of a JPEG."""
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def with_segments(content: bytes, *more: bytes) -> bytes:
    """Return a JPEG with segments put in behind its first two bytes."""
    return content[:2] + b"".join(more) + content[2:]


def segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield marker and payload of each segment of a JPEG up to the first scan."""
    assert content[:2] == b"\xff\xd8", content[:8]
    at = 2
    while content[at + 1] != 0xDA:
        assert content[at] == 0xFF, f"no marker at {at}"
        (length,) = struct.unpack_from(">H", content, at + 2)
        yield content[at + 1], content[at + 4 : at + 2 + length]
        at += 2 + length


def without_segments(content: bytes, marker: int) -> bytes:
    """Return a JPEG without the segments of one kind."""
    for found, payload in segments(content):
        if found == marker:
            content = content.replace(segment(found, payload), b"", 1)
    return content


def with_claimed_size(content: bytes, width: int, height: int) -> bytes:
    """Return a JPEG whose header claims another size."""
    at = content.index(b"\xff\xc0")
    return content[: at + 5] + struct.pack(">HH", height, width) + content[at + 9 :]


def cmyk(inks: tuple[int, int, int, int], *, adobe: bool = True) -> bytes:
    """Return a CMYK JPEG of given inks: with Adobe's marker and inverted, or with neither."""
    stored = inks if adobe else tuple(255 - each for each in inks)
    content = encoded(Image.new("CMYK", (64, 64), cast("tuple[int, int, int, int]", stored)), quality=95)
    return content if adobe else without_segments(content, 0xEE)


def ycck(colour: str) -> bytes:
    """Return a YCCK JPEG, as Adobe's programs write it, of one colour."""
    inks = tuple(255 - each for each in COLOURS[colour])
    y, cb, cr = cast("tuple[int, int, int]", Image.new("RGB", (1, 1), inks).convert("YCbCr").getpixel((0, 0)))
    content = cmyk((255 - y, 255 - cb, 255 - cr, 0))
    at = content.index(b"Adobe") + 11
    return content[:at] + b"\x02" + content[at + 1 :]


# --- PNG by chunks


def chunk(kind: bytes, payload: bytes) -> bytes:
    """Return one chunk of a PNG."""
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def raw_png(
    size: tuple[int, int], depth: int, colour: int, rows: Iterable[bytes], extra: bytes = b"", interlace: int = 0
) -> bytes:
    """Return a PNG written row by row: bit depth, colour type, further chunks before the data."""
    header = struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, interlace)
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(b"\0" + row) for row in rows) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def black_png(width: int, height: int) -> bytes:
    """Return a real one-bit PNG of any size in a few kilobytes."""
    row = bytes((width + 7) // 8)
    return padded(raw_png((width, height), 1, 0, (row for _ in range(height))))


def claimed_png(width: int, height: int) -> bytes:
    """Return a PNG whose header claims a size, with hardly any data behind it."""
    return padded(raw_png((width, height), 8, 2, [b"\0" * 30]))


def interlaced_png(picture: Image.Image) -> bytes:
    """Return an RGB picture as an Adam7 PNG."""
    width, height = picture.size
    pixels, rows = picture.tobytes(), []
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    for left, top, right, down in passes:
        for y in range(top, height, down):
            places = (3 * (y * width + x) for x in range(left, width, right))
            rows.append(b"".join(pixels[at : at + 3] for at in places))
    return raw_png(picture.size, 8, 2, rows, interlace=1)


def claimed_gif(screen: tuple[int, int], frame: tuple[int, int]) -> bytes:
    """Return a GIF whose header claims a screen and a frame, with hardly any data behind them."""
    head = b"GIF89a" + struct.pack("<HHBBB", *screen, 0x80, 0, 0) + bytes(6)
    return padded(head + b"\x2c" + struct.pack("<HHHHB", 0, 0, *frame, 0) + b"\x02\x02\x4c\x01\x00\x3b")


# --- what came out


def opened(content: bytes) -> JpegImagePlugin.JpegImageFile:
    """Expect an RGB JPEG that decodes completely, and return it."""
    picture = Image.open(io.BytesIO(content), formats=["JPEG"])
    picture.load()
    assert "RGB" == picture.mode
    return cast("JpegImagePlugin.JpegImageFile", picture)


def bare(content: bytes) -> None:
    """Expect a JPEG with nothing in it but its picture (spec 30, section 5, metadata)."""
    picture = opened(content)
    assert {} == dict(picture.getexif())
    assert set() == set(picture.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"} - {
        "progressive",
        "progression",
    }
    for marker, payload in segments(content):
        assert marker in DRAWN_MARKERS or (marker == 0xE0 and payload[:5] == b"JFIF\0"), hex(marker)
        assert marker != 0xE0 or len(payload) == 14, "a thumbnail in the JFIF header"
    assert content.endswith(b"\xff\xd9")
    assert 1 == content.count(b"\xff\xd9"), "something behind the end of the picture"


def pixel(picture: Image.Image, across: float, down: float) -> tuple[int, int, int]:
    """Return the colour at a place given in parts of the sides."""
    place = (int(across * (picture.width - 1)), int(down * (picture.height - 1)))
    return cast("tuple[int, int, int]", picture.convert("RGB").getpixel(place))


def distance(one: tuple[int, int, int], other: tuple[int, int, int]) -> int:
    """Return the largest difference of two colours in one channel."""
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def named(colour: tuple[int, int, int], tolerance: int = 40) -> str:
    """Return the name of a colour, or its numbers if no named one is near."""
    nearest = min(COLOURS, key=lambda name: distance(COLOURS[name], colour))
    return nearest if distance(COLOURS[nearest], colour) <= tolerance else str(colour)


def middle(picture: Image.Image) -> str:
    """Return the name of the colour in the middle."""
    return named(pixel(picture, 0.5, 0.5))


def corners(picture: Image.Image) -> tuple[str, ...]:
    """Return the names of the colours near the four corners, in reading order."""
    return tuple(named(pixel(picture, across, down)) for down in (0.2, 0.8) for across in (0.2, 0.8))
