"""Pictures to measure: those that people send, and those made to cost as much as they can."""

import io
import struct
import zlib
from collections.abc import Callable, Mapping

from PIL import Image, TiffImagePlugin

PHONE, LARGEST = (4032, 3024), (8192, 6144)
GRAIN = 3
"""Each grain of noise is so many pixels wide, which gives files about as large as a phone's."""

MARKERS = {0x010F: "MARK-CAMERA", 0x0112: 6, 0x8298: "MARK-OWNER"}
LATITUDE = {1: "N", 2: (52.0, 31.0, 12.0), 29: "MARK-GPS"}


def photo(size: tuple[int, int], mode: str = "RGB") -> Image.Image:
    """Something with large and small structure, as a photograph has."""
    noise = Image.effect_noise((size[0] // GRAIN, size[1] // GRAIN), 40).resize(size, Image.Resampling.BILINEAR)
    slope = Image.linear_gradient("L").resize(size)
    bands = {"R": noise, "G": slope, "B": Image.blend(noise, slope, 0.5), "A": slope, "C": noise}
    if mode == "L":
        return noise
    return Image.merge(mode, [bands.get(band, slope) for band in Image.new(mode, (1, 1)).getbands()])


def phone_exif() -> bytes:
    """The EXIF block of a phone held upright: turned by a quarter, with a place in it."""
    exif = Image.Exif()
    exif.update(MARKERS)
    exif[0x8825] = {
        tag: tuple(map(TiffImagePlugin.IFDRational, value)) if isinstance(value, tuple) else value
        for tag, value in LATITUDE.items()
    }
    return exif.tobytes()


def phone_jpeg() -> bytes:
    """A picture of 12 megapixels from a phone."""
    return _saved(photo(PHONE), "JPEG", quality=75, exif=phone_exif())


def large_jpeg(**options: object) -> bytes:
    """A JPEG as large as a picture may be."""
    return _saved(photo(LARGEST), "JPEG", quality=60, **options)


def large_png(mode: str = "RGB") -> bytes:
    """A PNG as large as a picture may be."""
    return _saved(photo(LARGEST, mode), "PNG", compress_level=1)


def _saved(image: Image.Image, image_format: str, **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, image_format, **options)
    return target.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def flat_png(
    size: tuple[int, int], extra: bytes = b"", *, depth: int = 8, colour: int = 2, interlace: int = 0, rows: int = -1
) -> bytes:
    """A PNG of nothing but zeros, with `extra` chunks before the pixels; `rows` of them if not all are there."""
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    row = 1 + (size[0] * samples * depth + 7) // 8
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, interlace))
    palette = chunk(b"PLTE", bytes(768)) if colour == 3 else b""
    squeezer = zlib.compressobj(9)
    count = size[1] if rows < 0 else rows
    # An interlaced picture has more rows, and shorter ones; twice the bytes are enough for all of them.
    data = b"".join(squeezer.compress(bytes(row)) for _ in range(count * (2 if interlace else 1))) + squeezer.flush()
    return b"\x89PNG\r\n\x1a\n" + header + palette + extra + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def dot_gif(screen: tuple[int, int], extra: bytes = b"", *, frames: int = 1) -> bytes:
    """A GIF with frames of one pixel on a screen of any size, and `extra` blocks before them."""
    frame = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    palette = bytes((255, 0, 0, 0, 255, 0))
    return b"GIF89a" + struct.pack("<HH", *screen) + b"\x80\0\0" + palette + extra + frame * frames + b";" + bytes(100)


def scanned_jpeg(size: tuple[int, int], components: int, scans: int) -> bytes:
    """A progressive JPEG of one colour whose scans after the first say that nothing changes, in a few bytes each."""
    blocks = -(-size[0] // 8) * -(-size[1] // 8)
    sampling = b"".join(bytes((number, 0x11, 0)) for number in range(1, components + 1))
    frame = struct.pack(">BHHB", 8, size[1], size[0], components) + sampling
    selected = b"".join(bytes((number, 0)) for number in range(1, components + 1))
    first = _segment(0xDA, bytes((components,)) + selected + bytes((0, 0, 0))) + bytes(-(-blocks * components // 8))
    runs = int(("0" + "1" * 14) * -(-blocks // 32767) + "1" * 16, 2)
    bits = 15 * -(-blocks // 32767) + 16
    nothing = (runs << -bits % 8).to_bytes(-(-bits // 8)).replace(b"\xff", b"\xff\0")
    more = b"".join(
        _segment(0xDA, bytes((1, 1 + number % components, 0, 1 + number % 63, 63, 0))) + nothing
        for number in range(scans - 1)
    )
    tables = _segment(0xDB, bytes((0,)) + bytes((1,)) * 64)
    tables += _segment(0xC4, bytes((0x00, 1)) + bytes(15) + bytes((0,)))
    tables += _segment(0xC4, bytes((0x10, 1)) + bytes(15) + bytes((0xE0,)))
    return b"\xff\xd8" + tables + _segment(0xC2, frame) + first + more + b"\xff\xd9"


def _segment(marker: int, data: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data


def _text_bomb() -> bytes:
    squeezer = zlib.compressobj(9)
    text = b"".join(squeezer.compress(bytes(1 << 20)) for _ in range(900)) + squeezer.flush()
    return flat_png((64, 64), chunk(b"iTXt", b"key\0\1\0\0\0" + text))


def _profile_bomb() -> bytes:
    squeezer = zlib.compressobj(9)
    profile = b"".join(squeezer.compress(bytes(1 << 20)) for _ in range(900)) + squeezer.flush()
    return flat_png((64, 64), chunk(b"iCCP", b"key\0\0" + profile))


def _animated_giant() -> bytes:
    frame = struct.pack(">IIIIIHHBB", 0, 30000, 30000, 0, 0, 1, 1, 1, 0)
    extra = chunk(b"acTL", struct.pack(">II", 2, 0)) + chunk(b"fcTL", frame)
    return flat_png((30000, 30000), extra, colour=6, rows=1)


REFUSED: Mapping[str, Callable[[], bytes]] = {
    "PNG of 8193 x 6144": lambda: flat_png((8193, 6144), rows=1),
    "PNG of 2^31 x 2^31": lambda: flat_png((2**31 - 1, 2**31 - 1), rows=0) + bytes(100),
    "animated PNG, 30000 x 30000": _animated_giant,
    "PNG, 8192 x 6144, one row there": lambda: flat_png(LARGEST, colour=6, rows=1),
    "GIF, screen 65535 x 65535": lambda: dot_gif((65535, 65535)),
    "JPEG, 50 MP, 5000 scans": lambda: scanned_jpeg((7094, 7094), 1, 5000),
    "JPEG of 65535 x 65535": lambda: scanned_jpeg((16, 16), 1, 2).replace(b"\0\x10\0\x10", b"\xff\xff\xff\xff"),
}
"""What is refused without being decoded."""

COSTLY: Mapping[str, Callable[[], bytes]] = {
    "PNG, text of 900 MB": _text_bomb,
    "PNG, colour profile of 900 MB": _profile_bomb,
    "PNG, 87,000 empty chunks": lambda: flat_png((64, 64), chunk(b"prVt", b"") * 87_000),
    "PNG, 50 MP, 16-bit RGBA": lambda: flat_png((7094, 7094), depth=16, colour=6),
    "PNG, 50 MP, 16-bit grey": lambda: flat_png((7094, 7094), depth=16, colour=0),
    "PNG, 50 MP, palette, interlaced": lambda: flat_png((7094, 7094), colour=3, interlace=1),
    "GIF, one pixel on 8192 x 6144": lambda: dot_gif(LARGEST),
    "GIF, 65,000 frames": lambda: dot_gif((7000, 7000), frames=65_000),
    "GIF, 200,000 comments": lambda: dot_gif((64, 64), b"\x21\xfe\x01x\0" * 200_000),
    "JPEG, 50 MP, 40 scans": lambda: scanned_jpeg((7094, 7094), 1, 40),
    "JPEG, 50 MP, CMYK, 40 scans": lambda: scanned_jpeg((7094, 7094), 4, 40),
    "JPEG, 65500 x 768, CMYK, 40 scans": lambda: scanned_jpeg((65500, 768), 4, 40),
    "JPEG, 1 MP, 2000 scans": lambda: scanned_jpeg((1000, 1000), 1, 2000),
}
"""What is accepted and costs as much as it can."""


def sent_as(name: str) -> tuple[str, str]:
    """File name and content type for a picture named here."""
    for word in ("JPEG", "PNG", "GIF"):
        if word in name:
            return f"x.{word.lower()}", f"image/{word.lower()}"
    raise ValueError(name)
