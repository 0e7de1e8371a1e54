"""Old events read as new ones."""

import pytest

from chalicelib.events.catalogue import EVENT_TYPES
from chalicelib.events.upcasting import UPCASTERS, MissingUpcasterError, upcast


def test_steps_are_taken_in_order():
    """Each step gets what the one before it gave."""
    steps = {("E", n): lambda fields, n=n: {"path": [*fields["path"], n]} for n in (1, 2, 3)}
    assert {"path": [2, 3]} == upcast("E", 2, 4, {"path": []}, steps)


def test_todays_schema_takes_no_step():
    """An event in today's shape is left alone."""
    assert {"a": 1} == upcast("E", 4, 4, {"a": 1}, {})


def test_a_missing_step_is_an_error_of_its_own():
    """A release that lost an upcaster says which; it is not mistaken for a corrupt item."""
    with pytest.raises(MissingUpcasterError) as refusal:
        upcast("E", 1, 3, {}, {("E", 1): dict})
    assert ("E", 2) == (refusal.value.type_name, refusal.value.schema)


def test_every_old_schema_has_its_upcaster():
    """From each schema number that ever was, there is a way to today's."""
    needed = {(name, number) for name, kind in EVENT_TYPES.items() for number in range(1, kind.schema_number)}
    assert needed == set(UPCASTERS)
