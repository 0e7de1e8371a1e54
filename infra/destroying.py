"""`make destroy`: delete the stack of a stage. What a protected stage holds is kept, by AWS."""

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from infra.aws import aws, aws_aloud
from infra.stages import Stage

MOST_DELETED = 1000
KEPT = """Tables, keys, the secret and the bucket are kept. Whoever deletes them deletes every account."""
DELETED = """Everything in it is deleted: accounts, keys, pictures."""


class NotTypedError(Exception):
    """The name was not typed; nothing has been done."""


def destroy(stage: Stage, ask: Callable[[str], str]) -> None:
    """Delete the stack, after its name was typed.

    Raises `NotTypedError`, and `CalledProcessError` when AWS refuses.
    """
    what = KEPT if stage.protected else DELETED
    if ask(f"This deletes {stage.stack}. {what}\nType its name to go on: ").strip() != stage.stack:
        raise NotTypedError
    if stage.protected:
        protection = ("--no-enable-termination-protection", "--stack-name", stage.stack)
        aws("cloudformation", "update-termination-protection", *protection)
    else:
        empty(bucket(stage))
    aws("cloudformation", "delete-stack", "--stack-name", stage.stack)
    aws_aloud("cloudformation", "wait", "stack-delete-complete", "--stack-name", stage.stack)


def bucket(stage: Stage) -> str:
    """The bucket of a stack."""
    described = aws("cloudformation", "describe-stack-resource", *names(stage, "Pictures"))
    return str(described["StackResourceDetail"]["PhysicalResourceId"])


def names(stage: Stage, resource: str) -> tuple[str, ...]:
    """A resource of a stack, as the CLI wants it."""
    return ("--stack-name", stage.stack, "--logical-resource-id", resource)


def empty(name: str) -> None:
    """Delete every version of every object: a bucket that holds some is not deleted."""
    while found := versions(name):
        with TemporaryDirectory() as folder:
            file = Path(folder) / "objects.json"
            file.write_text(json.dumps({"Objects": found, "Quiet": True}))
            aws("s3api", "delete-objects", "--bucket", name, "--delete", f"file://{file}")


def versions(name: str) -> list[dict[str, Any]]:
    """Up to a thousand versions and delete markers of a bucket."""
    page = aws("s3api", "list-object-versions", "--bucket", name, "--max-items", str(MOST_DELETED)) or {}
    found = [*(page.get("Versions") or ()), *(page.get("DeleteMarkers") or ())]
    return [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
