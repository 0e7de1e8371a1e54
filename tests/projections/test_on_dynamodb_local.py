"""Verification, repair and rebuild on Amazon's own engine."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.projections.checking import HOURS
from local.dynamodb_local import DynamoDBLocal
from tests.pipeline.world import running_world
from tests.support.verification import Verification


@pytest.fixture(scope="module")
def world():
    """A world whose tables are on DynamoDB Local."""
    with DynamoDBLocal() as engine, running_world(engine.endpoint, table_prefix="verification") as running:
        yield running


@pytest.fixture(scope="module")
def people(world):
    """The account ids of five people, by what became of them."""
    return Verification(world).everybody()


@pytest.mark.dynamodb_local
class TestOnDynamoDBLocal:
    """What moto does, Amazon's engine does as well."""

    def test_whole(self, verification, people, world):
        """Everything is met, once as a whole and once in the hours of a week."""
        whole = verification.checker.all()
        assert ((), len(world.heads())) == (whole.findings, whole.accounts)
        parts = [verification.checker.sample(hour) for hour in range(HOURS)]
        for name in ("accounts", "events", "claims", "rows"):
            assert getattr(whole, name) == sum(getattr(part, name) for part in parts)
        assert all(part.ok for part in parts)

    def test_found_and_mended(self, verification, people, world):
        """A head, a claim too many, lost claims, a row, a lost row: all as before."""
        ledger = {item["pk"]["S"] + item["sk"]["S"]: item for item in world.scan("ledger")}
        head = ledger[f"A#{people['reported']}HEAD"]
        verification.put("ledger", {**head, "d": {"B": bytes(32)}})
        stray = {"pk": {"S": "C#email#" + "0" * 64}, "sk": {"S": "CLAIM"}, "a": {"S": people["stays"]}}
        verification.put("ledger", stray)
        claims = [item for item in ledger.values() if item.get("a", {}).get("S") == people["left"]]
        for claim in claims:
            verification.delete("ledger", claim)
        (row,) = verification.items("views", f"V#retirement_queue#1#{people['left']}")
        verification.put("views", {**row, "place": {"S": "1"}})
        verification.delete("views", verification.items("views", f"V#partner_queue#1#{people['reported']}")[0])
        found = verification.checker.all().findings
        assert {"head", "claim", "view row"} == {str(each.place) for each in found}
        assert (4 + len(claims), ()) == (len(found), verification.repairer.mend(found).left)
        again = {item["pk"]["S"] + item["sk"]["S"]: item for item in world.scan("ledger")}
        assert {name: head[name] for name in ("v", "p", "d")} == {
            name: again[f"A#{people['reported']}HEAD"][name] for name in ("v", "p", "d")
        }
        assert ledger.keys() == again.keys()
        assert verification.checker.all().ok

    def test_lost_events_stay_lost(self, verification, people):
        """Nothing is made up."""
        (event, *_) = [
            item for item in verification.items("ledger", f"A#{people['stays']}") if item["sk"]["S"].startswith("E#")
        ]
        with verification.damaged("ledger", event, None):
            found = verification.checker.all().findings
            assert found == verification.repairer.mend(found).left != ()
        assert verification.checker.all().ok

    def test_rebuild_and_verify_while_others_write(self, verification, people, world):
        """Four writers; no finding, and no row that differs."""
        stop = threading.Event()
        world.api.token("superuser")

        def write(number):
            done = 0
            while not stop.is_set() or not done:
                username = world.leaver(f"busy{number}x")
                account = world.id_of(username)
                world.catch_up([account])
                assert 204 == world.move(username, "LOCKING_ACCOUNT").status
                world.catch_up([account])
                done += 1
            return done

        with ThreadPoolExecutor(4) as pool:
            running = [pool.submit(write, number) for number in range(4)]
            try:
                reports = [verification.checker.all() for _ in range(2)]
                built = verification.rebuilder.rebuild("retirement_queue", switch=True)
                reports.append(verification.checker.all())
            finally:
                stop.set()
            assert all(each.result() for each in running)
        assert [()] * 3 == [report.findings for report in reports]
        assert ((), (), True) == (built.wrong, built.differing, built.switched)
        assert verification.checker.all().ok
