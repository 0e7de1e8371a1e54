"""Nothing of a file but its pixels is in what is served (spec 30, section 5, metadata)."""

import base64
import io
import subprocess
import sys

import pytest
from PIL import Image, PngImagePlugin

from bench.picture_files import chunk, flat_png, phone_exif
from tests.support.encoded import encoded, made, noisy, quartered

MARK = b"MARK-"
SEGMENTS = {
    "XMP": (0xE1, b"http://ns.adobe.com/xap/1.0/\0<x>MARK-XMP</x>"),
    "IPTC": (0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x09MARK-IPTC\0"),
    "comment": (0xFE, b"MARK-COMMENT"),
    "ICC": (0xE2, b"ICC_PROFILE\0\1\1MARK-ICC"),
    "unknown": (0xEB, b"MARK-UNKNOWN"),
    "EXIF": (0xE1, phone_exif()),
}
ALLOWED = {0xD8, 0xE0, 0xDB, 0xC0, 0xC2, 0xC4, 0xDA, 0xD9}
"""Start, JFIF, tables, frame, scan, end: what a JPEG of nothing but pixels has."""


def with_segments(content):
    """A JPEG with every kind of metadata, and bytes after its end."""
    segments = b"".join(
        bytes((0xFF, marker)) + (len(data) + 2).to_bytes(2) + data for marker, data in SEGMENTS.values()
    )
    return content[:2] + segments + content[2:] + b"MARK-TRAILER"


def marked_png():
    """A PNG with every kind of metadata."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", "MARK-TEXT")
    info.add_itxt("XML:com.adobe.xmp", "MARK-XMP")
    info.add_text("Comment", "MARK-ZIPPED", zip=True)
    options = {"pnginfo": info, "exif": phone_exif(), "icc_profile": b"MARK-ICC" * 20}
    return encoded(quartered(), "PNG", **options) + b"MARK-TRAILER"


FILES = {
    "jpg": lambda: with_segments(encoded(noisy((300, 200)), "JPEG")),
    "png": marked_png,
    "gif": lambda: encoded(quartered(), "GIF", comment=b"MARK-COMMENT") + b"MARK-TRAILER",
}


def markers(content):
    """The markers of a JPEG up to its only scan, and what its last two bytes are."""
    found, position = [0xD8], 2
    while found[-1] != 0xDA:
        assert 0xFF == content[position]
        found.append(content[position + 1])
        position += 2 + int.from_bytes(content[position + 2 : position + 4])
    return [*found, content[-1]]


@pytest.mark.parametrize("extension", FILES)
def test_no_mark_is_left(extension):
    """
    EXIF with its place and owner, XMP, IPTC, ICC, comments, texts and trailing bytes are gone from the bytes.
    """
    content = FILES[extension]()
    assert MARK in content

    for data in made(content, extension).values():
        assert MARK not in data
        assert base64.b64encode(MARK) not in data
        assert {*markers(data)} <= ALLOWED
        assert b"\xff\xd9" == data[-2:]
        assert 1 == data.count(b"\xff\xd9")


def test_nothing_is_told_by_an_image_library():
    """
    A reader of metadata finds none.
    """
    for data in made(FILES["jpg"](), "jpg").values():
        image = Image.open(io.BytesIO(data))
        assert {} == dict(image.getexif())
        assert {"jfif", "jfif_version", "jfif_unit", "jfif_density"} >= set(image.info)


@pytest.mark.parametrize(
    "extra",
    [chunk(b"tEXt", b"broken"), chunk(b"iTXt", b"\0" * 50), chunk(b"iCCP", b"x\0\7zzz"), chunk(b"gAMA", b""),
     chunk(b"eXIf", b"x"), chunk(b"pHYs", b""), b"\0\0\0\4abCdDATA0000", chunk(b"acTL", b""), chunk(b"fcTL", b"")],
)  # fmt: skip
def test_broken_metadata_does_no_harm(extra):
    """
    Metadata that are broken are skipped, and the picture is accepted.
    """
    assert made(flat_png((64, 64), extra) + bytes(100), "png")


def test_importing_costs_nothing():
    """
    Pillow is imported by the first picture, not by the package.
    """
    code = "import sys, chalicelib.images.pipeline; print('PIL' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "False" == done.stdout.strip()
