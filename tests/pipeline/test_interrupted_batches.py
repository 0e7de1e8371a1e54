"""Calls that are many commits, interrupted at every call (spec 20, sections 9, 10, 12 and 14)."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.pipeline.crashes import Mode
from tests.pipeline.interrupted import MODES, Operation, interrupt_everywhere, usernames
from tests.pipeline.invariants import view_faults
from tests.pipeline.rows import WORKING, Report, row
from tests.pipeline.world import ACCOUNTS, World

REMOVED = ["PartnerReportRedacted", "PartnerReportRemoved"]
CLEANED = ["RetirementRedacted", "RetirementCleanedUp"]
KEYS = itertools.count()


@pytest.fixture(params=MODES, ids=lambda mode: mode.name)
def mode(request: pytest.FixtureRequest) -> Mode:
    """How calls fail."""
    return request.param


class Batch:
    """Some people, and the headers of the call about them."""

    def __init__(self, world: World, people: Sequence[str], *, keyed: bool) -> None:
        self.people = list(people)
        self.accounts = [world.id_of(username) for username in people]
        self.versions = [world.version(account) for account in self.accounts]
        self.headers = {"Idempotency-Key": f"batch {next(KEYS)}"} if keyed else {}

    def events(self, world: World) -> list[list[str]]:
        """What has happened to each of them since."""
        return [world.events(*each) for each in zip(self.accounts, self.versions, strict=True)]


def with_rows(count: int, state: str, report: Report, *, keyed: bool = False) -> Callable[[World], Batch]:
    """Makes people with rows; the views know them."""

    def prepare(world: World) -> Batch:
        people = [row(world, state, report=report) for _ in range(count)]
        world.catch_up([world.id_of(username) for username in people])
        return Batch(world, people, keyed=keyed)

    return prepare


def test_the_partner_list_with_a_key(world, mode):
    """Asked for again it gives every row of the first call, each marked once, though views are behind."""

    def check(world, batch, first, again):
        assert 200 == again.status
        assert batch.people == usernames(again)
        assert [["PartnerReportHandedOut"]] * 2 == batch.events(world)
        world.catch_up(batch.accounts)
        assert [] == world.take_reports().json

    prepare = with_rows(2, WORKING, Report.WAITING, keyed=True)
    interrupt_everywhere(
        world, Operation(prepare, lambda process, batch: process.take_reports(headers=batch.headers), check), mode
    )


def test_the_partner_list_without_a_key(world, mode):
    """Nobody is given a row twice; a row that nobody was told of had been marked by the call that died."""

    def check(world, batch, first, again):
        given = [*(usernames(first) if first is not None and first.status == 200 else []), *usernames(again)]
        assert len(given) == len(set(given))
        assert set(given) <= set(batch.people)
        assert [["PartnerReportHandedOut"]] * 2 == batch.events(world)
        world.catch_up(batch.accounts)
        assert [] == world.take_reports().json

    prepare = with_rows(2, WORKING, Report.WAITING)
    interrupt_everywhere(world, Operation(prepare, lambda process, _: process.take_reports(), check), mode)


def clean_reports(process, batch):
    return process.clean_reports(*batch.people, headers=batch.headers)


def clean_rows(process, batch):
    return process.clean_up(*batch.people, headers=batch.headers)


def finished(removed: list[str]) -> Callable[[World, Batch, Any, Any], None]:
    """Checks that all rows are gone, each once, and that the call is a 400 from then on."""

    def check(world, batch, first, again):
        assert again.status in (204, 400)
        assert [removed] * 3 == batch.events(world)
        assert 400 == again.status or first is None or first.status in (204, 500, 503)
        world.catch_up(batch.accounts)

    return check


def answered(removed: list[str]) -> Callable[[World, Batch, Any, Any], None]:
    """The same of a call with a key: it has its 204 again."""

    def check(world, batch, first, again):
        finished(removed)(world, batch, first, again)
        assert 204 == again.status

    return check


def test_the_partner_cleanup(world, mode):
    """The same call again finishes it; once through, it is a 400."""
    prepare = with_rows(3, WORKING, Report.HANDED_OUT)
    interrupt_everywhere(world, Operation(prepare, clean_reports, finished(REMOVED)), mode)


def test_the_cleanup(world, mode):
    """The same call again finishes it; once through, it is a 400. The views show it."""
    prepare = with_rows(3, "COMPLETE", Report.NONE)
    interrupt_everywhere(world, Operation(prepare, clean_rows, finished(CLEANED)), mode)
    world.catch_up()
    assert [] == view_faults(world)


def test_the_partner_cleanup_with_a_key(world):
    """With a key it has its 204 again, wherever it was killed."""
    prepare = with_rows(3, WORKING, Report.HANDED_OUT, keyed=True)
    interrupt_everywhere(world, Operation(prepare, clean_reports, answered(REMOVED)), Mode.KILLED_BEFORE)


def test_the_cleanup_with_a_key(world):
    """With a key it has its 204 again, wherever it was killed."""
    prepare = with_rows(3, "COMPLETE", Report.NONE, keyed=True)
    interrupt_everywhere(world, Operation(prepare, clean_rows, answered(CLEANED)), Mode.KILLED_BEFORE)


class Renaming(Batch):
    """People, and the usernames that they are to have; the second may be somebody else's."""

    def __init__(self, world: World, *, keyed: bool, taken: bool) -> None:
        super().__init__(world, [row(world) for _ in range(3)], keyed=keyed)
        self.wanted = [world.stage.fresh("wanted") for _ in range(3)]
        if taken:
            self.wanted[1] = row(world, stem="taken")

    def now(self, world: World) -> list[str]:
        """What they are called."""
        return [world.state(account).username for account in self.accounts]


def replace(process, batch):
    mappings = [{old: new} for old, new in zip(batch.people, batch.wanted, strict=True)]
    worker = {"as_": "username_replacement_service_worker", "headers": batch.headers}
    return process.api.post_json(f"{ACCOUNTS}/replace_usernames", {"username_mappings": mappings}, **worker)


@pytest.mark.parametrize("keyed", [False, True], ids=["without a key", "with a key"])
def test_replacing_usernames(world, mode, keyed):
    """Done again it finishes, and each name is replaced once; what could not be stored is told as a failure."""

    def check(world, batch, first, again):
        assert 200 == again.status
        assert all(events in ([], ["UsernameReplaced"]) for events in batch.events(world))
        if first is None or first.status != 200 or not first.json["failed_replacements"]:
            assert batch.wanted == batch.now(world)

    prepare = lambda world: Renaming(world, keyed=keyed, taken=False)  # noqa: E731
    interrupt_everywhere(world, Operation(prepare, replace, check), mode)


def test_replacing_usernames_by_one_that_is_taken(world):
    """With a key, the answer after a crash says what people are called now."""

    def check(world, batch, first, again):
        assert 200 == again.status
        told = {old: new for each in again.json["successful_replacements"] for old, new in each.items()}
        assert dict(zip(batch.people, batch.now(world), strict=True)) == told
        assert [["UsernameReplaced"]] * 3 == batch.events(world)

    prepare = lambda world: Renaming(world, keyed=True, taken=True)  # noqa: E731
    interrupt_everywhere(world, Operation(prepare, replace, check), Mode.KILLED_BEFORE)
