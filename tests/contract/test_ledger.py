"""The ledger: commands, histories, claims and numbers, on each engine."""

import secrets
from typing import Any

import pytest

from chalicelib.accounts.aggregate import AccountAggregate
from chalicelib.events import items
from chalicelib.events.aggregate import CredentialChange, Decision
from chalicelib.events.claims import Claim, ClaimKeys, ClaimKind
from chalicelib.events.errors import (
    ClaimTakenError,
    CorruptItemError,
    StoreError,
    TooContendedError,
    UnknownAccountError,
    UnknownEventTypeError,
    UnknownKeyError,
    VersionConflictError,
)
from chalicelib.events.ledger import Ledger
from chalicelib.events.reading import Wanted
from tests.contract.ledgers import LedgerStage, activate, bio, registration, rename, write_bio
from tests.support.calls import cancelled, recorded, unreachable


@pytest.fixture
def stage(engine: Any, tables: Any) -> LedgerStage:
    return LedgerStage(engine, tables)


def test_an_account_is_what_its_events_made_it(stage):
    """Created, changed and changed again, an account reads as its events fold, and its history is whole."""
    ada = stage.register()
    first = stage.ledger.execute(ada.account, activate)
    second = stage.ledger.execute(ada.account, write_bio("text"))
    loaded = stage.load(ada.account)
    assert (1, 2, 3, 3) == (ada.version, first.loaded.version, second.loaded.version, loaded.version)
    assert second.loaded == loaded
    assert ("ada", "text", True) == (loaded.state.username, loaded.state.profile.bio, loaded.state.active)
    assert stage.is_consistent(ada.account)


def test_history_reads_from_both_ends_and_from_the_middle(stage):
    """Events come in order, newest first if asked, and above a version."""
    ada = stage.register()
    stage.grow(ada.account, 6)

    def versions(**how: Any) -> list[int]:
        return [event.version for event in stage.ledger.history(ada.account, **how)]

    assert [1, 2, 3, 4, 5, 6] == versions()
    assert [6, 5, 4, 3, 2, 1] == versions(newest_first=True)
    assert [5, 6] == versions(after=4)
    assert [] == versions(after=6)


def test_an_unknown_account_is_nobody(stage):
    """It loads as null, has no history, and a command on it is an error."""
    nobody = secrets.token_hex(16)
    assert (None, [], None) == (
        stage.ledger.load(nobody),
        list(stage.ledger.history(nobody)),
        stage.ledger.refold(nobody),
    )
    with pytest.raises(UnknownAccountError):
        stage.ledger.execute(nobody, activate)
    with pytest.raises(UnknownAccountError):
        stage.ledger.verify(nobody)


def test_a_command_that_decides_nothing_writes_nothing(stage):
    """No events, no transaction."""
    ada = stage.register()
    with recorded(stage.client) as calls:
        committed = stage.ledger.execute(ada.account, lambda _: Decision())
    assert (ada, ()) == (committed.loaded, committed.events)
    assert ["GetItem"] == calls


@pytest.mark.parametrize("version", [1, 2, 60, 2000])
def test_a_command_is_one_read_and_one_transaction(stage, version):
    """Whatever the length of the history; with the key out of memory the read is one batch of head and key."""
    ada = stage.register()
    stage.grow(ada.account, version)
    with recorded(stage.client) as calls:
        stage.ledger.execute(ada.account, write_bio("new"))
    assert ["GetItem", "TransactWriteItems"] == calls
    stage.ticks.seconds += 61
    with recorded(stage.client) as calls:
        stage.ledger.execute(ada.account, write_bio("newer"))
    assert ["BatchGetItem", "TransactWriteItems"] == calls
    assert stage.is_consistent(ada.account)


def test_a_long_history_is_read_in_pages(stage):
    """2,000 events are a few queries of a thousand at most, none of them lost."""
    ada = stage.register()
    stage.grow(ada.account, 2000)
    with recorded(stage.client) as calls:
        versions = [event.version for event in stage.ledger.history(ada.account)]
    assert list(range(1, 2001)) == versions
    assert set(calls) == {"Query"}
    assert len(calls) <= 4


def test_several_events_are_one_commit(stage):
    """All of a decision is in one transaction, under one head."""
    ada = stage.register()
    with recorded(stage.client) as calls:
        stage.ledger.execute(
            ada.account, lambda s: Decision((bio(s, "one"), bio(s, "two", ahead=1))), first=stage.load(ada.account)
        )
    assert ["GetItem", "TransactWriteItems"] == calls
    assert "two" == stage.load(ada.account).state.profile.bio
    assert stage.is_consistent(ada.account)


@pytest.mark.parametrize("wrong", [{"version": 7}, {"version": 1}, {"account": "cd" * 16}], ids=str)
def test_an_event_that_does_not_follow_is_refused(stage, wrong):
    """Versions have no gap and belong to one account: anything else is a fault of the command, and writes nothing."""
    ada = stage.register()
    with pytest.raises(StoreError):
        stage.ledger.execute(ada.account, lambda s: Decision((bio(s, "x").model_copy(update=wrong),)))
    assert ada == stage.load(ada.account)


def test_an_account_begins_with_an_event(stage):
    """There is no empty account."""
    with pytest.raises(StoreError):
        stage.ledger.create(secrets.token_hex(16), Decision())


def test_an_account_is_not_begun_twice(stage):
    """An id that is in use is refused, and the account stays as it was."""
    ada = stage.register()
    with pytest.raises(VersionConflictError):
        stage.ledger.create(ada.account, registration(ada.account, "eve", 2, "eve@example.com"))
    assert ada == stage.load(ada.account)
    assert stage.holder("eve") is None


def test_a_stale_account_is_read_again(stage):
    """A command that begins with an account which has moved on decides again on the newer one."""
    ada = stage.register()
    stage.ledger.execute(ada.account, write_bio("first"))
    seen = []

    def decide(state):
        seen.append(state.version)
        return Decision((bio(state, "second"),))

    stage.ledger.execute(ada.account, decide, first=ada)
    assert [1, 2] == seen
    assert ("second", 3) == (stage.load(ada.account).state.profile.bio, stage.load(ada.account).version)
    assert stage.is_consistent(ada.account)


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
    few = Ledger(stage.ledger.aggregate, stage.client, stage.table, stage.keys, ClaimKeys(b"pepper"), attempts=3)
    with recorded(stage.client) as calls, cancelled(stage.client, "TransactionConflict", times=99):
        with pytest.raises(TooContendedError):
            few.execute(ada.account, write_bio("text"))
        with pytest.raises(TooContendedError):
            few.create("ef" * 16, registration("ef" * 16, "eve", 2, "eve@example.com"))
    assert 6 == calls.count("TransactWriteItems")
    assert ada == stage.load(ada.account)


def test_claims_lead_to_their_account(stage):
    """Username, address and number each lead to the account, in any capitals."""
    ada = stage.register(number=7)
    assert ada == stage.ledger.find(Claim(ClaimKind.USERNAME, "ADA"))
    assert ada.account == stage.holder("Ada@Example.COM", ClaimKind.EMAIL)
    assert ada.account == stage.holder("7", ClaimKind.NUMBER)
    assert stage.ledger.find(Claim(ClaimKind.USERNAME, "eve")) is None


@pytest.mark.parametrize(
    ("names", "kinds"),
    [
        ({"username": "ADA", "email": "eve@example.com"}, ["username"]),
        ({"username": "eve", "email": "Ada@example.com"}, ["email"]),
        ({"username": "ada", "email": "ada@example.com"}, ["email", "username"]),
    ],
    ids=str,
)
def test_a_taken_value_is_refused_by_its_kind(stage, names, kinds):
    """A second account is told what is taken, and leaves nothing behind: neither claims, nor key, nor head."""
    stage.register()
    with pytest.raises(ClaimTakenError) as refusal:
        stage.register(number=2, **names)
    assert kinds == sorted(refusal.value.kinds)
    assert stage.holder("eve") is None
    assert stage.holder("2", ClaimKind.NUMBER) is None


def test_claims_move_with_their_value(stage):
    """A new username is taken and the old one free in one step; the address stays where it is."""
    ada = stage.register()
    stage.ledger.execute(ada.account, rename(username="lovelace"))
    assert (None, ada.account) == (stage.holder("ada"), stage.holder("lovelace"))
    assert ada.account == stage.holder("ada@example.com", ClaimKind.EMAIL)
    eve = stage.register("ada", number=2, email="eve@example.com")
    assert eve.account == stage.holder("ada")
    with pytest.raises(ClaimTakenError):
        stage.ledger.execute(eve.account, rename(username="Lovelace"))
    assert "ada" == stage.load(eve.account).state.username
    assert stage.is_consistent(ada.account)


def test_new_capitals_are_no_new_claim(stage):
    """A change that makes no difference to uniqueness moves nothing, and is stored."""
    ada = stage.register()
    stage.ledger.execute(ada.account, rename(username="ADA"))
    assert ("ADA", ada.account) == (stage.load(ada.account).state.username, stage.holder("ada"))


def test_two_accounts_cannot_swap_into_each_other(stage):
    """A value is free only once its holder gave it up."""
    ada, eve = stage.register(), stage.register("eve", number=2)
    with pytest.raises(ClaimTakenError):
        stage.ledger.execute(ada.account, rename(username="eve", email="new@example.com"))
    assert stage.holder("new@example.com", ClaimKind.EMAIL) is None
    stage.ledger.execute(eve.account, rename(username="eva"))
    stage.ledger.execute(ada.account, rename(username="eve"))
    assert (ada.account, eve.account) == (stage.holder("eve"), stage.holder("eva"))


def test_the_password_stands_beside_the_events(stage):
    """Its hash is stored sealed with the first event, changes with an event, and is in none of them."""
    ada = stage.register()
    assert "hash 1" == stage.ledger.password_hash(ada.account, ada.key)
    committed = stage.ledger.execute(
        ada.account, lambda s: Decision((bio(s, "x"),), CredentialChange("hash 2")), first=ada
    )
    assert "hash 2" == stage.ledger.password_hash(ada.account, committed.loaded.key)
    stage.ledger.execute(ada.account, lambda s: Decision((bio(s, "y"),), CredentialChange(None)))
    assert stage.ledger.password_hash(ada.account, ada.key) is None
    assert all("hash" not in event.model_dump_json() for event in stage.ledger.history(ada.account))


def test_the_head_of_an_older_schema_is_folded_anew(stage):
    """A release with another state reads the account from its events, as of the head, and writes its own head."""
    ada = stage.register()
    stage.grow(ada.account, 5)

    class Newer(AccountAggregate):
        state_schema = AccountAggregate.state_schema + 1

    newer = Ledger(Newer(), stage.client, stage.table, stage.keys, ClaimKeys(b"pepper"))
    assert stage.load(ada.account) == newer.load(ada.account)
    newer.execute(ada.account, write_bio("newer"))
    with recorded(stage.client) as calls:
        assert "newer" == newer.load(ada.account).state.profile.bio
    assert ["GetItem"] == calls
    assert newer.verify(ada.account).ok
    assert "newer" == stage.load(ada.account).state.profile.bio


def test_a_hundred_accounts_are_a_handful_of_requests(stage):
    """Claims, then heads and keys: bulk reads are bulk, and a repeated id is no error."""
    names = [f"user{n}" for n in range(100)]
    made = {name: stage.register(name, number=n).account for n, name in enumerate(names, 1)}
    other = stage.other_process()
    with recorded(stage.client) as calls:
        claims = {Claim(ClaimKind.USERNAME, name): name for name in [*names, "nobody"]}
        holders = other.ledger.holders([*claims, *claims])
        reading = other.ledger.read(Wanted(accounts=[*holders.values(), *holders.values(), "f" * 32]))
        found = {claims[claim]: reading.account(holder) for claim, holder in holders.items()}
        assert reading.account("f" * 32) is None
    assert made == {name: loaded.account for name, loaded in found.items()}
    assert names == [loaded.state.username for loaded in found.values()]
    by_kind = {kind: calls.count(kind) for kind in set(calls)}
    assert by_kind["BatchGetItem"] <= 6
    assert by_kind.get("GetItem", 0) <= 1
    again = other.ledger.read(Wanted(accounts=list(made.values())))
    with recorded(stage.client) as calls:
        assert "user7" == again.account(made["user7"]).state.username
    assert [] == calls


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
    older = Ledger(AccountAggregate(), stage.client, stage.table, stage.keys, ClaimKeys(b"pepper"))
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


def test_the_stream_can_be_decoded(stage):
    """A head item as the stream carries it is the account."""
    ada = stage.register()
    assert ada == stage.ledger.decode(stage.stored(ada.account, "HEAD"), ada.account)
