"""The job `retirement_queue`, interrupted at every call (spec 20, section 15)."""

import pytest

from chalicelib.events.errors import StoreError
from chalicelib.pipeline import driver
from tests.pipeline.crashes import Mode
from tests.pipeline.interrupted import Operation, interrupt_everywhere
from tests.pipeline.invariants import view_faults
from tests.pipeline.rows import row

JOURNEY = [
    "-> LOCKING_ACCOUNT",
    "PartnerReportRequested",
    "-> LOCKING_COMPLETE",
    "-> RETIRING_EMAIL_LISTS",
    "-> EMAIL_LISTS_COMPLETE",
    "-> RETIRING_LMS",
    "MiscellaneousDataErased",
    "ProfileErased",
    "-> LMS_COMPLETE",
    "-> COMPLETE",
]
HOOKS = ["organisations", "mailing_lists", "lms", "certificates"]
AFTER_THE_LEASE = 16 * 60


def due(world):
    """Somebody whose cool-off is over."""
    username = row(world)
    account = world.id_of(username)
    version = world.version(account)
    world.clock.advance(days=15)
    world.catch_up([account])
    return account, version


def views_follow(world, people):
    """The job finds the views up to date."""
    world.catch_up([people[0]])


def run(process, _):
    """One run of the job; null if it could not begin."""
    try:
        return driver.run(process.wiring)
    except StoreError:
        return None


def operation(check):
    return Operation(due, run, check, AFTER_THE_LEASE, views_follow)


def test_killed(world):
    """The next run carries on where the dead one stopped: every transition once, every hook at least once."""

    def check(world, people, first, again):
        account, version = people
        assert JOURNEY == world.events(account, after=version)
        calls = world.hooks.calls(world.state(account).number)
        assert HOOKS == list(dict.fromkeys(call["hook"] for call in calls))
        world.catch_up([account])

    interrupt_everywhere(world, operation(check), Mode.KILLED_BEFORE)
    assert [] == view_faults(world)


@pytest.mark.parametrize("mode", [Mode.TIMEOUT_BEFORE, Mode.TIMEOUT_AFTER], ids=lambda mode: mode.name)
def test_timed_out(world, mode):
    """The row is through, or it is set aside and an operator sends it again; no step is stored twice."""

    def check(world, people, first, again):
        account, version = people
        events = world.events(account, after=version)
        if "-> ERRORED" in events:
            assert "-> ERRORED" == events[-1]
            assert 1 == first.errored
            assert JOURNEY[: len(events) - 1] == events[:-1]
        else:
            assert JOURNEY == events
        world.catch_up([account])
        world.move(world.state(account).originals.username, "COMPLETE", force=True)
        world.catch_up([account])

    interrupt_everywhere(world, operation(check), mode)
    assert [] == view_faults(world)
