"""Leases that nobody waits for, and sessions that all end."""

import pytest
from botocore.exceptions import ReadTimeoutError

from chalicelib.events.errors import StoreUnavailableError
from tests.pipeline.crashes import Fuse, Mode, fused
from tests.support.calls import _hooked

NAME = "job:test"


def test_a_lease_is_held_by_one(world):
    """Whoever comes second is told so at once; it is free again afterwards, and when its holder's time is up."""
    leases = world.wiring.leases
    with leases.try_hold(NAME, "a", 60) as first, leases.try_hold(NAME, "b", 60) as second:
        assert (True, False) == (first, second)
    assert leases._taken(NAME, "dead", 60)
    world.clock.advance(seconds=61)
    with leases.try_hold(NAME, "c", 60) as third:
        assert third


def test_extending(world):
    """A holder may hold on; one whose lease somebody else has, or who never had it, may not."""
    leases = world.wiring.leases
    assert not leases.extend(NAME, "a", 60)
    with leases.try_hold(NAME, "a", 60):
        world.clock.advance(seconds=50)
        assert leases.extend(NAME, "a", 60)
        world.clock.advance(seconds=50)
        with leases.try_hold(NAME, "b", 60) as stolen:
            assert not stolen
        world.clock.advance(seconds=11)
        with leases.try_hold(NAME, "b", 60) as taken_over:
            assert taken_over
            assert not leases.extend(NAME, "a", 60)


@pytest.mark.parametrize("mode", [Mode.TIMEOUT_BEFORE, Mode.TIMEOUT_AFTER])
def test_a_lease_that_cannot_be_written(world, mode):
    """It is an outage of the store."""
    with fused(world, Fuse(1, mode)) as process, pytest.raises(StoreUnavailableError):
        process.wiring.leases.extend(NAME, "a", 60)


@pytest.mark.parametrize("take", ["_taken", "extend"])
def test_a_lease_whose_writing_times_out(world, take):
    """It is an outage of the store, not a fault of ours."""

    def late(**_):
        raise ReadTimeoutError(endpoint_url="https://nowhere.invalid")

    leases = world.wiring.leases
    with _hooked(world.wiring.dynamodb, late), pytest.raises(StoreUnavailableError):
        getattr(leases, take)(NAME, "late", 60)


def test_all_sessions_end(world):
    """Every session of the account, and nobody else's."""
    ada, bob = world.new_account(), world.new_account()
    tokens = [world.api.grant(ada).json["access_token"] for _ in range(3)]
    theirs = world.api.token(bob)
    world.wiring.sessions.end_all(world.id_of(ada))
    me = "/api/user/v1/me"
    assert [401, 401, 401, 200] == [world.api.get(me, token=token).status for token in (*tokens, theirs)]
