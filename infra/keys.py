"""The KMS keys, each with its alias: one wraps the key-encryption keys, two sign, one is for AWS's own stores."""

from infra.references import Json, att, excused, kept, ref, resource, sub, tags
from infra.stages import Stage

OWNER = {
    "Sid": "TheAccountsPoliciesDecide",
    "Effect": "Allow",
    "Principal": {"AWS": sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")},
    "Action": "kms:*",
    "Resource": "*",
}
USES = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]


def resources(stage: Stage) -> Json:
    """Every key and its alias."""
    made = {
        "SealingKey": key("Wraps the key-encryption keys", [OWNER]),
        "TokenKey": signing("Signs access tokens", "RSA_2048"),
        "CertificateKey": signing("Signs certificates of erasures; no function may use it", "RSA_2048"),
        "StorageKey": excused(
            key("Encrypts tables, pictures, queues and logs at rest", [OWNER, stores(), *services()]),
            {"CKV_AWS_33": "Conditions leave of everybody this account's own, and of them whoever may use the store."},
        ),
    }
    aliases = {f"{name}Alias": alias(name, ending) for name, ending in ALIASES.items()}
    return {name: kept(each, protected=stage.protected) for name, each in made.items()} | aliases


ALIASES = {"SealingKey": "", "TokenKey": "-tokens", "CertificateKey": "-certificates", "StorageKey": "-storage"}
"""What the alias of each key ends with, behind the name of the stack."""


def key(description: str, statements: list[Json]) -> Json:
    """A symmetric key, whose material changes every year; what older material wrapped stays readable."""
    return resource(
        "AWS::KMS::Key",
        {
            "Description": f"Rollcall: {description}",
            "EnableKeyRotation": True,
            "PendingWindowInDays": 30,
            "KeyPolicy": {"Version": "2012-10-17", "Statement": statements},
            "Tags": tags(),
        },
    )


def signing(description: str, spec: str) -> Json:
    """An asymmetric key that signs; AWS does not rotate these, docs/security.md says how it is done."""
    return resource(
        "AWS::KMS::Key",
        {
            "Description": f"Rollcall: {description}",
            "KeySpec": spec,
            "KeyUsage": "SIGN_VERIFY",
            "PendingWindowInDays": 30,
            "KeyPolicy": {"Version": "2012-10-17", "Statement": [OWNER]},
            "Tags": tags(),
        },
    )


def stores() -> Json:
    """Who may use a table, the bucket or a queue may use the key through it, and not otherwise."""
    return {
        "Sid": "ThroughTheStoresAlone",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [*USES, "kms:CreateGrant"],
        "Resource": "*",
        "Condition": {
            "StringEquals": {
                "kms:CallerAccount": ref("AWS::AccountId"),
                "kms:ViaService": [
                    sub(f"{service}.${{AWS::Region}}.amazonaws.com")
                    for service in ("dynamodb", "s3", "sqs", "sns", "secretsmanager")
                ],
            }
        },
    }


def services() -> list[Json]:
    """What AWS's own services encrypt for us: logs, and what schedules, Lambda and alarms send."""
    logs = {
        "Sid": "Logs",
        "Effect": "Allow",
        "Principal": {"Service": sub("logs.${AWS::Region}.amazonaws.com")},
        "Action": USES,
        "Resource": "*",
        "Condition": {
            "ArnLike": {
                "kms:EncryptionContext:aws:logs:arn": sub(
                    "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:*"
                )
            }
        },
    }
    senders = {
        "Sid": "SchedulesAndAlarms",
        "Effect": "Allow",
        "Principal": {"Service": ["events.amazonaws.com", "cloudwatch.amazonaws.com"]},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceAccount": ref("AWS::AccountId")}},
    }
    return [logs, senders]


def alias(name: str, ending: str) -> Json:
    """The name by which settings know a key."""
    return resource(
        "AWS::KMS::Alias",
        {"AliasName": sub("alias/${AWS::StackName}" + ending), "TargetKeyId": att(name, "Arn")},
    )
