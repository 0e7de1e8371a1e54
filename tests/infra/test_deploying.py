"""`make deploy` and `make destroy`, with an `aws` that notes what it was asked for."""

import json
import os
import stat
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from infra import __main__ as command
from infra.deploying import deploy, fill_secret
from infra.destroying import NotTypedError, destroy
from infra.packaging import Package
from infra.stages import STAGES

PROGRAM = """#!{python}
import json, os, sys
folder = {folder!r}
arguments = sys.argv[1:]
read = [open(each[7:]).read() for each in arguments if each.startswith("file://")]
modes = [os.stat(each[7:]).st_mode & 0o777 for each in arguments if each.startswith("file://")]
with open(os.path.join(folder, "asked.jsonl"), "a") as asked:
    print(json.dumps({{"arguments": arguments, "read": read, "modes": modes}}), file=asked)
answers = json.load(open(os.path.join(folder, "answers.json")))
queue = answers.get(arguments[1], [])
if queue:
    print(json.dumps(queue.pop(0)))
    json.dump(answers, open(os.path.join(folder, "answers.json"), "w"))
sys.exit(answers.get("status", 0))
"""
OUTPUTS = [{"OutputKey": "Address", "OutputValue": "https://accounts.example.com"}]


class Aws:
    """What stands in the way of the real `aws`: it answers what it was told to, and notes its calls."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        program = folder / "aws"
        program.write_text(PROGRAM.format(python=sys.executable, folder=str(folder)))
        program.chmod(stat.S_IRWXU)
        self.answer()

    def answer(self, status: int = 0, **answers: list[Any]) -> None:
        """What each subcommand answers, one after the other; underscores stand for hyphens."""
        named = {name.replace("_", "-"): given for name, given in answers.items()}
        (self._folder / "answers.json").write_text(json.dumps({**named, "status": status}))

    @property
    def asked(self) -> list[dict[str, Any]]:
        """What it was called with, and what stood in the files that it was given."""
        noted = self._folder / "asked.jsonl"
        return [json.loads(line) for line in noted.read_text().splitlines()] if noted.exists() else []

    @property
    def commands(self) -> list[str]:
        """The subcommands, in order."""
        return [" ".join(each["arguments"][:2]) for each in self.asked]


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Aws:
    made = Aws(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return made


@pytest.fixture
def package(tmp_path: Path) -> Package:
    made = Package(tmp_path / "template.json", tmp_path / "code.zip")
    made.template.write_text("{}")
    made.code.write_bytes(b"code")
    return made


DIGEST = "5694d08a2e53ffcae0c3103e5ad6f6076abd960eb1f8a56577040bc1028f702b"


def test_deploys(aws: Aws, package: Package) -> None:
    """The code goes to a place that is named for its content, the stack is changed, protected, and told of."""
    aws.answer(list_stacks=[STANDING], describe_secret=[FILLED], describe_stacks=[STACKS])
    assert OUTPUTS == deploy(STAGES["prod"], package, "artifacts", {"MailFrom": "a@example.com"})
    assert [
        "s3 cp",
        "cloudformation list-stacks",
        "cloudformation deploy",
        "cloudformation update-termination-protection",
        "secretsmanager describe-secret",
        "cloudformation describe-stacks",
    ] == aws.commands
    copied, _, changed, *_ = aws.asked
    assert f"s3://artifacts/rollcall/prod/{DIGEST}.zip" in copied["arguments"]
    overrides = changed["arguments"][changed["arguments"].index("--parameter-overrides") + 1 :]
    code = [f"CodeKey=rollcall/prod/{DIGEST}.zip", "CodeBucket=artifacts"]
    assert sorted(["MailFrom=a@example.com", "TableProtection=true", *code]) == overrides


STACKS = {"Stacks": [{"Outputs": OUTPUTS}]}
STANDING = {"StackSummaries": [{"StackName": "rollcall-prod"}, {"StackName": "another"}]}
FILLED = {"VersionIdsToStages": {"v1": ["AWSCURRENT"]}}


def test_the_first_time(aws: Aws, package: Package) -> None:
    """Tables are protected once they stand: a creation that fails must be able to undo itself."""
    aws.answer(
        list_stacks=[{"StackSummaries": [{"StackName": "another"}]}], describe_secret=[{}], describe_stacks=[STACKS]
    )
    deploy(STAGES["prod"], package, "artifacts", {"MailFrom": "a@example.com"})
    changes = [each["arguments"] for each in aws.asked if "deploy" == each["arguments"][1]]
    protections = [[word for word in change if word.startswith("TableProtection=")] for change in changes]
    assert [["TableProtection=false"], ["TableProtection=true"]] == protections
    (listed,) = (each["arguments"] for each in aws.asked if "list-stacks" == each["arguments"][1])
    assert {"CREATE_COMPLETE", "UPDATE_COMPLETE"} <= set(listed)
    assert not {"ROLLBACK_COMPLETE", "DELETE_COMPLETE"} & set(listed)


def test_protection_can_be_lifted_by_name(aws: Aws, package: Package) -> None:
    """Who restores a table may turn its protection off; the next deployment turns it on again."""
    aws.answer(list_stacks=[STANDING], describe_secret=[FILLED], describe_stacks=[STACKS])
    deploy(STAGES["prod"], package, "artifacts", {"TableProtection": "false"})
    (change,) = (each["arguments"] for each in aws.asked if "deploy" == each["arguments"][1])
    assert ["TableProtection=false"] == [word for word in change if word.startswith("TableProtection=")]


def test_a_stage_that_is_not_protected(aws: Aws, package: Package) -> None:
    """`dev` can be deleted without more ado."""
    aws.answer(describe_secret=[{"VersionIdsToStages": {"v1": ["AWSCURRENT"]}}], describe_stacks=[STACKS])
    deploy(STAGES["dev"], package, "artifacts", {})
    assert "cloudformation update-termination-protection" not in aws.commands


def test_the_secret_is_filled_once(aws: Aws) -> None:
    """A secret without a value gets one, in a file for its owner's eyes; one that has a value keeps it."""
    aws.answer(describe_secret=[{}, {"VersionIdsToStages": {"v1": ["AWSCURRENT"]}}])
    assert fill_secret(STAGES["prod"])
    _, filled = aws.asked
    (value,) = map(json.loads, filled["read"])
    digits = value.pop("retired_digits_secrets")
    assert {"claims_pepper", "retired_claims_pepper", "requests_pepper"} == value.keys()
    assert {32} == {len(b64decode(each)) for each in [*value.values(), *digits]}
    assert 4 == len({*value.values(), *digits})
    assert [0o600] == filled["modes"]
    assert not any(each in " ".join(filled["arguments"]) for each in value.values())
    assert not fill_secret(STAGES["prod"])
    assert 3 == len(aws.asked)


@pytest.mark.parametrize("typed", ["", "yes", "prod", "rollcall-dev"])
def test_destroys_nothing_untyped(aws: Aws, typed: str) -> None:
    """Whoever does not type the name of the stack deletes nothing."""
    with pytest.raises(NotTypedError):
        destroy(STAGES["prod"], lambda _: typed)
    assert [] == aws.asked


def test_destroys_what_is_typed(aws: Aws) -> None:
    """A protected stack is told to be kept no longer, then deleted; its bucket is not emptied."""
    destroy(STAGES["prod"], lambda _: "rollcall-prod")
    assert [
        "cloudformation update-termination-protection",
        "cloudformation delete-stack",
        "cloudformation wait",
    ] == aws.commands


def test_empties_the_bucket_of_a_stage_for_trying(aws: Aws) -> None:
    """A bucket is deleted only when it is empty, of old versions and of marks as well."""
    page = {
        "Versions": [{"Key": "a", "VersionId": "1"}, {"Key": "a", "VersionId": "2"}],
        "DeleteMarkers": [{"Key": "b", "VersionId": "3"}],
    }
    described = {"StackResourceDetail": {"PhysicalResourceId": "the-bucket"}}
    aws.answer(describe_stack_resource=[described], list_object_versions=[page, {}])
    destroy(STAGES["dev"], lambda _: "rollcall-dev")
    (deleted,) = [json.loads(each["read"][0]) for each in aws.asked if "delete-objects" in each["arguments"]]
    assert [("a", "1"), ("a", "2"), ("b", "3")] == [(each["Key"], each["VersionId"]) for each in deleted["Objects"]]


def test_command_says_what_failed(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command ends with 2 when nothing was typed, and with 3 when AWS refused."""
    monkeypatch.setattr("builtins.input", lambda _: "no")
    assert 2 == command.main(["destroy", "--stage", "prod"])
    assert "Not typed; nothing was done.\n" == capsys.readouterr().err
    aws.answer(status=254)
    monkeypatch.setattr("builtins.input", lambda _: "rollcall-prod")
    assert 3 == command.main(["destroy", "--stage", "prod"])
    assert "aws ended with status 254.\n" == capsys.readouterr().err


def test_command_wants_the_cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without the AWS CLI it says so."""
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("builtins.input", lambda _: "rollcall-prod")
    assert 3 == command.main(["destroy", "--stage", "prod"])
    assert "aws is not installed.\n" == capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["deploy", "--stage", "prod", "--bucket", "b", "x"], ["package", "--stage", "x"]]
)
def test_command_refuses_wrong_use(arguments: list[str]) -> None:
    """A parameter without a value and a stage that there is not end with 2."""
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)
    assert 2 == ended.value.code
