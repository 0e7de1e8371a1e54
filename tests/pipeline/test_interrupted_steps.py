"""The steps of a driver, interrupted at every call (spec 20, sections 4, 8, 9 and 14)."""

import pytest

from tests.pipeline.crashes import Mode
from tests.pipeline.interrupted import MODES, Operation, interrupt_everywhere
from tests.pipeline.rows import WORKING, row
from tests.pipeline.world import World

STEPS = {
    "retire_misc": (["MiscellaneousDataErased"], ["lms", "mailing_lists"]),
    "retire": (["ProfileErased"], ["certificates"]),
    "retire_mailings": ([], ["mailing_lists"]),
}


@pytest.fixture(params=MODES, ids=lambda mode: mode.name)
def mode(request: pytest.FixtureRequest) -> Mode:
    """How calls fail."""
    return request.param


def working(world):
    """Somebody whose row is in a working state: username, account, number of events."""
    username = row(world, WORKING, orgs=("edX", "mb_coaching"))
    account = world.id_of(username)
    return username, account, world.version(account)


@pytest.mark.parametrize("keyed", [False, True], ids=["without a key", "with a key"])
def test_moving(world, mode, keyed):
    """One transition, whatever happened; again it is refused as the same state, but with a key it gets its answer."""

    def check(world: World, people, first, again):
        _, account, version = people
        assert ["-> RETIRING_LMS"] == world.events(account, after=version)
        assert again.status in ({204} if keyed else {204, 400})

    def run(process, people):
        headers = {"Idempotency-Key": f"move {people[0]}"} if keyed else {}
        return process.move(people[0], "RETIRING_LMS", "once", headers=headers)

    interrupt_everywhere(world, Operation(working, run, check), mode)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("keyed", [False], ids=["without a key"])
def test_a_step(world, mode, step, keyed):
    """Done again it finishes; its events are stored once, and every hook has been called at least once, as one step."""
    events, hooks = STEPS[step]

    def check(world: World, people, first, again):
        _, account, version = people
        assert 204 == again.status
        assert events == world.events(account, after=version)
        state = world.state(account)
        calls = world.hooks.calls(state.number)
        assert hooks == list(dict.fromkeys(call["hook"] for call in calls))
        assert len(hooks) == len({call["id"] for call in calls})
        assert [] == world.wiring.sessions.list_live(account, world.clock()) or step != "retire"

    def run(process, people):
        headers = {"Idempotency-Key": f"{step} {people[0]}"} if keyed else {}
        return process.step(step, people[0], headers=headers)

    interrupt_everywhere(world, Operation(working, run, check), mode)


def test_the_partner_row(world, mode):
    """One partner row, with a key of its own."""

    def check(world: World, people, first, again):
        username, account, version = people
        assert 204 == again.status
        assert ["PartnerReportRequested"] == world.events(account, after=version)
        report = world.state(account).report
        assert (username, ("edX", "mb_coaching")) == (report.username, report.orgs)

    run = Operation(working, lambda process, people: process.report(people[0]), check)
    interrupt_everywhere(world, run, mode)
