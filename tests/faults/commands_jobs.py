"""Jobs, triggers and operators' commands."""

from datetime import timedelta
from typing import Any

from chalicelib.events.rotation import Rotation, Surroundings
from chalicelib.images.sweeping import sweep
from chalicelib.pipeline import abandoning, driver
from chalicelib.projections import verifying
from tests.faults.asking import ACCOUNT, ACCOUNTS, after, done, patches, posts, sends, somebody
from tests.faults.outcomes import job
from tests.faults.scene import Case, Effects, Scene
from tests.faults.trying import Command
from tests.pipeline.rows import row
from tests.pipeline.world import World
from tests.support.gateway import Answer

AFTER_THE_LEASE = 46 * 60
"""Seconds after which the lease of a job that has died does not count any more."""


def keep_record(scene: Scene, case: Case) -> None:
    """Keep the newest head as the stream delivers it."""
    world = scene.world
    case.facts["event"] = {
        "Records": [world._record(each, world._head(each)) for each in map(world.id_of, case.people)]
    }


def deliver(world: World, case: Case) -> Answer:
    """Hand the record to the consumer; what failed comes again."""
    failed = world.wiring.runner.handle(case.facts["event"])["batchItemFailures"]
    return Answer(503 if failed else 200, {"retry-after": "stream"} if failed else {}, repr(failed).encode())


def rows_of(scene: Scene, case: Case) -> Any:
    """The rows of somebody in all views, without what is sealed anew each time."""
    shown = scene.eyes.dynamodb.everything(scene.eyes.tables.views.Meta.table_name)
    mine = [row for row in shown if case.accounts[case.people[0]] in row["pk"]["S"]]
    return [{name: value for name, value in row.items() if name not in ("sealed", "v")} for row in mine]


def days_later(days: float):
    """Let days pass."""

    def step(scene: Scene, _: Case) -> None:
        scene.follow()
        scene.world.clock.advance(days=days)

    return step


def expire(world: World, _: Case) -> dict[str, int]:
    """The job `expire`; to S3 it is always a day ago."""
    day_ago = world.clock() - timedelta(days=1)
    swept = sweep(world.wiring.incoming)
    exports = world.wiring.exports.sweep(lambda _: day_ago)
    return {**vars(swept), "exports": exports, **vars(abandoning.run(world.wiring))}


def exports_left(scene: Scene, _: Case) -> int:
    """How many exports lie in the bucket."""
    return sum(key.startswith("exports/") for key in scene.standing())


def verify(world: World, _: Case) -> dict[str, int]:
    """The job `verify`, of everything."""
    return verifying.run(world.wiring, everything=True)


def rotate(world: World, _: Case) -> str:
    """Rotate the key-encryption key."""
    around = Surroundings(world.clock, lambda seconds: world.clock.advance(seconds=seconds), lambda _: None)
    outcome = Rotation(world.wiring.dynamodb, world.wiring.keys, around).run()
    return f"faulty: {len(outcome.faulty)}"


def wrappings(scene: Scene, _: Case) -> tuple[int, bool]:
    """How many key-encryption keys there are, and whether the current one wraps everything."""
    items = list(scene.eyes.dynamodb.everything(scene.eyes.keys.table))
    current = next(item["kek"]["S"] for item in items if item["pk"]["S"] == "KEK")
    keks = [item for item in items if item["pk"]["S"].startswith("KEK#")]
    return len(keks), {current} == {item["kek"]["S"] for item in items if "kek" in item and "wrapped" in item}


def lose_rows(scene: Scene, case: Case) -> None:
    """Rows of a view get lost."""
    client, table = scene.world.wiring.dynamodb, scene.eyes.tables.views.Meta.table_name
    scene.follow()
    for found in rows_of(scene, Case(case.people, accounts={name: scene.world.id_of(name) for name in case.people})):
        client.delete_item(TableName=table, Key={name: found[name] for name in ("pk", "sk")})


def repair(world: World, _: Case) -> str:
    """Mend what a verification finds."""
    checker = world.wiring.checker
    world.wiring.repairer.mend(checker.all().findings)
    return f"findings: {len(checker.all().findings)}"


def rebuild(world: World, _: Case) -> str:
    """Build a view anew beside the old one, and read the new one."""
    rebuilt = world.wiring.rebuilder.rebuild("name_changes", switch=True)
    return f"wrong: {len(rebuilt.wrong)}"


def rebuilt_right(answer: Answer) -> bool:
    """Whether the new generation is said to be right, and read."""
    return answer.status == 200 and answer.body == b"'wrong: 0'"


def mended(answer: Answer) -> bool:
    """Whether nothing is found any more."""
    return answer.status == 200 and answer.body == b"'findings: 0'"


def serving(scene: Scene, _: Case) -> tuple[int, bool]:
    """How many generations are written, and whether the one that is read is complete."""
    standing = scene.eyes.generations.standing("name_changes")
    rows = scene.eyes.dynamodb.everything(scene.eyes.tables.views.Meta.table_name)
    found = [row for row in rows if row["pk"]["S"].startswith(f"V#name_changes#{standing.serving}#")]
    return len(standing.written), bool(found)


def found_nothing(answer: Answer) -> bool:
    """Whether a verification says that it has looked, and that all is well."""
    return answer.status == 200 and b"'findings': 0" in answer.body and b"'accounts': 0" not in answer.body


def gave_up(answer: Answer) -> bool:
    """Whether the job says that the address and the export are gone."""
    return answer.status == 200 and b"'addresses': 1" in answer.body and b"'exports': 1" in answer.body


def went_through(answer: Answer) -> bool:
    """Whether the job says that the row is through."""
    return answer.status == 200 and b"completed=1" in answer.body


def set_aside(final: Effects) -> bool:
    """Whether the row stands in ERRORED, for an operator to look at."""
    return any(events and events[-1] == "-> ERRORED" for events in final.events.values())


asked_for_a_name = after(somebody(), done(posts(f"{ACCOUNTS}/name_change", {"name": "Ada King"}, headers={})))

COMMANDS = (
    Command("deliver a head", (), after(asked_for_a_name, keep_record), deliver, more=rows_of, follows=False),
    Command(
        "expire",
        (),
        after(
            somebody(),
            done(patches({"email": "newer@example.org"}, headers={})),
            done(sends("GET", ACCOUNT + "/export", headers={})),
            days_later(4),
        ),
        job(expire),
        more=exports_left,
        claims=gave_up,
        refusals=frozenset({200}),
        pause=AFTER_THE_LEASE,
    ),
    Command(
        "retirement_queue",
        (),
        after(lambda scene: Case((row(scene.world),)), days_later(15)),
        job(lambda world, _: driver.run(world.wiring)),
        claims=went_through,
        refusals=frozenset({200}),
        pause=AFTER_THE_LEASE,
        tolerates=set_aside,
    ),
    Command(
        "verify",
        (),
        somebody(),
        job(verify),
        claims=found_nothing,
        refusals=frozenset({200}),
        pause=AFTER_THE_LEASE,
    ),
    Command("rotate the key-encryption key", (), somebody(), job(rotate), more=wrappings, steady=False),
    Command(
        "repair",
        (),
        after(asked_for_a_name, lose_rows),
        job(repair),
        more=rows_of,
        claims=mended,
        follows=False,
        damaged=True,
    ),
    Command(
        "rebuild",
        (),
        asked_for_a_name,
        job(rebuild),
        more=serving,
        pause=AFTER_THE_LEASE,
        claims=rebuilt_right,
        refusals=frozenset({200}),
    ),
)
