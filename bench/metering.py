"""Meters what botocore clients ask of AWS: requests, capacity units by the items' own sizes, and the engine's time."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bench.capacity import TRANSACTED, Item, index_units, item_bytes, read_units, write_units
from chalicelib.tables import Tables

KEPT = (
    "TableName",
    "IndexName",
    "KeyConditionExpression",
    "ScanIndexForward",
    "Limit",
    "ExclusiveStartKey",
    "Segment",
    "TotalSegments",
)
"""What of a request for a page says which items are read."""


@dataclass
class Usage:
    """What was asked for: requests to DynamoDB and their units, calls of other services, and seconds that they took."""

    requests: Counter[str] = field(default_factory=Counter)
    read_units: float = 0.0
    write_units: float = 0.0
    others: Counter[str] = field(default_factory=Counter)
    engine_seconds: float = 0.0
    """CPU time of the emulators and of the metering itself, which share this process."""


class UnmeteredOperationError(Exception):
    """An operation of DynamoDB's that the meter does not know; it must not count as free."""


class Meter:
    """Watches clients. Arguments: a client of the same tables that is not watched, and the tables."""

    def __init__(self, shadow: Any, tables: Tables) -> None:
        self._shadow = shadow
        self._keys = {
            model.Meta.table_name: tuple(
                name for name in (model._hash_keyname, model._range_keyname) if name is not None
            )
            for model in tables.all()
        }
        self._usage: Usage | None = None
        self._began = 0.0
        self._after: list[Callable[[], None]] = []

    def watch(self, client: Any) -> Any:
        """Meter a client from now on; answers it."""
        service = client.meta.service_model.service_id.hyphenize()
        client.meta.events.register_first(f"before-send.{service}", self._before)
        client.meta.events.register_last(f"before-send.{service}", self._answered)
        client.meta.events.register_first(f"after-call.{service}", self._settle)
        return client

    @contextmanager
    def metered(self) -> Iterator[Usage]:
        """What the watched clients ask for meanwhile."""
        self._usage = usage = Usage()
        try:
            yield usage
        finally:
            self._usage = None

    def _before(self, request: Any, event_name: str, **_: Any) -> None:
        usage = self._usage
        if usage is None:
            return
        self._began = time.process_time()
        service, operation = event_name.split(".")[1:]
        if service == "dynamodb":
            usage.requests[operation] += 1
            self._take(usage, operation, json.loads(request.body))
        else:
            usage.others[f"{service}.{operation}"] += 1

    def _answered(self, **_: Any) -> None:
        if self._usage is not None:
            self._usage.engine_seconds += time.process_time() - self._began

    def _settle(self, **_: Any) -> None:
        if self._usage is None:
            return
        began = time.process_time()
        waiting, self._after = self._after, []
        for settle in waiting:
            settle()
        self._usage.engine_seconds += time.process_time() - began

    def _take(self, usage: Usage, operation: str, asked: Mapping[str, Any]) -> None:
        match operation:
            case "GetItem":
                self._read(usage, asked["TableName"], [asked["Key"]], consistent=asked.get("ConsistentRead", False))
            case "BatchGetItem":
                for table, group in asked["RequestItems"].items():
                    self._read(usage, table, group["Keys"], consistent=group.get("ConsistentRead", False))
            case "Query" | "Scan":
                self._read_page(usage, operation, asked)
            case "PutItem" | "UpdateItem" | "DeleteItem":
                self._write(usage, {operation.removesuffix("Item"): asked})
            case "TransactWriteItems":
                for action in asked["TransactItems"]:
                    self._write(usage, action, times=TRANSACTED)
            case _:
                raise UnmeteredOperationError(operation)

    def _read(self, usage: Usage, table: str, keys: Sequence[Item], *, consistent: bool) -> None:
        for key in keys:
            usage.read_units += read_units(item_bytes(self._item(table, key) or {}), consistent=consistent)

    def _read_page(self, usage: Usage, operation: str, asked: Mapping[str, Any]) -> None:
        """What a page is billed by is what was read, before a filter and whole: so ask for that."""
        condition = asked.get("KeyConditionExpression", "")
        whole = {name: asked[name] for name in KEPT if name in asked}
        for name in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
            used = {key: value for key, value in asked.get(name, {}).items() if key in condition}
            whole |= {name: used} if used else {}
        page = self._shadow.query(**whole) if operation == "Query" else self._shadow.scan(**whole)
        size = sum(map(item_bytes, page["Items"]))
        usage.read_units += read_units(size, consistent=asked.get("ConsistentRead", False))

    def _write(self, usage: Usage, action: Mapping[str, Any], times: int = 1) -> None:
        ((kind, asked),) = action.items()
        table = asked["TableName"]
        key = asked.get("Key") or {name: asked["Item"][name] for name in self._keys[table]}
        before = self._item(table, key)

        def settle() -> None:
            after = before if kind == "ConditionCheck" else self._item(table, key)
            usage.write_units += times * (write_units(before, after) + index_units(before, after) * (before != after))

        self._after.append(settle)

    def _item(self, table: str, key: Item) -> Item | None:
        found: Item | None = self._shadow.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
        return found
