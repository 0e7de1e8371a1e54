"""Commands that an operator types, as they are run by `rollcall`."""

import json
import sys
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from chalicelib.events.keys import CACHE_SECONDS
from chalicelib.projections.check_items import PLANTED
from ops import running
from ops.app import app
from ops.erasure.control import OBJECTS
from tests.faults.asking import after, nobody
from tests.faults.scene import Case, Scene
from tests.faults.trying import Act, Command
from tests.ops.erasure.erased import clean_up, retire
from tests.ops.erasure.restoring import Backup
from tests.pipeline.rows import Report, row
from tests.pipeline.world import World
from tests.support.api import PASSWORD
from tests.support.gateway import Answer

STATUS = {0: 200, 1: 409}
"""How the exit statuses of a command are told, but for 3."""

REFUSED = "There is such a client"
AGAIN = ("run it again", "AWS refused", "AWS cannot be reached", "DynamoDB refused")
"""What an operator reads who has to do nothing but wait, and type the same once more."""


def operator(*arguments: str, stdin: str = "") -> Act:
    """A command with `--json`; its arguments may name what a case holds."""

    def act(world: World, case: Case) -> Answer:
        names = {"username": next(iter(case.people), ""), **case.facts}
        typed = [each.format(**names) for each in arguments]
        shown, complaint = StringIO(), StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(shown), redirect_stderr(complaint):
            patch.setattr(running, "Settings", lambda: world.wiring.settings)
            patch.setattr(running, "Wiring", lambda _: world.wiring)
            patch.setattr(sys, "stdin", StringIO(stdin))
            with pytest.raises(SystemExit) as end:
                app([*typed, "--json"], prog_name="rollcall")
        return _answer(end.value.code, shown.getvalue(), complaint.getvalue())

    return act


def _answer(status: Any, shown: str, complaint: str) -> Answer:
    """The end of a command in the form of an answer: 503 where it says "run it again", 500 where it says nothing."""
    if status in STATUS:
        return Answer(STATUS[status], {}, shown.encode())
    if REFUSED in complaint:
        return Answer(409, {}, complaint.encode())
    if any(words in complaint for words in AGAIN):
        return Answer(503, {"retry-after": "operator"}, complaint.encode())
    return Answer(500, {}, f"{status}: {complaint}".encode())


def done_or_there(answer: Answer) -> bool:
    """Whether an import says that everybody is there."""
    return answer.status == 200 and answer.json["created"] + answer.json["present"] == answer.json["rows"]


def clients(scene: Scene, _: Case) -> dict[str, Any]:
    """Which clients there are, and what for."""
    items = scene.eyes.dynamodb.everything(scene.eyes.tables.clients.Meta.table_name)
    return {item["client_id"]["S"]: (item["grants"], "secret_hash" in item) for item in items}


def write_rows(scene: Scene, case: Case) -> None:
    """A file of everybody, those who are there too."""
    rows = [{"username": name, "email": f"{name}@example.com", "name": "Ada"} for name in (*case.people, *case.new)]
    file = Path(tempfile.mkdtemp()) / "rows.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    case.facts["file"] = str(file)


def forgotten(scene: Scene) -> Case:
    """Somebody who is retired and cleaned up, and whose keys no process remembers any more."""
    username = row(scene.world, "RETIRING_LMS", report=Report.WAITING)
    account = scene.world.id_of(username)
    scene.follow()
    retire(scene.world, username)
    clean_up(scene.world, username)
    scene.world.clock.advance(seconds=CACHE_SECONDS + 1)
    return Case(facts={"account": account, "username": username})


def restored(scene: Scene) -> Case:
    """Somebody who was forgotten, and whom a backup of everything, keys too, has brought back."""
    username = row(scene.world, "RETIRING_LMS", report=Report.WAITING)
    scene.follow()
    backup = Backup(scene.world)
    retire(scene.world, username)
    clean_up(scene.world, username)
    backup.restore()
    scene.world.clock.advance(seconds=CACHE_SECONDS + 1)
    return Case((username,))


def certified(scene: Scene, case: Case) -> tuple[set[str], int]:
    """What certificates say of the person, and how many marks of checks are left in tables and bucket."""
    eyes, account = scene.eyes, case.facts["account"]
    items = [item for table in eyes.tables.all() for item in eyes.dynamodb.everything(table.Meta.table_name)]
    kept = [json.loads(item["envelope"]["S"])["certificate"] for item in items if "envelope" in item]
    marks = [item for item in items if any("S" in each and PLANTED.fullmatch(each["S"]) for each in item.values())]
    objects = [key for key in scene.standing() if key.startswith(OBJECTS)]
    return {each["verdict"] for each in kept if each["account"] == account}, len(marks) + len(objects)


def says_forgotten(answer: Answer) -> bool:
    """Whether a signed certificate says that nothing is left."""
    return answer.status == 200 and answer.json["certificate"]["verdict"] == "forgotten"


def all_forgotten_again(answer: Answer) -> bool:
    """Whether a replay says that nobody is left."""
    return answer.status == 200 and not answer.json["left"]


def gone(scene: Scene, case: Case) -> tuple[int, list[str]]:
    """How many keys of the person live, and which claims lead to them."""
    account = case.accounts[case.people[0]]
    keys = list(scene.eyes.dynamodb.everything(scene.eyes.keys.table))
    living = sum(item["pk"]["S"].startswith(account) and "wrapped" in item for item in keys)
    ledger = scene.eyes.dynamodb.everything(scene.eyes.ledger.table)
    return living, [item["pk"]["S"][:2] for item in ledger if item.get("a") == {"S": account}]


SUPERUSER = ("create-superuser", "newroot", "newroot@example.com", "--password-stdin")
CLIENT = ("create-client", "a-new-client", "--grant", "password", "--secret-stdin")

COMMANDS = (
    Command("rollcall create-superuser", (), nobody("newroot"), operator(*SUPERUSER, stdin=f"{PASSWORD}\n")),
    Command("rollcall create-client", (), nobody(), operator(*CLIENT, stdin="a secret\n"), more=clients),
    Command(
        "rollcall create-client --replace",
        (),
        nobody(),
        operator(*CLIENT, "--replace", stdin="a secret\n"),
        more=clients,
    ),
    Command(
        "rollcall import",
        (),
        after(nobody("first", "second", "third"), write_rows),
        operator("import", "{file}", "--threads", "1"),
        claims=done_or_there,
    ),
    Command(
        "rollcall erase --check",
        (),
        forgotten,
        operator("erase", "--check", "{account}"),
        claims=says_forgotten,
        more=certified,
        steady=False,
        every=5,
    ),
    Command(
        "rollcall erase --replay",
        (),
        restored,
        operator("erase", "--replay"),
        claims=all_forgotten_again,
        more=gone,
        steady=False,
        damaged=True,
    ),
)
