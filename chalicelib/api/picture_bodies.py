"""A picture as it is sent: as a part of a form, or as the body itself (spec 30, section 3)."""

from email.message import Message

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


def _extended(disposition: str) -> str:
    """A file name with its character set (RFC 6266), `filename*=UTF-8''ada.png`, which the other parser skips."""
    message = Message()
    message["Content-Disposition"] = disposition
    return message.get_filename("")


def _raw(request: Request) -> Picture:
    disposition = request.headers.get("content-disposition", "")
    _, options = parse_options_header(disposition)
    name = options.get("filename") or _extended(disposition)
    if not name:
        raise PictureFormError("Content-Disposition names no file.")
    return Picture(request.body, name, request.content_type)
