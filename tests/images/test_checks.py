"""Checks 1 to 4: what is refused before anything is decoded, and in which order (spec 30, section 4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.images.checks import check_declared
from chalicelib.images.formats import CONTENT_TYPES, FORMATS, GIF, JPEG, PNG, extension_of, fits
from chalicelib.images.picture import Limits, Picture
from chalicelib.images.refusals import PictureRefusedError, Reason

LIMITS = Limits()
JPEG_START = b"\xff\xd8\xff\xe0"


def refused(size=1000, name="x.jpg", kind="image/jpeg", first=JPEG_START):
    """The reason of a refusal."""
    with pytest.raises(PictureRefusedError) as caught:
        check_declared(size, name, kind, first, LIMITS)
    return caught.value.reason


@pytest.mark.parametrize("size", [100, 1_048_576])
def test_both_limits_of_size_pass(size):
    """
    100 bytes pass and 1 048 576 bytes pass (check 1).
    """
    assert JPEG == check_declared(size, "x.jpg", "image/jpeg", JPEG_START, LIMITS)


@pytest.mark.parametrize(
    ("size", "reason"), [(0, Reason.TOO_SMALL), (99, Reason.TOO_SMALL), (1_048_577, Reason.TOO_LARGE)]
)
def test_beyond_the_limits_of_size(size, reason):
    """
    One byte less, or more, is refused; so is an empty file (check 1).
    """
    assert reason == refused(size=size)


@pytest.mark.parametrize("name", ["x.bmp", "x.tif", "x.webp", "x.svg", "x.heic", "x", "", None, "x.png.html", "jpg"])
def test_names_that_are_refused(name):
    """
    A name must end in one of four extensions (check 2).
    """
    assert Reason.EXTENSION == refused(name=name)


@pytest.mark.parametrize(
    ("name", "kind", "first", "expected"),
    [
        ("x.jpg", "image/jpeg", JPEG_START, JPEG),
        ("X.JPEG", "image/pjpeg", JPEG_START, JPEG),
        ("x.Png", "IMAGE/PNG; charset=x", b"\x89PNG\r\n\x1a\n", PNG),
        ("x.gif", "image/gif", b"GIF87a", GIF),
        ("x.html.gif", " image/gif ", b"GIF89a\0\0", GIF),
    ],
)
def test_what_passes(name, kind, first, expected):
    """
    Capitals and parameters make no difference (checks 2 to 4).
    """
    assert expected == check_declared(1000, name, kind, first, LIMITS)


@pytest.mark.parametrize("kind", [None, "", "image/png", "image/webp", "text/html", "image/jpeg2000", "image"])
def test_types_that_do_not_fit(kind):
    """
    The content type must be one of the extension's (check 3).
    """
    assert Reason.CONTENT_TYPE == refused(kind=kind)


@pytest.mark.parametrize("first", [b"", b"\xff", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"hello"])
def test_first_bytes_that_do_not_fit(first):
    """
    The first bytes must be the format's (check 4).
    """
    assert Reason.FIRST_BYTES == refused(first=first)


@given(
    size=st.sampled_from([(99, Reason.TOO_SMALL), (1_048_577, Reason.TOO_LARGE), (1000, None)]),
    name=st.sampled_from([("x.webp", Reason.EXTENSION), (None, Reason.EXTENSION), ("x.png", None)]),
    kind=st.sampled_from([("image/gif", Reason.CONTENT_TYPE), (None, Reason.CONTENT_TYPE), ("image/png", None)]),
    first=st.sampled_from([(b"GIF89a", Reason.FIRST_BYTES), (b"", Reason.FIRST_BYTES), (PNG.first_bytes[0], None)]),
)
def test_the_first_fault_is_the_answer(size, name, kind, first):
    """
    Of several faults the first in the order of the checks is named.
    """
    faults = [reason for _, reason in (size, name, kind, first) if reason is not None]

    if faults:
        assert faults[0] == refused(size[0], name[0], kind[0], first[0])
    else:
        assert PNG == check_declared(size[0], name[0], kind[0], first[0], LIMITS)


def test_the_types_and_their_extensions():
    """
    Four content types are accepted; each has a usual extension, which fits it, and so do the others of its format.
    """
    assert ("image/jpeg", "image/pjpeg", "image/png", "image/gif") == CONTENT_TYPES
    assert [".jpg", ".jpg", ".png", ".gif"] == [extension_of(kind) for kind in CONTENT_TYPES]
    for each in FORMATS:
        for kind in CONTENT_TYPES:
            assert [kind in each.content_types] == list({fits(f"x{end}", kind) for end in each.extensions})
    assert not fits("x.webp", "image/webp")
    with pytest.raises(ValueError, match="not the content type"):
        extension_of("image/webp")


@pytest.mark.parametrize("reason", Reason)
def test_each_refusal_has_words_and_no_data(reason):
    """
    A refusal explains itself to developers and to users, and its own text is the reason alone (spec 30, section 2).
    """
    error = PictureRefusedError(reason, 1_048_576)

    assert f"picture refused: {reason.value}" == str(error)
    assert error.developer_message.endswith(".")
    assert error.user_message.endswith(".")
    assert "{" not in error.developer_message + error.user_message


@pytest.mark.parametrize(
    ("bound", "expected"), [(100, "100 bytes"), (1_048_576, "1 MB"), (1536, "1.5 KB"), (1_000_001, "1000001 bytes")]
)
def test_a_limit_in_words(bound, expected):
    """
    Users read a limit in the unit that says it exactly.
    """
    assert expected in PictureRefusedError(Reason.TOO_LARGE, bound).user_message


def test_a_picture_does_not_show_what_is_in_it():
    """
    The text of a picture, as a traceback may print it, holds neither its name nor its bytes.
    """
    assert "MARK" not in repr(Picture(b"MARK", "MARK.jpg", "image/jpeg"))
