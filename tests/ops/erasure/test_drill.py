"""Forgotten, restored, forgotten again: the whole of it with the operator's own commands, on both engines.

`DRILL_ACCOUNTS=10000` does it beside so many imported accounts; it takes most of an hour then.
"""

import json
import os
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from bench.exports import row
from local.dynamodb_local import DynamoDBLocal
from ops.erasure.forms import FORMS
from tests.ops.command import Rollcall
from tests.ops.erasure.erased import clean_up, retire
from tests.ops.erasure.restoring import Backup, Objects, show_picture
from tests.ops.erasure.test_certificate import verified
from tests.pipeline.marked import Person
from tests.pipeline.world import running_world

ACCOUNTS = int(os.environ.get("DRILL_ACCOUNTS", "25"))
"""How many people are imported who stay."""

SECONDS = 240 if ACCOUNTS < 1000 else 3600
"""How long a command may take."""

pytestmark = pytest.mark.timeout(300 if ACCOUNTS < 1000 else 3 * 3600)
ACCOUNT = "/api/user/v1/accounts/{}"
IMAGE = "d" * 32
STORES = 7
"""Six tables and the bucket."""

BACK = {
    "the profile is not erased",
    "the key is not destroyed",
    "the password hash",
    "a claim",
    "a session",
    "a note of what is in S3",
    "an object of the account",
}
"""What a check must say of somebody who has come back, whatever else it finds."""


@contextmanager
def world_on(engine):
    """A world whose clock stands a little before now: commands are processes that look at the real one."""
    if engine == "moto":
        with running_world(export_direct_bytes=0) as world:
            yield at_present(world)
        return
    with DynamoDBLocal() as started, running_world(started.endpoint, export_direct_bytes=0) as world:
        yield at_present(world)


def at_present(world):
    """The world, five minutes ago: whatever was destroyed is forgotten by every process."""
    world.clock.now = datetime.now(UTC) - timedelta(minutes=5)
    return world


class Drill:
    """Somebody whose every field is marked, the operator's commands, and the file of values."""

    def __init__(self, world, folder):
        self.world = world
        self.values = str(folder / "values.json")
        self.command = Rollcall(world.stage.environment["AWS_ENDPOINT_URL"], SECONDS)
        self._import(folder / "people.jsonl")
        self.person = Person(world)
        self.person.come_back()
        self.account, self.username = self.person.account, self.person.username
        show_picture(world, self.account, IMAGE)
        assert 303 == world.api.get(f"{ACCOUNT.format(self.username)}/export", as_=self.username).status
        world.catch_up()

    def _import(self, file):
        """Everybody else, from another system's export."""
        file.write_text("".join(f"{json.dumps(row(number))}\n" for number in range(ACCOUNTS)), encoding="utf-8")
        assert ACCOUNTS == self.run("import", str(file))["created"]

    def run(self, *arguments, status=0):
        """What a command says that must end so."""
        return self.command.json(*arguments, status=status, **self.world.stage.environment)

    def check(self, status):
        """The certificate of a check with the person's values, in its envelope."""
        return self.run("erase", "--check", self.account, "--values", self.values, status=status)

    def forget(self):
        """Everything that forgetting is; the views follow."""
        self.person.leave()
        self.person.report()
        retire(self.world, self.person.username)
        clean_up(self.world, self.person.username)

    def name_shown(self):
        """The name that support sees in another process, or null if nobody has the username."""
        answer = self.world.other_process().api.get(ACCOUNT.format(self.username), as_="superuser")
        return answer.json["name"] if answer.status == 200 else None


def told(envelope):
    """What a certificate says is wrong."""
    return {finding["what"] for finding in envelope["certificate"]["findings"]}


@pytest.mark.parametrize("engine", ["moto", pytest.param("dynamodb-local", marks=pytest.mark.dynamodb_local)])
def test_forgotten_restored_and_forgotten_again(engine, tmp_path):
    """A backup of everything brings a person back, a replay makes them forgotten, and the same values find nothing."""
    with world_on(engine) as world:
        drill = Drill(world, tmp_path)
        bystander = world.id_of(world.new_account("bystander"))
        backup, objects, standing = Backup(world), Objects(world), world.state(bystander)
        name = drill.name_shown()
        assert name == "Qzxmarkname Three"
        assert drill.run("erase", "--collect", drill.username, drill.values)["values"] > 40

        drill.forget()
        before = drill.check(status=0)
        assert ("forgotten", []) == (before["certificate"]["verdict"], before["certificate"]["findings"])
        assert "Verified OK" == verified(tmp_path, before)
        control = before["certificate"]["control"]
        assert control["planted"] == control["found"] > STORES * len(FORMS)
        assert (None, set()) == (drill.name_shown(), objects.keys())

        entries = world.scan("erasures")
        backup.restore()
        objects.restore()
        assert entries == world.scan("erasures")
        assert name == drill.name_shown()
        assert 200 == world.other_process().api.grant(drill.username).status
        back = drill.check(status=1)
        assert "not forgotten" == back["certificate"]["verdict"]
        assert BACK <= told(back)
        assert any(what.startswith("value ") for what in told(back))

        replayed = drill.run("erase", "--replay")
        assert (1, [], True) == (replayed["erased"], replayed["left"], replayed["keys"] >= 1)
        world.catch_up()
        after = drill.check(status=0)
        assert ("forgotten", []) == (after["certificate"]["verdict"], after["certificate"]["findings"])
        assert "Verified OK" == verified(tmp_path, after)
        assert before["certificate"]["values"] == after["certificate"]["values"]
        assert before["certificate"]["fences"] == after["certificate"]["fences"]
        assert (None, set()) == (drill.name_shown(), objects.keys())
        world.catch_up()
        verification = drill.run("verify", "--all")
        assert verification["findings"] == 0
        assert verification["accounts"] > ACCOUNTS
        assert standing == world.other_process().state(bystander)
        certificates = {item["pk"]["S"] for item in world.scan("erasures") if "envelope" in item}
        assert 3 == len(certificates)
        kept = [item for item in world.scan("erasures") if item["pk"]["S"] not in certificates]
        assert [item for item in entries if "envelope" not in item] == kept
