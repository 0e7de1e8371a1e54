"""Items that are not what was written, in ways that a look at one account does not meet (spec 50, section 6)."""

import json
from copy import copy

import pytest

from chalicelib.events import items
from chalicelib.projections.findings import Place

OTHER = "f" * 32
GENERATIONS = {
    "pk": {"S": "G#name_changes"},
    "sk": {"S": "G"},
    "v": {"N": "1"},
    "row": {"S": json.dumps({"serving": 1, "building": None, "previous": None, "dropping": [], "newest": 1})},
}


def findings(verification):
    """What is found in all: kinds of items, and what is said of them."""
    return [(each.place, each.what) for each in verification.checker.all().findings]


def head_of(verification, account):
    """The head of an account."""
    return next(each for each in verification.items("ledger", f"A#{account}") if each["sk"]["S"] == "HEAD")


class TestGenerations:
    """Which generations of a view there are."""

    @pytest.mark.parametrize(
        "row",
        [
            GENERATIONS["row"]["S"].replace("serving", "berving"),
            GENERATIONS["row"]["S"].replace("dropping", "drooping"),
            GENERATIONS["row"]["S"][1:],
            GENERATIONS["row"]["S"].replace("1", "7", 1),
            GENERATIONS["row"]["S"].replace("1", '"1"', 1),
            "[]",
        ],
    )
    def test_not_known(self, verification, world, row):
        """A finding, everything else is verified, and no row of the view is taken for wrong."""
        rows = world.scan("views")
        with verification.damaged("views", None, {**GENERATIONS, "row": {"S": row}}):
            report = verification.checker.all()
            (finding,) = report.findings
            assert (Place.VIEW_ROW, "generations", "G#name_changes") == (finding.place, finding.what, finding.item)
            assert (finding,) == verification.repairer.mend(report.findings).left
        assert rows == world.scan("views")
        assert verification.checker.all().ok

    def test_sound(self, verification):
        """What a rebuild writes is none."""
        with verification.damaged("views", None, GENERATIONS):
            assert verification.checker.all().ok


def test_a_row_under_another_key(verification, people, world):
    """A mark between the parts of a row's key is gone."""
    assert people
    row = next(each for each in world.scan("views") if each["pk"]["S"].startswith("V#"))
    kind, view, generation, key = row["pk"]["S"].split("#")
    for pk in (f"{kind}#{view}#{generation}b{key}", f"{kind}#{view}"):
        with verification.damaged("views", None, {**row, "pk": {"S": pk}}):
            assert [(Place.UNKNOWN, "item of the views")] == findings(verification)


class TestHeads:
    """Heads of another type or schema."""

    @pytest.mark.parametrize(
        ("change", "what"),
        [
            (('"Account"', '"Bccount"'), "format"),
            (('"schema":4', '"schema":5'), "format"),
            (('"schema":4', '"schema":3'), "seal"),
        ],
    )
    def test_not_what_was_written(self, verification, people, change, what):
        """Found, and mended."""
        head = head_of(verification, people["stays"])
        changed = {**head, "p": {"S": head["p"]["S"].replace(*change, 1)}}
        assert changed != head
        with verification.damaged("ledger", head, changed):
            (finding,) = verification.checker.all().findings
            assert (Place.HEAD, True) == (finding.place, finding.mendable)
            assert what in finding.what or what == "seal"
            assert () == verification.repairer.mend([finding]).left

    def test_of_an_earlier_schema(self, verification, people, world):
        """Such a head is sound; what else is wrong with its account is a finding, never an end."""
        account = people["stays"]
        head, ledger = head_of(verification, account), world.wiring.ledger
        events = list(ledger.history(account))
        count = len(json.loads(head["last"]["S"]))
        aggregate = copy(ledger.aggregate)
        aggregate.state_schema = 3
        earlier = items.head_item(ledger.load(account), aggregate, events[-count:])
        (key,) = verification.items("keys", f"{account}#profile")
        first = next(each for each in verification.items("ledger", f"A#{account}") if each["sk"]["S"].startswith("E#"))
        with verification.damaged("ledger", head, earlier):
            assert verification.checker.all().ok
            with verification.damaged("keys", key, {**key, "state": {"S": "BCTIVE"}}):
                assert (Place.KEY, "state") in findings(verification)
            for sort_key in ("E#00000000000x", "E#900000000001"):
                with verification.damaged("ledger", first, None):
                    assert findings(verification)
                    with verification.damaged("ledger", None, {**first, "sk": {"S": sort_key}}):
                        assert findings(verification)
        assert verification.checker.all().ok


class TestKeys:
    """Keys that no account knows, and those that wrap others."""

    def test_a_fence_that_still_opens(self, verification, people):
        """Of a row that was lost: destroyed by its words alone."""
        name = f"{people['stays']}.1#retirement"
        (fence,) = verification.items("keys", f"{people['erased']}#profile")
        (entry,) = verification.items("erasures", f"{people['erased']}#profile")
        entry = {each: entry[each] for each in ("through", "at", "fingerprint")}
        entry |= {"pk": {"S": name}, "account": {"S": people["stays"]}}
        opens = {**fence, "pk": {"S": name}, "wrapped": {"B": b"x" * 60}, "kek": {"S": "KEK#0000000000000000"}}
        with verification.damaged("erasures", None, entry):
            with verification.damaged("keys", None, {**fence, "pk": {"S": name}}):
                assert [] == findings(verification)
            with verification.damaged("keys", None, opens):
                assert [(Place.ERASURE, "erased, and there is still something to unwrap")] == findings(verification)

    def test_an_entry_of_a_number_that_is_none(self, verification, people):
        """No counter is made of it."""
        name = f"{people['stays']}.5#profile"
        entry = {"pk": {"S": name}, "account": {"S": people["stays"]}, "through": {"N": "1"}, "at": {"S": "x"}}
        with verification.damaged("erasures", None, entry):
            assert [(Place.ERASURE, "of no destroyed key")] == findings(verification)

    def test_a_living_key_of_a_number_to_come(self, verification, people):
        """A restored counter would give it again."""
        (key,) = verification.items("keys", f"{people['stays']}#profile")
        with verification.damaged("keys", None, {**key, "pk": {"S": f"{people['stays']}.77#retirement"}}):
            assert [(Place.COUNTER, "behind")] == findings(verification)

    @pytest.mark.parametrize(
        ("change", "what"),
        [
            ({"kek": {"S": "KEK#0000000000000000"}}, "names no key"),
            ({"kek": {"N": "1"}}, "no S"),
            ({"state": {"S": "BCTIVE"}}, "state"),
            ({"at": {"S": "x"}}, "time"),
        ],
    )
    def test_the_current_key_encryption_key(self, verification, change, what):
        """The row that names it."""
        (row,) = verification.items("keys", "KEK")
        with verification.damaged("keys", row, {**row, **change}):
            assert [(Place.KEY, what)] == findings(verification)

    @pytest.mark.parametrize("change", [{"wrapped": "last byte"}, {"state": {"S": "x"}}, {"at": {"S": "x"}}])
    def test_a_key_encryption_key(self, verification, world, change):
        """Also one that this process has in memory."""
        (row,) = (each for each in world.scan("keys") if each["pk"]["S"].startswith("KEK#"))
        if "wrapped" in change:
            blob = row["wrapped"]["B"]
            change = {"wrapped": {"B": blob[:-1] + bytes([blob[-1] ^ 1])}}
        with verification.damaged("keys", row, {**row, **change}):
            (finding,) = verification.checker.all().findings
            assert (Place.KEY, row["pk"]["S"], False) == (finding.place, finding.item, finding.mendable)
        assert verification.checker.all().ok
