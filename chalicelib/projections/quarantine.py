"""Accounts whose projection fails again and again: set aside loudly, so that the others go on."""

from datetime import datetime
from typing import Any

from chalicelib.events.dynamo import call, number, text

PARTITION = "Q"


class Quarantine:
    """Counts the failures of an account at a version, in rows of the views table.

    All rows stand in the partition `Q`, by account id: they are rare, and one request lists them.
    """

    def __init__(self, client: Any, table: str, limit: int) -> None:
        self._client = client
        self._table = table
        self._limit = limit

    def failed(self, account: str, version: int, error: str, at: datetime) -> bool:
        """Count a failure; whether the account is set aside now. `error` is the kind of the error, never its text."""
        answer = call(
            self._client.update_item,
            TableName=self._table,
            Key=self._key(account),
            UpdateExpression="SET v = :version, #error = :error, #at = :at ADD n :one",
            ExpressionAttributeNames={"#error": "error", "#at": "at"},
            ExpressionAttributeValues={
                ":version": number(version),
                ":error": text(error),
                ":at": text(at.isoformat()),
                ":one": number(1),
            },
            ReturnValues="UPDATED_NEW",
        )
        return int(answer["Attributes"]["n"]["N"]) >= self._limit

    def released(self, account: str) -> None:
        """The account projects again: forget its failures."""
        call(self._client.delete_item, TableName=self._table, Key=self._key(account))

    def accounts(self) -> set[str]:
        """Every account that has failed and has not been released since."""
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": text(PARTITION)},
            "ProjectionExpression": "sk",
            "ConsistentRead": True,
        }
        found: set[str] = set()
        while True:
            page = call(self._client.query, **request)
            found.update(item["sk"]["S"] for item in page["Items"])
            if "LastEvaluatedKey" not in page:
                return found
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _key(self, account: str) -> dict[str, Any]:
        return {"pk": text(PARTITION), "sk": text(account)}
