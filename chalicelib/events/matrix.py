"""The redaction matrix: each field of each event, its class, and what becomes of it.

Written from the annotations, so it cannot say anything else than what the code does:

    python -m chalicelib.events.matrix > docs/redaction-matrix.md
"""

import sys
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from pydantic import BaseModel

from chalicelib.events.catalogue import EVENT_TYPES
from chalicelib.events.classification import Classification, Purpose, Sensitivity, classes_of
from chalicelib.events.event import Event

FATES: Mapping[Sensitivity | Purpose, str] = MappingProxyType(
    {
        Sensitivity.PLAIN: "stays readable: says nothing about who the person was",
        Sensitivity.PSEUDONYM: "stays readable: a random id, or a keyed hash, that names nobody",
        Purpose.PROFILE: "unreadable for ever once the step `retire` has destroyed the key",
        Purpose.RETIREMENT: "unreadable for ever once `retirement_cleanup` has destroyed the key",
        Purpose.PARTNER: "unreadable for ever once the partner cleanup has destroyed the key",
    }
)
INTRODUCTION = """\
# Redaction matrix

What becomes of each field of each event when its person retires. Generated from the classes of the fields;
to write it anew:

    python -m chalicelib.events.matrix > docs/redaction-matrix.md

Events are never rewritten. A personal field is sealed with the key of its purpose; when that key is destroyed
the field reads as its default, in every copy and backup of the ledger. All other fields stay, so that the
history still folds and its hash chain still verifies.
"""


def fate(mark: Classification) -> str:
    """What becomes of a field of this class at retirement."""
    return FATES[mark.purpose or mark.sensitivity]


def redaction_matrix(types: Mapping[str, type[Event]] = EVENT_TYPES) -> str:
    """The matrix as Markdown: the fields that all events share, then those of each event."""
    sections = ["\n".join(_section("Every event", Event, classes_of(Event)))]
    for name, event_type in sorted(types.items()):
        own = {field: mark for field, mark in classes_of(event_type).items() if field not in Event.model_fields}
        sections.append("\n".join(_section(f"{name}, schema {event_type.schema_number}", event_type, own)))
    return "\n".join([INTRODUCTION, *sections])


def _section(title: str, model: type[BaseModel], marks: Mapping[str, Classification]) -> Iterator[str]:
    yield f"## {title}\n"
    yield (model.__doc__ or "").strip().splitlines()[0] + "\n"
    if not marks:
        yield "Has no fields of its own.\n"
        return
    yield "| Field | Class | At retirement |"
    yield "| --- | --- | --- |"
    for field, mark in marks.items():
        kind = mark.sensitivity if mark.purpose is None else f"{mark.sensitivity}, sealed for `{mark.purpose}`"
        yield f"| `{field}` | {kind} | {fate(mark)} |"
    yield ""


if __name__ == "__main__":
    sys.stdout.write(redaction_matrix())
