"""The formats of pictures that are accepted, and how a file says which one it is (spec 30, section 4)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Format:
    """One format: the decoder's name for it, and the three signs of it. The first extension is the usual one."""

    name: str
    extensions: tuple[str, ...]
    content_types: tuple[str, ...]
    first_bytes: tuple[bytes, ...]


JPEG = Format("JPEG", (".jpg", ".jpeg"), ("image/jpeg", "image/pjpeg"), (b"\xff\xd8",))
PNG = Format("PNG", (".png",), ("image/png",), (b"\x89PNG\r\n\x1a\n",))
GIF = Format("GIF", (".gif",), ("image/gif",), (b"GIF87a", b"GIF89a"))
FORMATS = (JPEG, PNG, GIF)

CONTENT_TYPES: tuple[str, ...] = tuple(content_type for each in FORMATS for content_type in each.content_types)
"""All content types that are accepted."""

LONGEST_FIRST_BYTES = max(len(first) for each in FORMATS for first in each.first_bytes)
"""How many bytes tell the formats apart."""


def format_of_name(file_name: str | None) -> Format | None:
    """The format that a file name promises by its end, case ignored; none if it promises no accepted one."""
    lowered = (file_name or "").lower()
    return next((each for each in FORMATS if lowered.endswith(each.extensions)), None)


def format_of_type(content_type: str | None) -> Format | None:
    """The format of a content type, parameters ignored; none if it is no accepted one."""
    bare = (content_type or "").partition(";")[0].strip().lower()
    return next((each for each in FORMATS if bare in each.content_types), None)


def extension_of(content_type: str) -> str:
    """The usual extension of an accepted content type. Raises `ValueError` for any other."""
    found = format_of_type(content_type)
    if found is None:
        raise ValueError("not the content type of a picture")
    return found.extensions[0]


def fits(file_name: str, content_type: str | None) -> bool:
    """Whether a file name and a content type promise the same accepted format."""
    found = format_of_name(file_name)
    return found is not None and found == format_of_type(content_type)
