"""docs/events.md says of every event what the catalogue says."""

from __future__ import annotations

import pytest

from chalicelib.accounts.account import Account
from chalicelib.events.catalogue import EVENT_TYPES
from chalicelib.events.classification import classes_of
from chalicelib.events.event import Event
from tests.docs.pages import by_name, page

EVENTS = page("docs/events.md")
DATA_MODEL = page("docs/data-model.md")
COMMON = set(Event.model_fields)


def test_every_event_has_a_section() -> None:
    """There is a section for each type, and for no other."""
    sections = [heading for heading in EVENTS.headings if heading[0].isupper() and " " not in heading]
    assert sorted([*EVENT_TYPES, "Events"]) == sorted(sections)


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_field_has_its_class(name: str) -> None:
    """Each field of the type's own has a row with its class, and there is no other row."""
    classes = {
        field: mark.sensitivity.value for field, mark in classes_of(EVENT_TYPES[name]).items() if field not in COMMON
    }
    assert classes == {field: cells[0] for field, cells in by_name(EVENTS.section(name)).items()}


def test_the_common_fields() -> None:
    """The fields that all events have are told once, with their classes."""
    classes = {field: mark.sensitivity.value for field, mark in classes_of(Event).items()}
    introduction = EVENTS.prose[: EVENTS.prose.index("\n## ")]
    assert classes == {field: cells[0] for field, cells in by_name(introduction).items()}


def test_every_field_of_the_state_has_its_class() -> None:
    """The folded account is told field by field in docs/data-model.md."""
    classes = {field: mark.sensitivity.value for field, mark in classes_of(Account).items()}
    documented = by_name(DATA_MODEL.section("Head: `A#<account id>` / `HEAD`"))
    assert classes == {field: documented[field][0] for field in classes}
