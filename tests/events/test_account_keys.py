"""The keys of one account, those of its rows looked up when they are met."""

import pytest

from chalicelib.events import items
from chalicelib.events.chain import GENESIS
from chalicelib.events.classification import Purpose
from chalicelib.events.errors import KeyServiceUnavailableError, UnknownKeyError
from chalicelib.events.keys import AccountKeys
from chalicelib.events.retirement import RetirementStateChanged
from chalicelib.events.sealing import DataKey
from tests.events.samples import ACCOUNT, KEY, stamp

ROW_KEY = DataKey(f"{ACCOUNT}.5", Purpose.RETIREMENT, bytes(32), 5)
MOVED = RetirementStateChanged(**stamp(2), row=5, before="PENDING", after="COMPLETE", response="said")


class Ring:
    """A ring that knows some keys; null is one that is destroyed."""

    def __init__(self, **keys):
        self.keys = keys
        self.asked = []

    def find(self, subject, purpose):
        self.asked.append((subject, purpose))
        if subject not in self.keys:
            raise UnknownKeyError(subject, purpose)
        if isinstance(self.keys[subject], Exception):
            raise self.keys[subject]
        return self.keys[subject]


def keys(ring, profile=KEY):
    return AccountKeys(ring, ACCOUNT, profile)


@pytest.mark.parametrize("profile", [KEY, None])
def test_the_profiles_key_is_at_hand(profile):
    """Nobody is asked for it; null is one that is destroyed."""
    ring = Ring()
    assert profile is keys(ring, profile)[Purpose.PROFILE]
    assert [] == ring.asked


def test_a_rows_key_is_looked_up_once():
    """By the subject of the row and its purpose; then it is at hand."""
    ring = Ring(**{f"{ACCOUNT}.5": ROW_KEY})
    found = keys(ring)
    assert ROW_KEY is found[Purpose.RETIREMENT, 5]
    assert ROW_KEY is found[Purpose.RETIREMENT, 5]
    assert [(f"{ACCOUNT}.5", Purpose.RETIREMENT)] == ring.asked


def test_a_destroyed_key_is_looked_up_once():
    """Null is remembered as well: a long log of a row that has gone costs one look-up."""
    ring = Ring(**{f"{ACCOUNT}.5": None})
    found = keys(ring)
    assert found[Purpose.RETIREMENT, 5] is None
    assert found[Purpose.RETIREMENT, 5] is None
    assert 1 == len(ring.asked)


@pytest.mark.parametrize("slot", [Purpose.RETIREMENT, Purpose.PARTNER])
def test_a_rows_part_without_its_label(slot):
    """A part for a row that does not say which is a fault, not a destroyed key."""
    with pytest.raises(UnknownKeyError):
        keys(Ring())[slot]


def test_a_row_without_a_key():
    """A row whose key was never made is a fault; so is a service that cannot be reached: neither leaves parts out."""
    item, _ = items.event_item(MOVED, GENESIS, {Purpose.RETIREMENT: ROW_KEY})
    for ring, error in (
        (Ring(), UnknownKeyError),
        (Ring(**{f"{ACCOUNT}.5": KeyServiceUnavailableError("down")}), KeyServiceUnavailableError),
    ):
        with pytest.raises(error):
            items.read_event(item, ACCOUNT, 2, keys(ring), {"RetirementStateChanged": RetirementStateChanged})


def test_events_open_with_it():
    """Given to a reader of events in place of a mapping, it opens what the row's key sealed, or leaves it out."""
    item, _ = items.event_item(MOVED, GENESIS, {Purpose.RETIREMENT: ROW_KEY})
    types = {"RetirementStateChanged": RetirementStateChanged}
    known, destroyed = Ring(**{f"{ACCOUNT}.5": ROW_KEY}), Ring(**{f"{ACCOUNT}.5": None})
    assert MOVED == items.read_event(item, ACCOUNT, 2, keys(known), types)
    assert "" == items.read_event(item, ACCOUNT, 2, keys(destroyed), types).response
