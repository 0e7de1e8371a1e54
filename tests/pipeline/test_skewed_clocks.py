"""Two runners of the job whose clocks differ, so that one takes the other for dead (spec 50, section 7)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from chalicelib.pipeline import driver
from chalicelib.pipeline.driver import Outcome
from tests.pipeline.crashes import Fuse, fused
from tests.pipeline.invariants import faults, view_faults
from tests.pipeline.test_interrupted_job import HOOKS, JOURNEY, due

BETWEEN = timedelta(minutes=20)
"""More than a lease lasts, and more than a row may stand before it counts as abandoned."""

EVERY = 5
"""The calls before which the second one bursts in; a commit is more than one call away from the next."""

CLOCKS = {"the second is ahead": (timedelta(), BETWEEN), "the first is behind": (-BETWEEN, timedelta())}


@dataclass
class Burst(Fuse):
    """Does something once, just before the call of number `at`; nothing fails, and what is done is not counted."""

    act: Callable[[], None] = lambda: None
    bursting: bool = False

    def before(self, name, failure):
        """A call is about to be made."""
        if self.bursting:
            return
        self.calls.append(name)
        if len(self.calls) == self.at:
            self.bursting = True
            self.act()
            self.bursting = False

    def after(self, failure):
        """A call has landed."""


def skewed(process, by):
    """The process, with a clock that differs from everybody's by a span."""
    right = process.wiring.clock
    process.wiring.clock = lambda: right() + by
    process.wiring.leases._clock = process.wiring.clock
    return process


@pytest.mark.parametrize("clocks", CLOCKS.values(), ids=CLOCKS)
def test_a_second_runner_bursts_in(world, clocks):
    """Every transition happens once, each hook is called, and whoever comes too late leaves the row alone."""
    of_the_first, of_the_second = clocks
    second_worked = at = 0
    made = 1
    while at < made:
        at += EVERY
        account, version = due(world)
        outcomes = []

        def burst(account=account, outcomes=outcomes):
            world.catch_up([account])
            outcomes.append(driver.run(skewed(world.other_process(), of_the_second).wiring))

        fuse = Burst(at, act=burst)
        with fused(world, fuse) as first:
            mine = driver.run(skewed(first, of_the_first).wiring)
        made = len(fuse.calls)
        assert JOURNEY == world.events(account, after=version), fuse.calls[:at]
        called = world.hooks.calls(world.state(account).number)
        assert HOOKS == list(dict.fromkeys(call["hook"] for call in called))
        assert 0 == mine.errored + sum(each.errored for each in outcomes)
        second_worked += sum(each != Outcome() for each in outcomes)
        world.catch_up([account])
    assert second_worked
    assert [] == faults(world)
    assert [] == view_faults(world)
