"""Hypothesis strategies for any event or state, built from its annotations."""

import types
import typing
from datetime import UTC, datetime
from enum import EnumType
from typing import Any

from annotated_types import Ge
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from typing_extensions import is_typeddict

from chalicelib.events.event import Event

ids = st.binary(min_size=16, max_size=16).map(bytes.hex)
scalars: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=30),
    int: st.integers(min_value=-(2**53), max_value=2**53),
    bool: st.booleans(),
    type(None): st.none(),
    datetime: st.datetimes(timezones=st.just(UTC)),
}


def values(annotation: Any) -> st.SearchStrategy[Any]:
    """Values of an annotation."""
    if annotation in scalars:
        return scalars[annotation]
    if isinstance(annotation, EnumType):
        return st.sampled_from(list(annotation))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return models(annotation)
    if is_typeddict(annotation):
        return changes(annotation)
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return ids if any("[0-9a-f]{32}" in str(mark) for mark in arguments[1:]) else values(arguments[0])
    if origin in (types.UnionType, typing.Union):
        return st.one_of(*map(values, arguments))
    if origin is tuple:
        return st.lists(values(arguments[0]), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(values(arguments[0]), values(arguments[1]), max_size=3)
    raise AssertionError(f"no strategy for {annotation}")


def changes(annotation: Any) -> st.SearchStrategy[Any]:
    """Dictionaries of a type none of whose keys is required, with any choice of them."""
    hints = typing.get_type_hints(annotation)
    return st.fixed_dictionaries({}, optional={name: values(hint) for name, hint in hints.items()})


def field_values(field: FieldInfo) -> st.SearchStrategy[Any]:
    """Values of a field, within its constraints."""
    if any("[0-9a-f]{32}" in str(mark) for mark in field.metadata):
        return ids
    least = next((mark.ge for mark in field.metadata if isinstance(mark, Ge)), None)
    return st.integers(min_value=least, max_value=2**53) if least is not None else values(field.annotation)


def models(model: type[BaseModel]) -> st.SearchStrategy[Any]:
    """Models with each required field and any choice of the others."""
    required = {name: field_values(field) for name, field in model.model_fields.items() if field.is_required()}
    optional = {name: field_values(field) for name, field in model.model_fields.items() if not field.is_required()}
    return st.fixed_dictionaries(required, optional=optional).map(lambda fields: model(**fields))


def events(event_type: type[Event]) -> st.SearchStrategy[Any]:
    """Events of a type."""
    return models(event_type)
