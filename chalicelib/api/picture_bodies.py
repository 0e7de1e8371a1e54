"""A picture as it is sent: as a part of a form, or as the body itself (spec 30, section 3)."""

from urllib.parse import unquote

from multipart import MultipartError, parse_options_header

from chalicelib.api.bodies import FORM
from chalicelib.api.errors import (
    BodyTooLargeError,
    MalformedRequestError,
    PictureFormError,
    UnsupportedMediaTypeError,
)
from chalicelib.api.parts import MOST_BYTES, MULTIPART, parts_of
from chalicelib.api.request import Request
from chalicelib.images.formats import CONTENT_TYPES
from chalicelib.images.pipeline import Picture

PART = "file"


def sent_picture(request: Request) -> Picture:
    """The picture of a request. Raises `UnsupportedMediaTypeError`, `PictureFormError`, `BodyTooLargeError`."""
    kind = request.content_type
    if not request.body and not kind:
        raise PictureFormError("There is no part named file that holds a file.")
    if kind not in (MULTIPART, FORM, *CONTENT_TYPES):
        raise UnsupportedMediaTypeError((MULTIPART, *CONTENT_TYPES))
    if len(request.body) > MOST_BYTES:
        raise BodyTooLargeError
    if kind == MULTIPART:
        return _part(request)
    if kind == FORM or not request.body:
        raise PictureFormError("There is no part named file that holds a file.")
    return _raw(request)


def _part(request: Request) -> Picture:
    """The last part named `file`."""
    try:
        parts = [part for part in parts_of(request) if part.name == PART]
        if not parts or parts[-1].filename is None:
            raise PictureFormError("There is no part named file that holds a file.")
        return Picture(parts[-1].raw, parts[-1].filename, parts[-1].headers.get("Content-Type"))
    except MalformedRequestError as error:
        raise PictureFormError(str(error)) from None
    except (MultipartError, UnicodeError, LookupError):
        raise PictureFormError("The form cannot be read.") from None


def _extended(value: str) -> str:
    """A file name as RFC 6266 writes one with a character set: `UTF-8''ada.png`."""
    return unquote(value.rpartition("'")[2])


def _raw(request: Request) -> Picture:
    _, options = parse_options_header(request.headers.get("content-disposition", ""))
    name = options.get("filename") or _extended(options.get("filename*", ""))
    if not name:
        raise PictureFormError("Content-Disposition names no file.")
    return Picture(request.body, name, request.content_type)
