"""What a picture must be like: the seven checks, in their order (spec 30, section 4)."""

from __future__ import annotations

import io
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from PIL import Image

from tests.http import pictures
from tests.http.case_names import brief
from tests.http.image_client import accepted, colour_of, part, refused, shown, upload, upload_form, uploaded
from tests.http.pictures import MAX_BYTES, MIN_BYTES, encoded, file_of, noise, padded, plain, quarters
from tests.http.service_client import Caller, Service

RED = file_of("jpg", "red")
BLUE = {kind: file_of(kind, "blue") for kind in pictures.CONTENT_TYPES}


@pytest.fixture(scope="module")
def owner(service: Service) -> Caller:
    """Somebody whose image the tests replace."""
    return service.new_account(profile={"year_of_birth": 1990})


@pytest.fixture(scope="module")
def red(service: Service) -> Caller:
    """Somebody with a red image, which no refused request may change."""
    caller = service.new_account(profile={"year_of_birth": 1990})
    uploaded(caller, RED)
    return caller


@pytest.fixture(autouse=True)
def unchanged(red: Caller) -> Iterator[None]:
    """Every refused upload leaves the image, its URLs and their version as they were (spec 30, section 2)."""
    before = shown(red)
    yield
    assert before == shown(red)
    assert "red" == colour_of(red)


# --- 1: size in bytes


@pytest.mark.parametrize("kind", ["jpg", "png", "gif"])
@pytest.mark.parametrize("length", [0, 1, 99, MAX_BYTES + 1, 2 * MAX_BYTES, 4 * MAX_BYTES])
def test_too_few_and_too_many_bytes(red: Caller, kind: str, length: int) -> None:
    """Under 100, over 1 048 576 and empty files: 400 (row 1)."""
    content = padded(encoded(plain("blue", (1, 1)), pictures.FORMATS[kind]), length)[:length]
    refused(upload(red, content, kind))


@pytest.mark.parametrize("length", [MIN_BYTES, MIN_BYTES + 1, MAX_BYTES - 1, MAX_BYTES])
def test_just_enough_and_just_not_too_many_bytes(owner: Caller, length: int) -> None:
    """100 and 1 048 576 bytes are accepted (row 1)."""
    accepted(upload(owner, padded(encoded(plain("blue", (1, 1)), "PNG"), length), "png"))
    assert "blue" == colour_of(owner)


# --- 2: file name


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("x.jpg", "jpg"),
        ("x.jpeg", "jpg"),
        ("x.JPG", "jpg"),
        ("x.JpEg", "jpg"),
        ("x.png", "png"),
        ("x.PNG", "png"),
        ("x.gif", "gif"),
        ("x.GiF", "gif"),
        (".jpg", "jpg"),
        ("x.html.jpg", "jpg"),
        ("x.png.jpg", "jpg"),
        ("../../etc/x.png", "png"),
        ("C:\\temp\\x.gif", "gif"),
        ("a b;c.jpg", "jpg"),
        ("bild ü 图片.jpg", "jpg"),
        ("x" * 3000 + ".png", "png"),
        ("<script>.jpg", "jpg"),
        ("%00.jpg", "jpg"),
    ],
    ids=brief,
)
def test_names_that_fit(owner: Caller, name: str, kind: str) -> None:
    """A name that ends in one of the four, case ignored, whatever stands before (row 2)."""
    accepted(upload(owner, BLUE[kind], kind, name=name))
    assert "blue" == colour_of(owner)


OTHER_TYPES = (".bmp", ".tif", ".tiff", ".webp", ".svg", ".heic", ".avif", ".jp2", ".jpe", ".")
OTHER_ENDS = (*OTHER_TYPES, ".png.html", ".jpg.exe", ".jpg~", ".jpg/", ".jpg.", ".j%20pg")


@pytest.mark.parametrize("name", [*(f"x{end}" for end in OTHER_ENDS), "x", "jpg", "png.x", "x.j pg"])
def test_names_that_do_not_fit(red: Caller, name: str) -> None:
    """Any other end of the name: 400 (row 2)."""
    refused(upload(red, BLUE["jpg"], "jpg", name=name))


# --- 3: content type of the part


@pytest.mark.parametrize(
    ("name", "content_type", "kind"),
    [
        ("x.jpg", "image/jpeg", "jpg"),
        ("x.jpg", "image/pjpeg", "jpg"),
        ("x.jpeg", "image/jpeg", "jpg"),
        ("x.jpeg", "image/pjpeg", "jpg"),
        ("x.png", "image/png", "png"),
        ("x.gif", "image/gif", "gif"),
        ("x.jpg", "image/jpeg; charset=binary", "jpg"),
        ("x.png", 'image/png;name="y.gif"', "png"),
    ],
)
def test_types_that_fit(owner: Caller, name: str, content_type: str, kind: str) -> None:
    """The part's type fits the extension; parameters are ignored (row 3)."""
    accepted(upload(owner, BLUE[kind], name=name, content_type=content_type))


@pytest.mark.parametrize(
    ("name", "content_type", "kind"),
    [
        ("x.jpg", "image/png", "jpg"),
        ("x.jpg", "image/jpg", "jpg"),
        ("x.jpg", "application/octet-stream", "jpg"),
        ("x.jpg", "text/html", "jpg"),
        ("x.png", "image/jpeg", "png"),
        ("x.png", "image/x-png", "png"),
        ("x.gif", "image/png", "gif"),
        ("x.png", "image/png", "jpg"),
        ("x.jpg", "image/jpeg", "gif"),
        ("x.gif", "image/gif", "png"),
    ],
)
def test_types_that_do_not_fit(red: Caller, name: str, content_type: str, kind: str) -> None:
    """A type that is not the extension's, or first bytes that are not: 400 (rows 3 and 4)."""
    refused(upload(red, BLUE[kind], name=name, content_type=content_type))


def test_a_part_without_a_type(red: Caller) -> None:
    """A part without a content type: 400 (row 3)."""
    refused(upload_form(red, part(BLUE["jpg"], content_type=None)))


# --- 4: first bytes

NO_PICTURES = {
    "text": b"I am a text and no picture. " * 10,
    "bmp": encoded(plain("blue"), "BMP"),
    "webp": encoded(plain("blue"), "WEBP"),
    "tiff": encoded(plain("blue"), "TIFF"),
    "zeros": b"\0" * 200,
    "svg": b"<svg xmlns='x'/>" * 20,
    "pdf": b"%PDF-1.4" + b"\n" * 200,
    "nearly a gif": b"GIF88a" + b"\0" * 200,
    "nearly a jpeg": b"\xff\xd9" + RED[2:],
    "nearly a png": b"\x89PNG\r\n\x1a\r" + BLUE["png"][8:],
    "a gif behind a blank": b" " + BLUE["gif"],
}


@pytest.mark.parametrize("kind", ["jpg", "png", "gif"])
@pytest.mark.parametrize("which", NO_PICTURES)
def test_other_first_bytes(red: Caller, kind: str, which: str) -> None:
    """First bytes that are not those of the extension: 400 (row 4)."""
    refused(upload(red, NO_PICTURES[which], kind))


def test_both_versions_of_gif(owner: Caller) -> None:
    """GIF87a and GIF89a are accepted (row 4)."""
    for head in (b"GIF87a", b"GIF89a"):
        accepted(upload(owner, head + BLUE["gif"][6:], "gif"))
        assert "blue" == colour_of(owner)


# --- 5 and 7: recognised, and decodable


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("jpg", b"\xff\xd8" + b"\0" * 500),
        ("jpg", b"\xff\xd8" + b"text" * 50),
        ("jpg", b"\xff\xd8\xff\xe0" + NO_PICTURES["bmp"]),
        ("jpg", b"\xff\xd8" + BLUE["png"]),
        ("jpg", b"\xff\xd8\xff\xd9" + b"\0" * 200),
        ("png", b"\x89PNG\r\n\x1a\n" + b"\0" * 500),
        ("png", b"\x89PNG\r\n\x1a\n" + BLUE["gif"]),
        ("png", b"\x89PNG\r\n\x1a\n" + pictures.chunk(b"IEND", b"") + b"\0" * 100),
        ("gif", b"GIF89a" + b"\xff" * 500),
        ("gif", b"GIF89a" + RED),
        ("gif", b"GIF87a" + b"\0" * 200),
        ("png", padded(pictures.raw_png((64, 64), 8, 2, []))),
        ("png", padded(pictures.raw_png((64, 64), 7, 2, [b"\0" * 192] * 64))),
        ("png", padded(pictures.raw_png((0, 64), 8, 2, [b""] * 64))),
        ("gif", padded(b"GIF89a\x01\x00\x01\x00\x00\x00\x00\x3b")),
    ],
    ids=brief,
)
def test_right_first_bytes_and_nothing_behind_them(red: Caller, kind: str, content: bytes) -> None:
    """Right extension, type and first bytes, but no picture: 400 (I5, rows 5 and 7)."""
    refused(upload(red, content, kind))


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("kind", ["jpg", "png", "gif"])
def test_truncated_files(red: Caller, kind: str, share: float) -> None:
    """A file that ends in the middle of its picture: 400, nothing is padded up (I5, row 7)."""
    content = encoded(noise(), pictures.FORMATS[kind])
    refused(upload(red, content[: int(len(content) * share)], kind))


@pytest.mark.parametrize("options", [{"progressive": True}, {"quality": 95}])
def test_truncated_progressive_files(red: Caller, options: dict[str, Any]) -> None:
    """Half of the scans is not the picture: 400 (row 7)."""
    content = encoded(noise(), **options)
    refused(upload(red, content[: len(content) * 2 // 3], "jpg"))


def test_flipped_bits(owner: Caller) -> None:
    """Broken files are accepted or refused, and nothing else (I5)."""
    chance = random.Random(30)
    for kind in pictures.CONTENT_TYPES:
        good = encoded(quarters((40, 40)), pictures.FORMATS[kind])
        for _ in range(15):
            bad = bytearray(padded(good))
            for _ in range(chance.randint(1, 5)):
                bad[chance.randrange(len(good))] ^= 1 << chance.randrange(8)
            response = upload(owner, bytes(bad), kind)
            assert response.status_code in (204, 400), bytes(bad).hex()


# --- 6: pixels


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("png", pictures.black_png(8193, 6144)),
        ("png", pictures.black_png(8192, 6145)),
        ("png", pictures.black_png(pictures.MAX_PIXELS + 1, 1)),
        ("png", pictures.claimed_png(8193, 6144)),
        ("png", pictures.claimed_png(30000, 30000)),
        ("png", pictures.claimed_png(2**31 - 1, 2**31 - 1)),
        ("jpg", pictures.with_claimed_size(RED, 65500, 65500)),
        ("jpg", pictures.with_claimed_size(RED, 8193, 6144)),
        ("gif", pictures.claimed_gif((65535, 65535), (1, 1))),
        ("gif", pictures.claimed_gif((65535, 65535), (65535, 65535))),
        ("gif", pictures.claimed_gif((1, 1), (65535, 65535))),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_too_many_pixels(red: Caller, kind: str, content: bytes) -> None:
    """More than 50 331 648 pixels by the header: 400 (I6, row 6)."""
    refused(upload(red, content, kind))


@pytest.mark.parametrize("size", [(8192, 6144), (6144, 8192), (1, 60000), (60000, 1)])
def test_as_many_pixels_as_allowed(owner: Caller, size: tuple[int, int]) -> None:
    """Exactly 50 331 648 pixels, and thin pictures of any length, are accepted (row 6)."""
    accepted(upload(owner, pictures.black_png(*size), "png"))


# --- the order


@dataclass(frozen=True)
class Sent:
    """A file as it is sent, by default without fault."""

    content: bytes = BLUE["jpg"]
    name: str = "x.jpg"
    content_type: str = "image/jpeg"


FAULTS: list[dict[str, Any]] = [
    {"content": b"\xff\xd8" + b"x" * 90},
    {"name": "x.bmp"},
    {"content_type": "text/html"},
    {"content": b"no picture at all" * 20},
    {"content": b"\xff\xd8" + b"no picture at all" * 20},
]
"""What fails at the checks 1 to 5, one each."""


def told(red: Caller, sent: Sent) -> dict[str, str]:
    """Return the messages of a refusal."""
    return refused(upload(red, sent.content, name=sent.name, content_type=sent.content_type))


def test_the_first_fault_is_the_answer(red: Caller) -> None:
    """The checks are made in their order; the first fault is the answer (spec 30, section 4)."""
    alone = [told(red, replace(Sent(), **fault)) for fault in FAULTS]
    assert len(FAULTS) == len({each["developer_message"] for each in alone})
    for first, second in itertools.combinations(range(len(FAULTS)), 2):
        both = replace(Sent(), **{**FAULTS[second], **FAULTS[first]})
        assert alone[first] == told(red, both), (first, second)


# --- nothing else is refused


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (2, 2), (31, 3), (499, 501)])
@pytest.mark.parametrize("kind", ["jpg", "png", "gif"])
def test_thin_and_tiny_pictures(owner: Caller, kind: str, size: tuple[int, int]) -> None:
    """Very thin and very small pictures are accepted (spec 30, section 4)."""
    accepted(upload(owner, file_of(kind, "blue", size), kind))
    assert "blue" == colour_of(owner)


def multi_picture() -> bytes:
    """Return a multi-picture JPEG, as phones make them."""
    file = io.BytesIO()
    plain("blue").save(file, "MPO", save_all=True, append_images=[plain("red")])
    assert "MPO" == Image.open(io.BytesIO(file.getvalue())).format
    return file.getvalue()


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("jpg", encoded(plain("blue"), progressive=True)),
        ("jpg", encoded(plain("blue"), subsampling=0)),
        ("jpg", encoded(plain("blue"), keep_rgb=True)),
        ("jpg", multi_picture()),
        ("png", pictures.interlaced_png(plain("blue"))),
        ("gif", padded(encoded(plain("blue"), "GIF", interlace=1))),
        ("jpg", BLUE["jpg"] + b"<?php echo 1; ?>" + b"\0" * 5000),
        ("png", BLUE["png"] + b"PK\x03\x04 is a zip too"),
        ("gif", BLUE["gif"] + b"GIF89a again"),
        ("jpg", BLUE["jpg"] + RED),
        ("jpg", pictures.with_segments(BLUE["jpg"], pictures.segment(0xFE, b"<script>alert(1)</script>" * 900))),
        ("jpg", pictures.with_segments(BLUE["jpg"], pictures.segment(0xE1, b"Exif\0\0" + b"junk" * 50))),
        ("jpg", pictures.with_segments(BLUE["jpg"], pictures.segment(0xE2, b"ICC_PROFILE\0\1\1" + b"junk" * 50))),
        ("png", pictures.encoded(plain("blue"), "PNG", icc_profile=b"junk" * 50)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_fault(owner: Caller, kind: str, content: bytes) -> None:
    """Progressive and interlaced, several pictures in one, junk behind and between: accepted (spec 30, section 4)."""
    accepted(upload(owner, padded(content), kind))
    assert "blue" == colour_of(owner)
