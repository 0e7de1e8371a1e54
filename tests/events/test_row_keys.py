"""Items with parts for rows: each labelled with its row, each opened by that row's key alone."""

from itertools import product

import pytest

from chalicelib.accounts.aggregate import AccountAggregate
from chalicelib.events import items
from chalicelib.events.aggregate import Loaded
from chalicelib.events.catalogue import EVENT_TYPES
from chalicelib.events.chain import GENESIS
from chalicelib.events.classification import Purpose
from chalicelib.events.errors import CorruptItemError, ErasedKeyError, UnknownKeyError
from chalicelib.events.names import UsernameReplaced
from chalicelib.events.retirement import RetirementStateChanged
from chalicelib.events.sealing import DataKey, labelled, subject_of
from tests.support.accounts import ADA
from tests.support.accounts import WORKER_CONTEXT as CONTEXT
from tests.support.retirements import REPORT, ROW, erased, reported, working

AGGREGATE = AccountAggregate()
PROFILE_KEY = DataKey(ADA, Purpose.PROFILE, bytes(range(32)))
ROW_KEY = DataKey(subject_of(ADA, ROW), Purpose.RETIREMENT, b"r" * 32, ROW)
REPORT_KEY = DataKey(subject_of(ADA, REPORT), Purpose.PARTNER, b"p" * 32, REPORT)
SEALING = {Purpose.PROFILE: PROFILE_KEY, Purpose.RETIREMENT: ROW_KEY, Purpose.PARTNER: REPORT_KEY}
OPENING = {Purpose.PROFILE: PROFILE_KEY, (Purpose.RETIREMENT, ROW): ROW_KEY, (Purpose.PARTNER, REPORT): REPORT_KEY}
STATE = reported(working(orgs=("edX",)))
REPLACED = UsernameReplaced(
    **CONTEXT.next(STATE),
    before="ada",
    after="eve",
    original_username="eve",
    reported_username="eve",
    digits="d",
)
FIELDS = {
    Purpose.PROFILE: {"before": "", "after": ""},
    (Purpose.RETIREMENT, ROW): {"original_username": ""},
    (Purpose.PARTNER, REPORT): {"reported_username": ""},
}


def item_of(event, keys=SEALING):
    return items.event_item(event, GENESIS, keys)[0]


def read(item, keys=OPENING, version=REPLACED.version):
    return items.read_event(item, ADA, version, keys, EVENT_TYPES)


def head(state=STATE, key=PROFILE_KEY):
    rows = {purpose: SEALING[purpose] for purpose in AGGREGATE.rows(state)}
    return items.head_item(Loaded(ADA, state, state.version, GENESIS, key, rows), AGGREGATE, ())


@pytest.mark.parametrize("alive", list(product([True, False], repeat=3)), ids=str)
def test_an_event_of_three_purposes(alive):
    """A replaced username reads with any of its keys destroyed; what those sealed is unset, and no more."""
    keys = {slot: key if lives else None for (slot, key), lives in zip(OPENING.items(), alive, strict=True)}
    gone = {name: value for slot, key in keys.items() if key is None for name, value in FIELDS[slot].items()}
    assert REPLACED.model_copy(update=gone) == read(item_of(REPLACED), keys)


def test_which_rows_an_item_speaks_of():
    """By the labels of its parts; the account's own part has none."""
    assert {Purpose.RETIREMENT: ROW, Purpose.PARTNER: REPORT} == items.slots_of(item_of(REPLACED))
    assert {Purpose.RETIREMENT: ROW, Purpose.PARTNER: REPORT} == items.slots_of(head())


def test_a_part_that_was_not_said_needs_no_key():
    """An account without rows is renamed with the profile's key alone."""
    event = UsernameReplaced(**CONTEXT.next(STATE), before="ada", after="eve")
    assert {Purpose.PROFILE} == items.sealed_parts(item_of(event, {Purpose.PROFILE: PROFILE_KEY})).keys()


def test_a_row_that_has_gone_has_nothing_said_of_it():
    """Something personal for a row without a key, or with a destroyed one, is refused."""
    moved = RetirementStateChanged(**CONTEXT.next(STATE), row=ROW, before="PENDING", after="COMPLETE", response="r")
    with pytest.raises(UnknownKeyError):
        item_of(moved, {Purpose.PROFILE: PROFILE_KEY})
    with pytest.raises(ErasedKeyError):
        item_of(moved, {Purpose.PROFILE: PROFILE_KEY, Purpose.RETIREMENT: None})


def test_rows_have_keys_of_their_own():
    """A part of row 5 does not open with the key of row 6, whose label somebody gave it."""
    item = item_of(REPLACED)
    blob = item[Purpose.RETIREMENT]["B"]
    other = DataKey(subject_of(ADA, ROW + 1), Purpose.RETIREMENT, b"o" * 32, ROW + 1)
    forged = {**item, Purpose.RETIREMENT: {"B": labelled(blob[9:], ROW + 1)}}
    with pytest.raises(CorruptItemError):
        read(forged, {**OPENING, (Purpose.RETIREMENT, ROW + 1): other})
    with pytest.raises(UnknownKeyError):
        read(forged)


class TestHeads:
    """A head is sealed for profile, row and partner row, each with its own key."""

    def test_there_and_back(self):
        """It reads as it was, with the keys of the rows that stand."""
        found = items.read_head(head(), ADA, OPENING, AGGREGATE)
        assert (STATE, PROFILE_KEY) == (found.state, found.key)
        assert {Purpose.RETIREMENT: ROW_KEY, Purpose.PARTNER: REPORT_KEY} == found.row_keys

    def test_once_the_profile_is_erased(self):
        """Only the rows' parts are left; the profile's key is not given any more, even where it is remembered."""
        state = erased(STATE)
        item = head(state, key=None)
        assert {Purpose.RETIREMENT, Purpose.PARTNER} == items.sealed_parts(item).keys()
        found = items.read_head(item, ADA, OPENING, AGGREGATE)
        assert (state, None) == (found.state, found.key)

    @pytest.mark.parametrize("purpose", [Purpose.RETIREMENT, Purpose.PARTNER])
    def test_a_row_whose_key_is_destroyed(self, purpose):
        """Read between the cleanup elsewhere and the new head: what names the person is not there, the row is."""
        keys = {slot: None if slot != Purpose.PROFILE and slot[0] is purpose else key for slot, key in OPENING.items()}
        found = items.read_head(head(), ADA, keys, AGGREGATE)
        assert found.row_keys[purpose] is None
        assert (found.state.originals is None) == (purpose is Purpose.RETIREMENT)
        assert (found.state.report is None) == (purpose is Purpose.PARTNER)
        assert (STATE.row, STATE.partner_row) == (found.state.row, found.state.partner_row)

    def test_the_names_of_rows_are_not_readable(self):
        """The clear part holds states and times; no name, no address, no organisation."""
        words = ('"ada"', '"Ada"', '"edX"', "@example.com")
        assert [] == [word for word in words if word in head()["p"]["S"]]
