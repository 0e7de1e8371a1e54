"""The redaction matrix tells of every field."""

from pathlib import Path
from typing import Annotated

import pytest

from chalicelib.events.catalogue import EVENT_TYPES
from chalicelib.events.classification import (
    Classification,
    Personal,
    Plain,
    Pseudonym,
    Purpose,
    Sensitivity,
    UnclassifiedFieldError,
    classes_of,
)
from chalicelib.events.event import Event
from chalicelib.events.matrix import fate, redaction_matrix

DOCUMENT = Path(__file__).parents[2] / "docs" / "redaction-matrix.md"


def test_the_document_is_what_the_classes_say():
    """docs/redaction-matrix.md is generated; its first paragraph says how to write it anew."""
    assert redaction_matrix() == DOCUMENT.read_text()


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_field_has_its_row(name):
    """Each event has a section, and each field of its own a row with its class and fate."""
    (section,) = [part for part in redaction_matrix().split("\n## ") if part.startswith(f"{name},")]
    own = {field: mark for field, mark in classes_of(EVENT_TYPES[name]).items() if field not in Event.model_fields}
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    assert list(own) == [row.split("`")[1] for row in rows]
    for row, mark in zip(rows, own.values(), strict=True):
        assert f"| {mark.sensitivity}" in row
        assert row.endswith(f"{fate(mark)} |")


def test_every_class_has_a_fate():
    """There is an answer for each purpose and each class, and they differ."""
    marks = [Plain, Pseudonym, *(Classification(Sensitivity.PERSONAL, purpose) for purpose in Purpose)]
    assert 5 == len({fate(mark) for mark in marks})
    assert "`retire`" in fate(Personal)


def test_an_unclassified_field_has_no_row():
    """The matrix cannot be written with a field that nobody classified."""

    class Careless(Event):
        """A sample event."""

        known: Annotated[str, Plain]
        forgotten: str = ""

    with pytest.raises(UnclassifiedFieldError):
        redaction_matrix({"Careless": Careless})
