"""The log of a row (spec 20, section 3)."""

import pytest

from chalicelib.accounts.context import Context
from chalicelib.events.event import Actor, Role
from chalicelib.retirement.cancelling import UnknownPassword, cancel
from chalicelib.retirement.leaving import leave
from chalicelib.retirement.log import log_of
from chalicelib.retirement.transitions import Move, change_state
from tests.support.accounts import BOB, account
from tests.support.accounts import CONTEXT as OWNERS_CONTEXT
from tests.support.accounts import WORKER_CONTEXT as CONTEXT
from tests.support.retirements import NAMES, ROW, STATES, after, later

SERVICE = Context(CONTEXT.now, Actor(account=BOB, role=Role.SERVICE), "r")
OPERATOR = Context(CONTEXT.now, Actor(role=Role.STAFF), "r")


class Walk:
    """An account, and the events that it has come through."""

    def __init__(self):
        self.state, self.events = account(), []

    def take(self, decision):
        self.events += decision.events
        self.state = after(self.state, decision)

    def leave(self, row=ROW):
        self.take(leave(self.state, row, STATES, NAMES, OWNERS_CONTEXT))

    def move(self, new_state, response="", context=SERVICE, **more):
        move = Move(new_state, response, **more)
        self.take(change_state(self.state, self.state.row.number, move, STATES, context))


@pytest.fixture
def walk():
    found = Walk()
    found.leave()
    return found


def test_the_first_line(walk):
    """It names the first state, how the row came about, and when."""
    assert "PENDING: asked for by the account itself, 2026-11-24T12:00:00.250000Z\n" == log_of(walk.events, ROW)


def test_a_block_for_each_transition(walk):
    """Both state names and the text, in the order of the transitions."""
    walk.move("LOCKING_ACCOUNT", "first text")
    walk.move("LOCKING_COMPLETE", "second text", later(hours=1))
    log = log_of(walk.events, ROW)
    pieces = ["PENDING: ", "PENDING -> LOCKING_ACCOUNT: by a service", "first text"]
    pieces += ["LOCKING_ACCOUNT -> LOCKING_COMPLETE: by a service, 2026-11-24T13:00", "second text"]
    places = [log.index(piece) for piece in pieces]
    assert sorted(places) == places


def test_force_and_the_job_are_named(walk):
    """Who reads a log sees what was forced, and what our own job did."""
    walk.move("LOCKING_ACCOUNT", by_job=True)
    walk.move("PENDING", forced=True)
    blocks = log_of(walk.events, ROW).split("\n\n")
    assert "by the job retirement_queue," in blocks[1]
    assert "by force" in blocks[2]
    assert "by force" not in blocks[1]


def test_an_operators_command_is_not_the_job(walk):
    """It moves rows as the job does, so that the job may go on with them; the log says who asked."""
    walk.move("LOCKING_ACCOUNT", "Command retire: begins.", OPERATOR, by_job=True)
    assert "PENDING -> LOCKING_ACCOUNT: by staff," in log_of(walk.events, ROW)


def test_twenty_forced_transitions(walk):
    """The same transition again is a second block."""
    for number in range(20):
        walk.move("LOCKING_ACCOUNT", f"text {number};", forced=True)
    log = log_of(walk.events, ROW)
    assert [1] * 20 == [log.count(f"text {number};") for number in range(20)]


def test_rows_have_logs_of_their_own(walk):
    """Who left, came back and left again: the earlier log is not in the later."""
    walk.move("LOCKING_ACCOUNT", "OLD")
    walk.move("PENDING", forced=True)
    walk.take(cancel(walk.state, ROW, UnknownPassword("hash", "c"), CONTEXT))
    walk.leave(ROW + 1)
    walk.move("LOCKING_ACCOUNT", "NEW")
    assert ("OLD" in (old := log_of(walk.events, ROW)), "NEW" in old) == (True, False)
    assert ("OLD" in (new := log_of(walk.events, ROW + 1)), "NEW" in new) == (False, True)
    assert new.startswith("PENDING: asked for by")


def test_no_such_row(walk):
    """An empty log."""
    assert "" == log_of(walk.events, ROW + 1)


def test_a_log_without_its_key(walk):
    """Once the row's key is destroyed the texts are gone, and the bare facts stay."""
    walk.move("LOCKING_ACCOUNT", "SECRET")
    requested, changed = walk.events
    log = log_of([requested, changed.model_copy(update={"response": ""})], ROW)
    assert "SECRET" in log_of(walk.events, ROW)
    assert "SECRET" not in log
    assert "PENDING -> LOCKING_ACCOUNT" in log
