"""The promise about keys: gone everywhere within a minute, and never made again (design, section 4)."""

from functools import partial

import pytest

from chalicelib.events.classification import Purpose
from chalicelib.events.errors import ErasedKeyError, StoreError, VersionConflictError
from chalicelib.events.keys import CACHE_SECONDS
from local.dynamodb_local import DynamoDBLocal
from tests.histories import forgotten as ways
from tests.histories.forgotten import PATHS, forget, forgotten, key_rows, reported
from tests.pipeline.invariants import faults
from tests.pipeline.world import ACCOUNTS, running_world
from tests.support.threads import at_once

PURPOSES = list(Purpose)
ROWS = [Purpose.RETIREMENT, Purpose.PARTNER]


class Ticks:
    """A monotonic clock that stands still until a test moves it."""

    def __init__(self):
        self.seconds = 1000.0

    def __call__(self):
        return self.seconds


@pytest.fixture(scope="module", params=["moto", pytest.param("dynamodb-local", marks=pytest.mark.dynamodb_local)])
def world(request):
    """A service on each engine."""
    if request.param == "moto":
        with running_world() as running:
            yield running
    else:
        with DynamoDBLocal() as engine, running_world(engine.endpoint, table_prefix="forgotten") as running:
            yield running


@pytest.fixture
def other(world):
    """Another process, whose cache goes by ticks of its own."""
    process = world.other_process()
    process.ticks = process.wiring.keys._ticks = Ticks()
    return process


@pytest.fixture(scope="module")
def leaver(world):
    """Somebody whose three keys are destroyed, and whom every test fails to bring back."""
    return forgotten(world)


@pytest.fixture
def unchanged(world, leaver):
    """After the test the person's rows of keys are what they were: three fences, with nothing to unwrap."""
    before = key_rows(world, leaver)
    assert ["ERASED"] * 3 == [row["state"]["S"] for row in before.values()]
    assert not any(name in row for row in before.values() for name in ("wrapped", "kek"))
    yield
    assert before == key_rows(world, leaver)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_another_process_knows_a_key_for_a_minute_at_most(world, other, purpose):
    """However often it is used meanwhile; in the process that destroyed it the key is gone at once."""
    leaver = reported(world)
    subject = leaver.subject(purpose)
    key = other.wiring.keys.load(subject, purpose)
    world.wiring.keys.load(subject, purpose)
    forget(world, leaver, purpose)
    with pytest.raises(ErasedKeyError):
        world.wiring.keys.load(subject, purpose)
    for seconds in (0, 20, 20, 19.9):
        other.ticks.seconds += seconds
        assert key == other.wiring.keys.load(subject, purpose)
    other.ticks.seconds += CACHE_SECONDS - 59.9
    for seconds in (0, 1, 60, 3600):
        other.ticks.seconds += seconds
        with pytest.raises(ErasedKeyError):
            other.wiring.keys.load(subject, purpose)


def test_the_bound_is_a_minute():
    """The number that the docs print."""
    assert 60 == CACHE_SECONDS


def test_no_answer_is_given_again_after_the_minute(world, other):
    """The first answer to a repeated request is the person's: another process tells it for a minute, then no more."""
    form = {"username": world.stage.fresh("gone"), "name": "Ada", "password": "local-Passw0rd"}
    form["email"] = f"{form['username']}@example.com"
    how = {"as_": "superuser", "headers": {"Idempotency-Key": form["username"]}}
    first = world.api.post_json("/api/user/v1/admin/accounts", form, **how)
    assert 201 == first.status
    other.wiring.keys.load(world.id_of(form["username"]), Purpose.PROFILE)
    assert 204 == world.leave(form["username"]).status
    assert 204 == world.move(form["username"], "RETIRING_LMS").status
    assert 204 == world.step("retire", form["username"]).status
    assert 410 == world.api.post_json("/api/user/v1/admin/accounts", form, **how).status
    assert first.body == other.api.post_json("/api/user/v1/admin/accounts", form, **how).body
    other.ticks.seconds += CACHE_SECONDS
    assert 410 == other.api.post_json("/api/user/v1/admin/accounts", form, **how).status


def test_a_view_that_lags_tells_nothing_after_the_minute(world, other):
    """A row that nobody has taken out of the queue yet is listed by another process for a minute, then no more."""
    leaver = reported(world)
    world.clock.advance(seconds=1)
    query = "cool_off_days=0&states=RETIRING_LMS&states=COMPLETE"

    def listed(process):
        answer = process.api.get(f"{ACCOUNTS}/retirement_queue", as_="retirement_service_worker", query=query)
        assert 200 == answer.status
        return leaver.username in answer.text

    assert listed(other)
    forget(world, leaver, Purpose.RETIREMENT)
    assert not listed(world)
    other.ticks.seconds += CACHE_SECONDS
    assert not listed(other)
    world.catch_up()


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("name", PATHS)
def test_no_request_makes_a_key_again(world, leaver, name):
    """Whatever is asked for, by whomever, under whichever name."""
    PATHS[name](world, leaver)


@pytest.mark.usefixtures("unchanged")
def test_no_account_begins_under_the_same_id(world, leaver):
    """A key is made if there is none; a fence is one."""
    with pytest.raises(VersionConflictError):
        ways.by_creating(world, leaver)


@pytest.mark.usefixtures("unchanged")
def test_nothing_personal_is_written(world, leaver):
    """There is no key to seal it with, and none is made."""
    with pytest.raises(ErasedKeyError):
        ways.by_writing(world, leaver)


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("purpose", ROWS)
def test_no_row_begins_under_the_same_number(world, leaver, purpose):
    """Nor the partner row or the retirement row."""
    with pytest.raises(StoreError):
        ways.by_beginning_row(world, leaver, purpose)


@pytest.mark.usefixtures("unchanged")
def test_nor_does_all_of_it_at_once(world, leaver):
    """Side by side, in several processes."""

    def refused(way, process):
        with pytest.raises(StoreError):
            way(process, leaver)

    rows = [partial(ways.by_beginning_row, purpose=purpose) for purpose in ROWS]
    processes = [world, world.other_process()]
    calls = [partial(refused, way, process) for way in (ways.by_creating, *rows) for process in processes]
    calls += [
        partial(way, process, leaver) for way in (ways.by_registering, ways.by_importing) for process in processes
    ]
    at_once(*calls, partial(ways.by_rotating, world, leaver))


def test_all_tables_agree_in_the_end(world, leaver):
    """Nothing of all this has left a trace."""
    assert [] == faults(world)
