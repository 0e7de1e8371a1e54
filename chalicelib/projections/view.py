"""View rows: a pure function of the folded state, written only if newer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from botocore.exceptions import ClientError

from chalicelib.accounts.account import Account
from chalicelib.events.aggregate import Loaded
from chalicelib.events.classification import Purpose
from chalicelib.events.codec import Parts
from chalicelib.events.dynamo import Item, Value, binary, call, number, text
from chalicelib.events.items import seal
from chalicelib.events.sealing import Place
from chalicelib.projections.generations import Generations

SCHEMA = 1


class Indexed(NamedTuple):
    """Under what a row is found besides its key: a group, split over write shards, and its place in there."""

    group: str
    place: str


@dataclass(frozen=True)
class Row:
    """One row of a view. `key` is its place within the view: the account's id, whatever its state.

    `plain` is readable; `personal` holds what is personal, by the purpose whose key seals it. Both empty: the row
    is not there, which is kept as a tombstone, so that an older delivery cannot bring it back.
    """

    key: str
    sort: str
    plain: str | None = None
    personal: Mapping[Purpose, bytes] = field(default_factory=dict, repr=False)
    indexed: Indexed | None = None


class Projection(Protocol):
    """One view. Its `name` is part of its keys, and the generation that a row is written to."""

    name: str

    def project(self, account: Loaded[Account]) -> Sequence[Row]:
        """Every row that the account has in this view; pure."""
        ...


class ViewWriter:
    """Writes rows to the views table, each only if it is newer than what stands there.

    Arguments: a botocore client, the views table, the generations of the views.
    """

    def __init__(self, client: Any, table: str, generations: Generations) -> None:
        self._client = client
        self._table = table
        self._generations = generations

    def write(self, projection: Projection, account: Loaded[Account]) -> None:
        """Write all rows of `account` to every generation that counts; a row that is newer already stays.

        Raises `StoreUnavailableError`.
        """
        rows = projection.project(account)
        if rows:
            for generation in self._generations.written(projection.name):
                self._write_all(projection.name, generation, rows, account)

    def write_to(self, generation: int, projection: Projection, account: Loaded[Account]) -> None:
        """As `write`, to one generation alone."""
        self._write_all(projection.name, generation, projection.project(account), account)

    def _write_all(self, view: str, generation: int, rows: Sequence[Row], account: Loaded[Account]) -> None:
        for row in rows:
            self._write(row_item(view, generation, row, account), account.version)

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


def row_item(view: str, generation: int, row: Row, account: Loaded[Account]) -> Item:
    """A row as it is stored, with the version that it shows."""
    item: dict[str, Value] = {
        "pk": text(row_pk(view, generation, row.key)),
        "sk": text(row.sort),
        "v": number(account.version),
    }
    if row.plain is not None:
        item["row"] = text(row.plain)
    parts = Parts(row.plain or "", row.personal)
    for blob in seal(parts, account.keys, place_of(account.account, account.version)).values():
        item["sealed"] = binary(blob)
    if row.indexed is not None:
        item["index"] = text(index_key(view, generation, row.indexed.group))
        item["place"] = text(row.indexed.place)
    return item


def row_pk(view: str, generation: int, key: str) -> str:
    """The partition of a row: `V#<view>#<generation>#<key>`."""
    return f"V#{view}#{generation}#{key}"


def place_of(account: str, version: int) -> Place:
    """Where the sealed part of a row stands."""
    return Place("view", account, version, Purpose.PROFILE, SCHEMA)


def index_key(view: str, generation: int, group: str) -> str:
    """The index's partition of a group of rows."""
    return f"{view}#{generation}#{group}"
