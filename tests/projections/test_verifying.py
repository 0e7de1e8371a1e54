"""The job `verify`: a part each hour, everything in a week (spec 50, section 7)."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.projections import verifying
from chalicelib.projections.checking import HOURS
from local import jobs
from tests.support.verification import Verification

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


class Services:
    """What the job needs, with a checker that does not sleep."""

    def __init__(self, verification):
        wiring = verification.world.wiring
        self.clock, self.random_bytes, self.leases = verification.world.clock, wiring.random_bytes, wiring.leases
        self.checker, self.verified_hours = verification.checker, wiring.verified_hours


class Done:
    """A checker that notes the hours whose parts it has looked at, and may die with one of them."""

    def __init__(self, checker, dies_at=0):
        self.checker, self.hours, self.dies_at = checker, [], dies_at

    def sample(self, hour):
        self.hours.append(hour)
        if len(self.hours) == self.dies_at:
            raise ZeroDivisionError
        return self.checker.sample(hour)


class Poller:
    """Brings the views up to date."""

    def __init__(self, world):
        self.drain = world.catch_up


@pytest.fixture(scope="module")
def people(world):
    """The account ids of five people, by what became of them."""
    return Verification(world).everybody()


@pytest.fixture
def services(verification, people):
    """The job's surroundings."""
    return Services(verification)


@pytest.fixture
def lines(caplog):
    """The log lines of the job."""
    caplog.set_level(logging.INFO, logger="rollcall.projections")
    return lambda: [record for record in caplog.records if record.msg == "accounts verified"]


@pytest.mark.parametrize(
    ("moment", "hour"),
    [
        (MONDAY, 0),
        (MONDAY.replace(hour=23, minute=59), 23),
        (MONDAY.replace(day=24), 24),
        (MONDAY.replace(day=29, hour=23), HOURS - 1),
    ],
)
def test_hour_of_week(moment, hour):
    """From Monday's first hour to the last one of Sunday."""
    assert hour == verifying.hour_of_week(moment)


def test_a_part(services, verification, people):
    """This hour's part, as the checker has it."""
    expected = verification.checker.sample(verifying.hour_of_week(services.clock()))
    assert expected.counts() == verifying.run(services)


def test_hours_that_were_missed(services, verification, people, world):
    """They are caught up with, oldest first, three at most in a run; each is noted once done."""
    hour = int(services.clock().timestamp()) // 3600
    done = Done(services.checker)
    services.checker = done
    services.verified_hours.note(hour, services.clock())
    world.clock.advance(hours=5)
    verifying.run(services)
    verifying.run(services)
    verifying.run(services)
    now = verifying.hour_of_week(services.clock())
    assert [(now - back) % HOURS for back in (4, 3, 2, 1, 0, 0)] == done.hours
    assert hour + 5 == services.verified_hours.last()


def test_a_run_that_dies(services, verification, people, world):
    """What it had not come to is done by the next one."""
    hour = int(services.clock().timestamp()) // 3600
    services.verified_hours.note(hour, services.clock())
    world.clock.advance(hours=2)
    done = Done(services.checker, dies_at=2)
    services.checker = done
    with pytest.raises(ZeroDivisionError):
        verifying.run(services)
    done.dies_at = 0
    verifying.run(services)
    now = verifying.hour_of_week(services.clock())
    assert [(now - 1) % HOURS, now, now] == done.hours


def test_two_clocks(services, verification, people, world):
    """Runners whose clocks differ by twenty minutes leave no hour out."""
    world.clock.advance(minutes=105 - services.clock().minute)  # a quarter of an hour before the next one
    start = int(services.clock().timestamp()) // 3600
    done = Done(services.checker)
    services.checker, right = done, services.clock
    for run in range(6):
        services.clock = (lambda: right() + timedelta(minutes=20)) if run % 2 else right
        verifying.run(services)
        world.clock.advance(hours=1)
    first = verifying.hour_of_week(datetime.fromtimestamp(start * 3600, UTC))
    assert {(first + each) % HOURS for each in range(6)} <= set(done.hours)


def test_everything_by_hand(services, verification, world, lines):
    """The local stage verifies all, on views that have caught up."""
    world.leaver()
    told = jobs.verify(services, Poller(world))()
    assert (len(world.heads()), 0) == (told["accounts"], told["findings"])
    (line,) = lines()
    assert (told, "INFO", False) == (line.outcome, line.levelname, hasattr(line, "metric"))


def test_findings(services, verification, people, world, lines):
    """One line at the level of an error, with counts, a metric, and nothing personal."""
    (row,) = verification.items("views", f"V#retirement_queue#1#{people['left']}")
    with verification.damaged("views", row, {**row, "row": {"S": "{}"}}):
        told = verifying.run(services, everything=True)
    assert 1 == told["findings"]
    (line,) = lines()
    assert ("ERROR", "VerificationFindings", {"view row": 1}, told) == (
        line.levelname,
        line.metric,
        line.kinds,
        line.outcome,
    )
    assert [people["left"]] == [each["account"] for each in line.found]
    assert world.state(people["left"]).own_username not in repr(vars(line))


def test_one_at_a_time(services, lines):
    """A run that finds another at work does nothing, and says so with zeros."""
    with services.leases.try_hold(verifying.LEASE, "other", 60) as held:
        assert held
        assert {0} == set(verifying.run(services, everything=True).values())
    assert 1 == len(lines())
    assert verifying.run(services, everything=True)["accounts"] > 0
