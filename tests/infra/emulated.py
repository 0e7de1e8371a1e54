"""The stack on moto, as far as moto knows its kinds, and the functions of the zip beside it."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import boto3

from infra import failures, parameters, template
from infra.deploying import first_value
from infra.references import Json
from infra.stages import Stage

ACCOUNT = "123456789012"
REGION = "eu-west-1"
PROGRAM = Path(__file__).with_name("lambda_process.py")
UNKNOWN = ("AWS::S3::BucketPolicy", "AWS::SecretsManager::Secret", "AWS::SQS::QueuePolicy", "AWS::Lambda::Permission")
"""Kinds that moto's CloudFormation does not know, or that belong to functions."""

PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Region": REGION,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
}


def create(stage: Stage) -> None:
    """Create what holds data by moto's CloudFormation, and what that cannot by its API."""
    resources = {
        name: made
        for name, made in json.loads(json.dumps({**template.stateful(stage), **failures.resources()})).items()
        if made["Type"] not in UNKNOWN and not made["Type"].startswith("AWS::SNS::")
    }
    resources["Pictures"].pop("DependsOn")
    resources["Pictures"]["Properties"].pop("NotificationConfiguration")
    signing = {name: resources.pop(name) for name in ("TokenKey", "CertificateKey")}
    aliases = {name: resources.pop(f"{name}Alias") for name in signing}
    for made in resources.values():
        if made["Type"] == "AWS::KMS::Key":
            made["Properties"].pop("Tags")  # moto reads them, and policies, in the form of KMS's API
            made["Properties"]["KeyPolicy"] = json.dumps({"Version": "2012-10-17", "Statement": []})
    formation = boto3.client("cloudformation", region_name=REGION)
    protection = {
        "Parameters": {"TableProtection": parameters.parameters(stage)["TableProtection"]},
        "Conditions": {"ProtectsTables": parameters.conditions(stage)["ProtectsTables"]},
    }
    formation.create_stack(StackName=stage.stack, TemplateBody=json.dumps({**protection, "Resources": resources}))
    assert ["CREATE_COMPLETE"] == [each["StackStatus"] for each in formation.describe_stacks()["Stacks"]]
    for name, made in signing.items():
        create_signing_key(made["Properties"], resolved(aliases[name]["Properties"]["AliasName"], stage, {}))
    secrets = boto3.client("secretsmanager", region_name=REGION)
    secrets.create_secret(Name=f"{stage.stack}/secrets", SecretString=first_value())
    boto3.client("ses", region_name=REGION).verify_email_identity(EmailAddress=GIVEN["MailFrom"])


def create_signing_key(properties: Json, alias: str) -> None:
    """moto's CloudFormation makes symmetric keys alone."""
    kms = boto3.client("kms", region_name=REGION)
    made = kms.create_key(KeySpec=properties["KeySpec"], KeyUsage=properties["KeyUsage"])
    kms.create_alias(AliasName=alias, TargetKeyId=made["KeyMetadata"]["KeyId"])


GIVEN = {
    "BaseUrl": "https://accounts.example.com",
    "MailFrom": "accounts@example.com",
    "PlatformName": "Rollcall",
    "RetirementDriver": "true",
}
"""The parameters of the stack in the tests."""


def resolved(value: Any, stage: Stage, conditions: Mapping[str, bool]) -> str:
    """What CloudFormation makes of a value of an environment."""
    if isinstance(value, str):
        return value
    known = {**PSEUDO, **GIVEN, "AWS::StackName": stage.stack}
    if "Fn::If" in value:
        condition, then, otherwise = value["Fn::If"]
        return resolved(then if conditions[condition] else otherwise, stage, conditions)
    if "Ref" in value:
        return known[value["Ref"]]
    text: str = value["Fn::Sub"]
    for name, content in known.items():
        text = text.replace(f"${{{name}}}", content)
    return text


class Lambda:
    """One function, in a process that has nothing but the zip."""

    def __init__(self, folder: Path, handler: str, environment: Mapping[str, str], log: IO[str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-B", str(PROGRAM), str(folder), handler],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.PIPE,
            text=True,
            env={**environment, "NOTE_AWS_CALLS": os.environ.get("NOTE_AWS_CALLS", "")},
        )
        first = self._answer()
        self.import_seconds: float = first["imported"]
        self.foreign: list[str] = first["foreign"]

    def __call__(self, event: Mapping[str, Any]) -> Any:
        """What the function returns for an event."""
        assert self._process.stdin is not None
        print(json.dumps(event), file=self._process.stdin, flush=True)
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stderr is not None
        line = self._process.stderr.readline()
        if not line.startswith(("{", "[", "null")):
            self._process.kill()
            raise AssertionError(line + self._process.stderr.read())
        return json.loads(line)

    def end(self) -> None:
        """End the process."""
        self._process.communicate(timeout=30)


@contextmanager
def function(folder: Path, handler: str, environment: Mapping[str, str]) -> Iterator[Lambda]:
    """A function that ends with the block."""
    with tempfile.TemporaryFile("w+") as log:
        made = Lambda(folder, handler, environment, log)
        try:
            yield made
        finally:
            made.end()
