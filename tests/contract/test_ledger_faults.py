"""What the ledger says of items that are not what was written, and of a store that is in trouble."""

from typing import Any

import pytest

from chalicelib.accounts.aggregate import AccountAggregate
from chalicelib.events import items
from chalicelib.events.claims import ClaimKeys
from chalicelib.events.errors import (
    CorruptItemError,
    StoreError,
    TooContendedError,
    UnknownEventTypeError,
    UnknownKeyError,
)
from chalicelib.events.ledger import Ledger
from chalicelib.events.reading import Wanted
from tests.contract.ledgers import LedgerStage, registration, rename, write_bio
from tests.support.calls import cancelled, recorded, unreachable


@pytest.fixture
def stage(engine: Any, tables: Any) -> LedgerStage:
    return LedgerStage(engine, tables)


def test_a_transaction_in_the_way_is_waited_for(stage):
    """A conflict of transactions says nothing of what changed: a command reads again, a beginning writes again."""
    ada = stage.register()
    with cancelled(stage.client, "TransactionConflict", times=2):
        stage.ledger.execute(ada.account, write_bio("text"))
    with cancelled(stage.client, "TransactionConflict", times=2):
        eve = stage.register("eve", number=2)
    assert stage.is_consistent(ada.account)
    assert stage.is_consistent(eve.account)


def test_a_race_that_is_never_won_ends(stage):
    """After so many tries the account is too contended, and nothing was written."""
    ada = stage.register()
    few = Ledger(
        stage.ledger.aggregate, stage.client, stage.table, stage.keys, ClaimKeys(b"pepper"), stage.erasures, attempts=3
    )
    with recorded(stage.client) as calls, cancelled(stage.client, "TransactionConflict", times=99):
        with pytest.raises(TooContendedError):
            few.execute(ada.account, write_bio("text"))
        with pytest.raises(TooContendedError):
            few.create("ef" * 16, registration("ef" * 16, "eve", 2, "eve@example.com"))
    assert 6 == calls.count("TransactWriteItems")
    assert ada == stage.load(ada.account)


@pytest.mark.parametrize("damage", [{"profile": {"B": b"\x01" + bytes(60)}}, {"p": {"S": "x"}}, {"d": None}], ids=str)
def test_a_damaged_head_is_an_error(stage, damage):
    """A head that is not what was written is never served."""
    ada = stage.register()
    stage.damage(ada.account, "HEAD", **damage)
    with pytest.raises(CorruptItemError):
        stage.ledger.load(ada.account)


def test_a_damaged_event_is_an_error(stage):
    """The history ends with an error at the event that does not hold, and verification names it."""
    ada = stage.register()
    stage.grow(ada.account, 3)
    sealed = stage.stored(ada.account, items.event_sk(3))["profile"]
    stage.damage(ada.account, items.event_sk(2), profile=sealed)
    with pytest.raises(CorruptItemError, match="event 2"):
        list(stage.ledger.history(ada.account))
    assert [(2, "digest")] == [(v.version, v.what) for v in stage.ledger.verify(ada.account).violations]


def test_an_event_of_a_newer_release_is_never_dropped(stage):
    """An unknown type ends the history with an error."""
    ada = stage.register()
    stage.ledger.execute(ada.account, rename(username="eve"))
    older = Ledger(AccountAggregate(), stage.client, stage.table, stage.keys, ClaimKeys(b"pepper"), stage.erasures)
    with pytest.raises(UnknownEventTypeError):
        list(older.history(ada.account))


def test_a_missing_key_row_is_a_fault(stage):
    """A head without its key's row is an error, not a forgotten person."""
    ada = stage.register()
    row = stage.keys.row_key(ada.account, "profile")
    stage.client.delete_item(TableName=stage.keys.table, Key=row)
    other = stage.other_process()
    with pytest.raises(UnknownKeyError):
        other.ledger.load(ada.account)
    with pytest.raises(UnknownKeyError):
        list(other.ledger.history(ada.account))


def test_a_key_that_ran_out_between_reading_and_asking_is_read_again(stage):
    """A reading that did not ask for the key, because it was in memory, still opens its account later."""
    ada = stage.register()
    reading = stage.ledger.read(Wanted(accounts=[ada.account]))
    stage.ticks.seconds += 61
    assert ada == reading.account(ada.account)


def test_an_unreachable_store_changes_nothing(stage):
    """What failed can be done again."""
    ada = stage.register()
    with unreachable(stage.client, "TransactWriteItems"), pytest.raises(StoreError):
        stage.ledger.execute(ada.account, write_bio("text"))
    assert ada == stage.load(ada.account)
    stage.ledger.execute(ada.account, write_bio("text"))
    assert stage.is_consistent(ada.account)
