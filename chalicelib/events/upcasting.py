"""Old events read as new ones.

Events are never rewritten. When the shape of one changes, its `schema_number` goes up by one and an
upcaster from the old number is registered here; a reader applies them one after the other.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from pydantic import JsonValue

JsonObject: TypeAlias = dict[str, JsonValue]
Upcaster: TypeAlias = Callable[[JsonObject], JsonObject]

UPCASTERS: Mapping[tuple[str, int], Upcaster] = {}
"""(event type, schema number that it reads) -> the same event with the next schema number."""


def upcast(
    type_name: str,
    schema: int,
    target: int,
    fields: JsonObject,
    upcasters: Mapping[tuple[str, int], Upcaster] = UPCASTERS,
) -> JsonObject:
    """`fields` as schema number `target` has them. A missing step is a `LookupError`: a release that lost one."""
    for number in range(schema, target):
        fields = upcasters[type_name, number](fields)
    return fields
