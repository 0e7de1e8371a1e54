"""A JPEG cut down to what its pixels need (spec 30, sections 4 and 5). Of several pictures in one file, the first."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from chalicelib.images.checks import check_pixels
from chalicelib.images.picture import Limits
from chalicelib.images.refusals import PictureRefusedError, Reason
from chalicelib.images.still import Still, incomplete, not_decodable

START, END, SCAN, RESTARTS = 0xD8, 0xD9, 0xDA, range(0xD0, 0xD8)
FRAMES = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}
ARITHMETIC = {0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
JFIF, EXIF, ICC, ADOBE = b"JFIF\0", b"Exif\0\0", b"ICC_PROFILE\0", b"Adobe"
KEPT = {*FRAMES, 0xC4, 0xCC, 0xDB, 0xDD, SCAN}
"""Frames, tables of both codes, tables of steps, interval of restarts, scans."""

KEPT_APPLICATIONS = {0xE0: JFIF, 0xEE: ADOBE}
"""What says which colours the components are."""

ALONE = {0x01, END, START, *RESTARTS}
MARKER = re.compile(rb"\xff+([^\x00\xff])")
MARKER_IN_SCAN = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])")
PADDING = bytes(8)
LEFT_OUT = bytes(2)
"""So many zeros an arithmetic coder may have left out at the end of a scan; few bytes that were cut off at the very end
cannot be told from that.
"""

BEHIND = b"".join(b"\x55\xaa\x33" * 20 + bytes((0xFF, marker)) for marker in RESTARTS)
"""What no complete scan is read into: bits of both kinds, with every mark at which a decoder may take up again."""


MOST_SCANNED_PIXELS = 50_331_648 * 40
"""Pixels times scans: each scan of a progressive picture walks over all of it. Cameras and editors write 10 scans."""

MOST_SCANS = 2000


@dataclass(frozen=True)
class _Segment:
    """One marker with what belongs to it; a scan's data stand in `tail`."""

    marker: int
    data: bytes
    tail: bytes = b""

    @property
    def whole(self) -> bytes:
        if self.marker in ALONE:
            return bytes((0xFF, self.marker))
        return bytes((0xFF, self.marker)) + (len(self.data) + 2).to_bytes(2) + self.data + self.tail


@dataclass
class _Found:
    """What the segments are sorted into."""

    kept: list[_Segment] = field(default_factory=list)
    frame: _Segment | None = None
    scans: int = 0
    ended: bool = False
    exif: bytes = b""
    adobe: bool = False
    profile: dict[int, bytes] = field(default_factory=dict)


def read_jpeg(content: bytes, limits: Limits) -> Still:
    """The picture of a JPEG. Raises `PictureRefusedError`."""
    found = _sorted(_segments(content))
    frame = found.frame
    if frame is None or len(frame.data) < 6 or not found.scans:
        raise not_decodable()
    height, width = int.from_bytes(frame.data[1:3]), int.from_bytes(frame.data[3:5])
    if not width or not height:
        raise not_decodable()
    check_pixels(width, height, limits)
    if found.scans > MOST_SCANS or found.scans * width * height > MOST_SCANNED_PIXELS:
        raise PictureRefusedError(Reason.TOO_MANY_SCANS)
    single = found.scans == 1 and frame.marker not in PROGRESSIVE
    if not single and _lacks_scans(found, frame):
        raise incomplete()
    return Still(
        content=_rewritten(found, single),
        width=width,
        height=height,
        painted=(0, 0, width, height),
        exif=found.exif,
        icc_profile=b"".join(found.profile[number] for number in sorted(found.profile)),
        coefficients=0 if single else round(2 * width * height * _share(frame.data)),
        inverted=found.adobe,
        probe=b"" if single else _probe(found, frame.marker),
    )


def _segments(content: bytes) -> Iterator[_Segment]:
    """The segments up to the end of the picture, or as far as they go."""
    position = 2
    while match := MARKER.search(content, position):
        marker, start = match[1][0], match.end()
        if marker in ALONE:
            yield _Segment(marker, b"")
            if marker == END:
                return
            position = start
            continue
        position = start + int.from_bytes(content[start : start + 2])
        if position < start + 2 or position > len(content):
            return
        tail = _scanned(content, position) if marker == SCAN else b""
        yield _Segment(marker, content[start + 2 : position], tail)
        position += len(tail)


def _scanned(content: bytes, position: int) -> bytes:
    """The data of a scan: everything up to the next marker that is not part of them."""
    following = MARKER_IN_SCAN.search(content, position)
    return content[position : following.start() if following else len(content)]


def _sorted(segments: Iterator[_Segment]) -> _Found:
    found = _Found()
    for segment in segments:
        if segment.marker in FRAMES:
            if found.frame is not None:
                raise not_decodable()
            found.frame = segment
        if segment.marker in KEPT or _says_colours(segment):
            found.kept.append(segment)
        found.scans += segment.marker == SCAN
        found.ended = found.ended or segment.marker == END
        found.adobe = found.adobe or (segment.marker == 0xEE and segment.data.startswith(ADOBE))
        if segment.marker == 0xE1 and segment.data.startswith(EXIF) and not found.exif:
            found.exif = segment.data[len(EXIF) :]
        if segment.marker == 0xE2 and segment.data.startswith(ICC) and len(segment.data) > len(ICC) + 2:
            found.profile[segment.data[len(ICC)]] = segment.data[len(ICC) + 2 :]
    return found


def _says_colours(segment: _Segment) -> bool:
    start = KEPT_APPLICATIONS.get(segment.marker)
    return start is not None and segment.data.startswith(start)


def _rewritten(found: _Found, single: bool) -> bytes:
    """The file with nothing but pixels in it.

    A decoder that meets the end of a picture too early fills up with grey. So where there is one scan the end mark is
    left out: who then asks for more data has not had all of them. The padding is what a decoder reads ahead.
    """
    last = next(number for number, each in enumerate(found.kept, 1) if each.marker == SCAN) if single else None
    kept = b"".join(segment.whole for segment in found.kept[:last])
    if single:
        return b"\xff\xd8" + kept + PADDING
    return b"\xff\xd8" + kept + (b"\xff\xd9" if found.ended else b"")


def _probe(found: _Found, frame: int) -> bytes:
    """The file with more behind its last scan, which a decoder reads only where that scan is too short.

    An arithmetic coder may leave out zeros with which a scan ends (ITU-T T.81, D.1.8), so they come first there.
    """
    behind = LEFT_OUT + BEHIND if frame in ARITHMETIC else BEHIND
    return b"\xff\xd8" + b"".join(segment.whole for segment in found.kept) + behind + b"\xff\xd9"


def _lacks_scans(found: _Found, frame: _Segment) -> bool:
    """Whether a component has no scan, or one has bits of its coefficients that no scan refines.

    A scan says which components it holds, which coefficients of them, and down to which bit (ITU-T T.81, B.2.3). A file
    whose encoder never meant to refine them cannot be told from one that was cut between two scans; both are refused.
    """
    components = {frame.data[at] for at in range(6, len(frame.data), 3)}
    lowest: dict[tuple[int, int], int] = {}
    for scan in (each.data for each in found.kept if each.marker == SCAN):
        if not scan or len(scan) < 1 + 2 * scan[0] + 3:
            raise not_decodable()
        first, last, bit = scan[1 + 2 * scan[0]], scan[2 + 2 * scan[0]], scan[3 + 2 * scan[0]] & 15
        lowest |= {(scan[at], number): bit for at in range(1, 2 * scan[0], 2) for number in range(first, last + 1)}
    return any((each, 0) not in lowest for each in components) or any(lowest.values())


def _share(frame: bytes) -> float:
    """How many samples a pixel has, thinned-out colours counted in part."""
    samplings = [(frame[at] >> 4 or 1) * (frame[at] & 15 or 1) for at in range(7, len(frame), 3)]
    return sum(samplings) / max(samplings, default=1)
