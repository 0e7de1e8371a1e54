"""A command with an idempotency key: its record is part of its own transaction."""

from typing import Any

import pytest

from chalicelib.events.aggregate import Decision
from chalicelib.events.errors import ClaimTakenError, DuplicateCommandError
from chalicelib.events.idempotency import LIFETIME_SECONDS, Answer, Record, read_record, record_key
from chalicelib.events.reading import Wanted
from tests.contract.ledgers import NOW, LedgerStage, command, registration, rename, write_bio
from tests.support.calls import recorded


@pytest.fixture
def stage(engine: Any, tables: Any) -> LedgerStage:
    return LedgerStage(engine, tables)


def record(stage: LedgerStage, caller: str, now: int = NOW) -> Record | None:
    """The record of the caller's command."""
    place = record_key(caller, "key")
    item = stage.ledger.read(Wanted(items={stage.table: [place]})).item(stage.table, place)
    return None if item is None else read_record(item, now)


def test_the_first_answer_is_kept_with_the_events(stage):
    """One transaction writes both, and the record gives the answer to the state that the command led to."""
    ada = stage.register()
    with recorded(stage.client) as calls:
        stage.ledger.execute(ada.account, write_bio("text"), command(ada.account), first=ada)
    assert ["TransactWriteItems"] == calls
    assert (Answer(200, {}, '{"v":2}'), 2) == (record(stage, ada.account).answer(lambda: ada.key), 2)


def test_the_second_time_is_a_duplicate(stage):
    """Nothing is done again, and the first record stands, whatever the second request was."""
    ada = stage.register()
    stage.ledger.execute(ada.account, write_bio("text"), command(ada.account))
    with pytest.raises(DuplicateCommandError):
        stage.ledger.execute(ada.account, write_bio("other"), command(ada.account, request="other"))
    assert ("text", 2) == (stage.load(ada.account).state.profile.bio, stage.load(ada.account).version)
    assert "request" == record(stage, ada.account).request_digest


def test_a_command_that_changes_nothing_keeps_its_answer(stage):
    """An answer is an answer: the record is written alone."""
    ada = stage.register()
    with recorded(stage.client) as calls:
        stage.ledger.execute(ada.account, lambda _: Decision(), command(ada.account), first=ada)
    assert ["TransactWriteItems"] == calls
    assert '{"v":1}' == record(stage, ada.account).answer(lambda: ada.key).body
    with pytest.raises(DuplicateCommandError):
        stage.ledger.execute(ada.account, write_bio("text"), command(ada.account))


def test_a_command_that_failed_keeps_nothing(stage):
    """A refused command may be sent again under its key."""
    ada = stage.register()
    stage.register("eve", number=2)
    with pytest.raises(ClaimTakenError):
        stage.ledger.execute(ada.account, rename(username="eve"), command(ada.account))
    assert record(stage, ada.account) is None
    stage.ledger.execute(ada.account, rename(username="eva"), command(ada.account))
    assert record(stage, ada.account) is not None


def test_a_record_that_ran_out_is_overwritten(stage):
    """After 24 hours the key is as new, although the item may still be there."""
    ada = stage.register()
    stage.ledger.execute(ada.account, write_bio("text"), command(ada.account))
    late = NOW + LIFETIME_SECONDS
    with pytest.raises(DuplicateCommandError):
        stage.ledger.execute(ada.account, write_bio("early"), command(ada.account, now=late - 1))
    stage.ledger.execute(ada.account, write_bio("late"), command(ada.account, now=late))
    assert ("late", 3) == (stage.load(ada.account).state.profile.bio, record(stage, ada.account, late).version)


def test_callers_do_not_share_keys(stage):
    """The same key from two callers is two commands."""
    ada, eve = stage.register(), stage.register("eve", number=2)
    stage.ledger.execute(ada.account, write_bio("text"), command(ada.account))
    stage.ledger.execute(ada.account, write_bio("other"), command(eve.account))
    assert 3 == stage.load(ada.account).version


def test_a_creation_is_done_once(stage):
    """The record of a creation is the caller's, its answer is sealed with the new account's key."""
    staff = stage.register("staff", number=9)
    new, again = "ab" * 16, "cd" * 16
    made = stage.ledger.create(new, registration(new, "ada", 1, "ada@example.com"), command(staff.account))
    with pytest.raises(DuplicateCommandError):
        stage.ledger.create(again, registration(again, "ada", 2, "ada@example.com"), command(staff.account))
    first = record(stage, staff.account)
    assert (new, '{"v":1}') == (first.account, first.answer(lambda: made.loaded.key).body)
    assert stage.ledger.load(again) is None
