"""Fences and the erasure ledger, both ways; keys that no account has (spec 50, section 6)."""

import pytest

from chalicelib.events.fencing import Fencing
from chalicelib.events.items import read_erasure
from chalicelib.projections.checking import HOURS
from chalicelib.projections.findings import Place
from tests.support.calls import meanwhile
from tests.support.mutations import mutated

OTHER = "f" * 32


def whats(report):
    """What findings say."""
    return sorted(f"{finding.place}: {finding.what}" for finding in report.findings)


@pytest.fixture
def pair(verification, people):
    """The fence and the entry of an erased profile."""
    name = f"{people['erased']}#profile"
    return verification.items("keys", name)[0], verification.items("erasures", name)[0]


class TestEntries:
    """Each destroyed key has its entry, each entry its destroyed key."""

    @pytest.mark.parametrize("who", ["erased", "cleaned"])
    def test_lost(self, verification, people, world, who):
        """Found from the fence, alone and among all, and made again out of it as it was."""
        entries = [each for each in world.scan("erasures") if each["pk"]["S"].startswith(people[who])]
        assert entries
        for entry in entries:
            verification.delete("erasures", entry)
        for report in (verification.checker.check(people[who]), verification.checker.all()):
            assert ["erasure: missing"] * len(entries) == whats(report)
            assert {(people[who], True)} == {(each.account, each.mendable) for each in report.findings}
            assert {each["pk"]["S"] for each in entries} == {each.item for each in report.findings}
        repaired = verification.repairer.mend(verification.checker.all().findings)
        assert (len(entries), ()) == (len(repaired.mended), repaired.left)
        assert entries == [each for each in world.scan("erasures") if each["pk"]["S"].startswith(people[who])]
        assert verification.checker.all().ok

    @pytest.mark.parametrize(
        ("change", "what"),
        [
            ({"through": {"N": "1"}}, "version"),
            ({"at": {"S": "2020-01-01T00:00:00+00:00"}}, "time"),
            ({"fingerprint": {"S": "0" * 64}}, "fingerprint"),
            ({"account": {"S": OTHER}}, "account"),
            ({"event": {"S": "RetirementCleanedUp"}}, "event"),
            ({"event": {"S": "ProfileLost"}}, "event"),
            ({"retired_username": {"S": "somebody"}}, "pseudonyms"),
            ({"email_digits": {"L": []}}, "pseudonyms"),
            ({"further": {"S": "x"}}, "pseudonyms"),
            ({"through": {"S": "x"}}, "incomplete"),
        ],
    )
    def test_changed(self, verification, people, pair, change, what):
        """Said of the entry; nobody overwrites what stands in the erasure ledger."""
        _, entry = pair
        with verification.damaged("erasures", entry, {**entry, **change}):
            for report in (verification.checker.check(people["erased"]), verification.checker.all()):
                (finding,) = report.findings
                assert (Place.ERASURE, what, people["erased"], False) == (
                    finding.place,
                    finding.what,
                    finding.account,
                    finding.mendable,
                )
            left = verification.repairer.mend(report.findings).left
            assert [what] == [each.what for each in left]
        assert verification.checker.all().ok

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ({"through": {"N": "1"}}, "key: version of the fence"),
            ({"at": {"S": "2020-01-01T00:00:00+00:00"}}, "key: time of the fence"),
            ({"fingerprint": {"S": "0" * 64}}, "erasure: fingerprint"),
        ],
    )
    def test_a_changed_fence(self, verification, people, pair, change, told):
        """The account's events tell that it is the fence that is wrong; of a fingerprint nothing tells which one."""
        fence, _ = pair
        with verification.damaged("keys", fence, {**fence, **change}):
            for report in (verification.checker.check(people["erased"]), verification.checker.all()):
                assert [told] == whats(report)
                assert [False] == [each.mendable for each in report.findings]
            assert 1 == len(verification.repairer.mend(report.findings).left)

    def test_of_a_living_key(self, verification, people, pair):
        """An entry says that somebody is gone who is not; it is not put right by destroying anything."""
        _, entry = pair
        name = f"{people['stays']}#profile"
        wrong = {**entry, "pk": {"S": name}, "account": {"S": people["stays"]}}
        with verification.damaged("erasures", None, wrong):
            for report in (verification.checker.check(people["stays"]), verification.checker.all()):
                assert ["erasure: of no destroyed key"] == whats(report)
            verification.repairer.mend(report.findings)
            assert "ACTIVE" == verification.items("keys", name)[0]["state"]["S"]

    def test_no_entry_for_a_key_that_must_live(self, verification, people, pair):
        """A key that is destroyed too early gets no entry: a replay would erase its person. All else stays, too."""
        fence, _ = pair
        before = verification.world.scan("ledger")
        (key,) = verification.items("keys", f"{people['stays']}#profile")
        with verification.damaged("keys", key, {**fence, "pk": key["pk"]}):
            found = verification.checker.all().findings
            assert {"destroyed too early", "missing"} <= {each.what for each in found}
            assert [False] == [each.mendable for each in found if each.place is Place.ERASURE]
            verification.repairer.mend(found)
            assert [] == verification.items("erasures", key["pk"]["S"])
        assert before == verification.world.scan("ledger")
        assert verification.checker.all().ok

    def test_in_parts(self, verification, people, pair, world):
        """One hour of the week comes by a lost entry from the keys, or by a lost fence from the entries."""
        fence, entry = pair
        stray = [{**each, "pk": {"S": f"{OTHER}#profile"}} for each in (fence, {**entry, "account": {"S": OTHER}})]
        for table, item in zip(("keys", "erasures"), stray, strict=True):
            with verification.damaged(table, None, item):
                found = [each for hour in range(HOURS) for each in verification.checker.sample(hour).findings]
                assert [f"{OTHER}#profile"] == [each.item for each in found]

    def test_unknown_items(self, verification, people):
        """What is neither an entry nor a certificate, and what is no key; the key is not told."""
        for table in ("keys", "erasures"):
            with verification.damaged(table, None, {"pk": {"S": "ada@example.com"}, "state": {"S": "ACTIVE"}}):
                (finding,) = verification.checker.all().findings
                assert (Place.UNKNOWN, f"item of the {table}") == (finding.place, finding.what)
                assert "ada" not in repr(finding)


class TestOfNoAccount:
    """Keys and entries of accounts that there are not."""

    def test_a_living_key(self, verification, people):
        """A key that opens nothing of anybody; nobody destroys it, for a restore may bring its account back."""
        (key,) = verification.items("keys", f"{people['stays']}#profile")
        for name in (f"{OTHER}#profile", f"{OTHER}.7#retirement"):
            with verification.damaged("keys", None, {**key, "pk": {"S": name}}):
                (finding,) = verification.checker.all().findings
                assert (Place.KEY, "of no account", OTHER, name, False) == (
                    finding.place,
                    finding.what,
                    finding.account,
                    finding.item,
                    finding.mendable,
                )
                assert (finding,) == verification.repairer.mend([finding]).left
            assert ((finding,), ()) == (
                verification.repairer.mend([finding]).mended,
                verification.repairer.mend([finding]).left,
            )

    def test_a_fence_with_its_entry(self, verification, people, pair):
        """A restored ledger may have forgotten the account altogether: nothing is wrong with that."""
        name = {"pk": {"S": f"{OTHER}#profile"}}
        fence, entry = ({**each, **name} for each in pair)
        entry |= {"account": {"S": OTHER}}
        with verification.damaged("keys", None, fence), verification.damaged("erasures", None, entry):
            assert verification.checker.all().ok
            changed = mutated(fence, "at", "S", 3, 1)
            with verification.damaged("keys", fence, changed):
                assert ["erasure: time"] == whats(verification.checker.all())

    def test_being_created(self, verification, world):
        """A key that is seen before its account is looked at again; both are written at once."""
        for before in range(4):
            with meanwhile(verification.client, "Scan", lambda: world.new_account("fresh"), calls_before=before):
                assert () == verification.checker.all().findings
        assert 0 == verification.waited


class TestWhileOthersErase:
    """Nobody who erases is a finding."""

    @pytest.mark.parametrize("operation", ["BatchGetItem", "GetItem", "Query"])
    def test_between_two_reads(self, verification, world, operation):
        """An erasure between any two reads of one account."""
        for before in range(5):
            username = world.leaver("forgotten", "LOCKING_ACCOUNT")
            account = world.id_of(username)
            world.catch_up()

            def retire(username=username):
                assert 204 == world.step("retire", username).status
                world.catch_up()

            with meanwhile(verification.client, operation, retire, calls_before=before):
                assert () == verification.checker.check(account).findings
            if not world.state(account).erased:
                retire()
        assert verification.checker.all().ok

    def test_between_the_tables(self, verification, world):
        """Erased after the ledger was read, after the keys were, or after the erasure ledger was."""
        for before in range(5):
            username = world.leaver("forgotten", "LOCKING_ACCOUNT")
            world.catch_up()

            def retire(username=username):
                assert 204 == world.step("retire", username).status
                world.catch_up()

            with meanwhile(verification.client, "Scan", retire, calls_before=before):
                assert () == verification.checker.all().findings

    def test_a_cancelled_row(self, verification, world):
        """Its key is destroyed, and its entry names no pseudonyms."""
        account = world.id_of(world.leaver("returns"))
        row = world.state(account).row.number
        content = {"retirement_id": row}
        answer = world.api.post_json("/api/user/v1/accounts/cancel_retirement", content, as_="superuser")
        assert 200 == answer.status
        world.catch_up()
        assert 1 == len(verification.items("erasures", f"{account}.{row}#retirement"))
        assert verification.checker.check(account).ok
        assert verification.checker.all().ok


class TestAfterAReplay:
    """What a replay has written is right, and what a restore has brought back is not."""

    def test_a_key_that_came_back(self, verification, people, pair, world):
        """Found until the fence is put back, which says what the entry does."""
        fence, entry = pair
        made = world.wiring.keys.make(people["erased"], "profile", world.clock())
        with verification.damaged("keys", fence, made.row):
            told = whats(verification.checker.all())
            assert {"erasure: of no destroyed key", "key: not destroyed"} <= set(told)
            Fencing(verification.client, world.wiring.keys).fence(read_erasure(entry))
            verification.put("keys", {**verification.items("keys", fence["pk"]["S"])[0], "fingerprint": {"S": ""}})
            assert ["erasure: fingerprint"] == whats(verification.checker.all())
            verification.put("keys", {**fence, "at": entry["at"], "through": entry["through"]})
            assert verification.checker.all().ok

    def test_an_entry_of_an_older_release(self, verification, people, pair):
        """It says neither fingerprint, event nor names, and the fence that was made from it has no fingerprint."""
        fence, entry = pair
        bare = {name: entry[name] for name in ("pk", "account", "through", "at")}
        with (
            verification.damaged("erasures", entry, bare),
            verification.damaged("keys", fence, {**fence, "fingerprint": {"S": ""}}),
        ):
            assert verification.checker.all().ok

    def test_destroyed_once_more(self, verification, people, pair, world):
        """An account that came back alone and was erased again: the fence has the later time of one of its events."""
        fence, entry = pair
        earlier = {"at": {"S": "2020-01-01T00:00:00+00:00"}, "through": {"N": "1"}}
        again = {**fence, "through": {"N": "1"}}
        with (
            verification.damaged("erasures", entry, {**entry, **earlier}),
            verification.damaged("keys", fence, again),
        ):
            assert verification.checker.all().ok
