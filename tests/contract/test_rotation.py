"""Rotating the key-encryption key: every key wrapped anew, none lost, whatever happens meanwhile."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.events.classification import Purpose
from chalicelib.events.errors import KeyServiceUnavailableError, TooContendedError
from chalicelib.events.keys import CURRENT_KEK
from chalicelib.events.rotation import GRACE, Rotated, Rotation, Surroundings
from tests.contract.ledgers import NOON, LedgerStage
from tests.support.calls import meanwhile
from tests.support.dying import killed_at

PROFILE = Purpose.PROFILE
PEOPLE = [f"{number:032x}" for number in range(1, 13)]


class World:
    """A key ring with keys of people, and a time that passes only while somebody waits."""

    def __init__(self, engine: Any, tables: Any) -> None:
        self.stage = LedgerStage(engine, tables)
        self.now = NOON
        self.waited: list[float] = []
        self.while_waiting: list[Any] = []
        self.made = {subject: self.store(self.stage, subject) for subject in PEOPLE}

    def store(self, stage: LedgerStage, subject: str, purpose: Purpose = PROFILE) -> Any:
        """A fresh key whose row is stored."""
        made = stage.keys.make(subject, purpose, NOON)
        stage.client.put_item(TableName=stage.keys.table, Item=made.row)
        return made.key

    def clock(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> None:
        """Let the time pass, and whatever happens meanwhile happen first."""
        self.waited.append(seconds)
        while self.while_waiting:
            self.while_waiting.pop(0)()
        self.now += timedelta(seconds=seconds)

    def rotation(self) -> Rotation:
        """A rotation by a process of its own."""
        around = Surroundings(self.clock, self.wait, lambda _: None)
        process = self.stage.other_process()
        return Rotation(process.client, process.keys, around)

    def rotate(self) -> Rotated:
        return self.rotation().run()

    def rows(self) -> dict[str, Any]:
        """Every row of the table by its key."""
        found = self.stage.client.scan(TableName=self.stage.keys.table, ConsistentRead=True)["Items"]
        return {item["pk"]["S"]: item for item in found}

    def keks(self) -> set[str]:
        """The key-encryption keys that there are."""
        return {name for name in self.rows() if name.startswith("KEK#")}

    def used(self) -> Counter[str]:
        """How many keys each key-encryption key wraps."""
        return Counter(row["kek"]["S"] for name, row in self.rows().items() if name != CURRENT_KEK and "kek" in row)

    def current(self) -> str:
        return self.rows()[CURRENT_KEK]["kek"]["S"]

    def is_whole(self) -> bool:
        """Whether a fresh process opens every person's key, and it is the one that was made."""
        reader = self.stage.other_process().keys
        return self.made == {subject: reader.find(subject, PROFILE) for subject in self.made}


@pytest.fixture
def world(engine: Any, tables: Any) -> World:
    return World(engine, tables)


def test_every_key_is_wrapped_anew(world):
    """Afterwards there is one key-encryption key, a new one, which wraps the same data keys."""
    old = world.current()
    done = world.rotate()
    assert (len(PEOPLE), (old,), ()) == (done.rewrapped, done.removed, done.faulty)
    assert world.current() == done.kek != old
    assert {done.kek} == world.keks()
    assert Counter({done.kek: len(PEOPLE)}) == world.used()
    assert world.is_whole()


def test_nothing_but_the_wrapping_changes(world):
    """Fingerprints, times and states stay as they were."""
    before = world.rows()
    world.rotate()
    after = world.rows()
    for subject in PEOPLE:
        name = f"{subject}#profile"
        changed = {key for key in before[name] if before[name][key] != after[name][key]}
        assert {"wrapped", "kek"} == changed


def test_rotating_again_makes_another(world):
    """A rotation that is over is not taken up again: the next one begins anew."""
    first = world.rotate()
    second = world.rotate()
    assert (len(PEOPLE), (first.kek,)) == (second.rewrapped, second.removed)
    assert {second.kek} == world.keks()
    assert world.is_whole()


def test_the_old_key_outlives_the_caches(world):
    """Other processes may wrap with it for a minute, and what they store meanwhile is wrapped anew, too."""
    stale, late = world.stage.other_process(), "ee" * 16
    world.store(stale, "dd" * 16)
    old = world.current()
    seen = []

    def still_in_use() -> None:
        seen.append(world.keks())
        world.made[late] = world.store(stale, late)

    world.while_waiting.append(still_in_use)
    done = world.rotate()
    assert [{old, done.kek}] == seen
    assert old not in world.keks()
    assert sum(world.waited) >= GRACE.total_seconds()
    assert Counter({done.kek: len(PEOPLE) + 2}) == world.used()
    assert world.is_whole()


def test_erased_rows_are_left_alone(world):
    """The fence of a forgotten person stays as it is, byte for byte."""
    world.stage.keys.erase(PEOPLE[0], PROFILE, 7, NOON)
    fence = world.rows()[f"{PEOPLE[0]}#profile"]
    world.made[PEOPLE[0]] = None
    assert len(PEOPLE) - 1 == world.rotate().rewrapped
    assert fence == world.rows()[f"{PEOPLE[0]}#profile"]
    assert world.is_whole()


def test_an_erasure_between_reading_and_writing_wins(world):
    """Somebody who is forgotten in that moment stays forgotten."""
    eraser = world.stage.other_process().keys

    def forget_all() -> None:
        for subject in PEOPLE:
            eraser.erase(subject, PROFILE, 7, NOON)

    with meanwhile(world.stage.client, "UpdateItem", forget_all):
        world.rotate()
    assert Counter() == world.used()
    assert {"ERASED"} == {row["state"]["S"] for name, row in world.rows().items() if not name.startswith("KEK")}


@pytest.mark.parametrize("landed", [False, True], ids=["before", "after"])
def test_killed_anywhere_it_is_finished_by_the_next_run(world, landed):
    """After each call of AWS: everybody's key opens at once, and the next run ends with one key-encryption key."""
    nth = 0
    while True:
        nth += 1
        with killed_at(nth, landed=landed) as calls:
            world.rotate()
        assert world.is_whole()
        if calls.made < nth:
            break
        done = world.rotate()
        assert {done.kek} == world.keks()
        assert Counter({done.kek: len(PEOPLE)}) == world.used()
        assert world.is_whole()
    assert nth > len(PEOPLE)


def test_a_key_that_was_made_and_not_yet_chosen_is_taken(world):
    """A run that died between the two leaves no key-encryption key behind."""
    orphan = world.stage.keys.new_kek((NOON + timedelta(seconds=1)).isoformat())
    done = world.rotate()
    assert orphan == done.kek
    assert {orphan} == world.keks()
    assert world.is_whole()


def test_two_at_once_lose_nothing(world):
    """Whoever comes second either finishes the same rotation or is told that there is another."""
    other = []

    def run_another() -> None:
        other.append(world.rotate())

    with meanwhile(world.stage.client, "TransactWriteItems", run_another), pytest.raises(TooContendedError):
        world.rotate()
    assert world.is_whole()
    assert other[0].kek == world.current()
    done = world.rotate()
    assert {done.kek} == world.keks()
    assert world.is_whole()


def test_a_key_that_does_not_unwrap_keeps_the_old_one(world):
    """It is named, the others are wrapped anew, and nothing is removed that might still be needed."""
    old, name = world.current(), f"{PEOPLE[0]}#profile"
    whole = world.rows()[name]
    world.stage.client.put_item(TableName=world.stage.keys.table, Item={**whole, "wrapped": {"B": b"x" * 60}})
    done = world.rotate()
    assert (len(PEOPLE) - 1, (), (name,)) == (done.rewrapped, done.removed, done.faulty)
    assert old in world.keks()
    world.stage.client.put_item(TableName=world.stage.keys.table, Item=whole)
    assert (done.kek, 1, (old,)) == ((again := world.rotate()).kek, again.rewrapped, again.removed)
    assert world.is_whole()


def test_without_kms_nothing_changes(world):
    """No key-encryption key is chosen that could not be made."""
    before = world.rows()
    world.stage.kms.reachable = False
    with pytest.raises(KeyServiceUnavailableError):
        world.rotate()
    world.stage.kms.reachable = True
    assert before == world.rows()
