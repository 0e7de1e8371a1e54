"""What is checked before anything is decoded: size, name, type, first bytes (spec 30, section 4, checks 1 to 4)."""

from chalicelib.images.formats import Format, format_of_name, format_of_type
from chalicelib.images.picture import Limits
from chalicelib.images.refusals import PictureRefusedError, Reason


def check_declared(
    size: int, file_name: str | None, content_type: str | None, first_bytes: bytes, limits: Limits
) -> Format:
    """The format of a picture by all that is said about it. Raises `PictureRefusedError` for the first fault."""
    _check_size(size, limits)
    promised = format_of_name(file_name)
    if promised is None:
        raise PictureRefusedError(Reason.EXTENSION)
    if format_of_type(content_type) != promised:
        raise PictureRefusedError(Reason.CONTENT_TYPE)
    if not first_bytes.startswith(promised.first_bytes):
        raise PictureRefusedError(Reason.FIRST_BYTES)
    return promised


def check_pixels(width: int, height: int, limits: Limits) -> None:
    """Refuse a picture that has too many pixels, by its header (check 6)."""
    if width * height > limits.max_pixels:
        raise PictureRefusedError(Reason.TOO_MANY_PIXELS, limits.max_pixels)


def _check_size(size: int, limits: Limits) -> None:
    """Both limits themselves pass (check 1)."""
    if size > limits.max_bytes:
        raise PictureRefusedError(Reason.TOO_LARGE, limits.max_bytes)
    if size < limits.min_bytes:
        raise PictureRefusedError(Reason.TOO_SMALL, limits.min_bytes)
