"""A picture as it is sent: as a part of a form, or as the body itself (spec 30, section 3)."""

import io

from multipart import MultipartError, MultipartParser, MultipartPart, parse_options_header

from chalicelib.api.bodies import FORM
from chalicelib.api.errors import BodyTooLargeError, PictureFormError, UnsupportedMediaTypeError
from chalicelib.api.request import Request
from chalicelib.images.formats import CONTENT_TYPES
from chalicelib.images.pipeline import Picture

MULTIPART = "multipart/form-data"
MOST_BYTES = 10 * 1024 * 1024
"""API Gateway's own limit on a body."""

PART = "file"


def sent_picture(request: Request) -> Picture:
    """The picture of a request. Raises `UnsupportedMediaTypeError`, `PictureFormError`, `BodyTooLargeError`."""
    kind = request.content_type
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
        parts = [part for part in _parts(request) if part.name == PART]
        if not parts or parts[-1].filename is None:
            raise PictureFormError("There is no part named file that holds a file.")
        return Picture(parts[-1].raw, parts[-1].filename, parts[-1].headers.get("Content-Type"))
    except (MultipartError, UnicodeError, LookupError):
        raise PictureFormError("The form cannot be read.") from None


def _parts(request: Request) -> list[MultipartPart]:
    _, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get("boundary", "")
    if not boundary:
        raise PictureFormError("The form has no boundary.")
    kept = len(request.body) + 1
    # Everything stays in memory: no part of a picture is written to a disk.
    parser = MultipartParser(
        io.BytesIO(request.body), boundary, len(request.body), spool_limit=kept, memory_limit=kept, disk_limit=0
    )
    return list(parser)


def _raw(request: Request) -> Picture:
    _, options = parse_options_header(request.headers.get("content-disposition", ""))
    name = options.get("filename")
    if not name:
        raise PictureFormError("Content-Disposition names no file.")
    return Picture(request.body, name, request.content_type)
