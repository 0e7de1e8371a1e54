"""What each function may do: actions as IAM names them, each with what it is done to.

The test suite notes every call of every function (`tests/support/aws_calls.py`), and fails if they differ from this
table. What AWS itself asks of a role is in `infra.roles`.
"""

from collections.abc import Mapping

Permission = tuple[str, str]
"""An action, and `table:NAME`, `index:NAME`, `key:NAME`, `bucket`, `bucket:PREFIX`, `secret`, `events` or `ses`."""

ALLOWED: Mapping[str, Mapping[str, str]] = {
    "api": {
        "bucket": "s3: ListBucket ListBucketMultipartUploads ListBucketVersions",
        "bucket:exports/*": "s3: AbortMultipartUpload DeleteObjectVersion GetObject PutObject",
        "bucket:incoming/*": "s3: DeleteObjectVersion GetObject PutObject",
        "bucket:profile-images/*": "s3: DeleteObjectVersion GetObject PutObject",
        "index:views": "dynamodb: Query",
        "key:sealing": "kms: Decrypt DescribeKey GenerateDataKeyWithoutPlaintext",
        "key:tokens": "kms: GetPublicKey Sign",
        "secret": "secretsmanager: GetSecretValue",
        "ses": "ses: SendEmail",
        "table:clients": "dynamodb: GetItem",
        "table:erasures": "dynamodb: UpdateItem",
        "table:keys": "dynamodb: BatchGetItem GetItem PutItem UpdateItem",
        "table:ledger": "dynamodb: BatchGetItem ConditionCheckItem DeleteItem GetItem PutItem Query UpdateItem",
        "table:short-lived": "dynamodb: BatchGetItem DeleteItem GetItem PutItem Query UpdateItem",
        "table:views": "dynamodb: GetItem",
    },
    "project": {
        "events": "events: PutEvents",
        "key:sealing": "kms: Decrypt",
        "secret": "secretsmanager: GetSecretValue",
        "table:keys": "dynamodb: BatchGetItem GetItem",
        "table:views": "dynamodb: DeleteItem GetItem PutItem Query UpdateItem",
    },
    "process_upload": {
        "bucket": "s3: ListBucketVersions",
        "bucket:incoming/*": "s3: DeleteObjectVersion GetObject GetObjectVersion",
        "bucket:profile-images/*": "s3: DeleteObjectVersion PutObject",
        "key:sealing": "kms: Decrypt",
        "secret": "secretsmanager: GetSecretValue",
        "table:keys": "dynamodb: BatchGetItem GetItem",
        "table:ledger": "dynamodb: BatchGetItem DeleteItem GetItem PutItem",
        "table:short-lived": "dynamodb: DeleteItem GetItem PutItem",
    },
    "expire": {
        "bucket": "s3: ListBucket ListBucketVersions",
        "bucket:exports/*": "s3: DeleteObjectVersion",
        "bucket:incoming/*": "s3: DeleteObjectVersion GetObjectVersion",
        "bucket:profile-images/*": "s3: DeleteObjectVersion PutObject",
        "index:views": "dynamodb: Query",
        "key:sealing": "kms: Decrypt",
        "secret": "secretsmanager: GetSecretValue",
        "table:keys": "dynamodb: BatchGetItem GetItem",
        "table:ledger": "dynamodb: BatchGetItem DeleteItem GetItem PutItem",
        "table:short-lived": "dynamodb: DeleteItem GetItem PutItem",
        "table:views": "dynamodb: GetItem",
    },
    "verify": {
        "key:sealing": "kms: Decrypt",
        "secret": "secretsmanager: GetSecretValue",
        "table:keys": "dynamodb: BatchGetItem GetItem",
        "table:ledger": "dynamodb: BatchGetItem GetItem Query Scan",
        "table:short-lived": "dynamodb: DeleteItem GetItem PutItem",
        "table:views": "dynamodb: BatchGetItem GetItem Query Scan",
    },
    "retirement_queue": {
        "bucket": "s3: ListBucketMultipartUploads ListBucketVersions",
        "bucket:exports/*": "s3: AbortMultipartUpload DeleteObjectVersion",
        "bucket:incoming/*": "s3: DeleteObjectVersion",
        "bucket:profile-images/*": "s3: DeleteObjectVersion",
        "index:views": "dynamodb: Query",
        "key:sealing": "kms: Decrypt",
        "secret": "secretsmanager: GetSecretValue",
        "table:erasures": "dynamodb: UpdateItem",
        "table:keys": "dynamodb: BatchGetItem GetItem PutItem UpdateItem",
        "table:ledger": "dynamodb: BatchGetItem ConditionCheckItem DeleteItem GetItem PutItem UpdateItem",
        "table:short-lived": "dynamodb: DeleteItem PutItem Query",
        "table:views": "dynamodb: GetItem",
    },
    "watch": {
        "index:views": "dynamodb: Query",
        "key:sealing": "kms: Decrypt",
        "table:keys": "dynamodb: BatchGetItem GetItem",
        "table:ledger": "dynamodb: GetItem PutItem",
        "table:views": "dynamodb: GetItem Query",
    },
}


def permissions(targets: Mapping[str, str]) -> frozenset[Permission]:
    """The actions on each target, with their service before them."""
    found: set[Permission] = set()
    for target, actions in targets.items():
        service, _, names = actions.partition(": ")
        found.update((f"{service}:{name}", target) for name in names.split())
    return frozenset(found)


PERMISSIONS: Mapping[str, frozenset[Permission]] = {
    function: permissions(targets) for function, targets in ALLOWED.items()
}
