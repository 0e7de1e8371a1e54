"""Which calls of AWS each deployed function makes while the tests run, for the comparison with its policy.

What runs inside a function's entry point counts for that function, in threads of a pool, too. Calls outside of any
(fixtures, seeds, the operator's commands) count for nobody.
"""

import functools
import json
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from pathlib import Path
from typing import Any

from botocore import signers
from botocore.client import BaseClient

FOLDER = Path(__file__).parents[2] / ".local" / "aws-calls"
FUNCTION: ContextVar[str | None] = ContextVar("FUNCTION", default=None)
Call = tuple[str, str, str]
"""Function, action as IAM names it, and what it is done to, as `infra.permissions` names it."""

TRANSACTED = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
NO_KEY = "alias/nothing-of-ours"
"""What a test names where there is to be no key."""

S3_ACTIONS = {
    "HeadBucket": ("s3:ListBucket",),
    "ListObjectsV2": ("s3:ListBucket",),
    "ListObjectVersions": ("s3:ListBucketVersions",),
    "HeadObject": ("s3:GetObject",),
    "GetObject": ("s3:GetObject",),
    "PutObject": ("s3:PutObject",),
    "CreateMultipartUpload": ("s3:PutObject",),
    "UploadPart": ("s3:PutObject",),
    "CompleteMultipartUpload": ("s3:PutObject",),
    "AbortMultipartUpload": ("s3:AbortMultipartUpload",),
    "ListMultipartUploads": ("s3:ListBucketMultipartUploads",),
}


def install() -> set[Call]:
    """Begin to note calls; answers the set that grows."""
    noted: set[Call] = set()
    _name_functions()
    _watch_clients(noted)
    _watch_presigning(noted)
    _follow_pools()
    return noted


def save(noted: set[Call]) -> None:
    """Keep what a process has noted."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{os.getpid()}.json").write_text(json.dumps(sorted(noted)))


def saved() -> set[Call]:
    """What all processes have noted since `forget`."""
    return {(each[0], each[1], each[2]) for path in FOLDER.glob("*.json") for each in json.loads(path.read_text())}


def forget() -> None:
    """Begin anew."""
    for path in FOLDER.glob("*.json"):
        path.unlink()


def _name_functions() -> None:
    from chalicelib.api import blueprint
    from chalicelib.exports.store import ExportStore
    from chalicelib.images import incoming, sweeping
    from chalicelib.pipeline import abandoning, driver, expiring, watching
    from chalicelib.projections import verifying
    from chalicelib.projections.runner import Runner

    for place, attribute, name in (
        (blueprint, "answer", "api"),
        (Runner, "handle", "project"),
        (incoming, "handle", "process_upload"),
        (expiring, "run", "expire"),
        (expiring, "sweep", "expire"),
        (sweeping, "sweep", "expire"),
        (abandoning, "run", "expire"),
        (ExportStore, "sweep", "expire"),
        (verifying, "run", "verify"),
        (driver, "run", "retirement_queue"),
        (watching, "run", "watch"),
    ):
        setattr(place, attribute, _inside(name, getattr(place, attribute)))


def _inside(name: str, entry: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(entry)
    def named(*args: Any, **kwargs: Any) -> Any:
        token = FUNCTION.set(name)
        try:
            return entry(*args, **kwargs)
        finally:
            FUNCTION.reset(token)

    return named


def _watch_clients(noted: set[Call]) -> None:
    ask = BaseClient._make_api_call

    def asking(client: BaseClient, operation: str, parameters: Mapping[str, Any]) -> Any:
        function = FUNCTION.get()
        if function is not None:
            service = client.meta.service_model.service_name
            noted.update((function, *each) for each in permissions(service, operation, parameters))
        return ask(client, operation, parameters)

    BaseClient._make_api_call = asking


def _watch_presigning(noted: set[Call]) -> None:
    """A link gives no more than who signed it may do."""
    post, url = signers.S3PostPresigner.generate_presigned_post, signers.RequestSigner.generate_presigned_url

    def posting(*args: Any, **kwargs: Any) -> Any:
        presigned = post(*args, **kwargs)
        function = FUNCTION.get()
        if function is not None:
            noted.add((function, "s3:PutObject", f"bucket:{prefix(presigned['fields']['key'])}"))
        return presigned

    def linking(signer: Any, request_dict: Mapping[str, Any], operation_name: str, *args: Any, **kwargs: Any) -> str:
        function = FUNCTION.get()
        if function is not None and operation_name == "GetObject":
            folder = request_dict["url_path"].rsplit("/", 2)[-2]
            noted.add((function, "s3:GetObject", f"bucket:{folder}/*"))
        return url(signer, request_dict, operation_name, *args, **kwargs)

    signers.S3PostPresigner.generate_presigned_post = posting
    signers.RequestSigner.generate_presigned_url = linking


def _follow_pools() -> None:
    submit = ThreadPoolExecutor.submit

    def following(pool: ThreadPoolExecutor, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return submit(pool, copy_context().run, work, *args, **kwargs)

    ThreadPoolExecutor.submit = following  # type: ignore[method-assign]


def permissions(service: str, operation: str, parameters: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The actions that IAM asks for, each with what it is done to."""
    if service == "dynamodb":
        yield from _of_dynamodb(operation, parameters)
    elif service == "s3":
        yield from _of_s3(operation, parameters)
    elif service == "kms":
        if parameters["KeyId"] != NO_KEY:
            yield f"kms:{operation}", f"key:{_key(parameters['KeyId'])}"
    elif service == "secretsmanager":
        yield f"secretsmanager:{operation}", "secret"
    else:
        yield f"{service}:{operation}", service


def _key(key_id: str) -> str:
    """A key by its alias; who signs tokens names the key itself. No function knows another key that signs."""
    endings = {"-certificates": "certificates", "-storage": "storage", "-tokens": "tokens"}
    known = next((name for ending, name in endings.items() if key_id.endswith(ending)), None)
    return known or ("sealing" if key_id.startswith("alias/") else "tokens")


def _of_dynamodb(operation: str, parameters: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if operation == "TransactWriteItems":
        for item in parameters["TransactItems"]:
            for kind, content in item.items():
                yield f"dynamodb:{TRANSACTED[kind]}", table(content["TableName"])
    elif operation == "TransactGetItems":
        for item in parameters["TransactItems"]:
            yield "dynamodb:GetItem", table(item["Get"]["TableName"])
    elif operation in ("BatchGetItem", "BatchWriteItem"):
        for name in parameters["RequestItems"]:
            yield f"dynamodb:{operation}", table(name)
    elif "IndexName" in parameters:
        yield f"dynamodb:{operation}", f"index:{table(parameters['TableName']).removeprefix('table:')}"
    else:
        yield f"dynamodb:{operation}", table(parameters["TableName"])


def _of_s3(operation: str, parameters: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if operation == "DeleteObjects":
        for each in parameters["Delete"]["Objects"]:
            action = "s3:DeleteObjectVersion" if "VersionId" in each else "s3:DeleteObject"
            yield action, f"bucket:{prefix(each['Key'])}"
    elif operation == "DeleteObject":
        action = "s3:DeleteObjectVersion" if "VersionId" in parameters else "s3:DeleteObject"
        yield action, f"bucket:{prefix(parameters['Key'])}"
    elif "VersionId" in parameters:
        yield f"s3:{operation}Version", f"bucket:{prefix(parameters['Key'])}"
    else:
        where = f"bucket:{prefix(parameters['Key'])}" if "Key" in parameters else "bucket"
        for action in S3_ACTIONS.get(operation, (f"s3:{operation}",)):
            yield action, where


def prefix(key: str) -> str:
    """The objects that are named like this one."""
    return f"{key.split('/', 1)[0]}/*" if "/" in key else "*"


def table(name: str) -> str:
    """A table, whatever its stage."""
    known = ("short-lived", "ledger", "keys", "erasures", "clients", "views")
    return next((f"table:{each}" for each in known if name.endswith(f"-{each}")), f"table:{name}")
