"""The job `verify`: a part each hour, everything in a week (spec 50, section 7)."""

import logging
from datetime import UTC, datetime

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
        self.checker = verification.checker


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
