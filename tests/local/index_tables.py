"""Tables with secondary indexes, and Queries of those with and without what keeps them in order."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.dynamodb.models import dynamodb_backends

from local import moto_index, moto_shim

REGION = "eu-west-1"
NAMES = {"#h": "index"}
BY_PLACE, BY_NUMBER, BY_INDEX = "by_place", "by_number", "by_index"
RANGES = {BY_PLACE: "place", BY_NUMBER: "n"}
KEY_NAMES = ("index", "place", "n")
INDEXES = [
    {
        "IndexName": name,
        "KeySchema": [{"AttributeName": "index", "KeyType": "HASH"}]
        + ([{"AttributeName": RANGES[name], "KeyType": "RANGE"}] if name in RANGES else []),
        "Projection": {"ProjectionType": projection},
    }
    for name, projection in ((BY_PLACE, "ALL"), (BY_NUMBER, "KEYS_ONLY"), (BY_INDEX, "ALL"))
]
Content = dict[str, dict[str, str]]

_numbers = itertools.count()


@contextmanager
def empty_moto() -> Iterator[Any]:
    """A client of an empty moto with the shim."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        moto_shim.install()
        with mock_aws():
            yield boto3.client("dynamodb", region_name=REGION)


def create_table(client: Any, *, sorted_partitions: bool = True) -> str:
    """A new table with the three indexes, and with or without a range key of its own."""
    name = f"table{next(_numbers)}"
    keys = ("pk", "sk") if sorted_partitions else ("pk",)
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)],
        AttributeDefinitions=[
            {"AttributeName": each, "AttributeType": "N" if each == "n" else "S"} for each in (*keys, *KEY_NAMES)
        ],
        GlobalSecondaryIndexes=INDEXES,
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def table(name: str) -> Any:
    """moto's own table."""
    return dynamodb_backends["123456789012"][REGION].tables[name]


def row(number: int, **texts: str) -> Content:
    """An item of which only the number is told."""
    return {"pk": {"S": f"p{number:05}"}, "sk": {"S": "s"}} | {name: {"S": text} for name, text in texts.items()}


def put_rows(name: str, count: int, index: str = "i") -> None:
    """Put items into the index, without the way through a client."""
    for number in range(count):
        content = row(number, index=index, place=f"{number % 10}{number:05}")
        content["pk"]["S"] = f"{index}{number:05}"
        table(name).put_item(content)


def ask(client: Any, name: str, condition: str = "", index: str = BY_PLACE, **more: Any) -> dict[str, Any]:
    """Query the partition "i" of an index."""
    values = {":h": {"S": "i"}} | more.pop("values", {})
    answer: dict[str, Any] = client.query(
        TableName=name,
        IndexName=index,
        KeyConditionExpression="#h = :h" + condition,
        ExpressionAttributeNames=NAMES,
        ExpressionAttributeValues=values,
        **more,
    )
    del answer["ResponseMetadata"]
    return answer


def without_the_index(client: Any, name: str, *args: Any, **more: Any) -> dict[str, Any]:
    """The same Query as moto itself answers it, from all of the table."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moto_index, "candidates", lambda *_: None)
        return ask(client, name, *args, **more)
