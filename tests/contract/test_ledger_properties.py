"""What holds after any sequence of commands: head and history agree, and nobody holds what somebody else has."""

import secrets
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.accounts.account import Account
from chalicelib.events.aggregate import Decision, Loaded
from chalicelib.events.claims import ClaimKind, normalised
from chalicelib.events.errors import ClaimTakenError, ErasedKeyError
from chalicelib.tables import bind_tables
from tests.contract.ledgers import LedgerStage, activate, bio, rename, update, write_bio

PEOPLE = 3
NAMES = st.sampled_from(["ada", "ADA", "eve", "straße", "STRASSE", "\ufb01sh", "fish"])
ADDRESSES = st.sampled_from(["a@example.com", "A@example.com", "b@example.com", "c@example.com"])
WHO = st.integers(0, PEOPLE - 1)
ACTIONS = st.one_of(
    st.tuples(WHO, st.builds(lambda name: rename(username=name), NAMES)),
    st.tuples(WHO, st.builds(lambda address: rename(email=address), ADDRESSES)),
    st.tuples(WHO, st.builds(lambda name, address: rename(username=name, email=address), NAMES, ADDRESSES)),
    st.tuples(WHO, st.builds(write_bio, st.text(max_size=20))),
    st.tuples(WHO, st.just(activate)),
    st.tuples(WHO, st.just(lambda state: Decision((bio(state, "x"), update(state, 1, city="y"))))),
    st.tuples(WHO, st.just(lambda _: Decision())),
    st.tuples(WHO, st.just("erase")),
)


@pytest.fixture
def stage(engine: Any) -> LedgerStage:
    """A ledger on moto: random sequences take too long elsewhere."""
    if engine.name != "moto":
        pytest.skip("random sequences run on moto alone; the examples of the other modules run everywhere")
    tables = bind_tables(f"t{secrets.token_hex(6)}", engine.client())
    tables.create()
    return LedgerStage(engine, tables)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=st.lists(ACTIONS, max_size=15))
def test_any_sequence_of_commands_keeps_the_ledger_whole(stage, actions):
    """Whatever succeeded or failed, each account's head is the fold of its history, which chains without a gap;
    no value is held twice, and each value that an account shows leads to it.
    """
    stem = secrets.token_hex(4)
    people = [stage.register(f"{stem}{n}", number=int(stem, 16) * PEOPLE + n).account for n in range(PEOPLE)]
    erased: set[str] = set()
    for index, action in actions:
        act(stage, people[index], action, erased)
    loaded = {account: stage.load(account) for account in people}
    assert all(stage.is_consistent(account) for account in people)
    living = [loaded[account] for account in people if account not in erased]
    for kind, field in ((ClaimKind.USERNAME, "username"), (ClaimKind.EMAIL, "email")):
        values = [getattr(one.state, field) for one in living]
        assert len(living) == len(set(map(normalised, values)))
        assert [one.account for one in living] == [stage.holder(value, kind) for value in values]
    release(stage, living)


def act(stage: LedgerStage, account: str, action: Any, erased: set[str]) -> None:
    """One action; a taken value and an erased key are refusals like any other."""
    if action == "erase":
        stage.erase(account)
        erased.add(account)
        return
    before = stage.load(account)
    try:
        stage.ledger.execute(account, action)
    except (ClaimTakenError, ErasedKeyError):
        assert before == stage.load(account)


def release(stage: LedgerStage, living: list[Loaded[Account]]) -> None:
    """Leave the shared names to the next example."""
    for one in living:
        unique = secrets.token_hex(8)
        stage.ledger.execute(one.account, rename(username=unique, email=f"{unique}@example.com"))
