"""Reading a whole table, or one part of it, page by page.

A part is a segment of DynamoDB's own: items of one partition key are always in the same one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from chalicelib.events.dynamo import Item, call

Page = list[Item]


@dataclass(frozen=True)
class Segment:
    """One of `total` parts of a table, the first being 0; together they are the whole, and none meets another."""

    number: int = 0
    total: int = 1


WHOLE = Segment()


def pages(client: Any, table: str, segment: Segment = WHOLE, **request: Any) -> Iterator[Page]:
    """The items of a segment, read consistently. Raises `StoreUnavailableError`."""
    request |= {"TableName": table, "ConsistentRead": True}
    if segment.total > 1:
        request |= {"Segment": segment.number, "TotalSegments": segment.total}
    while True:
        answer = call(client.scan, **request)
        yield answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def partition(client: Any, table: str, pk: str) -> Iterator[Item]:
    """Every item of a partition in the order of sort keys, read consistently. Raises `StoreUnavailableError`."""
    request: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": pk}},
        "ConsistentRead": True,
    }
    while True:
        answer = call(client.query, **request)
        yield from answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
