"""DynamoDB below PynamoDB: the client, values on the wire, and which failures are worth another try.

The ledger and the keys are on the path of every request. There a PynamoDB model costs 15 % (a read) to
63 % (a transaction of five) over the plain client: docs/decisions/004-below-pynamodb.md has the figures.
"""

import random
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias, TypeVar

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.deadlines import refuse_late_calls
from chalicelib.events.errors import StoreUnavailableError

Value: TypeAlias = Mapping[str, Any]
"""One attribute value on the wire: `{"S": "text"}`, `{"N": "1"}` or `{"B": b"bytes"}`."""

Item: TypeAlias = Mapping[str, Value]
T = TypeVar("T")

CONNECT_SECONDS = 2.0
READ_SECONDS = 6.0
RETRYABLE = frozenset(
    {
        "InternalServerError",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
SERVER_FAULT = 500
BATCH_KEYS = 100
"""The most keys that one BatchGetItem takes."""

BATCH_ROUNDS = 6


def dynamo_client(region: str) -> Any:
    """A botocore DynamoDB client for the whole process: no parameter validation, short time-outs, kept connections."""
    config = Config(
        parameter_validation=False,
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "max_attempts": 3},
        tcp_keepalive=True,
        max_pool_connections=32,
    )
    client = botocore.session.get_session().create_client("dynamodb", region_name=region, config=config)
    return refuse_late_calls(client)


def text(value: str) -> Value:
    """A string on the wire."""
    return {"S": value}


def number(value: int) -> Value:
    """A whole number on the wire."""
    return {"N": str(value)}


def binary(value: bytes) -> Value:
    """Bytes on the wire."""
    return {"B": value}


def call(operation: Callable[..., T], **parameters: Any) -> T:
    """Call DynamoDB; what may be tried again later comes out as `StoreUnavailableError`."""
    try:
        return operation(**parameters)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in RETRYABLE or error.response["ResponseMetadata"]["HTTPStatusCode"] >= SERVER_FAULT:
            raise StoreUnavailableError(code) from error
        raise
    except BotoCoreError as error:
        raise StoreUnavailableError(type(error).__name__) from error


def pause(attempt: int, *, base: float = 0.004, most: float = 0.25) -> None:
    """Sleep before try number `attempt` + 1: full jitter, growing, bounded (seconds)."""
    time.sleep(random.uniform(0, min(most, base * 2**attempt)))  # noqa: S311 - jitter, not a secret


def batch_get(client: Any, keys: Mapping[str, Iterable[Item]]) -> dict[str, list[Item]]:
    """All items of `keys` (table name -> keys) that exist, read consistently, in as few requests as they fit.

    Raises `StoreUnavailableError` when DynamoDB leaves keys unprocessed again and again.
    """
    wanted = [(table, key) for table, group in keys.items() for key in group]
    found: dict[str, list[Item]] = {table: [] for table in keys}
    for start in range(0, len(wanted), BATCH_KEYS):
        request: dict[str, Any] = {}
        for table, key in wanted[start : start + BATCH_KEYS]:
            request.setdefault(table, {"Keys": [], "ConsistentRead": True})["Keys"].append(key)
        _fetch(client, request, found)
    return found


def _fetch(client: Any, request: dict[str, Any], found: dict[str, list[Item]]) -> None:
    for attempt in range(BATCH_ROUNDS):
        answer = call(client.batch_get_item, RequestItems=request)
        for table, items in answer["Responses"].items():
            found[table].extend(items)
        request = answer.get("UnprocessedKeys") or {}
        if not request:
            return
        pause(attempt)
    raise StoreUnavailableError("keys stayed unprocessed")
