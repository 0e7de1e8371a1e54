"""Each of the operator's commands does what `infra.operator_policy` says of it, and all of that.

Every command is run in this process, on a stage whose clock moves instead of a command's waiting; what it asks AWS for
is noted. Left out is `bench`: it runs in processes of its own, on emulators or tables in memory of their own, and asks
the stage for nothing.
"""

import io
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from bench.exports import row
from chalicelib.events.claims import Claim, ClaimKind
from chalicelib.pipeline.states_store import StatesStore
from chalicelib.settings import Settings
from chalicelib.wiring import Wiring
from infra.operator_policy import PERMISSIONS, main
from infra.permissions import Permission
from ops import keys, running
from ops.app import app, commands
from ops.erasure import proving
from tests.ops.erasure.restoring import People, show_picture
from tests.pipeline.marked import Person
from tests.pipeline.world import World, running_world
from tests.support import aws_calls

FINE, FINDINGS, COULD_NOT_RUN = 0, 1, 3
NAMES = ("ledger", "keys", "erasures", "views")
NAMED = {f"keys {each.name}" if each.name == "rotate" else str(each.name) for each in commands()}
OPTIONS = ("--collect", "--check", "--replay")
TEMPLATE = Path(__file__).with_name("prod.json")
NAMING = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Events::EventBus": "Name",
    "AWS::KMS::Alias": "AliasName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SecretsManager::Secret": "Name",
}
"""The property by which a resource is called, of each type that a command meets."""

MOST_CHARACTERS = 6144
RENAMED = {"s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock"}
"""Calls whose action IAM names otherwise."""

NOT_CALLED = {("erase --check", "s3:ListBucket", "bucket")}
"""Without it S3 says "forbidden" of an object that was deleted since it was listed."""


Seen = Mapping[str, set[Permission]]


class Operator:
    """Runs commands on a world and notes, for each, what it asks AWS for."""

    def __init__(self, world: World, patch: pytest.MonkeyPatch) -> None:
        self.world = world
        self.calls: dict[str, set[Permission]] = defaultdict(set)
        self._command: str | None = None
        self._late = False
        time = SimpleNamespace(monotonic=lambda: world.clock.now.timestamp(), sleep=self._sleep)
        patch.setattr(running, "Settings", lambda: world.wiring.settings)
        patch.setattr(running, "Wiring", self._wiring)
        patch.setattr(keys, "time", time)
        patch.setattr(proving, "time", time)
        patch.setenv("ROLLCALL_PASSWORD", "rather-long-Passw0rd")
        self._watch(patch)

    def contended(self, command: str, *arguments: str) -> Any:
        """Run a command whose first transaction comes too late: somebody else has changed the account."""
        self._late = True
        document = self(command, *arguments)
        assert not self._late, command
        return document

    def __call__(self, command: str, *arguments: str, status: int = FINE) -> Any:
        """Run a command to its end; its document."""
        self._command, told = command, io.StringIO()
        try:
            with redirect_stdout(told), pytest.raises(SystemExit) as ended:
                app([*command.split(), *arguments, "--json"], prog_name="rollcall")
        finally:
            self._command = None
        assert status == ended.value.code, (command, told.getvalue())
        self.world.catch_up()
        return json.loads(told.getvalue())

    def _watch(self, patch: pytest.MonkeyPatch) -> None:
        ask = BaseClient._make_api_call

        def asking(client: Any, operation: str, parameters: Any) -> Any:
            if self._command is not None:
                service = client.meta.service_model.service_name
                self.calls[self._command].update(aws_calls.permissions(service, operation, parameters))
                if self._late and operation == "TransactWriteItems":
                    self._late = False
                    raise ClientError(too_late(parameters), operation)
            return ask(client, operation, parameters)

        patch.setattr(BaseClient, "_make_api_call", asking)

    def _sleep(self, seconds: float) -> None:
        self.world.clock.advance(seconds=seconds)

    def _wiring(self, settings: Settings) -> Wiring:
        wiring = Wiring(settings, clock=self.world.clock)
        stores = wiring.stores
        wiring.stores = type(stores)(**{**vars(stores), "wait": self._sleep})
        return wiring


def too_late(parameters: Any) -> Any:
    """What DynamoDB answers to a transaction none of whose conditions holds."""
    return {
        "Error": {"Code": "TransactionCanceledException"},
        "ResponseMetadata": {"HTTPStatusCode": 400},
        "CancellationReasons": [{"Code": "ConditionalCheckFailed"} for _ in parameters["TransactItems"]],
    }


class Deployment:
    """A stage on which everything is found that a command may meet."""

    def __init__(self, world: World, run: Operator, folder: Path) -> None:
        self.world = world
        self.run = run
        self.folder = folder
        world.clock.now = datetime.now(UTC)

    def tables(self) -> dict[str, str]:
        """The names of the tables."""
        return {name: getattr(self.world.wiring.tables, name).Meta.table_name for name in NAMES}

    def remove(self, table: str, pk: str, sk: str | None = None) -> None:
        """Delete an item."""
        key = {"pk": {"S": pk}} | ({} if sk is None else {"sk": {"S": sk}})
        self.world.wiring.dynamodb.delete_item(TableName=self.tables()[table], Key=key)

    def put(self, table: str, item: Any) -> None:
        """Put an item."""
        self.world.wiring.dynamodb.put_item(TableName=self.tables()[table], Item=item)

    def nothing_yet(self) -> None:
        """A new deployment has no key-encryption key, and no list of states."""
        self.remove("keys", "KEK")
        self.remove("ledger", "N#retirement-states", "N")

    def other_states(self) -> None:
        """A release had other states than are configured."""
        wiring = self.world.wiring
        first, *others = wiring.settings.retirement_states
        self.remove("ledger", "N#retirement-states", "N")
        StatesStore(wiring.dynamodb, wiring.ledger.table, wiring.queue).take([first, "THINKING", *others])

    def begin(self) -> None:
        """The first commands on a new deployment, and looking."""
        self.nothing_yet()
        self.run("doctor")
        self.run("create-superuser", "root", "root@example.net")
        self.run("create-client", "worker", "--grant", "client_credentials", "--account", "root")
        client = ("create-client", "other", "--grant", "client_credentials", "--account", "Root")
        self.run(*client, status=COULD_NOT_RUN)
        self.nothing_yet()
        self.run("import", self.export())
        self.run("import", self.export())
        self.run("queue")

    def export(self) -> str:
        """Thirty people from another system."""
        people = self.folder / "people.jsonl"
        rows = [row(number) | {"username": f"imp{number}", "email": f"imp{number}@example.net"} for number in range(30)]
        people.write_text("".join(f"{json.dumps(each)}\n" for each in rows))
        return str(people)

    def look(self) -> None:
        """Somebody who stays, and somebody who leaves and comes back."""
        staying, leaver = self.world.new_account("staying"), self.world.leaver("leaver")
        self.world.catch_up()
        for username in (staying, leaver):
            self.run("show", username)
            self.run("history", username)
            self.run("at", username, "1")
        self.run("show", staying.upper(), status=COULD_NOT_RUN)
        self.run("history", staying.upper(), status=COULD_NOT_RUN)
        self.run("at", staying.upper(), "1", status=COULD_NOT_RUN)
        self.other_states()
        self.run("queue")
        self.other_states()
        self.run("cancel", leaver, "--email", "other@example.net")
        another = self.world.leaver("leaver")
        self.run.contended("cancel", another)

    def mend(self) -> None:
        """Damage of each kind that can be mended, and views made anew."""
        self.world.leaver("leaver")
        self.world.catch_up()
        self.run("verify", "--sample", "5")
        self.damage()
        self.run("verify", "--all", status=FINDINGS)
        self.run("verify", "--all", "--repair")
        self.damage_view()
        self.run("rebuild", "retirement_queue", status=FINDINGS)
        self.run("rebuild", "retirement_queue", "--switch")
        self.run("rebuild", "retirement_queue", "--back")
        self.run("rebuild", "retirement_queue", "--switch")

    def damage(self) -> None:
        """A head, claims, a counter and view rows that are not what events say."""
        hit, other = (self.world.id_of(self.world.new_account("hit")) for _ in range(2))
        head = next(item for item in self.world.heads() if item["pk"]["S"] == f"A#{hit}")
        self.put("ledger", {**head, "d": {"B": b"\0" * 32}})
        lost = next(each for each in self.world.scan("ledger") if each.get("a") == {"S": other})
        self.remove("ledger", lost["pk"]["S"], lost["sk"]["S"])
        stray = self.world.ledger.claim_key(Claim(ClaimKind.EMAIL, "stray@example.net"))
        self.put("ledger", {**stray, "a": {"S": other}})
        self.put("ledger", {"pk": {"S": "N#account"}, "sk": {"S": "N"}, "n": {"N": "1"}})
        self.lose_entry()
        self.damage_view()

    def lose_entry(self) -> None:
        """An entry of the erasure ledger that is lost."""
        entry = next(each for each in self.world.scan("erasures") if each["pk"]["S"].endswith("#profile"))
        self.remove("erasures", entry["pk"]["S"])

    def damage_view(self) -> None:
        """A row that is lost, and one of no account."""
        lost = next(each for each in self.world.scan("views") if each["pk"]["S"].startswith("V#retirement_queue#"))
        self.remove("views", lost["pk"]["S"], lost["sk"]["S"])
        prefix, _, _ = lost["pk"]["S"].rpartition("#")
        self.put("views", {**lost, "pk": {"S": f"{prefix}#{'f' * 32}"}})

    def forget(self) -> None:
        """Collect, retire, clean up, check, with everything in the bucket and the queues that there may be."""
        person = Person(self.world)
        person.come_back()
        self.fill(person.account)
        self.world.wiring.clients.register("theirs", None, ["password"], person.account)
        self.world.catch_up()
        values = str(self.folder / "values.json")
        self.run("erase --collect", person.username, values)
        self.run("erase --check", person.username, status=FINDINGS)
        self.world.wiring.tables.clients("theirs").delete()
        self.other_states()
        self.run.contended("retire", person.username, "--request")
        assert 200 == self.world.take_reports().status
        assert 204 == self.world.clean_reports(person.username).status
        assert 204 == self.world.clean_up(person.username).status
        self.world.catch_up()
        self.run.contended("erase --check", person.account, "--values", values)

    def put_picture(self, image: str) -> None:
        """Put a picture back into the bucket."""
        bucket, key = self.world.wiring.settings.image_bucket, f"profile-images/{image}_50.jpg"
        self.world.wiring.client("s3").put_object(Bucket=bucket, Key=key, Body=b"picture")

    def fill(self, account: str) -> None:
        """A picture, an open upload, an export that is there and one that was never completed, a client, a message."""
        show_picture(self.world, account, "d" * 32)
        bucket, s3 = self.world.wiring.settings.image_bucket, self.world.wiring.client("s3")
        short_lived = self.world.wiring.tables.short_lived
        names = {f"UPLOAD#{'1' * 32}": f"incoming/{'1' * 32}", f"EXPORT#{'2' * 32}": f"exports/{'2' * 32}.json"}
        for note, key in names.items():
            short_lived(f"O#{account}", note, expires=int(self.world.clock().timestamp()) + 3600).save()
            s3.put_object(Bucket=bucket, Key=key, Body=b"{}")
        s3.create_multipart_upload(Bucket=bucket, Key=names[f"EXPORT#{'2' * 32}"])
        sqs = self.world.wiring.client("sqs")
        queue = sqs.create_queue(QueueName="rollcall-stream-failures")["QueueUrl"]
        sqs.send_message(QueueUrl=queue, MessageBody="{}")

    def rotate(self) -> None:
        """What somebody else has begun is finished, then there is a new key."""
        self.run("keys rotate")
        self.run("keys rotate")

    def restore(self) -> None:
        """Whoever was forgotten comes back by a restore, from several moments."""
        people = People(self.world)
        people.backups["registered"].restore()
        self.fill(people.ada.account)
        self.put_picture(people.ada.image)
        self.run("erase --replay")
        people.backups["left"].restore()
        self.run.contended("erase --replay")
        people.backups["retired"].restore("views")
        people.backups["empty"].restore("ledger")
        self.run("erase --replay")
        people.end.restore()
        people.backups["retired"].restore()
        people.restore_erasures("retired")
        people.backups["registered"].restore("ledger", "views")
        self.run("erase --replay")


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """What each command asked for."""
    with pytest.MonkeyPatch.context() as patch, running_world(feed_bus="rollcall-feed") as world:
        run = Operator(world, patch)
        deployment = Deployment(world, run, tmp_path_factory.mktemp("operator"))
        deployment.begin()
        deployment.look()
        deployment.restore()
        deployment.mend()
        deployment.forget()
        deployment.rotate()
        yield run.calls


@pytest.mark.parametrize("command", PERMISSIONS)
def test_a_command_does_what_its_role_allows(command: str, seen: Seen) -> None:
    """No call that the policy would refuse, and no permission that nobody uses."""
    granted = PERMISSIONS[command]
    assert granted == {as_granted(call, granted) for call in seen[command]} | needed_besides(command)


def as_granted(call: Permission, granted: frozenset[Permission]) -> Permission:
    """A call as IAM names it; what is granted for every object counts for each of them."""
    action, target = RENAMED.get(call[0], call[0]), call[1]
    if target.startswith("bucket:") and (action, "bucket:*") in granted:
        return action, "bucket:*"
    return action, target


def needed_besides(command: str) -> set[Permission]:
    """What a command needs and does not call."""
    return {(action, target) for name, action, target in NOT_CALLED if name == command}


def test_every_command_is_in_the_table() -> None:
    """But `bench`, which asks for nothing."""
    named = {f"{name} {option}" if name == "erase" else name for name in NAMED for option in OPTIONS}
    assert named - {"bench"} == PERMISSIONS.keys()


def printed(capsys: pytest.CaptureFixture[str], *commands: str) -> Any:
    """The policy that is printed."""
    place = ("--region", "eu-west-1", "--account", "123456789012", "--mail-from", "accounts@example.org")
    main(["--stage", "prod", *place, *commands])
    return json.loads(capsys.readouterr().out)


def test_names_are_those_of_the_template(capsys: pytest.CaptureFixture[str]) -> None:
    """Tables, bucket, keys, secret, bus and queues of the stage, and nothing of another one."""
    statements = printed(capsys)["Statement"]
    told = json.dumps(statements)
    for name in names_of_the_template():
        assert name in told, name
    everywhere = [each["Action"] for each in statements if each["Resource"] == "*"]
    assert [["ses:GetIdentityVerificationAttributes", "sqs:ListQueues", "sts:GetCallerIdentity"]] == everywhere


def names_of_the_template() -> Iterator[str]:
    """What the resources of the template are called that a command may meet."""
    for each in json.loads(TEMPLATE.read_text())["Resources"].values():
        name = NAMING.get(each["Type"])
        if name is not None and "-storage" not in str(each["Properties"][name]):
            text = each["Properties"][name]["Fn::Sub"]
            filled = text.replace("${AWS::StackName}", "rollcall-prod").replace("${AWS::AccountId}", "123456789012")
            yield "rollcall-prod-*" if each["Type"] == "AWS::SQS::Queue" else filled


def test_a_policy_fits_into_one(capsys: pytest.CaptureFixture[str]) -> None:
    """IAM takes 6,144 characters in a managed policy, without white space."""
    assert MOST_CHARACTERS > len(json.dumps(printed(capsys), separators=(",", ":")))


def test_some_commands_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """Who may only look gets what looking needs."""
    actions = {action for each in printed(capsys, "show", "history", "at")["Statement"] for action in each["Action"]}
    reading = {"dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"}
    assert reading | {"kms:Decrypt", "secretsmanager:GetSecretValue"} == actions


def test_a_command_that_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong use."""
    with pytest.raises(SystemExit) as ended:
        printed(capsys, "nonsense")
    assert 2 == ended.value.code


def test_keys_are_told_by_their_alias(capsys: pytest.CaptureFixture[str]) -> None:
    """Only the check of an erasure and the doctor may sign certificates; mail goes from one sender alone."""
    statements = printed(capsys)["Statement"]
    aliases = {str(each["Condition"]) for each in statements if "kms:Sign" in each["Action"]}
    assert 2 == len(aliases)
    (mail,) = (each for each in statements if "ses:SendEmail" in each["Action"])
    assert {"StringEquals": {"ses:FromAddress": "accounts@example.org"}} == mail["Condition"]
    signing = {name for name, each in PERMISSIONS.items() if ("kms:Sign", "key:certificates") in each}
    assert {"doctor", "erase --check"} == signing
