"""The parts of a `multipart/form-data` body."""

import io

from multipart import MultipartError, MultipartParser, MultipartPart, parse_options_header

from chalicelib.api.errors import BodyTooLargeError, MalformedRequestError
from chalicelib.api.request import Request

MULTIPART = "multipart/form-data"
MOST_BYTES = 10 * 1024 * 1024
"""API Gateway's own limit on a body."""

LONGEST_TEXT = 4096


def parts_of(request: Request) -> list[MultipartPart]:
    """The parts in order. Raises `MalformedRequestError`, `BodyTooLargeError`."""
    if len(request.body) > MOST_BYTES:
        raise BodyTooLargeError
    _, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get("boundary", "")
    if not boundary:
        raise MalformedRequestError("The form has no boundary.")
    kept = len(request.body) + 1
    # Everything stays in memory: no part is written to a disk.
    try:
        parser = MultipartParser(
            io.BytesIO(request.body), boundary, len(request.body), spool_limit=kept, memory_limit=kept, disk_limit=0
        )
        return list(parser)
    except (MultipartError, UnicodeError, LookupError):
        raise MalformedRequestError("The form cannot be read.") from None


def text_part(request: Request, name: str) -> str | None:
    """The last part of this name that is a short text and no file, or null. Raises as `parts_of`."""
    found = [part for part in parts_of(request) if part.name == name and part.filename is None]
    if not found or len(found[-1].raw) > LONGEST_TEXT:
        return None
    return found[-1].raw.decode("utf-8", "replace")
