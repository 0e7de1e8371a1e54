"""Claims: what is unique stays unique, moves with its value, and leads to its account."""

from typing import Any

import pytest

from chalicelib.events.claims import Claim, ClaimKind
from chalicelib.events.errors import (
    ClaimTakenError,
)
from tests.contract.ledgers import LedgerStage, rename


@pytest.fixture
def stage(engine: Any, tables: Any) -> LedgerStage:
    return LedgerStage(engine, tables)


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
