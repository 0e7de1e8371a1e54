"""One role a function: its permissions, each on the one thing that it is for, and what Lambda itself asks for."""

from collections import defaultdict
from collections.abc import Iterable

from infra import bucket
from infra.functions import FUNCTIONS, Function
from infra.permissions import PERMISSIONS, Permission
from infra.references import Json, att, either, ref, resource, sub, tags
from infra.triggers import SCHEDULES

TABLE_RESOURCES = {
    "ledger": "LedgerTable",
    "keys": "KeysTable",
    "erasures": "ErasuresTable",
    "short-lived": "ShortLivedTable",
    "clients": "ClientsTable",
    "views": "ViewsTable",
}
KEY_RESOURCES = {"sealing": "SealingKey", "tokens": "TokenKey"}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
VPC_POLICY = sub("arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole")


def resources() -> Json:
    """Every role."""
    return {f"{function.resource}Role": role(function) for function in FUNCTIONS}


def role(function: Function) -> Json:
    """The role of one function."""
    statements = [*granted(PERMISSIONS[function.name]), *needed(function)]
    return resource(
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": TRUST,
            "Policies": [
                {
                    "PolicyName": "rollcall",
                    "PolicyDocument": {"Version": "2012-10-17", "Statement": statements},
                }
            ],
            "ManagedPolicyArns": either("InVpc", [VPC_POLICY]),
            "Tags": tags(),
        },
    )


def granted(permissions: Iterable[Permission]) -> list[Json]:
    """Statements, one for each thing that something is done to."""
    actions: dict[str, list[str]] = defaultdict(list)
    for action, target in sorted(permissions):
        actions[target].append(action)
    return [
        {"Effect": "Allow", "Action": does, "Resource": arn(target), **CONDITIONS.get(target, {})}
        for target, does in sorted(actions.items())
    ]


CONDITIONS: dict[str, Json] = {"ses": {"Condition": {"StringEquals": {"ses:FromAddress": ref("MailFrom")}}}}
"""Mail goes from one sender alone, whichever identity it was verified by."""


def arn(target: str) -> Json | list[Json]:
    """The ARN of what a permission names; SES also asks for the configuration set that an identity may have."""
    if target == "ses":
        return [sub(f"{SES}identity/*"), sub(f"{SES}configuration-set/*")]
    kind, _, name = target.partition(":")
    if kind == "table":
        return att(TABLE_RESOURCES[name], "Arn")
    if kind == "index":
        return sub(f"${{{TABLE_RESOURCES[name]}.Arn}}/index/by-index")
    if kind == "key":
        return att(KEY_RESOURCES[name], "Arn")
    if kind == "bucket":
        return {"Fn::Sub": f"{bucket.ARN['Fn::Sub']}/{name}"} if name else bucket.ARN
    return OTHERS[kind]


OTHERS: dict[str, Json] = {
    "secret": ref("Secrets"),
    "events": att("Feed", "Arn"),
}
SES = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:"


def needed(function: Function) -> list[Json]:
    """What Lambda does in the name of a function: logs, traces, reading the stream, telling of failures."""
    statements = [
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": att(f"{function.resource}Logs", "Arn"),
        },
        either(
            "HasTracing",
            {
                "Effect": "Allow",
                "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
                "Resource": "*",
            },
        ),
    ]
    if function.name == "api":
        statements.append(either("HasOtherTokenKeys", OTHER_TOKEN_KEYS))
    if function.name == "project":
        statements.append(STREAM)
    queue = failures(function)
    if queue:
        statements.append({"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": att(queue, "Arn")})
    return statements


OTHER_TOKEN_KEYS = {"Effect": "Allow", "Action": ["kms:GetPublicKey", "kms:Sign"], "Resource": ref("OtherTokenKeys")}
"""While the signing key changes there are two: docs/browsers.md."""

STREAM = {
    "Effect": "Allow",
    "Action": ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"],
    "Resource": sub("${LedgerTable.Arn}/stream/*"),
}
"""A table that is restored under its name has another stream."""


def failures(function: Function) -> str | None:
    """The queue that a function's failures go to, if nobody waits for its answer."""
    if function.name == "project":
        return "StreamFailures"
    if function.name == "process_upload":
        return "UploadFailures"
    return "JobFailures" if any(each.function == function.resource for each in SCHEDULES) else None
