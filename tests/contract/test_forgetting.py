"""An account whose key is destroyed."""

from typing import Any

import pytest

from chalicelib.events.aggregate import CredentialChange, Decision
from chalicelib.events.errors import ErasedKeyError
from chalicelib.events.profile import Profile
from chalicelib.events.reading import Wanted
from tests.contract.ledgers import LedgerStage, activate, command, write_bio

MARKS = ("ada", "Ada", "text")


@pytest.fixture
def stage(engine: Any, tables: Any) -> LedgerStage:
    return LedgerStage(engine, tables)


@pytest.fixture
def forgotten(stage: LedgerStage) -> str:
    """An account with a history, whose key is destroyed."""
    ada = stage.register()
    stage.grow(ada.account, 5)
    stage.erase(ada.account)
    return ada.account


def test_its_head_reads_without_anything_personal(stage, forgotten):
    """What was personal is at its default, by every way of reading; the rest is as it was."""
    readings = [
        stage.load(forgotten),
        stage.ledger.read(Wanted(accounts=[forgotten])).account(forgotten),
        stage.ledger.decode(stage.stored(forgotten, "HEAD"), forgotten),
        stage.other_process().load(forgotten),
    ]
    assert [readings[0]] * 4 == readings
    state = readings[0].state
    assert (None, 5, 1) == (readings[0].key, readings[0].version, state.number)
    assert ("", "", Profile()) == (state.username, state.email, state.profile)


def test_its_history_reads_without_anything_personal(stage, forgotten):
    """Every event is still there, with when and what kind, and nothing of who."""
    events = list(stage.ledger.history(forgotten))
    assert [1, 2, 3, 4, 5] == [event.version for event in events]
    text = "".join(event.model_dump_json() for event in events)
    assert [] == [mark for mark in MARKS if f'"{mark}' in text]
    assert ("bio",) == events[-1].changed_fields()


def test_its_head_is_still_the_fold_and_its_chain_still_holds(stage, forgotten):
    """Forgetting breaks no equation: head and history agree, and verification passes without the key."""
    assert stage.is_consistent(forgotten)


def test_its_password_is_gone(stage, forgotten):
    """The hash stays where it was, and nobody can open it."""
    assert stage.ledger.password_hash(forgotten, stage.load(forgotten).key) is None


def test_nothing_personal_can_be_written(stage, forgotten):
    """A command that says something personal is refused, and so is a password; nothing is written."""
    before = stage.load(forgotten)
    with pytest.raises(ErasedKeyError):
        stage.ledger.execute(forgotten, write_bio("text"))
    with pytest.raises(ErasedKeyError):
        stage.ledger.execute(forgotten, lambda s: Decision(activate(s).events, CredentialChange("hash")))
    assert before == stage.load(forgotten)


def test_what_is_not_personal_can_be_written(stage, forgotten):
    """The retirement goes on after the key is gone."""
    stage.ledger.execute(forgotten, activate, command(forgotten))
    assert stage.load(forgotten).state.active
    assert stage.is_consistent(forgotten)


def test_a_command_that_decides_nothing_needs_no_key(stage, forgotten):
    """No events, no answer to seal: nothing happens."""
    assert () == stage.ledger.execute(forgotten, lambda _: Decision(), command(forgotten)).events


def test_a_process_that_still_holds_the_key_reads_for_a_minute(stage):
    """The promise is a minute: then this process has forgotten, too."""
    ada = stage.register()
    other = stage.other_process()
    assert ada == other.load(ada.account)
    stage.erase(ada.account)
    assert "ada" == other.load(ada.account).state.username
    other.ticks.seconds += 60
    assert "" == other.load(ada.account).state.username


def test_a_bulk_reading_mixes_the_living_and_the_forgotten(stage, forgotten):
    """One forgotten account among others does no harm to them."""
    eve = stage.register("eve", number=2)
    reading = stage.other_process().ledger.read(Wanted(accounts=[forgotten, eve.account]))
    assert ("", "eve") == (
        reading.account(forgotten).state.username,
        reading.account(eve.account).state.username,
    )
