"""The states that the store knows: a name keeps its id, and the list changes while it may (spec 20, section 4.1)."""

import json
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.events.dynamo import Item, call, text
from chalicelib.events.errors import VersionConflictError
from chalicelib.projections.retirement_queue import QueueReader
from chalicelib.retirement.errors import StatesError
from chalicelib.retirement.states import REQUIRED, States, with_stable_ids

KEY: Item = {"pk": text("N#retirement-states"), "sk": text("N")}
ATTEMPTS = 3


class StatesStore:
    """Keeps names and ids beside the counters. Arguments: a botocore client, the ledger table, the queue."""

    def __init__(self, client: Any, table: str, queue: QueueReader) -> None:
        self._client = client
        self._table = table
        self._queue = queue

    def take(self, names: Sequence[str]) -> States:
        """The states with their ids, for the list that is configured now.

        Raises `StatesError` if the list breaks a rule, or has changed while a row stands in a state of the old one
        that is not required.
        """
        States(tuple(names))
        for _ in range(ATTEMPTS):
            stored = self._stored()
            if stored is not None and stored.names == tuple(names):
                return stored
            self._check_change(stored)
            chosen = with_stable_ids(names, stored.ids if stored else {})
            if self._replaced(stored, chosen):
                return chosen
        raise VersionConflictError

    def _check_change(self, stored: States | None) -> None:
        if stored is None:
            return
        working = [name for name in stored.names if name not in REQUIRED]
        if not self._queue.is_empty(working):
            raise StatesError("may not change while a row is in a state that is not required")

    def _stored(self) -> States | None:
        answer = call(self._client.get_item, TableName=self._table, Key=KEY, ConsistentRead=True)
        if "Item" not in answer:
            return None
        content = json.loads(answer["Item"]["p"]["S"])
        return States(tuple(content["names"]), content["ids"])

    def _replaced(self, stored: States | None, chosen: States) -> bool:
        """Store the list, unless somebody else has stored another meanwhile."""
        request: dict[str, Any] = {"TableName": self._table, "Item": {**KEY, "p": text(_content(chosen))}}
        if stored is None:
            request["ConditionExpression"] = "attribute_not_exists(pk)"
        else:
            request["ConditionExpression"] = "p = :stored"
            request["ExpressionAttributeValues"] = {":stored": text(_content(stored))}
        try:
            call(self._client.put_item, **request)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True


def _content(states: States) -> str:
    return json.dumps({"names": states.names, "ids": dict(states.ids)})
