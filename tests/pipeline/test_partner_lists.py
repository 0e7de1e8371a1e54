"""Partner lists while something fails: what was marked for a call is given to it (spec 20, sections 9 and 16)."""

import pytest

from chalicelib.events.errors import CorruptItemError, StoreUnavailableError, TooContendedError
from chalicelib.pipeline import reporting
from tests.pipeline.interrupted import usernames
from tests.pipeline.rows import WORKING, Report, row
from tests.pipeline.world import running_world


@pytest.fixture(scope="module")
def world():
    """A service whose lists are behind until they are to catch up."""
    with running_world() as running:
        running.api.token("retirement_service_worker")
        yield running


@pytest.fixture
def people(world):
    """Four people with partner rows that wait, and nobody else's."""
    world.catch_up()
    while world.take_reports().json:
        world.catch_up()
    found = [row(world, WORKING, report=Report.WAITING) for _ in range(4)]
    world.catch_up()
    return found


def away(*_, **__):
    """What a store does that is away."""
    raise StoreUnavailableError("away")


def failing_at(monkeypatch, world, nth, error, *, landed=False, for_good=False):
    """Have the n-th commit fail, before or after it has landed; `for_good`: nothing can be read from then on."""
    execute, calls = world.ledger.execute, [0]

    def fail(*arguments, **more):
        calls[0] += 1
        if calls[0] == nth and for_good:
            monkeypatch.setattr(world.ledger, "load", away)
        if calls[0] == nth and not landed:
            raise error
        done = execute(*arguments, **more)
        if calls[0] == nth:
            raise error
        return done

    monkeypatch.setattr(world.ledger, "execute", fail)


def the_next(world, monkeypatch):
    """What the list after it gives, when nothing fails any more."""
    monkeypatch.undo()
    world.catch_up()
    return usernames(world.take_reports())


@pytest.mark.parametrize("error", [StoreUnavailableError("busy"), TooContendedError("account")])
@pytest.mark.parametrize("nth", [2, 3, 4])
def test_what_was_marked_is_given(world, people, monkeypatch, error, nth):
    """The list ends before the row that fails; that one and those behind it are the next list's."""
    failing_at(monkeypatch, world, nth, error)
    first = world.take_reports()
    assert (200, people[: nth - 1]) == (first.status, usernames(first))
    assert people[nth - 1 :] == the_next(world, monkeypatch)


def test_nothing_was_marked(world, people, monkeypatch):
    """A list that could give nothing is an error, and everything waits."""
    failing_at(monkeypatch, world, 1, StoreUnavailableError("busy"))
    assert 503 == world.take_reports().status
    assert people == the_next(world, monkeypatch)


@pytest.mark.parametrize("nth", [1, 2, 4])
def test_a_commit_that_landed_though_its_answer_was_lost(world, people, monkeypatch, nth):
    """The row is this call's, so it is given, and the list goes on."""
    failing_at(monkeypatch, world, nth, StoreUnavailableError("no answer"), landed=True)
    assert people == usernames(world.take_reports())
    assert [] == the_next(world, monkeypatch)


def test_a_row_that_cannot_be_read(world, people, monkeypatch, caplog):
    """It is left out, and named in the log; the others are given."""
    account = world.id_of(people[1])
    failing_at(monkeypatch, world, 2, CorruptItemError(account, "head", "digest"))
    assert [people[0], *people[2:]] == usernames(world.take_reports())
    (told,) = [each for each in caplog.records if each.getMessage() == "partner row not handed out"]
    assert (account, "CorruptItemError") == (told.account, told.error)
    assert [people[1]] == the_next(world, monkeypatch)


def test_a_list_that_takes_too_long(world, people, monkeypatch):
    """It ends while there is time for the answer; at least one row is given."""
    monkeypatch.setattr(reporting, "time_left", lambda: 0.0)
    assert people[:1] == usernames(world.take_reports())
    assert people[1:] == the_next(world, monkeypatch)


def test_with_a_key(world, people, monkeypatch):
    """A fault is an error, for the same call again goes on; from then on it gives the same rows."""
    failing_at(monkeypatch, world, 3, StoreUnavailableError("busy"))
    headers = {"Idempotency-Key": "list-1"}
    assert 503 == world.take_reports(headers=headers).status
    monkeypatch.undo()
    assert people == usernames(world.take_reports(headers=headers))
    again = world.take_reports(headers=headers)
    assert (people, "true") == (usernames(again), again.headers["idempotent-replayed"])
    assert [] == the_next(world, monkeypatch)


def test_with_a_key_and_too_little_time(world, people, monkeypatch):
    """It ends, and gives the same rows again; the others are the next list's."""
    monkeypatch.setattr(reporting, "time_left", lambda: 0.0)
    headers = {"Idempotency-Key": "list-5"}
    assert people[:1] == usernames(world.take_reports(headers=headers))
    monkeypatch.undo()
    again = world.take_reports(headers=headers)
    assert (people[:1], "true") == (usernames(again), again.headers["idempotent-replayed"])
    assert people[1:] == the_next(world, monkeypatch)


def test_an_interrupted_list_is_given_whole_by_the_next_try(world, people, monkeypatch):
    """All rows were marked and nobody was told: whatever fails meanwhile, the same call gets all of them in the end."""
    headers = {"Idempotency-Key": "list-2"}
    write = world.wiring.batch_records.write

    def not_the_last(*arguments):
        if arguments[4].until is None:
            away()
        return write(*arguments)

    monkeypatch.setattr(world.wiring.batch_records, "write", not_the_last)
    assert 503 == world.take_reports(headers=headers).status
    monkeypatch.undo()
    read = world.ledger.read
    monkeypatch.setattr(
        world.ledger, "read", lambda wanted: away() if len(wanted.accounts) == len(people) else read(wanted)
    )
    assert 503 == world.take_reports(headers=headers).status
    monkeypatch.undo()
    monkeypatch.setattr(world.ledger, "execute", away)
    assert people == usernames(world.take_reports(headers=headers))
    assert people == usernames(world.take_reports(headers=headers))
    assert [] == the_next(world, monkeypatch)


@pytest.mark.parametrize("landed", [False, True])
def test_a_row_of_which_it_is_not_known_whose_it_is(world, people, monkeypatch, landed):
    """A call that is kept is asked for again, and then has it."""
    headers = {"Idempotency-Key": f"list-3-{landed}"}
    error = StoreUnavailableError("no answer")
    failing_at(monkeypatch, world, 2, error, landed=landed, for_good=True)
    assert 503 == world.take_reports(headers=headers).status
    monkeypatch.undo()
    assert people == usernames(world.take_reports(headers=headers))
    assert [] == the_next(world, monkeypatch)


def test_an_interrupted_list_with_a_row_that_cannot_be_read(world, people, monkeypatch):
    """It is left out; the others are given."""
    headers = {"Idempotency-Key": "list-4"}
    failing_at(monkeypatch, world, 3, StoreUnavailableError("no answer"), for_good=True)
    assert 503 == world.take_reports(headers=headers).status
    monkeypatch.undo()
    account, read, load = world.id_of(people[1]), world.ledger.read, world.ledger.load

    def damaged(wanted):
        found = read(wanted)
        one = found.account
        if len(wanted.accounts) == len(people):
            monkeypatch.setattr(found, "account", lambda each: _damaged(each, account, one), raising=False)
        return found

    monkeypatch.setattr(world.ledger, "read", damaged)
    monkeypatch.setattr(world.ledger, "load", lambda each: _damaged(each, account, load))
    assert [people[0], *people[2:]] == usernames(world.take_reports(headers=headers))


def _damaged(each, account, one):
    if each == account:
        raise CorruptItemError(account, "head", "digest")
    return one(each)
