"""The comparison of calls with policies, which itself runs after all tests."""

from infra.permissions import PERMISSIONS
from infra.roles import granted
from tests.infra.compare_calls import differences
from tests.support.aws_calls import permissions

ALL = {(function, *permission) for function, each in PERMISSIONS.items() for permission in each}


def test_nothing_to_tell() -> None:
    """Functions that do what they may, all of it, differ in nothing."""
    assert [] == differences(ALL)


def test_what_is_missing_and_what_is_spare() -> None:
    """A call that is not allowed and a permission that is not used are both told."""
    spare = min(ALL)
    calls = (ALL - {spare}) | {("watch", "dynamodb:DeleteItem", "table:keys")}
    assert [
        "watch may not dynamodb:DeleteItem on table:keys, and did",
        f"{spare[0]} may {spare[1]} on {spare[2]}, and never did",
    ] == differences(calls)


def test_what_iam_asks_for() -> None:
    """Transactions are asked for item by item, versions of objects by other actions than objects."""
    writes = {
        "TransactItems": [
            {"Put": {"TableName": "rollcall-prod-ledger"}},
            {"ConditionCheck": {"TableName": "rollcall-prod-keys"}},
        ]
    }
    assert [("dynamodb:PutItem", "table:ledger"), ("dynamodb:ConditionCheckItem", "table:keys")] == list(
        permissions("dynamodb", "TransactWriteItems", writes)
    )
    query = {"TableName": "rollcall-prod-views", "IndexName": "by-index"}
    assert [("dynamodb:Query", "index:views")] == list(permissions("dynamodb", "Query", query))
    deleted = {"Delete": {"Objects": [{"Key": "incoming/x", "VersionId": "1"}, {"Key": "y.jpg"}]}}
    assert [("s3:DeleteObjectVersion", "bucket:incoming/*"), ("s3:DeleteObject", "bucket:*")] == list(
        permissions("s3", "DeleteObjects", deleted)
    )


def test_no_function_signs_certificates_or_reads_everything() -> None:
    """No role names the certificate key, and none has an action or a resource that is a wildcard."""
    for each in PERMISSIONS.values():
        assert not [permission for permission in each if "certificate" in permission[1] or "*" in permission[0]]
        assert "*" not in [statement["Resource"] for statement in granted(each)]


def test_the_secret_and_keys_are_only_used() -> None:
    """No function changes the secret or a key; only `api` signs tokens."""
    actions = {
        (function, action) for function, action, target in ALL if target == "secret" or target.startswith("key:")
    }
    assert {"secretsmanager:GetSecretValue"} == {action for _, action in actions if action.startswith("secrets")}
    assert {"api"} == {function for function, action in actions if action == "kms:Sign"}
