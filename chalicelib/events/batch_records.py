"""Idempotency records of calls that are many commits: begun before the first, finished after the last.

Such a record stands where others do (`I#<caller>#<keyed hash of the key>`) and holds nothing personal: `state` is
what the call needs to be carried on after a crash, and to give its answer again.
"""

import json
from dataclasses import dataclass
from typing import Any, NamedTuple

from botocore.exceptions import ClientError
from pydantic import JsonValue

from chalicelib.events.dynamo import Item, call, number, text
from chalicelib.events.idempotency import LIFETIME_SECONDS, record_key

WORKING_SECONDS = 60
"""After this time a call that has not finished is taken for dead, and its twin carries it on."""


class Progress(NamedTuple):
    """How far a call is: its state, and until when it is at work (Unix seconds; null once it is through).

    `writer` is random and tells calls apart: whoever is not told that a record was written knows it by that.
    """

    state: JsonValue
    until: int | None
    writer: str


@dataclass(frozen=True)
class BatchRecord:
    """A record that stands: of which request, and how far that is. `stored` is its text as it was read."""

    request_digest: str
    progress: Progress
    stored: str

    @property
    def state(self) -> JsonValue:
        """What the call has saved."""
        return self.progress.state

    @property
    def done(self) -> bool:
        """Whether the call is through."""
        return self.progress.until is None

    @property
    def until(self) -> int:
        """Until when the call is at work."""
        return self.progress.until or 0

    @property
    def writer(self) -> str:
        """Which call wrote it."""
        return self.progress.writer


class BatchRecords:
    """Keeps the records. Arguments: a botocore client and the ledger table."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def find(self, caller: str, key_digest: str, now: int) -> BatchRecord | None:
        """The record, unless it has run out."""
        place = record_key(caller, key_digest)
        item = call(self._client.get_item, TableName=self._table, Key=place, ConsistentRead=True).get("Item")
        if item is None or int(item["expires"]["N"]) <= now:
            return None
        stored = item["p"]["S"] if "p" in item else "{}"
        content = json.loads(stored)
        progress = Progress(content.get("state"), content.get("until"), content.get("writer", ""))
        return BatchRecord(item["request"]["S"], progress, stored)

    def write(
        self,
        caller: str,
        key_digest: str,
        request_digest: str,
        now: int,
        progress: Progress,
        over: BatchRecord | None,
    ) -> bool:
        """Write the record, over the one that was found or where there is none; False if somebody was faster.

        An answer that was lost does not make one's own record somebody else's.
        """
        item = {
            **record_key(caller, key_digest),
            "request": text(request_digest),
            "a": text(caller),
            "v": number(0),
            "expires": number(now + LIFETIME_SECONDS),
            "p": text(json.dumps(progress._asdict())),
        }
        return self._put(item, now, over) or self._stands(item)

    def remove(self, caller: str, key_digest: str) -> None:
        """Forget a call that was refused."""
        call(self._client.delete_item, TableName=self._table, Key=record_key(caller, key_digest))

    def _stands(self, item: Item) -> bool:
        """Whether this very record is there, by its writer too."""
        place = {name: item[name] for name in ("pk", "sk")}
        found = call(self._client.get_item, TableName=self._table, Key=place, ConsistentRead=True).get("Item")
        return found == item

    def _put(self, item: Item, now: int, over: BatchRecord | None) -> bool:
        if over is None:
            condition, values = "attribute_not_exists(pk) OR expires <= :now", {":now": number(now)}
        else:
            condition, values = "p = :stored", {":stored": text(over.stored)}
        try:
            call(
                self._client.put_item,
                TableName=self._table,
                Item=item,
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True
