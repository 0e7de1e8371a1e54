"""The configurable states (spec 20, section 4.1) and which moves they allow (section 4.2)."""

import pytest

from chalicelib.retirement.errors import StatesError
from chalicelib.retirement.states import DEAD_ENDS, States, with_stable_ids
from chalicelib.settings import Settings

STOCK = States(tuple(Settings().retirement_states))
SHORTEST = ("PENDING", "ERRORED", "ABORTED", "COMPLETE")


def test_the_stock_list():
    """Sixteen states, in the order and with the numbers that the spec prints."""
    assert [
        ("PENDING", 1),
        ("LOCKING_ACCOUNT", 11),
        ("LOCKING_COMPLETE", 21),
        ("RETIRING_FORUMS", 31),
        ("FORUMS_COMPLETE", 41),
        ("RETIRING_EMAIL_LISTS", 51),
        ("EMAIL_LISTS_COMPLETE", 61),
        ("RETIRING_ENROLLMENTS", 71),
        ("ENROLLMENTS_COMPLETE", 81),
        ("RETIRING_NOTES", 91),
        ("NOTES_COMPLETE", 101),
        ("RETIRING_LMS", 111),
        ("LMS_COMPLETE", 121),
        ("ERRORED", 131),
        ("ABORTED", 141),
        ("COMPLETE", 151),
    ] == [(name, STOCK.order(name)) for name in STOCK.names]


def test_ids():
    """Without known ids the states are numbered from 1."""
    assert list(range(1, 17)) == [STOCK.ids[name] for name in STOCK.names]


class TestRules:
    """What a configured list must be; `reason` says what is wrong."""

    def test_the_shortest(self):
        """The four required states alone will do."""
        assert SHORTEST == States(SHORTEST).names

    @pytest.mark.parametrize(
        ("names", "reason"),
        [
            ((), "is empty"),
            (("PENDING", "ABORTED", "COMPLETE"), "lacks ERRORED"),
            (("WORK",), "lacks PENDING, ERRORED, ABORTED, COMPLETE"),
            (("PENDING", "WORK", "WORK", "ERRORED", "ABORTED", "COMPLETE"), "names a state twice"),
            (("PENDING", "COMPLETE", "ERRORED", "ABORTED", "COMPLETE"), "names a state twice"),
            (("WORK", "PENDING", "ERRORED", "ABORTED", "COMPLETE"), "begins with another state than PENDING"),
            (("PENDING", "ERRORED", "COMPLETE", "ABORTED"), "must end with ERRORED, ABORTED, COMPLETE"),
            (("PENDING", "ERRORED", "WORK", "ABORTED", "COMPLETE"), "must end with ERRORED, ABORTED, COMPLETE"),
            (("PENDING", "ERRORED", "ABORTED", "COMPLETE", "WORK"), "must end with ERRORED, ABORTED, COMPLETE"),
            (("PENDING", "W" * 31, "ERRORED", "ABORTED", "COMPLETE"), "longer than 30"),
            (("PENDING", "", "ERRORED", "ABORTED", "COMPLETE"), "empty"),
        ],
        ids=str,
    )
    def test_refused(self, names, reason):
        """A list that breaks a rule cannot be made."""
        with pytest.raises(StatesError) as refusal:
            States(names)
        assert reason in refusal.value.reason
        assert str(refusal.value).startswith("RETIREMENT_STATES: ")

    def test_the_longest_name(self):
        """30 characters are the most."""
        assert "W" * 30 in States(("PENDING", "W" * 30, "ERRORED", "ABORTED", "COMPLETE"))


@pytest.mark.parametrize("name", STOCK.names)
def test_working_states(name):
    """A working state is not required and does not end a step."""
    assert name.startswith(("RETIRING_", "LOCKING_A")) == STOCK.is_working(name)


@pytest.mark.parametrize("name", ["", "UNHEARD_OF", "retiring_lms", "COMPLETE_", "_COMPLETE"])
def test_an_unknown_state_is_no_working_state(name):
    """Nothing may be done in a state that is not configured, whatever it is called."""
    assert not STOCK.is_working(name)
    assert name not in STOCK


class TestMoves:
    """Which moves are refused; null is none."""

    @pytest.mark.parametrize("new", STOCK.names[1:])
    def test_forward(self, new):
        """Any distance forward, PENDING to COMPLETE at once."""
        assert STOCK.refusal("PENDING", new, forced=False) is None

    @pytest.mark.parametrize("new", ["LOCKING_COMPLETE", "LOCKING_ACCOUNT", "PENDING"])
    def test_backward_and_the_same(self, new):
        """Not later: refused, and force takes it."""
        assert "is not later than" in STOCK.refusal("LOCKING_COMPLETE", new, forced=False)
        assert STOCK.refusal("LOCKING_COMPLETE", new, forced=True) is None

    @pytest.mark.parametrize("current", DEAD_ENDS)
    @pytest.mark.parametrize("new", STOCK.names)
    def test_dead_ends(self, current, new):
        """Left only with force, forward too (R7)."""
        assert "dead end" in STOCK.refusal(current, new, forced=False)
        assert STOCK.refusal(current, new, forced=True) is None

    @pytest.mark.parametrize("forced", [False, True])
    @pytest.mark.parametrize("current", ["PENDING", "COMPLETE"])
    def test_unknown(self, current, forced):
        """Force does not lead to a state that does not exist, and the answer does not repeat what was sent."""
        refusal = STOCK.refusal(current, "SECRET", forced=forced)
        assert "no state of this name" in refusal
        assert "SECRET" not in refusal


class TestStableIds:
    """A name keeps its id when the list changes."""

    def test_the_first_list(self):
        """With nothing known the ids are the order."""
        assert STOCK.ids == with_stable_ids(STOCK.names, {}).ids

    def test_a_new_name_in_the_middle(self):
        """The others keep theirs, and the new one has the next that nobody had."""
        names = (*STOCK.names[:3], "RETIRING_WIKI", *STOCK.names[3:])
        changed = with_stable_ids(names, STOCK.ids)
        assert dict(STOCK.ids) | {"RETIRING_WIKI": 17} == dict(changed.ids)
        assert (31, 41) == (changed.order("RETIRING_WIKI"), changed.order("RETIRING_FORUMS"))

    def test_another_order(self):
        """Names that change places keep their ids."""
        names = ("PENDING", *STOCK.names[3:5], *STOCK.names[1:3], *STOCK.names[5:])
        assert dict(STOCK.ids) == dict(with_stable_ids(names, STOCK.ids).ids)

    def test_gone_and_back(self):
        """A name that was taken out and comes back has the id that it had."""
        without = with_stable_ids([name for name in STOCK.names if name != "RETIRING_NOTES"], STOCK.ids)
        again = with_stable_ids(STOCK.names, without.ids)
        assert STOCK.ids["RETIRING_NOTES"] == again.ids["RETIRING_NOTES"]

    def test_no_id_is_given_to_another_name(self):
        """The id of a name that has gone is not the next newcomer's."""
        first = with_stable_ids((*SHORTEST[:1], "WIKI", *SHORTEST[1:]), with_stable_ids(SHORTEST, {}).ids)
        second = with_stable_ids(SHORTEST, first.ids)
        third = with_stable_ids((*SHORTEST[:1], "NOTES", *SHORTEST[1:]), second.ids)
        assert first.ids["WIKI"] != third.ids["NOTES"]
