"""Accounts whose projection fails again and again: set aside loudly, so that the others go on."""

from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.events.dynamo import Item, call, number, text

PARTITION = "Q"
FAILED = "SET v = :version, #error = :error, #at = :at, #since = if_not_exists(#since, :at) ADD n :one"


class Troubled(NamedTuple):
    """An account whose projection fails: since when, and whether it is set aside."""

    account: str
    since: datetime
    set_aside: bool


class Quarantine:
    """Counts the failures of an account at a version, in rows of the views table.

    All rows stand in the partition `Q`, by account id: they are rare, and one request lists them.
    """

    def __init__(self, client: Any, table: str, limit: int) -> None:
        self._client = client
        self._table = table
        self.limit = limit
        """So many failures set an account aside."""

    def failed(self, account: str, version: int, error: str, at: datetime) -> int:
        """Count a failure; how often it has failed now. `error` is the kind of the error, never its text."""
        answer = call(
            self._client.update_item,
            TableName=self._table,
            Key=self._key(account),
            UpdateExpression=FAILED,
            ExpressionAttributeNames={"#error": "error", "#at": "at", "#since": "since"},
            ExpressionAttributeValues={
                ":version": number(version),
                ":error": text(error),
                ":at": text(at.isoformat()),
                ":one": number(1),
            },
            ReturnValues="UPDATED_NEW",
        )
        return int(answer["Attributes"]["n"]["N"])

    def released(self, account: str) -> None:
        """The account projects again: forget its failures."""
        call(self._client.delete_item, TableName=self._table, Key=self._key(account))

    def accounts(self) -> set[str]:
        """Every account that has failed and has not been released since."""
        return {troubled.account for troubled in self.troubled()}

    def troubled(self) -> list[Troubled]:
        """What has failed and has not been released since."""
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": text(PARTITION)},
            "ConsistentRead": True,
        }
        found: list[Troubled] = []
        while True:
            page = call(self._client.query, **request)
            found += [self._troubled(item) for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                return found
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _troubled(self, item: Item) -> Troubled:
        since = item.get("since", item["at"])["S"]
        return Troubled(item["sk"]["S"], datetime.fromisoformat(since), int(item["n"]["N"]) >= self.limit)

    def _key(self, account: str) -> dict[str, Any]:
        return {"pk": text(PARTITION), "sk": text(account)}
