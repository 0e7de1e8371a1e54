"""Profiles, and changes of them."""

import typing

import pytest

from chalicelib.events import codec
from chalicelib.events.catalogue import EVENT_TYPES
from chalicelib.events.classification import Purpose
from chalicelib.events.codec import MalformedPartError
from chalicelib.events.profile import Profile, ProfileChanges, ProfileUpdated
from tests.events.samples import bio_changed, stamp


def test_whatever_a_profile_has_can_change():
    """The changes have the profile's fields, each of the same type."""
    hints = {name: field.annotation for name, field in Profile.model_fields.items()}
    assert hints == typing.get_type_hints(ProfileChanges)


@pytest.mark.parametrize(
    "after", ['{"shoe_size":42}', '{"bio":7}', '{"name":null}', '{"language_proficiencies":"en"}', "null", "[]"]
)
def test_a_stored_change_that_is_none_is_malformed(after):
    """A field that profiles do not have, or a value of another type, is refused and never folded."""
    clear = codec.clear_of(codec.encode(bio_changed(2), 1).plain)
    with pytest.raises(MalformedPartError):
        codec.decode_event(clear, {Purpose.PROFILE: b'{"after":%b}' % after.encode()}, EVENT_TYPES)


def test_events_share_no_default():
    """An event that names no changes has dictionaries of its own."""
    first, second = (ProfileUpdated(**stamp(version), fields=()) for version in (2, 3))
    assert ({}, {}) == (first.before, first.after)
    assert first.after is not second.after
