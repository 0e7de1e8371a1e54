"""The ledger: commands, histories and readings, on each engine."""

import secrets
from typing import Any

import pytest

from chalicelib.accounts.aggregate import AccountAggregate
from chalicelib.events.aggregate import CredentialChange, Decision
from chalicelib.events.claims import Claim, ClaimKeys, ClaimKind
from chalicelib.events.errors import (
    StoreError,
    UnknownAccountError,
    VersionConflictError,
)
from chalicelib.events.ledger import Ledger
from chalicelib.events.reading import Wanted
from tests.contract.ledgers import LedgerStage, activate, bio, registration, write_bio
from tests.support.calls import recorded


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

    newer = Ledger(Newer(), stage.client, stage.table, stage.keys, ClaimKeys(b"pepper"), stage.erasures)
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


def test_the_stream_can_be_decoded(stage):
    """A head item as the stream carries it is the account."""
    ada = stage.register()
    assert ada == stage.ledger.decode(stage.stored(ada.account, "HEAD"), ada.account)
