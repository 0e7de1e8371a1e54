"""Whatever an account went through: what its destroyed keys sealed is not needed any more, and nowhere to be found."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.events import items
from chalicelib.events.claims import Claim, ClaimKind
from chalicelib.events.classification import Purpose
from chalicelib.events.sealing import unlabelled
from tests.retirement.lives import AGGREGATE, COMMANDS, JOURNEY, MARK, Life, disturbed_journeys
from tests.support.accounts import ADA

LIVES = COMMANDS | disturbed_journeys()


def lived(commands):
    """A life that has taken `commands`, as far as they are not refused."""
    life = Life()
    for kind, argument in commands:
        life.command(kind, argument)
    return life


def test_the_journey():
    """Nothing of the usual journey is refused, and in the end all three keys are destroyed."""
    life = Life()
    assert [] == [step for step in JOURNEY if not life.command(*step)]
    assert [Purpose.PROFILE, Purpose.PARTNER, Purpose.RETIREMENT] == [
        slot if isinstance(slot, Purpose) else slot[0] for slot in life.destroyed
    ]
    assert MARK not in life.state.model_dump_json()


@settings(max_examples=300, deadline=None)
@given(LIVES, st.data())
def test_the_fold_needs_no_destroyed_key(commands, data):
    """The events with all keys, and with any choice of the destroyed ones gone, come to the same account."""
    life = lived(commands)
    assert life.state == life.refolded()
    without = data.draw(st.sets(st.sampled_from(life.destroyed))) if life.destroyed else set()
    assert life.state == life.refolded(without)
    assert life.state == life.refolded(life.destroyed)


@pytest.mark.parametrize("length", range(1, len(JOURNEY) + 1))
def test_at_each_step_of_the_journey(length):
    """The same for the usual journey, wherever it is broken off."""
    life = lived(JOURNEY[:length])
    assert life.state == life.refolded() == life.refolded(life.destroyed)


@settings(max_examples=200, deadline=None)
@given(LIVES)
def test_the_head_needs_no_destroyed_key(commands):
    """A head has parts only for keys that live, and reads back as the account."""
    life = lived(commands)
    head = life.head()
    living = {slot: key for slot, key in life.keys.items() if slot not in life.destroyed}
    for purpose, blob in items.sealed_parts(head).items():
        row, _ = unlabelled(blob)
        assert (purpose if row is None else (purpose, row)) in living
    keys = living | dict.fromkeys(life.destroyed)
    assert life.loaded() == items.read_head(head, ADA, keys, AGGREGATE)


@settings(max_examples=200, deadline=None)
@given(LIVES)
def test_nothing_personal_stands_in_the_clear(commands):
    """No event and no head shows what a person said, whatever happened in between."""
    life = lived(commands)
    assert [] == [item for item in (*life.items, life.head()) if MARK in f"{item['p']}{item.get('last')}"]


@settings(max_examples=200, deadline=None)
@given(LIVES)
def test_what_goes_together(commands):
    """Row and originals, partner row and report, retired names and digits: both are there or neither is."""
    state = lived(commands).state
    assert (state.row is None) == (state.originals is None)
    assert (state.partner_row is None) == (state.report is None)
    assert bool(state.retired_username) == bool(state.username_digits) == bool(state.email_digits)
    assert state.retired_username or (state.row is None and not state.erased)
    if state.erased:
        assert (state.retired_username, state.retired_email) == (state.username, state.email)
        assert (False, False, False, None) == (state.active, state.staff, state.superuser, state.credential)
    if state.retired_username:
        assert (state.retired_email, None) == (state.email, state.credential)


@settings(max_examples=200, deadline=None)
@given(LIVES)
def test_what_is_taken(commands):
    """Who has left is claimed under digits for every name it has had since, until that is cancelled; rows are found."""
    state = lived(commands).state
    claims = AGGREGATE.claims(state)
    kinds = {claim.kind for claim in claims}
    assert {Claim(ClaimKind.RETIRED_USERNAME, digits) for digits in state.username_digits} <= claims
    assert (state.row is not None) == (ClaimKind.ROW in kinds) == (ClaimKind.ORIGINAL_USERNAME in kinds)
    assert (state.partner_row is not None) == (ClaimKind.REPORTED_USERNAME in kinds)
    assert bool(state.retired_username) == (ClaimKind.RETIRED_EMAIL in kinds)


@settings(max_examples=200, deadline=None)
@given(LIVES)
def test_a_row_has_one_key_and_a_key_one_row(commands):
    """Nobody's next row is sealed with an earlier one's key, and no key that is destroyed is begun again."""
    life = lived(commands)
    assert len(life.destroyed) == len(set(life.destroyed))
    standing = {(purpose, row) for purpose, row in AGGREGATE.rows(life.state).items()}
    assert standing == {slot for slot in life.keys if slot != Purpose.PROFILE and slot not in life.destroyed}
