"""A new generation of a view beside the old one: filled, compared, switched (spec 50, section 6)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest

from chalicelib.events.errors import StoreUnavailableError
from chalicelib.projections.findings import Place
from chalicelib.projections.generations import CACHE_SECONDS, GenerationError, Standing
from chalicelib.projections.rebuilding import LEASE, LEASE_SECONDS, RebuildRunningError, UnknownViewError
from tests.pipeline.world import running_world
from tests.support.calls import meanwhile, unreachable
from tests.support.dying import killed_at
from tests.support.verification import Verification

VIEW = "retirement_queue"


@pytest.fixture(scope="module")
def world():
    """A world of its own, with a few people in it."""
    with running_world() as running:
        Verification(running).everybody()
        yield running


@pytest.fixture
def verification(world):
    """That world, with no rebuild under way and nothing to drop."""
    world.catch_up()
    found = Verification(world)
    with suppress(GenerationError):
        standing = found.stores.generations.standing(VIEW)
        found.stores.generations.change(VIEW, standing, standing.abandoned())
    return found


def rows_of(verification, generation):
    """The rows of a generation by their keys, without what is sealed anew each time."""
    found = {}
    for item in verification.world.scan("views"):
        prefix = f"V#{VIEW}#{generation}#"
        if item["pk"]["S"].startswith(prefix):
            index = item.get("index", {}).get("S", "").replace(f"{VIEW}#{generation}#", "")
            rest = {name: item[name] for name in ("v", "row", "place") if name in item}
            found[item["pk"]["S"].removeprefix(prefix), item["sk"]["S"]] = (rest, index, "sealed" in item)
    return found


def standing(verification):
    """Where the generations of the view stand."""
    return verification.stores.generations.standing(VIEW)


def drivers_list(verification):
    """The rows that the queue shows."""
    tomorrow = verification.world.clock() + timedelta(days=1)
    rows = verification.world.wiring.queue.older_than(["PENDING", "LOCKING_ACCOUNT"], tomorrow)
    return [facts.number for facts in rows]


class TestRebuild:
    """Beside the live one."""

    def test_beside(self, verification):
        """The new one is filled and right; what is read is what was read."""
        before, shown = standing(verification), drivers_list(verification)
        built = verification.rebuilder.rebuild(VIEW)
        assert (True, (), (), False) == (built.ok, built.wrong, built.differing, built.switched)
        now = standing(verification)
        assert (before.serving, built.generation) == (now.serving, now.building)
        assert rows_of(verification, before.serving) == rows_of(verification, built.generation) != {}
        assert shown == drivers_list(verification)
        assert verification.waited >= CACHE_SECONDS
        assert verification.checker.all().ok

    def test_accounts(self, verification, world):
        """Every account was projected, and progress was told."""
        told = []
        built = verification.rebuilder.rebuild(VIEW, told.append)
        assert len(world.heads()) == built.accounts
        assert ["waiting", "filling", "comparing"] == list(
            dict.fromkeys(step.name for step in told if step.name != "dropping")
        )
        assert built.accounts == max(step.done for step in told if step.name == "filling")

    def test_switch(self, verification, world):
        """The new one is read, the old one is written still: the way back loses nothing."""
        old = standing(verification).serving
        built = verification.rebuilder.rebuild(VIEW, switch=True)
        assert (True, (built.generation, old)) == (built.switched, standing(verification).written)
        username = world.leaver()
        world.catch_up()
        assert rows_of(verification, old) == rows_of(verification, built.generation)
        shown = drivers_list(verification)
        assert old == verification.rebuilder.back(VIEW)
        assert shown == drivers_list(verification)
        assert world.state(world.id_of(username)).row.number in shown
        assert built.generation == verification.rebuilder.back(VIEW)
        assert verification.checker.all().ok

    def test_switch_later(self, verification):
        """By hand, once somebody has looked at what was found."""
        built = verification.rebuilder.rebuild(VIEW)
        assert built.generation == verification.rebuilder.switch(VIEW) == standing(verification).serving

    def test_finished_later(self, verification):
        """The next rebuild goes on with the generation that was begun."""
        first = verification.rebuilder.rebuild(VIEW)
        second = verification.rebuilder.rebuild(VIEW, switch=True)
        assert (first.generation, True) == (second.generation, second.switched)

    def test_older_ones_are_dropped(self, verification):
        """One way back is kept, and no more than that."""
        first = verification.rebuilder.rebuild(VIEW, switch=True)
        oldest = standing(verification).previous
        verification.rebuilder.rebuild(VIEW, switch=True)
        assert {} == rows_of(verification, oldest)
        assert (first.generation, ()) == (standing(verification).previous, standing(verification).dropping)
        assert rows_of(verification, first.generation) == rows_of(verification, standing(verification).serving)

    def test_a_view_lost_altogether(self, verification, world):
        """The same rows again; the differences are those of the lost one."""
        before = rows_of(verification, standing(verification).serving)
        for item in world.scan("views"):
            if item["pk"]["S"].startswith(f"V#{VIEW}#"):
                verification.delete("views", item)
        built = verification.rebuilder.rebuild(VIEW, switch=True)
        assert (True, True) == (built.ok, built.switched)
        assert {"late"} == {each.what for each in built.differing}
        assert before == rows_of(verification, built.generation)

    def test_a_wrong_row_is_not_switched_to(self, verification, monkeypatch):
        """What the writer gets wrong is found before anybody reads it."""
        write = verification.client.put_item

        def spoilt(**request):
            if "row" in request["Item"] and request["Item"]["pk"]["S"].startswith("V#"):
                request["Item"] = {**request["Item"], "row": {"S": "{}"}}
            return write(**request)

        with monkeypatch.context() as patch:
            patch.setattr(verification.client, "put_item", spoilt)
            built = verification.rebuilder.rebuild(VIEW, switch=True)
        assert (False, False, None) == (built.ok, built.switched, standing(verification).previous)
        assert {(Place.VIEW_ROW, "content")} == {(each.place, each.what) for each in built.wrong}
        assert {f"V#{VIEW}#{built.generation}"} == {each.item.rpartition("#")[0] for each in built.wrong}

    def test_an_unreadable_account(self, verification, world):
        """It is named, and nothing is switched; the others are there."""
        account = world.id_of(world.new_account("broken"))
        (head,) = [each for each in verification.items("ledger", f"A#{account}") if each["sk"]["S"] == "HEAD"]
        with verification.damaged("ledger", head, {**head, "p": {"S": "{}"}}):
            built = verification.rebuilder.rebuild(VIEW, switch=True)
        assert ([(account, "cannot be projected")], False) == (
            [(each.account, each.what) for each in built.wrong],
            built.switched,
        )

    def test_unknown(self, verification):
        """There is no such view, and nothing to switch to."""
        for action in (verification.rebuilder.rebuild, verification.rebuilder.switch, verification.rebuilder.back):
            with pytest.raises(UnknownViewError):
                action("directory")
        with pytest.raises(GenerationError):
            verification.rebuilder.switch(VIEW)


class TestOneAtATime:
    """A lease keeps rebuilds apart."""

    def test_another_is_at_work(self, verification):
        """The second one is told; nothing changes."""
        before = standing(verification)
        leases = verification.world.wiring.leases
        with leases.try_hold(LEASE, "other", LEASE_SECONDS) as held:
            assert held
            with pytest.raises(RebuildRunningError):
                verification.rebuilder.rebuild(VIEW)
        assert before == standing(verification)

    def test_overtaken(self, verification):
        """A run that lost its lease stops before it switches."""
        leases = verification.world.wiring.leases

        def asleep(step):
            if step.name == "comparing":
                verification.world.clock.advance(seconds=LEASE_SECONDS + 1)
                assert leases._taken(LEASE, "other", LEASE_SECONDS)

        with pytest.raises(RebuildRunningError):
            verification.rebuilder.rebuild(VIEW, asleep, switch=True)
        assert standing(verification).building is not None
        leases._release(LEASE, "other")

    def test_the_store_is_away(self, verification):
        """It stops, and the next one goes on."""
        with unreachable(verification.client, "Scan"), pytest.raises(StoreUnavailableError):
            verification.rebuilder.rebuild(VIEW)
        assert verification.rebuilder.rebuild(VIEW, switch=True).switched


class TestWhileOthersWrite:
    """No row is lost, and none differs."""

    def test_three_writers(self, verification, world):
        """In another process, which hears of the new generation only when it looks again."""
        other = world.other_process()
        other.api.token("superuser")
        assert (standing(verification).serving,) == other.wiring.generations.written(VIEW)[:1]
        stop = threading.Event()

        def write():
            done = 0
            while not stop.is_set() or not done:
                username = other.leaver("mover")
                account = other.id_of(username)
                other.catch_up([account])
                assert 204 == other.move(username, "LOCKING_ACCOUNT").status
                other.catch_up([account])
                done += 1
            return done

        with ThreadPoolExecutor(3) as pool:
            running = [pool.submit(write) for _ in range(3)]
            try:
                built = verification.rebuilder.rebuild(VIEW, switch=True)
            finally:
                stop.set()
            assert all(each.result() for each in running)
        assert (True, (), ()) == (built.switched, built.wrong, built.differing)
        old, new = standing(verification).previous, standing(verification).serving
        assert rows_of(verification, old) == rows_of(verification, new)
        assert verification.checker.all().ok

    def test_a_commit_behind_the_scan(self, verification, world):
        """An account that moves after it was projected: its own consumer writes the new generation."""
        username = world.leaver("behind")
        world.catch_up()

        def move():
            assert 204 == world.move(username, "LOCKING_ACCOUNT").status
            world.catch_up()

        account = world.id_of(username)
        with meanwhile(verification.client, "BatchGetItem", move, calls_before=2):
            built = verification.rebuilder.rebuild(VIEW)
        assert built.ok
        assert str(world.version(account)) == rows_of(verification, built.generation)[account, "ROW"][0]["v"]["N"]


@pytest.mark.parametrize("landed", [False, True], ids=["unsent", "landed"])
def test_killed_anywhere(verification, world, landed):
    """After each death the next run ends with a generation that is right, and the one that is read always is."""
    with killed_at(10_000, landed=False) as calls:
        verification.rebuilder.rebuild(VIEW, switch=True)
    assert calls.made < 10_000
    for nth in range(2, calls.made, max(1, calls.made // 20)):
        with killed_at(nth, landed=landed):
            verification.rebuilder.rebuild(VIEW, switch=True)
        world.clock.advance(seconds=LEASE_SECONDS)
        report = verification.checker.all()
        assert () == report.findings, nth
        assert verification.rebuilder.rebuild(VIEW, switch=True).switched
        now = standing(verification)
        assert (None, ()) == (now.building, now.dropping)
        assert rows_of(verification, now.serving) == rows_of(verification, now.previous)


def test_never_rebuilt(world):
    """Other views stand where they stood."""
    assert Standing() == world.wiring.generations.standing("name_changes")
