"""`make deploy`: upload the code, change the stack, and fill the secret once."""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from infra.aws import aws, aws_aloud
from infra.packaging import Package
from infra.stages import Stage

PEPPER_BYTES = 32
PEPPERS = ("claims_pepper", "retired_claims_pepper", "requests_pepper")
STANDING = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED", "UPDATE_FAILED")
FIRST_VALUE = "rollcall-first-value-of-the-secret"
"""The token of the call that fills the secret: of two that do it at once, one is refused."""


def deploy(stage: Stage, package: Package, bucket: str, parameters: Mapping[str, str]) -> list[dict[str, Any]]:
    """Make or change the stack of a stage; answers its outputs. May be stopped and run again.

    Arguments:
        package: what `package` made.
        bucket: the bucket of one's own that code and template are uploaded to, in the region of the stack.
        parameters: those of the template that are to change; others keep the value that they had.
    """
    key = f"rollcall/{stage.name}/{digest(package.code)}.zip"
    aws_aloud("s3", "cp", str(package.code), f"s3://{bucket}/{key}", "--only-show-errors")
    given = {**parameters, "CodeBucket": bucket, "CodeKey": key}
    if stage.protected:
        if not stands(stage):
            change(stage, package, bucket, {**given, "TableProtection": "false"})
        given = {"TableProtection": "true", **given}
    change(stage, package, bucket, given)
    if stage.protected:
        protection = ("--enable-termination-protection", "--stack-name", stage.stack)
        aws("cloudformation", "update-termination-protection", *protection)
    fill_secret(stage)
    return outputs(stage)


def change(stage: Stage, package: Package, bucket: str, parameters: Mapping[str, str]) -> None:
    """Make or change the stack, with everything that it says."""
    aws_aloud(
        *("cloudformation", "deploy", "--stack-name", stage.stack, "--template-file", str(package.template)),
        *("--s3-bucket", bucket, "--s3-prefix", f"rollcall/{stage.name}"),
        *("--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND", "--no-fail-on-empty-changeset"),
        *("--tags", "service=rollcall", f"stage={stage.name}"),
        *("--parameter-overrides", *(f"{name}={value}" for name, value in sorted(parameters.items()))),
    )


def stands(stage: Stage) -> bool:
    """Whether the stack was made whole. Before, its tables are not protected, or a failure could not be undone."""
    found = aws("cloudformation", "list-stacks", "--stack-status-filter", *STANDING)["StackSummaries"]
    return any(each["StackName"] == stage.stack for each in found)


def digest(path: Path) -> str:
    """The SHA-256 of a file: the same code is uploaded to the same place."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def fill_secret(stage: Stage) -> bool:
    """Give the secret a value, unless it has one; answers whether it was given now.

    The value is in a file that only its owner can read while the AWS CLI takes it, and nowhere else.
    """
    name = f"{stage.stack}/secrets"
    described = aws("secretsmanager", "describe-secret", "--secret-id", name)
    if described.get("VersionIdsToStages"):
        return False
    with TemporaryDirectory() as folder:
        file = Path(folder) / "value.json"
        file.touch(mode=0o600)
        file.write_text(first_value())
        token = ("--client-request-token", FIRST_VALUE)
        aws("secretsmanager", "put-secret-value", "--secret-id", name, "--secret-string", f"file://{file}", *token)
    return True


def first_value() -> str:
    """Peppers that nobody has seen."""
    members: dict[str, Any] = {name: pepper() for name in PEPPERS}
    return json.dumps({**members, "retired_digits_secrets": [pepper()]})


def pepper() -> str:
    """Random bytes in base64."""
    return base64.b64encode(secrets.token_bytes(PEPPER_BYTES)).decode()


def outputs(stage: Stage) -> list[dict[str, Any]]:
    """What the stack tells of itself."""
    stacks = aws("cloudformation", "describe-stacks", "--stack-name", stage.stack)["Stacks"]
    told: list[dict[str, Any]] = stacks[0].get("Outputs", [])
    return told
