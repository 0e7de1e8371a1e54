"""What becomes of the pixels: orientation, colour, crop, sizes (spec 30, section 5)."""

import io
import struct

import pytest
from PIL import Image, ImageCms

from bench.picture_files import chunk, dot_gif, flat_png
from chalicelib.images.orientation import orientation
from tests.support.encoded import CORNERS, corners, encoded, made, near, quartered, refusal, shown

WHITE, GREY, RED = (255, 255, 255), (128, 128, 128), (255, 0, 0)
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""What a camera does to the upright picture before it writes that orientation."""


def exif(value):
    """An EXIF block with an orientation."""
    block = Image.Exif()
    block[0x0112] = value
    return block.tobytes()


@pytest.mark.parametrize("image_format", ["JPEG", "PNG"])
@pytest.mark.parametrize("value", range(1, 9))
def test_every_orientation_stands_upright(value, image_format):
    """
    A picture with any EXIF orientation comes out upright.
    """
    stored = quartered().transpose(TURNS[value]) if value in TURNS else quartered()

    assert list(CORNERS) == corners(shown(encoded(stored, image_format, exif=exif(value)), image_format.lower()))


@pytest.mark.parametrize("value", range(1, 9))
def test_the_crop_is_that_of_the_upright_picture(value):
    """
    The offset of the square is rounded down in the upright picture, whichever way the pixels are stored.
    """
    upright = Image.new("RGB", (8, 5), "white")
    upright.paste("black", (1, 0, 2, 5))
    stored = upright.transpose(TURNS[value]) if value in TURNS else upright

    image = shown(encoded(stored, "PNG", exif=exif(value)), "png", 50)

    assert near((0, 0, 0), image, (0.04, 0.5))
    assert near(WHITE, image, (0.9, 0.5))


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"II",
        b"II*\0",
        b"II*\0\xff\xff\xff\xff",
        b"II*\0\x08\0\0\0\xff\xff",
        b"XX*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0",
        b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\x09\0\0\0",
        b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\0\0\0\0",
        b"II*\0\x08\0\0\0\1\0\x12\1\x05\0\1\0\0\0\6\0\0\0",
    ],
)
def test_a_broken_exif_block_counts_as_none(broken):
    """
    A block that is cut off, points outside itself, or names no orientation leaves the picture as it is (I4).
    """
    assert 1 == orientation(broken)
    image = shown(encoded(quartered(), "JPEG", exif=b"Exif\0\0" + broken), "jpg")
    assert list(CORNERS) == corners(image)


@pytest.mark.parametrize("order", [">", "<"])
@pytest.mark.parametrize(("kind", "value"), [(1, "B3x"), (3, "H2x"), (4, "I")])
def test_both_byte_orders_and_all_whole_numbers(order, kind, value):
    """
    The orientation is read in either byte order, and as any type of whole number.
    """
    head = {">": b"MM\0*", "<": b"II*\0"}[order]
    block = head + struct.pack(f"{order}IHHHI{value}", 8, 1, 0x0112, kind, 1, 6)

    assert 6 == orientation(block)


@pytest.mark.parametrize(
    ("mode", "image_format"),
    [
        ("1", "PNG"), ("L", "PNG"), ("LA", "PNG"), ("P", "PNG"), ("RGB", "PNG"), ("RGBA", "PNG"), ("I;16", "PNG"),
        ("1", "GIF"), ("L", "GIF"), ("P", "GIF"), ("RGB", "GIF"),
        ("L", "JPEG"), ("RGB", "JPEG"), ("CMYK", "JPEG"),
    ],
)  # fmt: skip
def test_every_mode_of_colour(mode, image_format):
    """
    A white picture with a dark half is that, in whatever mode it comes.
    """
    image = Image.new("L", (200, 200), 255)
    image.paste(0, (0, 0, 100, 200))
    if mode == "I;16":
        wide = image.convert("I").point(lambda value: value * 257)
        image = Image.frombytes("I;16", image.size, struct.pack("<40000H", *wide.get_flattened_data()))
    else:
        image = image.convert("RGB").convert(mode)

    result = shown(encoded(image, image_format), image_format.lower())

    assert "RGB" == result.mode
    assert near((0, 0, 0), result, (0.25, 0.5))
    assert near(WHITE, result, (0.75, 0.5))


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}, {"quality": 100}])
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_every_kind_of_jpeg(mode, options):
    """
    Baseline and progressive, thinned out or not, the colours stay.
    """
    result = shown(encoded(quartered(mode="L" if mode == "L" else "RGB").convert(mode), "JPEG", **options), "jpg")

    if mode == "L":
        assert near((76, 76, 76), result, (0.1, 0.1))
    else:
        assert list(CORNERS) == corners(result)


def test_cmyk_that_is_not_stored_as_adobe_does():
    """
    Without Adobe's mark the inks of a CMYK picture are taken as they stand: all zero is white paper.
    """
    content = encoded(Image.new("CMYK", (64, 64), (255, 255, 255, 255)), "JPEG")
    mark = content.index(b"\xff\xee")
    unmarked = content[:mark] + content[mark + 2 + int.from_bytes(content[mark + 2 : mark + 4]) :]

    # The file holds zeros, since Adobe's way is to store inks inverted.
    assert near((0, 0, 0), shown(content, "jpg"))
    assert near(WHITE, shown(unmarked, "jpg"))


def test_ycck():
    """
    What Adobe's mark declares as brightness, two colours and black is read as that, not as four inks.
    """
    content = encoded(Image.new("CMYK", (64, 64)), "JPEG")
    transform = content.index(b"Adobe") + 11

    assert near(WHITE, shown(content, "jpg"))
    # All four numbers are 255 in the file: full brightness, and both colours at their ends, which is a green.
    assert near((0, 134, 0), shown(content[:transform] + b"\2" + content[transform + 1 :], "jpg"))


@pytest.mark.parametrize(
    "image",
    [
        Image.new("RGBA", (64, 64), (10, 20, 30, 0)),
        Image.new("LA", (64, 64), (10, 0)),
    ],
    ids=["RGBA", "LA"],
)
def test_transparent_is_white(image):
    """
    What is transparent is white, whatever colour hides under it.
    """
    assert near(WHITE, shown(encoded(image, "PNG"), "png"))


def test_half_transparent_is_half_white():
    """
    What is half transparent lies on white.
    """
    assert near((255, 127, 127), shown(encoded(Image.new("RGBA", (64, 64), (255, 0, 0, 128)), "PNG"), "png"))


@pytest.mark.parametrize(
    ("image_format", "mode", "transparency"),
    [
        ("PNG", "1", 0), ("PNG", "L", 0), ("PNG", "RGB", (0, 0, 0)), ("PNG", "P", 0), ("PNG", "P", bytes([0, 255])),
        ("PNG", "I;16", 0), ("GIF", "P", 0), ("GIF", "L", 0),
    ],
)  # fmt: skip
def test_a_transparent_colour_is_white(image_format, mode, transparency):
    """
    A colour that is said to be transparent is white.
    """
    content = encoded(Image.new(mode, (64, 64), 0), image_format, transparency=transparency)

    assert near(WHITE, shown(content, image_format.lower()))


@pytest.mark.parametrize(
    ("depth", "colour", "key"), [(2, 0, b"\0\0"), (4, 0, b"\0\0"), (16, 0, b"\0\0"), (16, 2, bytes(6))]
)
def test_a_transparent_colour_of_any_depth(depth, colour, key):
    """
    The transparent colour of a PNG is understood at each depth.
    """
    clear = flat_png((64, 64), chunk(b"tRNS", key), depth=depth, colour=colour)
    other = flat_png((64, 64), chunk(b"tRNS", key[:-2] + b"\0\1"), depth=depth, colour=colour)

    assert near(WHITE, shown(clear + bytes(100), "png"))
    assert near((0, 0, 0), shown(other + bytes(100), "png")) or (16, 2) == (depth, colour)


def test_16_bit_grey_is_scaled():
    """
    The middle of 16-bit grey is the middle of 8-bit grey, not white.
    """
    assert near(GREY, shown(encoded(Image.new("I;16", (64, 64), 32896), "PNG"), "png"))


def test_what_no_frame_paints_is_white():
    """
    Where the first frame of a GIF does not cover its screen, there is white.
    """
    image = shown(dot_gif((4, 4)), "gif")

    assert near(RED, image, (0.1, 0.1)) or near((0, 255, 0), image, (0.1, 0.1))
    assert near(WHITE, image, (0.7, 0.7))


@pytest.mark.parametrize("image_format", ["GIF", "PNG"])
def test_the_first_frame_counts(image_format):
    """
    Of an animation the first frame is taken.
    """
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "lime", "blue")]
    content = encoded(frames[0], image_format, save_all=True, append_images=frames[1:], duration=100)

    assert near(RED, shown(content, image_format.lower()))


def test_several_pictures_in_one_jpeg():
    """
    A phone's JPEG with several pictures in it is a JPEG, and its first picture counts (check 5).
    """
    content = encoded(quartered(), "MPO", save_all=True, append_images=[Image.new("RGB", (99, 99))])

    assert list(CORNERS) == corners(shown(content, "jpg"))


def other_profile():
    """A sound profile that describes no RGB colours."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


def test_an_srgb_profile_changes_nothing():
    """
    A picture in sRGB that says so keeps its colours.
    """
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    for image_format in ("JPEG", "PNG"):
        content = encoded(quartered(), image_format, icc_profile=profile)
        assert list(CORNERS) == corners(shown(content, image_format.lower()))


def test_a_profile_is_applied():
    """
    A profile whose red and blue are exchanged exchanges red and blue.
    """
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exchanged = profile.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")

    image = shown(encoded(Image.new("RGB", (64, 64), (255, 0, 0)), "JPEG", icc_profile=exchanged), "jpg")

    assert near((0, 0, 255), image)


@pytest.mark.parametrize("profile", [b"x", b"x" * 500, bytes(16) + b"RGB " + bytes(200), other_profile()])
def test_a_broken_profile_is_ignored(profile):
    """
    A profile that cannot be read, or describes other colours, leaves the colours as they are.
    """
    for image_format in ("JPEG", "PNG"):
        content = encoded(quartered(), image_format, icc_profile=profile)
        assert list(CORNERS) == corners(shown(content, image_format.lower()))


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (2, 3), (31, 30), (501, 500), (4001, 3001)])
@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "GIF"])
def test_every_shape(size, image_format):
    """
    Very thin, very small and large pictures come to all sizes.
    """
    assert refusal(encoded(Image.new("RGB", size, "red"), image_format), image_format.lower()) is None


@pytest.mark.parametrize("size", [(301, 100), (100, 301), (2000, 1001), (1001, 2000)])
def test_the_square_is_in_the_middle(size):
    """
    The largest centred square is cut out.
    """
    image = Image.new("RGB", size, "white")
    side = min(size)
    left, top = (size[0] - side) // 2, (size[1] - side) // 2
    image.paste("red", (left, top, left + side, top + side))

    result = shown(encoded(image, "PNG"), "png", 500)

    for place in ((0.01, 0.01), (0.98, 0.01), (0.01, 0.98), (0.98, 0.98), (0.5, 0.5)):
        assert near(RED, result, place)


def test_large_pictures_keep_their_proportions():
    """
    Whole pixels are averaged first where there are many; a line in the middle stays in the middle.
    """
    image = Image.new("RGB", (4999, 4999), "white")
    image.paste("black", (0, 0, 2499, 4999))

    result = shown(encoded(image, "PNG"), "png", 500).convert("L")

    row = [result.getpixel((x, 250)) for x in (245, 254)]
    assert row[0] < 40
    assert row[1] > 215


def test_any_sides():
    """
    As many sizes are made as there are sides, each a file of that side.
    """
    pictures = made(encoded(quartered(), "PNG"), "png", (7, 640))

    assert {7: (7, 7), 640: (640, 640)} == {side: Image.open(io.BytesIO(data)).size for side, data in pictures.items()}


def test_the_same_picture_comes_out_the_same():
    """
    The same file makes the same bytes.
    """
    content = encoded(quartered(), "PNG")

    assert made(content, "png") == made(content, "png")
