"""Fences that are put back, and accounts that go on without their key."""

from typing import Any

import pytest

from chalicelib.events.aggregate import CredentialChange, Decision
from chalicelib.events.claims import Claim, ClaimKind
from chalicelib.events.classification import Purpose
from chalicelib.events.erasure import ErasureReplayed
from chalicelib.events.erasures import Erasure
from chalicelib.events.errors import ClaimTakenError, UnknownAccountError
from chalicelib.events.fencing import Fencing
from tests.contract.ledgers import LedgerStage, activate, stamp
from tests.support.calls import recorded

ADA = "ab" * 16
NAMES = {
    "retired_username": "retired__user_u",
    "retired_email": "retired__user_e@retired.invalid",
    "username_digits": ("u",),
    "email_digits": ("e",),
}
RETIRED = (Claim(ClaimKind.RETIRED_USERNAME, "u"), Claim(ClaimKind.RETIRED_EMAIL, "e"))


@pytest.fixture
def stage(engine: Any, tables: Any) -> LedgerStage:
    return LedgerStage(engine, tables)


@pytest.fixture
def fencing(stage: LedgerStage) -> Fencing:
    return Fencing(stage.client, stage.keys)


def entry(account: str, **more: Any) -> Erasure:
    return Erasure(account, Purpose.PROFILE, None, 9, "then", **{"fingerprint": "f" * 64, **more})


def key_row(stage: LedgerStage, account: str) -> Any:
    key = stage.keys.row_key(account, Purpose.PROFILE)
    return stage.client.get_item(TableName=stage.keys.table, Key=key, ConsistentRead=True)["Item"]


def replayed(state: Any) -> Decision:
    event = ErasureReplayed(**stamp(state.id, state.version + 1), through=9, **NAMES)
    return Decision(() if state.erased else (event,), None if state.erased else CredentialChange(None))


def standing(stage: LedgerStage, claim: Claim) -> Any:
    key = stage.ledger.claim_key(claim)
    return stage.client.get_item(TableName=stage.table, Key=key, ConsistentRead=True).get("Item")


class TestFences:
    def test_a_key_that_came_back(self, stage: LedgerStage, fencing: Fencing) -> None:
        """Its row says what the entry says and keeps its fingerprint; nothing is left to unwrap, nor in memory."""
        ada = stage.register()
        before = key_row(stage, ada.account)
        assert [entry(ada.account)] == list(fencing.missing([entry(ada.account)]))
        fencing.fence(entry(ada.account))
        assert {
            "pk": before["pk"],
            "state": {"S": "ERASED"},
            "through": {"N": "9"},
            "at": {"S": "then"},
            "fingerprint": before["fingerprint"],
        } == key_row(stage, ada.account)
        assert None is stage.keys.cached(ada.account, Purpose.PROFILE)
        assert [] == list(fencing.missing([entry(ada.account)]))

    def test_a_row_that_is_lost(self, stage: LedgerStage, fencing: Fencing) -> None:
        """It is made anew, with the entry's fingerprint, so that no key of this name can be made again."""
        fencing.fence(entry(ADA))
        assert ("ERASED", "f" * 64) == tuple(key_row(stage, ADA)[name]["S"] for name in ("state", "fingerprint"))

    def test_a_fence_that_stands(self, stage: LedgerStage, fencing: Fencing) -> None:
        """It keeps what it says, but nothing that could be unwrapped."""
        fencing.fence(entry(ADA))
        before = key_row(stage, ADA)
        stage.client.put_item(TableName=stage.keys.table, Item={**before, "wrapped": {"B": b"key"}})
        other = Erasure(ADA, Purpose.PROFILE, None, 12, "later")
        assert [other] == list(fencing.missing([other]))
        fencing.fence(other)
        assert before == key_row(stage, ADA)


class TestAccounts:
    def test_goes_on_without_its_key(self, stage: LedgerStage, fencing: Fencing) -> None:
        """Fold, head and chain agree afterwards; retired names are taken, and a second replay stores nothing."""
        ada = stage.register()
        fencing.fence(entry(ada.account))
        done = stage.ledger.replay(ada.account, replayed)
        assert ["ErasureReplayed"] == [type(event).__name__ for event in done.events]
        assert stage.other_process().is_consistent(ada.account)
        assert ada.account == stage.holder("retired__user_u")
        assert all(standing(stage, claim) is not None for claim in RETIRED)
        assert () == stage.ledger.replay(ada.account, replayed).events

    def test_what_was_read_already_is_not_read_again(self, stage: LedgerStage, fencing: Fencing) -> None:
        """With the head at hand and the key known to be destroyed, it takes the history and the transaction."""
        ada = stage.register()
        fencing.fence(entry(ada.account))
        head = stage.stored(ada.account, "HEAD")
        with recorded(stage.client) as calls:
            stage.ledger.replay(ada.account, replayed, head, (Purpose.PROFILE,))
        assert ["Query", "TransactWriteItems"] == calls
        assert stage.other_process().is_consistent(ada.account)
        assert stage.load(ada.account).state.erased

    def test_a_head_that_has_changed_since_is_read_again(self, stage: LedgerStage, fencing: Fencing) -> None:
        """Nothing is decided for good on an older one."""
        ada = stage.register()
        head = stage.stored(ada.account, "HEAD")
        stage.ledger.execute(ada.account, activate)
        fencing.fence(entry(ada.account))
        done = stage.ledger.replay(ada.account, replayed, head, (Purpose.PROFILE,))
        assert 3 == done.loaded.version
        assert stage.other_process().is_consistent(ada.account)

    def test_claims_that_stand_already_are_no_hindrance(self, stage: LedgerStage, fencing: Fencing) -> None:
        """A run that died, or a row that retired the same names."""
        for claim in RETIRED:
            stage.client.put_item(TableName=stage.table, Item=stage.ledger.claim_key(claim))
        ada = stage.register()
        fencing.fence(entry(ada.account))
        assert stage.ledger.replay(ada.account, replayed).loaded.state.erased

    def test_a_name_that_somebody_else_has(self, stage: LedgerStage, fencing: Fencing) -> None:
        """Nothing is taken from them."""
        eve = stage.register("retired__user_u", number=2)
        ada = stage.register()
        fencing.fence(entry(ada.account))
        with pytest.raises(ClaimTakenError):
            stage.ledger.replay(ada.account, replayed)
        assert eve.account == stage.holder("retired__user_u")
        assert 1 == stage.load(ada.account).version

    def test_nobody(self, stage: LedgerStage) -> None:
        """An account that there is not is not made."""
        with pytest.raises(UnknownAccountError):
            stage.ledger.replay(ADA, replayed)


def test_numbers_go_on_after_those_that_were_given(stage: LedgerStage) -> None:
    """A counter is moved forward, never back, and begins where there was none."""
    stage.ledger.skip_numbers("retirement", 7)
    assert 8 == stage.ledger.next_number("retirement")
    stage.ledger.skip_numbers("retirement", 3)
    assert 9 == stage.ledger.next_number("retirement")
