"""Files that are damaged, or made to do harm: refused or harmless, and nothing else (spec 30, section 4; I5, I6)."""

import base64
import io
import random
import resource
import time
import warnings
import zipfile

import pytest
from PIL import Image

from bench.picture_files import COSTLY, LARGEST, REFUSED, chunk, dot_gif, flat_png, scanned_jpeg, sent_as
from chalicelib.images.pipeline import Limits
from chalicelib.images.png import read_png
from chalicelib.images.refusals import PictureRefusedError, Reason
from tests.support.encoded import encoded, made, noisy, quartered, refusal

FLIPS, CUTS = 60, 40
SECONDS = 10
SIZE = (48, 40)


def animated(image_format):
    """Three frames."""
    frames = [noisy(SIZE, seed=seed) for seed in range(3)]
    return encoded(frames[0], image_format, save_all=True, append_images=frames[1:], duration=50)


SEEDS = {
    "baseline.jpg": lambda: encoded(noisy(SIZE), "JPEG", exif=Image.Exif().tobytes()),
    "progressive.jpg": lambda: encoded(noisy(SIZE), "JPEG", progressive=True),
    "cmyk.jpg": lambda: encoded(noisy(SIZE, "CMYK"), "JPEG"),
    "several.jpg": lambda: encoded(noisy(SIZE), "MPO", save_all=True, append_images=[noisy(SIZE)]),
    "rgb.png": lambda: encoded(noisy(SIZE), "PNG"),
    "palette.png": lambda: encoded(noisy(SIZE).quantize(16), "PNG", transparency=3),
    "grey16.png": lambda: encoded(Image.frombytes("I;16", SIZE, random.Random(3).randbytes(3840)), "PNG"),
    "interlaced.png": lambda: flat_png(SIZE, colour=6, interlace=1) + bytes(100),
    "animated.png": lambda: animated("PNG"),
    "one.gif": lambda: encoded(noisy(SIZE).quantize(), "GIF", transparency=1),
    "animated.gif": lambda: animated("GIF"),
}


ARITHMETIC = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYV"
    "pQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//ygARCAAQ"
    "ABADASIAAhEBAxEB/8wABgAQARD/2gAMAwEAAhADEAAAAcpd0TDk/8wABBAF/9oACAEBAAEFAhWb2zYgYmsY4Xt9q//MAAQRBf/aAAgBAwEBPw"
    "HA/8wABBEF/9oACAECAQE/AVKA/8wABBAF/9oACAEBAAY/AvpnLCUMmEjg/8wABBAF/9oACAEBAAE/ITDFL3pB1TJCzAby1WuPVVPyQP/aAAwD"
    "AQACAAMAAAAQtP/MAAQRBf/aAAgBAwEBPxCUHbWV0AABQP/MAAQRBf/aAAgBAgEBPxDsduD/zAAEEAX/2gAIAQEAAT8QuoMrXVs9Sh1J8XawNJ"
    "XhaWm5gdFYyaEuFROv9I1Nfcb6Ywb/2Q=="
)
"""16 x 16 pixels, progressive, by libjpeg's arithmetic coder, which left out zeros at the end of its last scan."""

OUTCOMES = {None, Reason.NOT_DECODABLE, Reason.INCOMPLETE, Reason.TOO_MANY_PIXELS, Reason.TOO_MANY_SCANS}
"""What can become of a file of the right name, type and first bytes."""


def extension(name):
    """The extension of a file."""
    return name.rpartition(".")[2]


@pytest.mark.parametrize("name", SEEDS)
def test_what_the_damage_is_done_to_is_whole(name):
    """
    Before it is damaged each file is accepted.
    """
    assert refusal(SEEDS[name](), extension(name)) is None


@pytest.mark.parametrize("name", SEEDS)
def test_truncated(name):
    """
    A file that ends before its first frame does is refused, wherever it ends; nothing is padded up (I5).
    """
    content = SEEDS[name]()
    for length in {100, *range(101, len(content), max(1, len(content) // CUTS))}:
        reason = refusal(content[:length], extension(name))
        if length < len(content) * (0.25 if name.startswith(("animated", "several", "interlaced")) else 0.95):
            assert reason in {Reason.INCOMPLETE, Reason.NOT_DECODABLE}


@pytest.mark.parametrize("name", ["baseline.jpg", "cmyk.jpg", "progressive.jpg", "rgb.png", "one.gif"])
@pytest.mark.parametrize("part", [0.5, 0.7, 0.9])
def test_truncated_and_ended_again(name, part):
    """
    A file whose end mark was put back after it was truncated is refused all the same.
    """
    content = SEEDS[name]()
    ends = {"jpg": b"\xff\xd9", "png": chunk(b"IEND", b""), "gif": b"\0;"}

    cut = content[: int(len(content) * part)] + ends[extension(name)]

    assert Reason.INCOMPLETE == refusal(cut, extension(name))


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("made_as", [{}, {"restart_marker_rows": 1}, {"restart_marker_blocks": 3}, {"quality": 95}])
def test_progressive_pictures_cut_anywhere(mode, made_as):
    """
    A progressive JPEG is taken whole, and refused wherever it was cut before its end mark was put back (I5).
    """
    content = encoded(noisy((200, 131), mode), "JPEG", progressive=True, **made_as)

    assert refusal(content, "jpg") is None
    for part in range(1, CUTS):
        cut = content[: len(content) * part // CUTS] + b"\xff\xd9"
        assert refusal(cut, "jpg") in {Reason.INCOMPLETE, Reason.NOT_DECODABLE}, part


def test_a_progressive_picture_of_an_arithmetic_coder():
    """
    Such a coder leaves out zeros at a scan's end: the picture is whole all the same, and refused where it was cut.
    """
    content = base64.b64decode(ARITHMETIC)

    assert refusal(content, "jpg") is None
    for part in range(CUTS // 3, CUTS):
        cut = content[: len(content) * part // CUTS] + b"\xff\xd9"
        assert refusal(cut, "jpg") in {Reason.INCOMPLETE, Reason.NOT_DECODABLE}, part


def test_an_interlaced_picture_whose_last_rows_are_missing():
    """
    An interlaced PNG is counted by its passes, and refused if the last ones are not all there.
    """
    assert refusal(flat_png(SIZE, interlace=1) + bytes(100), "png") is None
    assert Reason.INCOMPLETE == refusal(flat_png(SIZE, interlace=1, rows=19) + bytes(100), "png")


@pytest.mark.parametrize("name", SEEDS)
def test_flipped_bits(name):
    """
    Files with any bits flipped are refused or come out as pictures; no other error leaves the pipeline.
    """
    chance = random.Random(name)
    content = SEEDS[name]()
    outcomes = set()
    for _ in range(FLIPS):
        damaged = bytearray(content)
        for _ in range(chance.choice([1, 1, 2, 8])):
            damaged[chance.randrange(8, min(len(damaged), chance.choice([80, 400, 9999])))] ^= 1 << chance.randrange(8)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            outcomes.add(refusal(bytes(damaged), extension(name)))
    assert outcomes <= OUTCOMES


@pytest.mark.parametrize("name", SEEDS)
def test_spliced(name):
    """
    Files with pieces removed, doubled or replaced by extremes are refused or come out as pictures.
    """
    chance = random.Random(name)
    content = SEEDS[name]()
    for _ in range(FLIPS // 2):
        start = chance.randrange(8, len(content))
        end = min(len(content), start + chance.choice([1, 2, 4, 50]))
        middle = chance.choice([b"", content[start:end] * 2, b"\xff" * (end - start), bytes(end - start)])
        assert refusal(content[:start] + middle + content[end:] + bytes(100), extension(name)) in OUTCOMES


@pytest.mark.parametrize("end", ["jpg", "png", "gif"])
def test_first_bytes_and_then_anything(end):
    """
    The right first bytes before noise are refused (I5).
    """
    starts = {"jpg": b"\xff\xd8\xff\xe0", "png": b"\x89PNG\r\n\x1a\n", "gif": b"GIF89a"}
    for seed in range(30):
        noise = random.Random(seed).randbytes(400)
        assert refusal(starts[end] + noise, end) in {
            Reason.NOT_DECODABLE, Reason.INCOMPLETE, Reason.TOO_MANY_PIXELS, Reason.TOO_MANY_SCANS
        }  # fmt: skip


def test_another_format_behind_the_first_bytes():
    """
    A decoder of no other format gets to see a file (check 5).
    """
    tiff = encoded(quartered(), "TIFF")

    assert Reason.NOT_DECODABLE == refusal(b"\xff\xd8" + tiff, "jpg")
    assert Reason.FIRST_BYTES == refusal(tiff, "jpg")


def zipped():
    """A zip archive with a script in it."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("x.js", "alert('MARK')")
    return target.getvalue()


SCRIPT = b"*/=1;alert('MARK');/*"
MARKUP = b"<html><script>alert('MARK')</script></html>"


@pytest.mark.parametrize(
    ("content", "end"),
    [
        (encoded(quartered(), "JPEG") + zipped(), "jpg"),
        (encoded(quartered(), "JPEG", comment=MARKUP), "jpg"),
        (encoded(quartered(), "GIF", comment=SCRIPT) + SCRIPT, "gif"),
        (encoded(quartered(), "PNG") + MARKUP, "png"),
        (flat_png(SIZE, chunk(b"tEXt", b"k\0" + MARKUP)) + MARKUP, "png"),
    ],
    ids=["JPEG and zip", "JPEG with markup", "GIF and script", "PNG and markup", "PNG with markup"],
)
def test_a_polyglot_comes_out_as_a_plain_picture(content, end):
    """
    A file that is a picture and something else is accepted, and only the picture is left (section 5).
    """
    assert b"MARK" in content or b"PK" in content
    for data in made(content, end).values():
        assert b"alert" not in data
        assert b"<script" not in data
        assert b"PK\x03\x04" not in data
        assert not zipfile.is_zipfile(io.BytesIO(data))


REASONS = {
    "PNG, 8192 x 6144, one row there": Reason.INCOMPLETE,
    "JPEG, 50 MP, 5000 scans": Reason.TOO_MANY_SCANS,
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_bomb_is_refused_before_it_is_decoded(name):
    """
    A header that promises too much is refused at once, and without memory (I6).
    """
    content = REFUSED[name]()
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()

    reason = refusal(content, sent_as(name)[0][2:])

    assert REASONS.get(name, Reason.TOO_MANY_PIXELS) == reason
    assert 1 > time.process_time() - start
    assert 20_000 > resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before


@pytest.mark.parametrize("name", COSTLY)
def test_what_costs_most_is_within_bounds(name):
    """
    Huge texts and profiles, many frames, many scans: skipped or decoded within ten seconds.
    """
    content = COSTLY[name]()
    start = time.process_time()

    assert refusal(content, sent_as(name)[0][2:]) is None

    assert SECONDS > time.process_time() - start


def test_the_limit_of_pixels_is_exact():
    """
    8192 x 6144 pixels pass, one column more does not (check 6).
    """
    width, height = LARGEST

    assert refusal(flat_png(LARGEST, depth=1, colour=0) + bytes(100), "png") is None
    assert Reason.TOO_MANY_PIXELS == refusal(dot_gif((width + 1, height)), "gif")
    with pytest.raises(PictureRefusedError) as caught:
        read_png(flat_png((11, 10)), Limits(max_pixels=100))
    assert (Reason.TOO_MANY_PIXELS, 100) == (caught.value.reason, caught.value.bound)


@pytest.mark.parametrize("size", [(0, 0), (0, 10), (10, 0)])
def test_no_size_at_all(size):
    """
    A picture without width or height is refused.
    """
    assert Reason.NOT_DECODABLE == refusal(flat_png(size, rows=0) + bytes(100), "png")
    assert refusal(dot_gif(size), "gif") is None
    zero = scanned_jpeg((16, 16), 1, 2).replace(b"\0\x10\0\x10", size[1].to_bytes(2) + size[0].to_bytes(2))
    assert Reason.NOT_DECODABLE == refusal(zero + bytes(100), "jpg")


@pytest.mark.parametrize("header", [(3, 2, 0), (8, 1, 0), (16, 3, 0), (8, 2, 2), (1, 6, 0)])
def test_a_png_of_no_known_kind(header):
    """
    Depths and types of colour that the format does not know are refused.
    """
    depth, colour, interlace = header
    good = flat_png(SIZE)
    data = good[16:24] + bytes((depth, colour, 0, 0, interlace))

    assert Reason.NOT_DECODABLE == refusal(good[:8] + chunk(b"IHDR", data) + good[33:] + bytes(100), "png")


@pytest.mark.parametrize("data", [b"", b"\0" * 50, b"x\x9c\3\0\0\0\0\1"])
def test_a_png_whose_pixels_are_not_there(data):
    """
    Pixels that do not inflate, or not to enough bytes, are refused.
    """
    good = flat_png(SIZE)

    content = good[:33] + chunk(b"IDAT", data) + chunk(b"IEND", b"") + bytes(100)

    assert Reason.INCOMPLETE == refusal(content, "png")
