"""Many threads on one ledger: nothing is lost, and what is unique stays unique."""

import secrets
from functools import partial
from typing import Any

import pytest

from chalicelib.events.aggregate import Decision
from chalicelib.events.claims import ClaimKind
from chalicelib.events.errors import ClaimTakenError, DuplicateCommandError
from tests.contract.ledgers import LedgerStage, activate, command, registration, rename, update, write_bio
from tests.support.threads import at_once

THREADS = 20


@pytest.fixture
def stage(engine: Any, tables: Any) -> LedgerStage:
    return LedgerStage(engine, tables)


def test_writers_of_different_fields_all_land(stage):
    """20 writers of one account: every value is there, every event is, without a gap, and the head is their fold."""
    ada = stage.register()

    def write(index: int) -> int:
        def decide(state):
            return Decision((update(state, extended_profile={**state.profile.extended_profile, f"f{index}": "x"}),))

        return stage.ledger.execute(ada.account, decide, first=ada).loaded.version

    versions = at_once(*(partial(write, index) for index in range(THREADS)))
    assert list(range(2, THREADS + 2)) == sorted(versions)
    assert {f"f{index}" for index in range(THREADS)} == set(stage.load(ada.account).state.profile.extended_profile)
    assert stage.is_consistent(ada.account)


def test_one_of_many_gets_the_name_and_the_address(stage):
    """20 people ask for one username and one address: one has both, 19 hear that both are taken and leave nothing."""

    def register(index: int) -> str | tuple[str, ...]:
        account = secrets.token_hex(16)
        decision = registration(account, ("ada", "ADA")[index % 2], index + 1, "ada@example.com")
        try:
            return stage.ledger.create(account, decision).loaded.account
        except ClaimTakenError as error:
            return error.kinds

    outcomes = at_once(*(partial(register, index) for index in range(THREADS)))
    winners = [outcome for outcome in outcomes if isinstance(outcome, str)]
    assert 1 == len(winners)
    assert [("username", "email")] * (THREADS - 1) == [
        tuple(sorted(outcome, reverse=True)) for outcome in outcomes if outcome != winners[0]
    ]
    assert winners * 2 == [stage.holder("ada"), stage.holder("ada@example.com", ClaimKind.EMAIL)]
    assert 1 == sum(stage.holder(str(index + 1), ClaimKind.NUMBER) is not None for index in range(THREADS))
    assert stage.is_consistent(winners[0])


def test_one_of_many_takes_the_new_name(stage):
    """Ten accounts change to one username at once: one has it, the others keep theirs."""
    accounts = [stage.register(f"user{n}", number=n + 1).account for n in range(10)]

    def change(account: str) -> bool:
        try:
            stage.ledger.execute(account, rename(username="star"))
        except ClaimTakenError:
            return False
        return True

    won = at_once(*(partial(change, account) for account in accounts))
    assert 1 == sum(won)
    names = [stage.load(account).state.username for account in accounts]
    assert [accounts[names.index("star")]] == [account for account, yes in zip(accounts, won, strict=True) if yes]
    assert accounts == [stage.holder(name) for name in names]
    assert all(stage.is_consistent(account) for account in accounts)


def test_numbers_are_given_once(stage):
    """Threads and counters: each number once, each counter for itself."""
    numbers = at_once(*[lambda: [stage.ledger.next_number("account") for _ in range(10)]] * THREADS)
    given = [number for group in numbers for number in group]
    assert list(range(1, 10 * THREADS + 1)) == sorted(given)
    assert 1 == stage.ledger.next_number("retirement")


def test_numbers_in_blocks(stage):
    """Many numbers in one request; what comes after begins behind them."""
    assert 0 == stage.ledger.last_number("account")
    assert range(1, 26) == stage.ledger.next_numbers("account", 25)
    assert 26 == stage.ledger.next_number("account")
    assert 26 == stage.ledger.last_number("account")


def test_twins_are_one_command(stage):
    """The same command from many threads at once is done once; the others hear that it is a duplicate."""
    ada = stage.register()

    def send(_: int) -> bool:
        try:
            stage.ledger.execute(ada.account, write_bio("text"), command(ada.account))
        except DuplicateCommandError:
            return False
        return True

    assert 1 == sum(at_once(*(partial(send, index) for index in range(THREADS))))
    assert 2 == stage.load(ada.account).version
    assert stage.is_consistent(ada.account)


def test_two_processes_make_one_key_of_keys(stage):
    """Two processes that begin at once use the key-encryption key of one, and read each other's accounts."""
    processes = [stage.other_process() for _ in range(4)]
    accounts = at_once(*(partial(p.register, f"user{n}", number=n + 1) for n, p in enumerate(processes)))
    for process in [*processes, stage.other_process()]:
        assert accounts == [process.load(made.account) for made in accounts]
    wrapped_by = {stage.keys._row(f"{made.account}#profile")["kek"]["S"] for made in accounts}
    assert 1 == len(wrapped_by)


def test_readers_never_see_half_a_commit(stage):
    """While writers write, whatever is read is a state that was committed: head and history always agree."""
    ada = stage.register()

    def write() -> list[int]:
        return [stage.ledger.execute(ada.account, write_bio("text")).loaded.version for _ in range(10)]

    def read() -> list[int]:
        seen = []
        for _ in range(10):
            assert stage.ledger.verify(ada.account).ok
            seen.append(stage.load(ada.account).version)
        return seen

    *_, first, second = at_once(write, write, read, read)
    assert first == sorted(first)
    assert second == sorted(second)
    stage.ledger.execute(ada.account, activate)
    assert 22 == stage.load(ada.account).version
