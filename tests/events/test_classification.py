"""Every field has exactly one class, and what is personal can be forgotten."""

from typing import Annotated

import pytest
from pydantic import BaseModel

from chalicelib.accounts.account import Account
from chalicelib.events.catalogue import EVENT_TYPES
from chalicelib.events.classification import (
    Personal,
    Plain,
    Pseudonym,
    Purpose,
    Sensitivity,
    UnclassifiedFieldError,
    classes_of,
    division_of,
)

MODELS = [*EVENT_TYPES.values(), Account]


def test_a_field_without_a_class_is_refused():
    """A field that nobody classified is an error which names it."""

    class Careless(BaseModel):
        name: str

    with pytest.raises(UnclassifiedFieldError) as refusal:
        classes_of(Careless)
    assert ("Careless", "name") == (refusal.value.model, refusal.value.field)


def test_a_field_with_two_classes_is_refused():
    """A field that is both personal and plain is an error."""

    class Undecided(BaseModel):
        name: Annotated[str, Personal, Plain]

    with pytest.raises(UnclassifiedFieldError):
        classes_of(Undecided)


def test_the_division_follows_the_classes():
    """Personal fields are sealed for their purpose, all others stand in the clear."""

    class Person(BaseModel):
        id: Annotated[str, Pseudonym]
        age: Annotated[int, Plain]
        name: Annotated[str, Personal]

    division = division_of(Person)
    assert {"id", "age"} == division.plain
    assert {Purpose.PROFILE: {"name"}} == dict(division.sealed)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_is_classified(model):
    """Each event type and the account's state have a class for each field."""
    assert set(model.model_fields) == set(classes_of(model))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_personal_field_has_a_default(model):
    """What is read once the key is destroyed is the default, so each personal field needs one."""
    personal = [name for name, mark in classes_of(model).items() if mark.sensitivity is Sensitivity.PERSONAL]
    assert [] == [name for name in personal if model.model_fields[name].is_required()]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_only_personal_fields_have_a_purpose(model):
    """A personal field is sealed for a purpose, and nothing else is sealed."""
    for mark in classes_of(model).values():
        assert (mark.sensitivity is Sensitivity.PERSONAL) == (mark.purpose is not None)
