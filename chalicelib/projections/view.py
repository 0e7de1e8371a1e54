"""View rows: a pure function of the folded state, written only if newer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from botocore.exceptions import ClientError

from chalicelib.accounts.account import Account
from chalicelib.events.aggregate import Loaded
from chalicelib.events.dynamo import Item, Value, binary, call, number, text


@dataclass(frozen=True)
class Row:
    """One row of a view. `key` is its place within the view and is the same for every state of the account.

    `plain` is readable; `sealed` holds what is personal, sealed already. Both null: the row is not there, which is
    kept as a tombstone, so that an older delivery cannot bring it back.
    """

    key: str
    sort: str
    plain: str | None = None
    sealed: bytes | None = field(default=None, repr=False)


class Projection(Protocol):
    """One view. `name` and `generation` (of a rebuild) are part of its keys."""

    name: str
    generation: int

    def project(self, account: Loaded[Account]) -> Sequence[Row]:
        """Every row that the account has in this view; pure."""
        ...


class ViewWriter:
    """Writes rows to the views table, each only if it is newer than what stands there."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def write(self, projection: Projection, account: Loaded[Account]) -> None:
        """Write all rows of `account`; a row that is newer already stays. Raises `StoreUnavailableError`."""
        for row in projection.project(account):
            self._write(row_item(projection, row, account.version), account.version)

    def _write(self, item: Item, version: int) -> None:
        try:
            call(
                self._client.put_item,
                TableName=self._table,
                Item=item,
                ConditionExpression="attribute_not_exists(pk) OR v < :version",
                ExpressionAttributeValues={":version": number(version)},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise


def row_item(projection: Projection, row: Row, version: int) -> Item:
    """A row as it is stored: `V#<view>#<generation>#<key>`, with the version that it shows."""
    item: dict[str, Value] = {
        "pk": text(f"V#{projection.name}#{projection.generation}#{row.key}"),
        "sk": text(row.sort),
        "v": number(version),
    }
    if row.plain is not None:
        item["row"] = text(row.plain)
    if row.sealed is not None:
        item["sealed"] = binary(row.sealed)
    return item
