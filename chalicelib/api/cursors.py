"""Cursors of lists: opaque, and of no use anywhere else or once they are changed."""

import hmac
import json
from typing import Any

from chalicelib.api.errors import MalformedRequestError
from chalicelib.api.services import Services
from chalicelib.identity import opaque

LONGEST = 512
_TAG = 16


def cursor_of(services: Services, list_name: str, place: str) -> str:
    """The cursor behind `place` of a list, which `list_name` names together with whose it is."""
    content = json.dumps(place).encode()
    return opaque.encode(_tag(services, list_name, content) + content)


def place_of(services: Services, list_name: str, cursor: str) -> str:
    """The place that a cursor of this list is behind; raises `MalformedRequestError` for any other text."""
    raw = opaque.decode(cursor) if len(cursor) <= LONGEST else None
    if raw is None or not hmac.compare_digest(raw[:_TAG], _tag(services, list_name, raw[_TAG:])):
        raise MalformedRequestError("cursor is not one of this list.")
    return str(json.loads(raw[_TAG:]))


def _tag(services: Services, list_name: str, content: bytes) -> bytes:
    return bytes.fromhex(services.digests.of("cursor", list_name.encode(), content))[:_TAG]


def up_to(most: int) -> dict[str, Any]:
    """The JSON Schema of a limit, 1 to `most`."""
    return {"type": "integer", "minimum": 1, "maximum": most}


def limit_of(text: str | None, otherwise: int, most: int) -> int:
    """The limit that a query asks for, 1 to `most`; raises `MalformedRequestError`."""
    if text is None:
        return otherwise
    if not text.isascii() or not text.isdecimal() or len(text) > len(str(most)) or not 1 <= int(text) <= most:
        raise MalformedRequestError(f"limit must be a whole number from 1 to {most}.")
    return int(text)
