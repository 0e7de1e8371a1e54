"""Mending what can be derived from events, and nothing else (spec 50, section 6)."""

from dataclasses import replace

import pytest

from chalicelib.projections.findings import Place
from tests.support.calls import meanwhile, unreachable
from tests.support.dying import killed_at
from tests.support.verification import PEOPLE, Verification


@pytest.fixture(scope="module")
def people(world):
    """The account ids of five people, by what became of them."""
    return Verification(world).everybody()


@pytest.fixture
def mend(verification):
    """Verify all, mend it, and answer what was mended and what is left."""

    def mended():
        found = verification.checker.all().findings
        repaired = verification.repairer.mend(found)
        assert repaired.left == verification.checker.all().findings
        return [(each.place, each.what) for each in repaired.mended], list(repaired.left)

    return mended


def events_of(verification, account):
    """The event items of an account."""
    return [each for each in verification.items("ledger", f"A#{account}") if each["sk"]["S"].startswith("E#")]


def head_of(verification, account):
    """The head of an account."""
    (head,) = [each for each in verification.items("ledger", f"A#{account}") if each["sk"]["S"] == "HEAD"]
    return head


def test_nothing(mend):
    """Where nothing is found, nothing is done."""
    assert ([], []) == mend()


class TestHeads:
    """A head is written from its events, if these hold."""

    @pytest.mark.parametrize("who", PEOPLE)
    @pytest.mark.parametrize("damage", ["gone", "digest", "state", "last", "version"])
    def test_mended(self, verification, people, mend, who, damage):
        """As it was, but for what is sealed anew; no event is touched."""
        account = people[who]
        head, events = head_of(verification, account), events_of(verification, account)
        before = verification.world.state(account)
        changed = {
            "digest": {"d": {"B": bytes(32)}},
            "state": {"p": {"S": head["p"]["S"].replace('"number":', '"number":9')}},
            "last": {"last": {"S": "[]"}},
            "version": {"v": {"N": str(int(head["v"]["N"]) + 1)}},
        }
        verification.delete("ledger", head)
        if damage != "gone":
            verification.put("ledger", {**head, **changed[damage]})
        done, left = mend()
        assert ([], True) == (left, Place.HEAD in [place for place, _ in done])
        assert events == events_of(verification, account)
        assert before == verification.world.state(account)
        mended = head_of(verification, account)
        assert {name: head[name] for name in ("v", "p", "d")} == {name: mended[name] for name in ("v", "p", "d")}

    def test_of_events_that_do_not_hold(self, verification, people, mend):
        """A lost event is nobody's to make up, and a head over a gap is left as it is."""
        account = people["stays"]
        head, lost = head_of(verification, account), events_of(verification, account)[0]
        with verification.damaged("ledger", lost, None):
            done, left = mend()
            assert ([], {Place.EVENT}) == (done, {each.place for each in left})
            assert head == head_of(verification, account)

    def test_of_somebody_who_writes(self, verification, world, mend):
        """A commit between looking and mending wins; afterwards everything holds."""
        username = world.new_account("writes")
        account = world.id_of(username)
        head = head_of(verification, account)
        verification.put("ledger", {**head, "last": {"S": "[]"}})
        found = verification.checker.all().findings

        def commit():
            assert 200 == world.api.patch(username, {"bio": "later"}, as_=username).status

        with meanwhile(verification.client, "TransactWriteItems", commit):
            repaired = verification.repairer.mend(found)
        assert () == repaired.left
        assert "later" == world.state(account).profile.bio
        assert verification.checker.all().ok


class TestClaims:
    """Claims follow the accounts."""

    def claims_of(self, verification, account):
        """The claims of an account."""
        found = verification.world.scan("ledger")
        return [each for each in found if each["sk"]["S"] == "CLAIM" and each.get("a", {}).get("S") == account]

    @pytest.mark.parametrize("who", PEOPLE)
    def test_lost(self, verification, people, mend, who):
        """Every lost claim is put again."""
        before = self.claims_of(verification, people[who])
        for claim in before:
            verification.delete("ledger", claim)
        done, left = mend()
        assert ([(Place.CLAIM, "missing")] * len(before), []) == (done, left)
        assert before == self.claims_of(verification, people[who])

    def test_lost_retired_names(self, verification, people, mend, world):
        """So are those that lead to nobody."""
        retired = [item for item in world.scan("ledger") if item["pk"]["S"].startswith("C#retired-")]
        for claim in retired:
            verification.delete("ledger", claim)
        done, left = mend()
        assert (len(retired), []) == (len(done), left)
        assert retired == [item for item in world.scan("ledger") if item["pk"]["S"].startswith("C#retired-")]

    def test_too_many(self, verification, people, mend):
        """A claim that nobody has goes."""
        for number, holder in enumerate((people["stays"], people["erased"], "f" * 32)):
            pk = f"C#email#{number:064x}"
            verification.put("ledger", {"pk": {"S": pk}, "sk": {"S": "CLAIM"}, "a": {"S": holder}})
        done, left = mend()
        assert [(Place.CLAIM, "leads to no account"), *[(Place.CLAIM, "too many")] * 2] == sorted(done)
        assert [] == left

    @pytest.mark.parametrize("other", ["left", None, "nobody"])
    def test_leading_elsewhere(self, verification, people, mend, other):
        """It comes back in one step, whoever has it without a right to it."""
        before = self.claims_of(verification, people["stays"])
        for claim in before:
            wrong = {"pk": claim["pk"], "sk": claim["sk"]}
            if other is not None:
                wrong["a"] = {"S": people.get(other, "f" * 32)}
            verification.put("ledger", wrong)
        _, left = mend()
        assert [] == left
        assert before == self.claims_of(verification, people["stays"])

    def test_two_owners(self, verification, people, mend, world):
        """What two accounts claim by their events stays a finding; nobody loses it to the other."""
        first, second = (world.new_account("owner") for _ in range(2))
        claim = next(
            each
            for each in self.claims_of(verification, world.id_of(first))
            if each["pk"]["S"].startswith("C#username#")
        )
        state = world.state(world.id_of(second))
        aggregate = world.ledger.aggregate
        own = aggregate.claims
        also = next(each for each in own(world.state(world.id_of(first))) if each.kind == "username")

        def claims(self, given):
            return own(given) | ({also} if given.id == state.id else frozenset())

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(type(aggregate), "claims", claims)
            done, left = mend()
            assert ([], [(Place.CLAIM, "leads elsewhere", state.id)]) == (
                done,
                [(each.place, each.what, each.account) for each in left],
            )
        assert claim in self.claims_of(verification, world.id_of(first))

    def test_taken_meanwhile(self, verification, people, mend, world):
        """A claim that is too many when it is looked at, and right when it would be deleted, stays."""
        username = world.new_account("late")
        account = world.id_of(username)
        claim = self.claims_of(verification, account)[0]
        stray = {"pk": {"S": "C#email#" + "9" * 64}, "sk": {"S": "CLAIM"}, "a": {"S": account}}
        verification.put("ledger", stray)
        found = verification.checker.all().findings

        def commit():
            assert 200 == world.api.patch(username, {"bio": "later"}, as_=username).status

        with meanwhile(verification.client, "TransactWriteItems", commit):
            repaired = verification.repairer.mend(found)
        assert (1, 0) == (len(repaired.left), len(repaired.mended))
        assert claim in self.claims_of(verification, account)
        assert ([(Place.CLAIM, "too many")], []) == mend()


class TestViews:
    """Rows are written anew, or taken away."""

    @pytest.mark.parametrize("who", PEOPLE[1:])
    @pytest.mark.parametrize("damage", ["gone", "content", "sealed", "late", "future"])
    def test_written_anew(self, verification, people, mend, who, damage):
        """As the account projects it."""
        (row,) = verification.items("views", f"V#retirement_queue#1#{people[who]}")
        changed = {
            "content": {"row": {"S": "{}"}},
            "sealed": {"sealed": {"B": b"\x03" + bytes(60)}},
            "late": {"v": {"N": "1"}, "row": {"S": "{}"}},
            "future": {"v": {"N": "1000"}},
        }
        verification.delete("views", row)
        if damage != "gone":
            verification.put("views", {**row, **changed[damage]})
        done, left = mend()
        assert ([Place.VIEW_ROW], []) == ([place for place, _ in done], left)
        (mended,) = verification.items("views", f"V#retirement_queue#1#{people[who]}")
        assert {**row, "sealed": None} == {**mended, "sealed": None}

    def test_taken_away(self, verification, people, mend):
        """Rows too many, of no account, and of no generation."""
        (row,) = verification.items("views", f"V#retirement_queue#1#{people['left']}")
        for pk, sk in (
            (row["pk"]["S"], "OTHER"),
            ("V#retirement_queue#1#" + "f" * 32, "ROW"),
            ("V#retirement_queue#8#" + people["left"], "ROW"),
        ):
            verification.put("views", {**row, "pk": {"S": pk}, "sk": {"S": sk}})
        done, left = mend()
        assert ({"too many", "of no account", "of no generation"}, []) == ({what for _, what in done}, left)
        assert [row] == verification.items("views", row["pk"]["S"])

    def test_a_view_lost_altogether(self, verification, people, mend, world):
        """The same rows as before."""
        rows = [row for row in world.scan("views") if row["pk"]["S"].startswith("V#")]
        for row in rows:
            verification.delete("views", row)
        done, left = mend()
        assert (len(rows), []) == (len(done), left)
        again = [row for row in world.scan("views") if row["pk"]["S"].startswith("V#")]
        plain = [[{**row, "sealed": None} for row in found] for found in (rows, again)]
        assert sorted(plain[0], key=repr) == sorted(plain[1], key=repr)


class TestLeftAlone:
    """What cannot be derived stays a finding."""

    def test_credentials_keys_and_unknown_items(self, verification, people, mend):
        """Nothing of it is written, nothing is deleted."""
        credential = next(
            item for item in verification.items("ledger", f"A#{people['stays']}") if item["sk"]["S"] == "CREDENTIAL"
        )
        (key,) = verification.items("keys", f"{people['left']}#profile")
        unknown = {"pk": {"S": "X"}, "sk": {"S": "Y"}}
        with (
            verification.damaged("ledger", credential, None),
            verification.damaged("keys", key, {**key, "fingerprint": {"S": "0" * 64}}),
            verification.damaged("ledger", None, unknown),
        ):
            done, left = mend()
            assert ([], {Place.CREDENTIAL, Place.KEY, Place.UNKNOWN}) == (done, {each.place for each in left})

    def test_findings_of_another_time(self, verification, people):
        """What is right by now is counted as mended, and nothing is written."""
        (row,) = verification.items("views", f"V#retirement_queue#1#{people['left']}")
        with verification.damaged("views", row, {**row, "row": {"S": "{}"}}):
            found = verification.checker.all().findings
        with unreachable(verification.client, "TransactWriteItems", "PutItem", "DeleteItem"):
            repaired = verification.repairer.mend([*found, replace(found[0], what="too many")])
        assert ((), 2) == (repaired.left, len(repaired.mended))


@pytest.mark.parametrize("landed", [False, True], ids=["unsent", "landed"])
@pytest.mark.parametrize("nth", [1, 12, 18, 25, 40])
def test_killed_and_run_again(verification, people, mend, world, nth, landed):
    """Wherever it dies: nothing is worse than before, and the next run finishes it."""
    account = people["reported"]
    verification.put("ledger", {**head_of(verification, account), "last": {"S": "[]"}})
    for item in world.scan("ledger"):
        if item["sk"]["S"] == "CLAIM" and item.get("a", {}).get("S") == account:
            verification.delete("ledger", item)
    for row in world.scan("views"):
        if row["pk"]["S"].endswith(account):
            verification.delete("views", row)
    found = verification.checker.all().findings
    assert len(found) > 5
    with killed_at(nth, landed=landed):
        verification.repairer.mend(found)
    _, left = mend()
    assert [] == left
