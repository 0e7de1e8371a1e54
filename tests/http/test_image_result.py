"""What is made of a picture: upright, square, in RGB, without a trace of where it came from (spec 30, section 5)."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable

import pytest
from PIL import Image

from tests.http import expectations as expect
from tests.http import pictures
from tests.http.image_client import accepted, fetch, picture_of, shown, upload, uploaded
from tests.http.pictures import (
    COLOURS,
    SIDES,
    UPRIGHT,
    bare,
    chunk,
    cmyk,
    corners,
    encoded,
    exif_of,
    middle,
    named,
    oriented,
    padded,
    pixel,
    plain,
    quarters,
    raw_png,
    segment,
    stripes,
    with_segments,
)
from tests.http.service_client import Caller, Service

RED = COLOURS["red"]
MARK = "Zq9secretmark"


@pytest.fixture(scope="module")
def owner(service: Service) -> Caller:
    """Somebody whose image the tests replace."""
    return service.new_account(profile={"year_of_birth": 1990})


@pytest.fixture
def made(owner: Caller) -> Callable[..., Image.Image]:
    """Upload a file, and return one of the pictures that are made of it."""

    def upload_and_fetch(content: bytes, kind: str = "jpg", size: str = "full") -> Image.Image:
        accepted(upload(owner, padded(content), kind))
        return picture_of(shown(owner), size)

    return upload_and_fetch


Made = Callable[..., Image.Image]


# --- frame


@pytest.mark.parametrize(("kind", "form"), [("gif", "GIF"), ("png", "PNG")])
def test_the_first_frame_counts(made: Made, kind: str, form: str) -> None:
    """The first frame of an animated GIF or PNG (row frame)."""
    assert "green" == middle(made(pictures.animated(form, "green", "red", "blue"), kind))


# --- orientation (I4)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("size", ["full", "small"])
def test_pictures_stand_upright(made: Made, orientation: int, size: str) -> None:
    """Each EXIF orientation is applied to the pixels, and no tag is left (I4)."""
    picture = made(oriented(orientation), size=size)
    assert UPRIGHT == corners(picture)
    assert {} == dict(picture.getexif())


@pytest.mark.parametrize("orientation", [3, 6])
def test_png_stands_upright_too(made: Made, orientation: int) -> None:
    """The EXIF block of a PNG counts as well (I4)."""
    assert UPRIGHT == corners(made(oriented(orientation, "PNG"), "png"))


@pytest.mark.parametrize("orientation", [0, 9, 255, 65535])
def test_orientations_that_do_not_exist(made: Made, orientation: int) -> None:
    """Another number than 2..8 turns nothing (row orientation)."""
    assert UPRIGHT == corners(made(encoded(quarters(), exif=exif_of(orientation))))


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"junk" * 50,
        b"MM\0\x2a\xff\xff\xff\xff",
        b"II\x2a\0\x08\0\0\0\xff\xff",
        b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x02\0\0\0\x01AAAA\0\0\0\x08",
        b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\xff\xff\xff\xff\0\x06\0\0\0\0\0\0",
        b"MM\0\x2a\0\0\0\x08" + b"\xff\xff" + b"\x01\x12\0\x03" * 3000,
    ],
    ids=["empty", "junk", "offset", "count", "text", "length", "long"],
)
def test_a_broken_exif_block_counts_as_none(made: Made, block: bytes) -> None:
    """A broken EXIF block is no fault and turns nothing (row orientation)."""
    picture = made(with_segments(encoded(quarters()), segment(0xE1, b"Exif\0\0" + block)))
    assert len(UPRIGHT) == len(set(corners(picture)))


def test_the_crop_is_of_the_upright_picture(made: Made) -> None:
    """A turned picture that is not square keeps its middle (rows orientation and crop)."""
    upright = stripes([("red", 100), ("green", 200), ("blue", 100)], 200)
    stored = upright.transpose(pictures.INVERSE[6])
    picture = made(encoded(stored, exif=exif_of(6)))
    assert ("green",) * 4 == corners(picture)


# --- colour


def test_cmyk(made: Made) -> None:
    """Adobe's inverted CMYK comes out right (row colour)."""
    assert "red" == named(pixel(made(cmyk((0, 255, 255, 0))), 0.5, 0.5))
    assert "white" == middle(made(cmyk((0, 0, 0, 0))))
    assert "black" == middle(made(cmyk((0, 0, 0, 255))))


def test_cmyk_without_adobe(made: Made) -> None:
    """CMYK without Adobe's marker is taken, and is RGB afterwards (row colour)."""
    assert "RGB" == made(cmyk((0, 255, 255, 0), adobe=False)).mode


@pytest.mark.parametrize("colour", ["red", "green", "blue", "white", "black"])
def test_ycck(made: Made, colour: str) -> None:
    """YCCK comes out right (row colour)."""
    assert colour == middle(made(pictures.ycck(colour)))


@pytest.mark.parametrize(
    ("kind", "mode", "value", "colour"),
    [
        ("jpg", "L", 128, "grey"),
        ("png", "L", 128, "grey"),
        ("png", "1", 1, "white"),
        ("png", "1", 0, "black"),
        ("png", "LA", (128, 255), "grey"),
        ("png", "RGBA", (*RED, 255), "red"),
        ("png", "RGB", RED, "red"),
        ("gif", "L", 128, "grey"),
        ("gif", "1", 1, "white"),
    ],
)
def test_colour_modes(made: Made, kind: str, mode: str, value: int | tuple[int, ...], colour: str) -> None:
    """Grey, one bit, alpha: converted to RGB (row colour)."""
    picture = made(encoded(Image.new(mode, (64, 64), value), pictures.FORMATS[kind]), kind)
    assert colour == middle(picture)


@pytest.mark.parametrize("kind", ["png", "gif"])
def test_palettes(made: Made, kind: str) -> None:
    """Colours of a palette are converted (row colour)."""
    picture = quarters().quantize(8)
    assert "P" == picture.mode
    assert UPRIGHT == corners(made(encoded(picture, pictures.FORMATS[kind]), kind))


def test_sixteen_bit_grey_is_scaled(made: Made) -> None:
    """16-bit grey is scaled, not clipped (row colour)."""
    rows = [struct.pack(">64H", *[0x0300] * 32, *[0xC000] * 32)] * 64
    picture = made(raw_png((64, 64), 16, 0, rows), "png")
    assert pixel(picture, 0.2, 0.5)[0] < 12
    assert abs(pixel(picture, 0.8, 0.5)[0] - 0xC0) < 6


def test_other_sixteen_bit_pictures(made: Made) -> None:
    """16-bit colour, with alpha or without, and 16-bit grey with alpha (row colour)."""
    red = [each * 257 for each in RED]
    assert "red" == middle(made(raw_png((64, 64), 16, 2, [struct.pack(">192H", *red * 64)] * 64), "png"))
    assert "red" == middle(made(raw_png((64, 64), 16, 6, [struct.pack(">256H", *[*red, 65535] * 64)] * 64), "png"))
    assert "grey" == middle(made(raw_png((64, 64), 16, 4, [struct.pack(">128H", *[0x8080, 65535] * 64)] * 64), "png"))


@pytest.mark.parametrize(
    ("mode", "value"), [("RGBA", (*RED, 0)), ("LA", (0, 0)), ("RGBA", (0, 0, 0, 0))], ids=["red", "grey", "black"]
)
def test_transparent_parts_lie_on_white(made: Made, mode: str, value: tuple[int, ...]) -> None:
    """Whatever colour hides under the alpha, white is seen (row colour)."""
    assert "white" == middle(made(encoded(Image.new(mode, (64, 64), value), "PNG"), "png"))


def test_half_transparent_parts(made: Made) -> None:
    """Black at half alpha on white is grey (row colour)."""
    assert "grey" == middle(made(encoded(Image.new("RGBA", (64, 64), (0, 0, 0, 127)), "PNG"), "png"))


@pytest.mark.parametrize("kind", ["png", "gif"])
def test_the_transparent_colour_of_a_palette(made: Made, kind: str) -> None:
    """A transparent entry of a palette is white (row colour)."""
    picture = Image.new("P", (64, 64), 1)
    picture.putpalette([0, 0, 0, *RED])
    assert "white" == middle(made(encoded(picture, pictures.FORMATS[kind], transparency=1), kind))


def test_the_transparent_colour_of_grey_and_rgb(made: Made) -> None:
    """A transparent colour of a PNG without alpha channel is white (row colour)."""
    grey = raw_png((64, 64), 8, 0, [b"\x20" * 64] * 64, chunk(b"tRNS", struct.pack(">H", 0x20)))
    rgb = raw_png((64, 64), 8, 2, [bytes(RED) * 64] * 64, chunk(b"tRNS", struct.pack(">3H", *RED)))
    assert "white" == middle(made(grey, "png"))
    assert "white" == middle(made(rgb, "png"))


# --- crop and sizes


def test_the_largest_centred_square(made: Made) -> None:
    """A wide and a tall picture lose the same on both ends (row crop)."""
    wide = stripes([("red", 100), ("green", 50), ("blue", 50), ("red", 100)], 100)
    assert ("green", "blue") * 2 == corners(made(encoded(wide, quality=95)))
    tall = wide.transpose(Image.Transpose.ROTATE_270)
    assert ("green", "green", "blue", "blue") == corners(made(encoded(tall, quality=95)))


def test_the_offset_is_rounded_down(made: Made) -> None:
    """Of an odd rest the larger half is cut off at the end (row crop)."""
    picture = made(encoded(stripes([("red", 1), ("green", 1), ("blue", 1), ("yellow", 1)], 1), "PNG"), "png")
    assert "green" == middle(picture)
    picture = made(encoded(stripes([("red", 1), ("green", 1), ("blue", 2)], 2), "PNG"), "png")
    assert ("green", "blue") == corners(picture)[:2]
    picture = made(encoded(stripes([("red", 1), ("green", 2), ("blue", 2)], 2), "PNG"), "png")
    assert ("green",) * 2 == corners(picture)[:2]


@pytest.mark.parametrize("dimensions", [(1, 1), (29, 31), (1, 3000), (700, 500), (3000, 2000)])
def test_all_four_sizes(owner: Caller, dimensions: tuple[int, int]) -> None:
    """One square for each size; small pictures are enlarged (row sizes)."""
    seen = uploaded(owner, padded(encoded(plain("blue", dimensions))))
    for size in SIDES:
        assert "blue" == middle(picture_of(seen, size))


def test_a_good_filter(made: Made) -> None:
    """Fine stripes become an even grey, not a pattern (row sizes)."""
    lines = Image.new("L", (1000, 1000))
    lines.putdata([255 * (at % 2) for at in range(1000)] * 1000)
    for size in SIDES:
        picture = made(encoded(lines, "PNG"), "png", size)
        seen = [pixel(picture, place / 20, 0.5)[0] for place in range(4, 17)]
        assert max(seen) - min(seen) < 30, (size, seen)
        assert 100 < sum(seen) / len(seen) < 155, (size, seen)


def test_each_size_is_of_the_original(made: Made) -> None:
    """The small picture is as sharp as one made of the original (row sizes)."""
    edge = stripes([("black", 1000), ("white", 1000)], 2000)
    picture = made(encoded(edge, "PNG"), "png", "small")
    assert "black" == named(pixel(picture, 0.35, 0.5))
    assert "white" == named(pixel(picture, 0.65, 0.5))


# --- metadata


def marked_jpeg() -> bytes:
    """Return a JPEG with a mark in every kind of metadata, a thumbnail, and more behind its end."""
    mark = MARK.encode()
    more = [
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>" + mark + b"</x:xmpmeta>"),
        segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x12\x1c\x02\x50\0\x0d" + mark),
        segment(0xE2, b"ICC_PROFILE\0\1\1" + mark * 10),
        segment(0xFE, mark + b"<script>alert(1)</script>"),
        segment(0xEC, b"Ducky" + mark),
        segment(0xEF, mark),
    ]
    content = oriented(6, mark=MARK)
    assert 3 < content.count(mark)
    return with_segments(content, *more) + b"PK\x03\x04" + mark


def marked_png() -> bytes:
    """Return a PNG with a mark in every kind of metadata."""
    mark = MARK.encode()
    extra = b"".join(
        [
            chunk(b"tEXt", b"Comment\0" + mark),
            chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + mark),
            chunk(b"eXIf", exif_of(1, MARK).tobytes()[6:]),
            chunk(b"prVt", mark),
        ]
    )
    return raw_png((64, 64), 8, 2, [bytes(RED) * 64] * 64, extra) + mark


@pytest.mark.parametrize(
    ("kind", "make"),
    [
        ("jpg", marked_jpeg),
        ("png", marked_png),
        ("gif", lambda: padded(encoded(plain(), "GIF", comment=MARK.encode()))),
    ],
)
def test_no_metadata(owner: Caller, kind: str, make: Callable[[], bytes]) -> None:
    """No EXIF, XMP, IPTC, ICC, comments, nothing behind the end, no file name, in all sizes (row metadata)."""
    content = make()
    assert MARK.encode() in content
    accepted(upload(owner, content, kind, name=f"{MARK}.{kind}"))
    seen = shown(owner)
    for url in seen.urls.values():
        response = fetch(url)
        expect.status(200, response)
        bare(response.content)
        assert MARK.encode() not in response.content
        assert MARK not in url + str(response.headers)
    assert MARK not in str(owner.account())


def test_progressive_or_baseline_jpeg(owner: Caller) -> None:
    """Whatever came in, a JPEG comes out (row output)."""
    for kind in pictures.CONTENT_TYPES:
        seen = uploaded(owner, pictures.file_of(kind), kind)
        for url in seen.urls.values():
            assert "JPEG" == Image.open(io.BytesIO(fetch(url).content)).format
