"""What the operator's role may do, command by command, and the policy that says so.

`python -m infra.operator_policy --stage prod ...` prints the policy; docs/deployment.md tells how to attach it.
`tests/infra/test_operator_policy.py` runs every command, and fails if its calls differ from this table.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from infra.keys import ALIASES
from infra.permissions import Permission, permissions
from infra.references import Json
from infra.stages import STAGES, Stage

ALLOWED: Mapping[str, Mapping[str, str]] = {
    "doctor": {
        "bucket": "s3: GetBucketPublicAccessBlock ListBucket",
        "events": "events: DescribeEventBus",
        "key:certificates": "kms: GetPublicKey Sign Verify",
        "key:sealing": "kms: Decrypt GenerateDataKeyWithoutPlaintext",
        "key:tokens": "kms: GetPublicKey Sign Verify",
        "secret": "secretsmanager: GetSecretValue",
        "ses": "ses: GetIdentityVerificationAttributes",
        "sts": "sts: GetCallerIdentity",
        "table:clients": "dynamodb: DeleteItem DescribeTable GetItem",
        "table:erasures": "dynamodb: DeleteItem DescribeTable GetItem",
        "table:keys": "dynamodb: BatchGetItem DeleteItem DescribeTable GetItem",
        "table:ledger": "dynamodb: BatchGetItem DeleteItem DescribeTable GetItem",
        "table:short-lived": "dynamodb: DeleteItem DescribeTable GetItem",
        "table:views": "dynamodb: DeleteItem DescribeTable GetItem",
    },
    "create-superuser": {
        "key:sealing": "kms: Decrypt GenerateDataKeyWithoutPlaintext",
        "secret": "secretsmanager: GetSecretValue",
        "table:keys": "dynamodb: GetItem PutItem",
        "table:ledger": "dynamodb: BatchGetItem ConditionCheckItem PutItem UpdateItem",
    },
    "create-client": {
        "key:sealing": "kms: Decrypt",
        "secret": "secretsmanager: GetSecretValue",
        "table:clients": "dynamodb: GetItem PutItem",
        "table:keys": "dynamodb: BatchGetItem GetItem",
        "table:ledger": "dynamodb: BatchGetItem",
    },
    "show": {
        "key:sealing": "kms: Decrypt",
        "secret": "secretsmanager: GetSecretValue",
        "table:keys": "dynamodb: BatchGetItem GetItem",
        "table:ledger": "dynamodb: BatchGetItem",
    },
    "history": {
        "key:sealing": "kms: Decrypt",
        "secret": "secretsmanager: GetSecretValue",
        "table:keys": "dynamodb: BatchGetItem GetItem",
        "table:ledger": "dynamodb: BatchGetItem Query",
    },
    "at": {
        "key:sealing": "kms: Decrypt",
        "secret": "secretsmanager: GetSecretValue",
        "table:keys": "dynamodb: BatchGetItem GetItem",
        "table:ledger": "dynamodb: BatchGetItem Query",
    },
    "verify": {
        "key:sealing": "kms: Decrypt",
        "secret": "secretsmanager: GetSecretValue",
        "table:erasures": "dynamodb: BatchGetItem PutItem Scan",
        "table:keys": "dynamodb: BatchGetItem ConditionCheckItem GetItem Scan",
        "table:ledger": "dynamodb: BatchGetItem ConditionCheckItem DeleteItem GetItem PutItem Query Scan UpdateItem",
        "table:views": "dynamodb: BatchGetItem DeleteItem GetItem PutItem Query Scan",
    },
    "rebuild": {
        "key:sealing": "kms: Decrypt",
        "secret": "secretsmanager: GetSecretValue",
        "table:erasures": "dynamodb: BatchGetItem",
        "table:keys": "dynamodb: BatchGetItem GetItem",
        "table:ledger": "dynamodb: BatchGetItem GetItem Query Scan",
        "table:short-lived": "dynamodb: DeleteItem PutItem",
        "table:views": "dynamodb: BatchGetItem DeleteItem GetItem PutItem Query Scan",
    },
    "queue": {
        "index:views": "dynamodb: Query",
        "key:sealing": "kms: Decrypt",
        "secret": "secretsmanager: GetSecretValue",
        "table:keys": "dynamodb: BatchGetItem GetItem",
        "table:ledger": "dynamodb: GetItem PutItem",
        "table:views": "dynamodb: GetItem",
    },
    "retire": {
        "bucket": "s3: ListBucketMultipartUploads ListBucketVersions",
        "bucket:exports/*": "s3: AbortMultipartUpload DeleteObjectVersion",
        "bucket:incoming/*": "s3: DeleteObjectVersion",
        "bucket:profile-images/*": "s3: DeleteObjectVersion",
        "index:views": "dynamodb: Query",
        "key:sealing": "kms: Decrypt",
        "secret": "secretsmanager: GetSecretValue",
        "ses": "ses: SendEmail",
        "table:erasures": "dynamodb: UpdateItem",
        "table:keys": "dynamodb: BatchGetItem GetItem PutItem UpdateItem",
        "table:ledger": "dynamodb: BatchGetItem ConditionCheckItem DeleteItem GetItem PutItem UpdateItem",
        "table:short-lived": "dynamodb: DeleteItem PutItem Query",
        "table:views": "dynamodb: GetItem",
    },
    "cancel": {
        "key:sealing": "kms: Decrypt",
        "secret": "secretsmanager: GetSecretValue",
        "table:erasures": "dynamodb: UpdateItem",
        "table:keys": "dynamodb: BatchGetItem GetItem UpdateItem",
        "table:ledger": "dynamodb: BatchGetItem ConditionCheckItem DeleteItem GetItem PutItem",
        "table:short-lived": "dynamodb: DeleteItem PutItem",
    },
    "import": {
        "key:sealing": "kms: Decrypt GenerateDataKeyWithoutPlaintext",
        "secret": "secretsmanager: GetSecretValue",
        "table:keys": "dynamodb: BatchGetItem GetItem PutItem",
        "table:ledger": "dynamodb: BatchGetItem ConditionCheckItem PutItem UpdateItem",
    },
    "erase --collect": {
        "key:sealing": "kms: Decrypt",
        "secret": "secretsmanager: GetSecretValue",
        "table:keys": "dynamodb: BatchGetItem GetItem",
        "table:ledger": "dynamodb: BatchGetItem GetItem Query",
    },
    "erase --check": {
        "bucket": "s3: GetBucketVersioning ListBucket ListBucketMultipartUploads ListBucketVersions",
        "bucket:*": "s3: GetObjectVersion",
        "bucket:erasure-check/*": "s3: DeleteObjectVersion PutObject",
        "key:certificates": "kms: GetPublicKey Sign",
        "key:sealing": "kms: Decrypt",
        "secret": "secretsmanager: GetSecretValue",
        "sqs": "sqs: ListQueues ReceiveMessage",
        "table:clients": "dynamodb: DeleteItem GetItem PutItem Scan",
        "table:erasures": "dynamodb: DeleteItem PutItem Scan",
        "table:keys": "dynamodb: BatchGetItem DeleteItem GetItem PutItem Scan",
        "table:ledger": "dynamodb: BatchGetItem DeleteItem GetItem PutItem Scan",
        "table:short-lived": "dynamodb: DeleteItem GetItem PutItem Scan",
        "table:views": "dynamodb: DeleteItem GetItem PutItem Scan",
    },
    "erase --replay": {
        "bucket": "s3: ListBucket ListBucketMultipartUploads ListBucketVersions",
        "bucket:exports/*": "s3: AbortMultipartUpload DeleteObjectVersion",
        "bucket:incoming/*": "s3: DeleteObjectVersion",
        "bucket:profile-images/*": "s3: DeleteObjectVersion",
        "key:sealing": "kms: Decrypt",
        "secret": "secretsmanager: GetSecretValue",
        "table:erasures": "dynamodb: Scan UpdateItem",
        "table:keys": "dynamodb: BatchGetItem GetItem Scan UpdateItem",
        "table:ledger": "dynamodb: BatchGetItem ConditionCheckItem DeleteItem GetItem PutItem Query Scan UpdateItem",
        "table:short-lived": "dynamodb: DeleteItem Query Scan",
        "table:views": "dynamodb: BatchGetItem DeleteItem GetItem PutItem Scan",
    },
    "keys rotate": {
        "key:sealing": "kms: Decrypt GenerateDataKeyWithoutPlaintext",
        "secret": "secretsmanager: GetSecretValue",
        "table:keys": "dynamodb: ConditionCheckItem DeleteItem GetItem PutItem Scan UpdateItem",
        "table:short-lived": "dynamodb: DeleteItem PutItem",
    },
}
"""Actions by command and target, as in `infra.permissions`; `sqs` are the queues of the stage, `sts` is nothing of it.
`bench` is not here: it asks AWS for nothing.
"""

PERMISSIONS: Mapping[str, frozenset[Permission]] = {
    command: permissions(targets) for command, targets in ALLOWED.items()
}
UNBOUND = frozenset({"ses:GetIdentityVerificationAttributes", "sqs:ListQueues", "sts:GetCallerIdentity"})
"""What IAM grants for everything or not at all."""

KEYS = {"sealing": "SealingKey", "tokens": "TokenKey", "certificates": "CertificateKey"}
EVERYTHING = "*"


@dataclass(frozen=True)
class Place:
    """Where a stage is: its partition, region and account (12 digits), and the sender of its mail."""

    stage: Stage
    region: str
    account: str
    mail_from: str
    partition: str = "aws"

    def arn(self, service: str, name: str) -> str:
        """The ARN of something of this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{name}"

    @property
    def bucket(self) -> str:
        """The ARN of the bucket."""
        return f"arn:{self.partition}:s3:::{self.stage.stack}-pictures-{self.account}"


def policy(place: Place, commands: Iterable[str] = tuple(PERMISSIONS)) -> Json:
    """The policy of a role that may run these commands, on this stage alone."""
    actions: dict[str, set[str]] = defaultdict(set)
    for command in commands:
        for action, target in PERMISSIONS[command]:
            actions[EVERYTHING if action in UNBOUND else target].add(action)
    statements = [
        {"Effect": "Allow", "Action": sorted(does), **_bounds(target, place)}
        for target, does in sorted(actions.items())
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def _bounds(target: str, place: Place) -> Json:
    """What a statement is about, and on which condition.

    A key is told by its alias, for its id is known only once the stack is there.
    """
    kind, _, name = target.partition(":")
    if kind == "key":
        alias = f"alias/{place.stage.stack}{ALIASES[KEYS[name]]}"
        condition = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": alias}}
        return {"Resource": place.arn("kms", "key/*"), "Condition": condition}
    if kind == "ses":
        sender = {"StringEquals": {"ses:FromAddress": place.mail_from}}
        return {
            "Resource": [place.arn("ses", "identity/*"), place.arn("ses", "configuration-set/*")],
            "Condition": sender,
        }
    return {"Resource": EVERYTHING if target == EVERYTHING else _resource(kind, name, place)}


def _resource(kind: str, name: str, place: Place) -> str:
    stack = place.stage.stack
    if kind == "bucket":
        return f"{place.bucket}/{name}" if name else place.bucket
    resources = {
        "events": ("events", f"event-bus/{stack}-feed"),
        "index": ("dynamodb", f"table/{stack}-{name}/index/by-index"),
        "secret": ("secretsmanager", f"secret:{stack}/secrets-??????"),
        "sqs": ("sqs", f"{stack}-*"),
        "table": ("dynamodb", f"table/{stack}-{name}"),
    }
    return place.arn(*resources[kind])


def main(arguments: list[str] | None = None) -> None:
    """Print the policy of the commands that are named, or of all."""
    given = parsed(arguments)
    place = Place(STAGES[given.stage], given.region, given.account, given.mail_from, given.partition)
    print(json.dumps(policy(place, given.commands or tuple(PERMISSIONS)), indent=2))


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    """The arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.operator_policy", description="The IAM policy of the operator's role."
    )
    parser.add_argument("--stage", required=True, choices=sorted(STAGES))
    parser.add_argument("--region", required=True, help="the region of the stack")
    parser.add_argument("--account", required=True, help="the 12 digits of the AWS account")
    parser.add_argument("--mail-from", required=True, help="the parameter MailFrom of the stack")
    parser.add_argument("--partition", default="aws", help="aws-cn or aws-us-gov where the stack is there")
    parser.add_argument(
        "commands", nargs="*", type=command, metavar="COMMAND", help="'keys rotate', 'erase --check' ...; all if none"
    )
    return parser.parse_args(arguments)


def command(text: str) -> str:
    """A command that asks AWS for something."""
    if text not in PERMISSIONS:
        raise argparse.ArgumentTypeError(f"there are: {', '.join(PERMISSIONS)}")
    return text


if __name__ == "__main__":
    main()
