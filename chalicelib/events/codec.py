"""Events and states to parts and back: one JSON text in the clear, one JSON text a purpose to be sealed.

The clear text begins with the type and the schema number, so that a reader finds the model without parsing
twice: ``{"type":"ProfileUpdated","schema":1,...}``. The parts of one item are joined again before they are
parsed, which makes decoding a single pass of pydantic's parser.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from chalicelib.events.classification import Purpose, division_of
from chalicelib.events.errors import UnknownEventTypeError
from chalicelib.events.event import Event
from chalicelib.events.upcasting import UPCASTERS, Upcaster, upcast

HEADER = re.compile(r'\{"type":"([A-Za-z]+)","schema":(\d+)([,}])')
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Parts:
    """One item's content: `plain` in the clear, `personal` to be sealed, by purpose."""

    plain: str
    personal: Mapping[Purpose, bytes]


class MalformedPartError(ValueError):
    """A clear text that no codec wrote, or content that does not fit its model."""


def encode(model: BaseModel, schema: int, *, defaults: bool = True) -> Parts:
    """The parts of an event or a state; without `defaults` fields at their default are left out.

    Fields that were never set are left out in any case. A purpose with nothing to seal has no part.
    """
    division = division_of(type(model))
    clear = model.model_dump_json(include=division.plain, exclude_unset=True, exclude_defaults=not defaults)
    header = f'{{"type":"{type(model).__name__}","schema":{schema}'
    plain = header + ("}" if clear == "{}" else "," + clear[1:])
    personal = {}
    for purpose, names in division.sealed.items():
        text = model.model_dump_json(include=names, exclude_unset=True, exclude_defaults=not defaults)
        if text != "{}":
            personal[purpose] = text.encode()
    return Parts(plain, personal)


def header_of(plain: str) -> tuple[str, int]:
    """Type name and schema number of a clear text; raises `MalformedPartError`."""
    match = HEADER.match(plain)
    if match is None:
        raise MalformedPartError("no type and schema at the start")
    return match.group(1), int(match.group(2))


def joined(plain: str, personal: Mapping[Purpose, bytes]) -> bytes:
    """One JSON object of all the parts, without type and schema."""
    match = HEADER.match(plain)
    if match is None:
        raise MalformedPartError("no type and schema at the start")
    start = match.end()
    text = b"{" + (plain[start:].encode() if match.group(3) == "," else b"}")
    for part in personal.values():
        text = part if text == b"{}" else text[:-1] + b"," + part[1:]
    return text


def decode_event(
    plain: str,
    personal: Mapping[Purpose, bytes],
    types: Mapping[str, type[Event]],
    upcasters: Mapping[tuple[str, int], Upcaster] = UPCASTERS,
) -> Event:
    """The event of these parts; parts whose key is destroyed are simply not given.

    Raises `UnknownEventTypeError` for a type or a schema number from a newer release, `MalformedPartError`
    for content that fits no model.
    """
    name, schema = header_of(plain)
    event_type = types.get(name)
    if event_type is None or schema > event_type.schema_number:
        raise UnknownEventTypeError(name, schema)
    content = joined(plain, personal)
    if schema == event_type.schema_number:
        return parse(event_type, content)
    fields = upcast(name, schema, event_type.schema_number, json.loads(content), upcasters)
    return parse(event_type, json.dumps(fields).encode())


def parse(model: type[M], content: bytes) -> M:
    """`content` as `model`; a misfit is reported without quoting it."""
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        places = ", ".join(".".join(map(str, fault["loc"])) or "content" for fault in error.errors(include_input=False))
        raise MalformedPartError(f"{model.__name__} does not fit at {places}") from None
