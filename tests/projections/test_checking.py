"""Verification of accounts: everything that is damaged is found, and nobody who writes is (spec 50, section 6)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

import pytest

from chalicelib.events.errors import StoreUnavailableError
from chalicelib.projections.checking import HOURS, PAUSES
from chalicelib.projections.examining import Examiner
from chalicelib.projections.findings import Place
from tests.support.calls import meanwhile, unreachable
from tests.support.mutations import mutated
from tests.support.verification import GRACE, PEOPLE, Verification


def places(report):
    """Where findings are, each once."""
    return {finding.place for finding in report.findings}


def whats(report):
    """What findings say."""
    return sorted(f"{finding.place}: {finding.what}" for finding in report.findings)


def item_of(verification, account, sort_key):
    """An item of an account."""
    (item,) = [each for each in verification.items("ledger", f"A#{account}") if each["sk"]["S"] == sort_key]
    return item


class TestWhole:
    """What the service wrote verifies, whatever became of people."""

    def test_everything(self, verification, people, world):
        """All items are counted, and nothing is found."""
        report = verification.checker.all()
        assert (True, (), 0) == (report.ok, report.findings, report.unsettled)
        ledger = world.scan("ledger")
        assert [
            sum(item["sk"]["S"] == "HEAD" for item in ledger),
            sum(item["sk"]["S"].startswith("E#") for item in ledger),
            sum(item["sk"]["S"] == "CLAIM" for item in ledger),
            sum(item["pk"]["S"].startswith("V#") for item in world.scan("views")),
        ] == [report.accounts, report.events, report.claims, report.rows]
        assert 0 == verification.waited

    @pytest.mark.parametrize("who", PEOPLE)
    def test_one(self, verification, people, who):
        """Each person alone, erased or not."""
        report = verification.checker.check(people[who])
        assert (True, 1) == (report.ok, report.accounts)
        assert verification.world.version(people[who]) == report.events

    def test_nobody(self, verification):
        """There is no such account: nothing to find."""
        report = verification.checker.check("0" * 32)
        assert (True, 0, 0) == (report.ok, report.accounts, report.events)

    def test_samples_are_everything(self, verification, people):
        """The hours of a week meet each item once."""
        whole = verification.checker.all()
        parts = [verification.checker.sample(hour) for hour in range(HOURS)]
        for name in ("accounts", "events", "claims", "rows"):
            assert getattr(whole, name) == sum(getattr(part, name) for part in parts)
        assert all(part.ok for part in parts)
        assert len([part for part in parts if part.accounts]) > 2

    def test_records_and_counters(self, verification, world, people):
        """Idempotency records, counters and quarantined accounts are known."""
        username = world.new_account()
        answer = world.api.patch(username, {"bio": "hi"}, headers={"Idempotency-Key": "k"}, as_=username)
        assert 200 == answer.status
        assert any(item["sk"]["S"] == "CMD" for item in world.scan("ledger"))
        verification.put("views", {"pk": {"S": "Q"}, "sk": {"S": people["stays"]}, "v": {"N": "1"}})
        world.catch_up()
        assert () == verification.checker.all().findings
        verification.delete("views", {"pk": {"S": "Q"}, "sk": {"S": people["stays"]}})

    def test_stores_that_are_away(self, verification, people):
        """No verdict without having looked."""
        with unreachable(verification.client), pytest.raises(StoreUnavailableError):
            verification.checker.all()
        with unreachable(verification.client), pytest.raises(StoreUnavailableError):
            verification.checker.check(people["stays"])


class TestHeadsAndEvents:
    """fold == head, no gaps, the chain."""

    @pytest.mark.parametrize("who", ["stays", "erased"])
    def test_a_head_of_another_time(self, verification, people, who):
        """A head that was put back from a backup."""
        head = item_of(verification, people[who], "HEAD")
        version = int(head["v"]["N"])
        older = {**head, "v": {"N": str(version - 1)}}
        with verification.damaged("ledger", head, older):
            (finding,) = verification.checker.check(people[who]).findings
            assert (Place.HEAD, "version", True) == (finding.place, finding.what, finding.mendable)
            assert Place.HEAD in places(verification.checker.all())

    @pytest.mark.parametrize(("at", "what"), [(1, "missing"), (2, "missing"), (-1, "missing")])
    def test_a_lost_event(self, verification, people, at, what):
        """Wherever it was; nobody may make one up."""
        account = people["reported"]
        events = [each for each in verification.items("ledger", f"A#{account}") if each["sk"]["S"].startswith("E#")]
        lost = events[at if at < 0 else at - 1]
        with verification.damaged("ledger", lost, None):
            findings = verification.checker.check(account).findings
            version = int(lost["sk"]["S"][2:])
            assert (Place.EVENT, version, what, False) in [
                (each.place, each.version, each.what, each.mendable) for each in findings
            ]
            assert not any(each.mendable for each in findings)
            assert Place.EVENT in places(verification.checker.all())

    def test_no_head(self, verification, people):
        """Events without a head; claims that lead there are not told apart from it."""
        account = people["stays"]
        head = item_of(verification, account, "HEAD")
        with verification.damaged("ledger", head, None):
            report = verification.checker.all()
            assert (Place.HEAD, "missing", True) in [
                (each.place, each.what, each.mendable) for each in report.findings if each.account == account
            ]
            assert not any(each.mendable for each in report.findings if each.place is Place.CLAIM)

    def test_an_event_type_of_a_newer_release(self, verification, people, monkeypatch):
        """It is said, and the others are verified all the same."""
        types = dict(verification.world.ledger.aggregate.event_types)
        del types["ProfileErased"]
        monkeypatch.setattr(type(verification.world.ledger.aggregate), "event_types", types)
        report = verification.checker.all()
        assert {"event: type of a newer release"} == set(whats(report))
        assert {people["erased"], people["cleaned"]} == {each.account for each in report.findings}


class TestClaims:
    """Claims and heads, both ways."""

    def claims_of(self, verification, account):
        """The claims that lead to an account."""
        return [item for item in verification.world.scan("ledger") if item.get("a", {}).get("S") == account]

    def test_a_lost_claim(self, verification, people):
        """Each that an account must have."""
        for claim in self.claims_of(verification, people["reported"]):
            if claim["sk"]["S"] != "CLAIM":
                continue
            with verification.damaged("ledger", claim, None):
                (finding,) = verification.checker.check(people["reported"]).findings
                assert (Place.CLAIM, "missing", claim["pk"]["S"]) == (finding.place, finding.what, finding.item)
                assert {finding} == set(verification.checker.all().findings)

    def test_a_lost_retired_name(self, verification, people):
        """What leads to nobody must stand as well."""
        (claim, *_) = [
            item for item in verification.world.scan("ledger") if item["pk"]["S"].startswith("C#retired-username#")
        ]
        with verification.damaged("ledger", claim, None):
            assert ["claim: missing"] == whats(verification.checker.all())

    def test_too_many(self, verification, people):
        """A claim that an account does not have, and one of an account that there is not."""
        pk = "C#username#" + "a" * 64
        for holder, what in ((people["stays"], "too many"), ("f" * 32, "leads to no account")):
            claim = {"pk": {"S": pk}, "sk": {"S": "CLAIM"}, "a": {"S": holder}}
            with verification.damaged("ledger", None, claim):
                (finding,) = verification.checker.all().findings
                assert (Place.CLAIM, what, pk, True) == (finding.place, finding.what, finding.item, finding.mendable)

    @pytest.mark.parametrize("extra", [{}, {"a": {"S": "x@example.com"}}])
    def test_that_leads_nowhere(self, verification, people, extra):
        """A claim of a kind that leads somewhere, and does not; what stands there instead is not told."""
        claim = {"pk": {"S": "C#email#" + "b" * 64}, "sk": {"S": "CLAIM"}, **extra}
        with verification.damaged("ledger", None, claim):
            (finding,) = verification.checker.all().findings
            assert ("leads elsewhere", None, False) == (finding.what, finding.account, finding.mendable)
            assert "example" not in repr(finding)

    def test_of_somebody_else(self, verification, people):
        """A claim that leads to another account is wrong on both sides."""
        claim = next(each for each in self.claims_of(verification, people["stays"]) if each["sk"]["S"] == "CLAIM")
        with verification.damaged("ledger", claim, {**claim, "a": {"S": people["left"]}}):
            report = verification.checker.all()
            assert ["claim: leads elsewhere", "claim: too many"] == whats(report)
            assert {people["stays"], people["left"]} == {each.account for each in report.findings}

    def test_most_waiting(self, verification, people, monkeypatch):
        """Whoever cannot wait any longer is looked up, to the same end."""
        monkeypatch.setattr("chalicelib.projections.matching.MOST_WAITING", 3)
        assert verification.checker.all().ok
        self.test_too_many(verification, people)
        self.test_a_lost_retired_name(verification, people)


class TestViews:
    """Each row of each written generation is what the account projects."""

    def row_of(self, verification, account, view="retirement_queue"):
        """The row of an account."""
        (row,) = verification.items("views", f"V#{view}#1#{account}")
        return row

    @pytest.mark.parametrize(
        ("change", "what"),
        [
            ({"row": {"S": "{}"}}, "content"),
            ({"index": {"S": "retirement_queue#1#PENDING#9"}}, "content"),
            ({"place": {"S": "0"}}, "content"),
            ({"sealed": {"B": b"\x03" + bytes(60)}}, "sealed part"),
            ({"further": {"S": ""}}, "content"),
        ],
    )
    def test_altered(self, verification, people, change, what):
        """Its clear part, its place in the index, its sealed part, and what should not be there."""
        row = self.row_of(verification, people["left"])
        with verification.damaged("views", row, {**row, **change}):
            for report in (verification.checker.check(people["left"]), verification.checker.all()):
                (finding,) = report.findings
                assert (Place.VIEW_ROW, what, row["pk"]["S"], True) == (
                    finding.place,
                    finding.what,
                    finding.item,
                    finding.mendable,
                )

    def test_a_tombstone_that_came_back(self, verification, people):
        """The row of somebody who is cleaned up is nothing but a version."""
        tombstone = self.row_of(verification, people["cleaned"])
        with verification.damaged("views", tombstone, {**tombstone, "row": {"S": "{}"}}):
            assert ["view row: content"] == whats(verification.checker.all())

    def test_of_nobody(self, verification, people):
        """Rows of accounts that there are not, of views and generations that nobody knows, and other items."""
        row = self.row_of(verification, people["left"])
        for pk, what, mendable in (
            ("V#retirement_queue#1#" + "e" * 32, "view row: of no account", True),
            ("V#retirement_queue#7#" + people["left"], "view row: of no generation", True),
            ("V#retirement_queue#1#ada@example.com", "view row: of nobody", False),
            ("V#ada@example.com#1#" + people["left"], "unknown: item of the views", False),
            ("X", "unknown: item of the views", False),
        ):
            with verification.damaged("views", None, {**row, "pk": {"S": pk}}):
                report = verification.checker.all()
                assert [what] == whats(report)
                assert [mendable] == [each.mendable for each in report.findings]
                assert "ada@example" not in repr(report)

    def test_too_many(self, verification, people):
        """A row that the account does not project."""
        row = self.row_of(verification, people["left"])
        with verification.damaged("views", None, {**row, "sk": {"S": "OTHER"}}):
            for report in (verification.checker.check(people["left"]), verification.checker.all()):
                assert ["view row: too many"] == whats(report)

    def test_late(self, verification, world):
        """A row may lag behind for the grace, and not for longer; one that is there too early may not at all."""
        username = world.leaver()
        account = world.id_of(username)
        verification.meanwhile = world.catch_up
        assert verification.checker.all().ok
        assert 0 < verification.waited < GRACE
        verification.meanwhile = lambda: None
        assert 204 == world.move(username, "LOCKING_ACCOUNT").status
        (finding,) = verification.checker.all().findings
        assert (Place.VIEW_ROW, "late", account, True) == (
            finding.place,
            finding.what,
            finding.account,
            finding.mendable,
        )
        assert verification.waited >= GRACE
        world.catch_up()
        assert verification.checker.all().ok

    def test_from_the_future(self, verification, people):
        """A row that shows a version which the account has not reached."""
        row = self.row_of(verification, people["left"])
        with verification.damaged("views", row, {**row, "v": {"N": "99"}}):
            assert ["view row: of a version that is not there"] == whats(verification.checker.all())

    def test_a_state_that_cannot_be_projected(self, verification, people, monkeypatch):
        """Said of the account; the others are verified."""
        (view, *_) = verification.stores.projections
        project = view.project

        def poisoned(account):
            if account.account == people["left"]:
                raise ZeroDivisionError
            return project(account)

        monkeypatch.setattr(view, "project", poisoned, raising=False)
        report = verification.checker.all()
        assert "view row: cannot be projected" in whats(report)
        assert {people["left"]} == {each.account for each in report.findings}


class TestUnknown:
    """Anything that nobody knows is a finding, and its key is not told."""

    @pytest.mark.parametrize(
        ("pk", "sk"),
        [
            ("ada@example.com", "HEAD"),
            ("A#ada", "HEAD"),
            ("C#nickname#" + "a" * 64, "CLAIM"),
            ("C#username#ada", "CLAIM"),
            ("I#ada#k", "CMD"),
            ("N#account", "M"),
        ],
    )
    def test_in_the_ledger(self, verification, people, pk, sk):
        """Other partitions, and other items in known ones."""
        with verification.damaged("ledger", None, {"pk": {"S": pk}, "sk": {"S": sk}, "p": {"S": "ada"}}):
            (finding,) = verification.checker.all().findings
            assert (Place.UNKNOWN, False) == (finding.place, finding.mendable)
            assert "ada" not in repr(finding)

    @pytest.mark.parametrize("sk", ["HAED", "E#12", "E#00000000000x", "F#000000000001"])
    def test_in_an_account(self, verification, people, sk):
        """Among the items of an account."""
        item = {"pk": {"S": f"A#{people['stays']}"}, "sk": {"S": sk}, "p": {"S": "x"}}
        with verification.damaged("ledger", None, item):
            for report in (verification.checker.check(people["stays"]), verification.checker.all()):
                assert {Place.UNKNOWN} == places(report)


class TestKeysAndPasswords:
    """Keys are there, sound and destroyed when they must be; the password is the one of the events."""

    def test_a_lost_key(self, verification, people):
        """Nothing can be opened without it."""
        (row,) = verification.items("keys", f"{people['stays']}#profile")
        with verification.damaged("keys", row, None):
            assert "key: missing" in whats(verification.checker.check(people["stays"]))
            assert Place.KEY in places(verification.checker.all())

    def test_not_destroyed(self, verification, people, world):
        """An erased person whose key still opens something."""
        (row,) = verification.items("keys", f"{people['erased']}#profile")
        made = world.wiring.keys.make(people["erased"], "profile", world.clock())
        with verification.damaged("keys", row, made.row):
            assert "key: not destroyed" in whats(verification.checker.all())
            world.wiring.keys.forget(people["erased"], "profile")

    def test_destroyed_too_early(self, verification, people):
        """Somebody who stays, and whose key is gone."""
        (row,) = verification.items("keys", f"{people['stays']}#profile")
        (erased,) = verification.items("keys", f"{people['erased']}#profile")
        with verification.damaged("keys", row, {**erased, "pk": row["pk"]}):
            assert "key: destroyed too early" in whats(verification.checker.all())

    def test_another_password(self, verification, people, world):
        """A hash that no event speaks of, none where there must be one, and one too many."""
        stays = item_of(verification, people["stays"], "CREDENTIAL")
        with verification.damaged("ledger", stays, None):
            assert ["credential: missing"] == whats(verification.checker.all())
        other = mutated(stays, "profile", "B", len(stays["profile"]["B"]) - 1, 0)
        with verification.damaged("ledger", stays, other):
            assert ["credential: not the one of the events"] == whats(verification.checker.all())
        extra = {**stays, "pk": {"S": f"A#{people['erased']}"}}
        with verification.damaged("ledger", None, extra):
            assert ["credential: too many"] == whats(verification.checker.all())


def test_nothing_personal(verification, people, world):
    """Whatever is found, reports hold ids and keyed hashes alone."""
    names = [world.state(account).own_username for account in people.values()]
    head = item_of(verification, people["stays"], "HEAD")
    with verification.damaged("ledger", head, None):
        told = repr(verification.checker.all()) + repr([asdict(each) for each in verification.checker.all().findings])
    assert [] == [name for name in [*names, "example.com", "Ada", "blue"] if name and name in told]


class TestWhileOthersWrite:
    """Nobody who writes is a finding."""

    def test_four_writers(self, verification, world, people):
        """Accounts are made, changed, renamed, left and come back, views follow: verified again and again."""
        world.api.token("superuser")
        stop = threading.Event()
        checker = Verification(world).checker

        def write(number):
            done = 0
            while not stop.is_set():
                username = world.new_account(f"busy{number}x")
                for text in ("one", "two"):
                    answer = world.api.patch(username, {"bio": text, "name": text}, as_=username)
                    assert 200 == answer.status
                world.catch_up([world.id_of(username)])
                done += 1
            return done

        with ThreadPoolExecutor(4) as pool:
            running = [pool.submit(write, number) for number in range(4)]
            reports = [checker.all() for _ in range(5)]
            stop.set()
            assert all(each.result() for each in running)
        assert [()] * 5 == [report.findings for report in reports]
        assert reports[0].accounts < reports[-1].accounts

    def test_a_commit_in_the_midst(self, verification, world, people):
        """Between any two requests of an examination."""
        username = world.new_account("moving")
        account = world.id_of(username)
        for before in range(8):
            change = {"bio": f"text {before}"}
            with meanwhile(
                verification.client,
                "GetItem" if before % 2 else "BatchGetItem",
                lambda change=change: world.api.patch(username, change, as_=username),
                calls_before=before // 2,
            ):
                assert () == verification.checker.check(account).findings

    def test_erased_in_the_midst(self, verification, world):
        """The key was read before `retire` and the head after it: one reading is enough to see that both are right."""
        username = world.leaver("leaving", "LOCKING_ACCOUNT")
        account = world.id_of(username)
        world.catch_up()

        def retire():
            assert 204 == world.step("retire", username).status
            world.catch_up()

        with meanwhile(verification.client, "Query", retire):
            examination = Examiner(verification.stores).examine(account)
        assert ((), {}, True) == (examination.findings, examination.late, world.state(account).erased)

    def test_damage_that_was_seen_once(self, verification, people):
        """What is right when it is looked at again is no finding; it costs the pauses alone."""
        head = item_of(verification, people["stays"], "HEAD")
        verification.delete("ledger", head)
        with meanwhile(verification.client, "Query", lambda: verification.put("ledger", head), calls_before=2):
            assert verification.checker.all().ok
        assert verification.waited <= sum(PAUSES)
