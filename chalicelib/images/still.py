"""The one still picture inside a file, and nothing else of it: what the decoder gets to see.

Whoever reads a container (`jpeg`, `png`, `gif`) keeps what the pixels of the first frame need and drops the rest:
texts, thumbnails, later frames, what follows the end. So no metadata reaches the decoder, none can make it work for
nothing, and none can make a good picture fail.
"""

from dataclasses import dataclass

from chalicelib.images.refusals import PictureRefusedError, Reason

Box = tuple[int, int, int, int]
"""Left, top, right, bottom, as Pillow has them."""


@dataclass(frozen=True)
class Still:
    """The file cut down to its first frame, and what its header says.

    `exif` is a TIFF structure, `icc_profile` a colour profile, both unchecked and empty if there is none. `painted` is
    the part of the canvas that the frame covers. `coefficients` says how many bytes the decoder needs beside the
    pixels. `inverted` is false for a CMYK picture whose inks are stored as they are, not as Adobe stores them. `probe`,
    where there is one, is the same file with more behind its data: it looks the same if and only if nothing is missing.
    """

    content: bytes
    width: int
    height: int
    painted: Box
    exif: bytes = b""
    icc_profile: bytes = b""
    coefficients: int = 0
    inverted: bool = True
    probe: bytes = b""


def not_decodable() -> PictureRefusedError:
    """The refusal of a file that is not of its format at all (check 5)."""
    return PictureRefusedError(Reason.NOT_DECODABLE)


def incomplete() -> PictureRefusedError:
    """The refusal of a picture that does not decode completely (check 7)."""
    return PictureRefusedError(Reason.INCOMPLETE)
