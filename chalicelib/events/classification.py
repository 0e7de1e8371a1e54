"""How personal each field of an event or a state is, as an annotation, and what follows from it.

Personal fields go into a sealed part, one a purpose; all others stay readable for ever. A field without a
class is an error, so that nobody can add one without deciding.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from pydantic import BaseModel


class Purpose(StrEnum):
    """What a data key is for; each dies at its own moment (docs/privacy.md)."""

    PROFILE = "profile"
    RETIREMENT = "retirement"
    PARTNER = "partner"


class Sensitivity(StrEnum):
    """How personal a field is."""

    PERSONAL = "personal"
    PSEUDONYM = "pseudonym"
    PLAIN = "plain"


@dataclass(frozen=True)
class Classification:
    """A field's class: its sensitivity and, if it is personal, the purpose whose key seals it."""

    sensitivity: Sensitivity
    purpose: Purpose | None = None


Personal = Classification(Sensitivity.PERSONAL, Purpose.PROFILE)
"""Says something about a person; sealed with the account's `profile` key."""

PersonalInRow = Classification(Sensitivity.PERSONAL, Purpose.RETIREMENT)
"""Personal, and needed until a retirement is cleaned up; sealed with the `retirement` key of the row."""

PersonalInReport = Classification(Sensitivity.PERSONAL, Purpose.PARTNER)
"""Personal, and needed until partners have reported; sealed with the `partner` key of the partner row."""

Pseudonym = Classification(Sensitivity.PSEUDONYM)
"""Stands for a person without naming them (random ids, keyed hashes); readable."""

Plain = Classification(Sensitivity.PLAIN)
"""Says nothing about who a person is; readable."""


class UnclassifiedFieldError(TypeError):
    """A field has no class, or more than one: annotate it with one of the three."""

    def __init__(self, model: str, field: str) -> None:
        super().__init__(f"{model}.{field} needs exactly one of Personal, Pseudonym and Plain")
        self.model = model
        self.field = field


@dataclass(frozen=True)
class Division:
    """Which fields of a model stand in the clear, and which are sealed for what."""

    plain: set[str]
    sealed: Mapping[Purpose, set[str]]


@cache
def classes_of(model: type[BaseModel]) -> Mapping[str, Classification]:
    """The class of each field of `model`; raises `UnclassifiedFieldError`."""
    found = {}
    for name, field in model.model_fields.items():
        classes = [mark for mark in field.metadata if isinstance(mark, Classification)]
        if len(classes) != 1:
            raise UnclassifiedFieldError(model.__name__, name)
        found[name] = classes[0]
    return MappingProxyType(found)


@cache
def division_of(model: type[BaseModel]) -> Division:
    """How the fields of `model` are divided into parts."""
    classes = classes_of(model)
    sealed: dict[Purpose, set[str]] = {}
    for name, mark in classes.items():
        if mark.purpose is not None:
            sealed.setdefault(mark.purpose, set()).add(name)
    return Division(
        plain={name for name, mark in classes.items() if mark.purpose is None},
        sealed=MappingProxyType(sealed),
    )
