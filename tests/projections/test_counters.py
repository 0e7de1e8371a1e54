"""No counter is behind the numbers in use (spec 50, section 6)."""

import json

import pytest

from chalicelib.projections.checking import HOURS
from chalicelib.projections.findings import Place
from tests.support.calls import meanwhile


@pytest.fixture(params=["account", "retirement", "partner"])
def counter(request, verification, people):
    """A counter, as its item."""
    (item,) = verification.items("ledger", f"N#{request.param}")
    return item


@pytest.fixture
def states(verification, people):
    """The item of the states of retirement."""
    (item,) = verification.items("ledger", "N#retirement-states")
    return item


@pytest.mark.parametrize(
    ("damage", "what"),
    [({"n": {"N": "0"}}, "behind"), ({}, "no number"), (None, "missing")],
)
def test_behind(verification, counter, damage, what):
    """Found with the highest number in use, and raised to that; a number that was given is not given again."""
    used = verification.in_use(counter["pk"]["S"].removeprefix("N#"))
    key = {name: counter[name] for name in ("pk", "sk")}
    with verification.damaged("ledger", counter, None if damage is None else {**key, **damage}):
        (finding,) = verification.checker.all().findings
        assert (Place.COUNTER, None, used, what, True, counter["pk"]["S"]) == (
            finding.place,
            finding.account,
            finding.version,
            finding.what,
            finding.mendable,
            finding.item,
        )
        assert (finding,) == verification.repairer.mend([finding]).mended
        assert used == verification.world.ledger.last_number(counter["pk"]["S"].removeprefix("N#"))
        assert verification.checker.all().ok
        verification.delete("ledger", counter)


def test_ahead(verification, counter):
    """Numbers may be skipped."""
    with verification.damaged("ledger", counter, {**counter, "n": {"N": "1000000"}}):
        assert verification.checker.all().ok


def test_in_a_week(verification, counter):
    """Some hour comes by the number that a counter has forgotten."""
    with verification.damaged("ledger", counter, {**counter, "n": {"N": "0"}}):
        found = [each for hour in range(HOURS) for each in verification.checker.sample(hour).findings]
        assert {counter["pk"]["S"]} == {each.item for each in found}


def test_one_account_costs_nothing_more(verification, people, counter):
    """Counters are nobody's: they are not looked at for one account."""
    with verification.damaged("ledger", counter, None):
        assert verification.checker.check(people["cleaned"]).ok


def test_while_numbers_are_given(verification, world, people):
    """A counter is read after the numbers, so it is never behind for who registers."""
    for before in range(6):
        with meanwhile(verification.client, "Scan", lambda: world.new_account("late"), calls_before=before):
            assert verification.checker.all().ok
    assert 0 == verification.waited


@pytest.mark.parametrize(
    "change",
    [
        lambda names, ids: (names[1:], ids),
        lambda names, ids: (names, {**ids, names[0]: 99}),
        lambda names, ids: (names, {**ids, names[0]: ids[names[1]]}),
        lambda names, ids: ([*names[:2], "OTHER", *names[2:]], ids),
        lambda names, ids: (names, {**ids, names[0]: "1"}),
        lambda _, ids: (None, ids),
    ],
)
def test_states_of_retirement(verification, states, change):
    """Each name has its id, numbered without a gap."""
    content = json.loads(states["p"]["S"])
    names, ids = change(content["names"], content["ids"])
    for damage in (json.dumps({"names": names, "ids": ids}), "{"):
        with verification.damaged("ledger", states, {**states, "p": {"S": damage}}):
            (finding,) = verification.checker.all().findings
            assert (Place.COUNTER, "states of retirement", False) == (finding.place, finding.what, finding.mendable)
            assert (finding,) == verification.repairer.mend([finding]).left
