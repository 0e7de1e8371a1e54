"""Old events read as new ones.

Events are never rewritten. When the shape of one changes, its `schema_number` goes up by one and an
upcaster from the old number is registered here; a reader applies them one after the other.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from pydantic import JsonValue

JsonObject: TypeAlias = dict[str, JsonValue]
Upcaster: TypeAlias = Callable[[JsonObject], JsonObject]


class MissingUpcasterError(LookupError):
    """An old event has no way to today's shape: a release lost an upcaster."""

    def __init__(self, type_name: str, schema: int) -> None:
        super().__init__(f"no upcaster from {type_name} with schema {schema}")
        self.type_name = type_name
        self.schema = schema


UPCASTERS: Mapping[tuple[str, int], Upcaster] = {}
"""(event type, schema number that it reads) -> the same event with the next schema number."""


def upcast(
    type_name: str,
    schema: int,
    target: int,
    fields: JsonObject,
    upcasters: Mapping[tuple[str, int], Upcaster] = UPCASTERS,
) -> JsonObject:
    """`fields` as schema number `target` has them; raises `MissingUpcasterError`.

    The fields of a destroyed key are absent: an upcaster moves what is there, and asks for nothing.
    """
    for number in range(schema, target):
        step = upcasters.get((type_name, number))
        if step is None:
            raise MissingUpcasterError(type_name, number)
        fields = step(fields)
    return fields
