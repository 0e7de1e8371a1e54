"""What the job counts, and what it leaves alone (spec 20, section 15)."""

import pytest

from chalicelib.hooks.port import HookName
from chalicelib.pipeline import driver
from chalicelib.pipeline.driver import LEASE, LEASE_SECONDS, Outcome
from chalicelib.pipeline.journey import Journey
from chalicelib.pipeline.states_store import StatesStore
from chalicelib.retirement.errors import StatesError
from chalicelib.settings import STOCK_STATES
from tests.pipeline.rows import row
from tests.pipeline.world import running_world

ORGS = HookName.ORGANISATIONS


@pytest.fixture
def world():
    """A world of its own for each test, so that nobody else's rows are due."""
    with running_world() as running:
        yield running


def due(world, count):
    people = [row(world) for _ in range(count)]
    world.clock.advance(days=14, seconds=1)
    world.catch_up()
    return people


def state_of(world, username):
    world.catch_up()
    return world.state(world.id_of(username)).row.state


def test_the_cool_off(world):
    """A row that is not older than the cool-off stays."""
    row(world)
    world.catch_up()
    world.clock.advance(days=14)
    assert Outcome() == driver.run(world.wiring)
    world.clock.advance(seconds=1)
    assert Outcome(examined=1, completed=1) == driver.run(world.wiring)


def test_the_limit(world, monkeypatch):
    """The oldest come first; what the limit leaves is told, and is the next run's."""
    monkeypatch.setattr(driver, "MOST_ROWS", 2)
    due(world, 5)
    assert Outcome(examined=2, completed=2, remaining=3) == driver.run(world.wiring)
    world.catch_up()
    assert Outcome(examined=2, completed=2, remaining=1) == driver.run(world.wiring)


def test_a_failing_hook(world):
    """Its row is set aside with the kind of the fault; the others go on."""
    first, _ = due(world, 2)
    account = world.id_of(first)
    world.hooks.fail_next(HookName.ORGANISATIONS, 1)
    assert Outcome(examined=2, completed=1, errored=1) == driver.run(world.wiring)
    assert ("ERRORED", "->") == (state_of(world, first), world.events(account)[-1][:2])
    assert "HookFailedError" in list(world.ledger.history(account))[-1].response


def test_a_hook_that_raises_what_it_likes(world, monkeypatch):
    """A deployment's own hook that fails in its own way costs its row, and no other (spec 20, section 15)."""
    first, second = due(world, 2)
    call, account, other = world.hooks.call, world.id_of(first), world.id_of(second)

    def broken(given):
        if given.hook is HookName.MAILING_LISTS and given.account_id == world.state(account).number:
            raise RuntimeError("MARK")
        return call(given)

    monkeypatch.setattr(world.hooks, "call", broken)
    assert Outcome(examined=2, completed=1, errored=1) == driver.run(world.wiring)
    assert ("ERRORED", "COMPLETE") == (state_of(world, first), world.state(other).row.state)
    response = list(world.ledger.history(account))[-1].response
    assert "RuntimeError" in response
    assert "MARK" not in response


def test_a_row_that_cannot_even_be_set_aside(world, monkeypatch, caplog):
    """It stays where it is, and the others go on; a later run finds it."""
    first, second = due(world, 2)
    other = world.id_of(second)
    world.hooks.fail_next(HookName.ORGANISATIONS, 1)
    move = Journey.move

    def broken(journey, state, *more):
        if state == "ERRORED":
            raise RuntimeError("MARK")
        return move(journey, state, *more)

    monkeypatch.setattr(Journey, "move", broken)
    assert Outcome(examined=2, completed=1, errored=1) == driver.run(world.wiring)
    assert ("LOCKING_ACCOUNT", "COMPLETE") == (state_of(world, first), world.state(other).row.state)
    assert "retirement not set aside" in [each.getMessage() for each in caplog.records]
    monkeypatch.undo()
    world.clock.advance(minutes=16)
    assert Outcome(examined=1, completed=1) == driver.run(world.wiring)


def test_organisations_that_a_hook_names(world, monkeypatch):
    """Blank and outdated names of the hook are dropped, as those of an account are (spec 20, section 9)."""
    first, second = due(world, 2)
    answers = {
        world.state(world.id_of(first)).number: ("edX", " ", "outdated_entry", "edX"),
        world.state(world.id_of(second)).number: ("", "outdated_entry"),
    }
    monkeypatch.setattr(world.hooks, "call", lambda given: answers[given.account_id] if given.hook is ORGS else None)
    accounts = [world.id_of(username) for username in (first, second)]
    driver.run(world.wiring)
    reports = [world.state(account).report for account in accounts]
    assert [("edX",), None] == [report and report.orgs for report in reports]


def test_a_row_that_somebody_else_has_moved(world):
    """The queue is behind: the row is skipped, and not touched."""
    (username,) = due(world, 1)
    assert 204 == world.move(username, "RETIRING_FORUMS").status
    assert Outcome(examined=1, skipped=1) == driver.run(world.wiring)
    assert "RETIRING_FORUMS" == state_of(world, username)
    world.clock.advance(days=1)
    assert Outcome() == driver.run(world.wiring)


def test_another_run_at_work(world):
    """It does nothing, and answers zeros."""
    due(world, 1)
    with world.wiring.leases.try_hold(LEASE, "other", LEASE_SECONDS):
        assert Outcome() == driver.run(world.wiring)
    assert 1 == driver.run(world.wiring).completed


def test_a_lease_lost_midway(world, monkeypatch):
    """The run stops before the next row, which it counts as remaining."""
    due(world, 3)
    leases = world.wiring.leases
    answers = iter([True, False])
    monkeypatch.setattr(leases, "extend", lambda *_: next(answers))
    assert Outcome(examined=1, completed=1, remaining=2) == driver.run(world.wiring)


def test_changing_the_states(world):
    """Names keep their ids; the list may not change while a row stands in a state that is not required."""
    wiring = world.wiring
    store = StatesStore(wiring.dynamodb, wiring.tables.ledger.Meta.table_name, wiring.queue)
    before = store.take(STOCK_STATES)
    changed = [name for name in STOCK_STATES if name != "RETIRING_NOTES"]
    changed.insert(1, "NEW")
    username = row(world, "LOCKING_ACCOUNT")
    world.catch_up()
    with pytest.raises(StatesError):
        store.take(changed)
    assert before.ids == store.take(STOCK_STATES).ids
    assert 204 == world.move(username, "ABORTED").status
    world.catch_up()
    after = store.take(changed)
    assert tuple(changed) == after.names
    assert {**before.ids, "NEW": 17} == {**before.ids, **after.ids}
