"""Reading moto's tables without a request: whoever looks at what a fault has left is no part of what is tried."""

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

Item = dict[str, Any]


def tables_of(region: str) -> dict[str, Table]:
    """moto's tables by name."""
    tables: dict[str, Table] = dynamodb_backends[DEFAULT_ACCOUNT_ID][region].tables
    return tables


class DirectClient:
    """A DynamoDB client that only reads, and reads what moto holds: as much of it as the verification asks for."""

    def __init__(self, like: Any) -> None:
        self.meta = like.meta
        self._region = like.meta.region_name

    def get_item(self, *, TableName: str, Key: Item, **_: Any) -> Item:  # noqa: N803 - botocore's names
        """One item, if it is there."""
        found = self._find(TableName, Key)
        return {} if found is None else {"Item": found}

    def batch_get_item(self, *, RequestItems: Mapping[str, Any]) -> Item:  # noqa: N803
        """Those that are there."""
        found = {
            table: [item for key in asked["Keys"] if (item := self._find(table, key)) is not None]
            for table, asked in RequestItems.items()
        }
        return {"Responses": found, "UnprocessedKeys": {}}

    def query(
        self,
        *,
        TableName: str,  # noqa: N803
        KeyConditionExpression: str,  # noqa: N803
        ExpressionAttributeValues: Item,  # noqa: N803
        **more: Any,
    ) -> Item:
        """A partition in order, from a sort key on or all of it."""
        values = ExpressionAttributeValues
        if "IndexName" in more or more.get("ScanIndexForward") is False:
            raise NotImplementedError(more)
        rows = self.partition(TableName, values[":pk"]["S"])
        if KeyConditionExpression == "pk = :pk":
            return {"Items": rows}
        if KeyConditionExpression == "pk = :pk AND sk BETWEEN :first AND :last":
            first, last = values[":first"]["S"], values[":last"]["S"]
            return {"Items": [row for row in rows if first <= row["sk"]["S"] <= last]}
        raise NotImplementedError(KeyConditionExpression)

    def scan(self, *, TableName: str, **more: Any) -> Item:  # noqa: N803
        """All of a table."""
        if more.get("TotalSegments", 1) != 1 or "FilterExpression" in more:
            raise NotImplementedError(more)
        return {"Items": list(self.everything(TableName))}

    def partition(self, table: str, pk: str) -> list[Item]:
        """The items of a partition, in order."""
        found = tables_of(self._region)[table].items.get(DynamoType({"S": pk})) or {}
        return [_wire(found[key]) for key in sorted(found, key=lambda key: key.value)]

    def everything(self, table: str) -> Iterator[Item]:
        """Every item of a table, partition by partition, each in order."""
        found = tables_of(self._region)[table]
        for partition in list(found.items.values()):
            if found.range_key_attr is None:
                yield _wire(partition)
            else:
                yield from (_wire(partition[key]) for key in sorted(partition, key=lambda key: key.value))

    def _find(self, table: str, key: Item) -> Item | None:
        found = tables_of(self._region)[table]
        place: Any = found.items
        for name in found.table_key_attrs:
            place = place.get(DynamoType(key[name]))
            if not place:
                return None
        return _wire(place)


def _wire(item: Any) -> Item:
    """An item as botocore gives it."""
    return {name: _value(value) for name, value in item.attrs.items()}


def _value(value: Any) -> Item:
    if value.type == "L":
        return {"L": [_value(each) for each in value.value]}
    return {value.type: _bytes(value)}


def _bytes(value: Any) -> Any:
    return base64.b64decode(value.value) if value.type == "B" and isinstance(value.value, str) else value.value
