"""Reading view rows by their index: groups that are split over write shards, merged again in order.

No partition of the index takes the writes of a whole group: a group of state COMPLETE, say, would be one hot
partition.
"""

import heapq
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from chalicelib.events.dynamo import Item, call, text
from chalicelib.projections.generations import Generations
from chalicelib.projections.view import index_key

SHARDS = 4
LEAST_PAGE = 25
INDEX = "by-index"


def group_of(name: str, number: int) -> str:
    """The group `name`, in the write shard of a row's number."""
    return f"{name}#{number % SHARDS}"


class IndexReader:
    """Reads the rows of one view by groups, in the generation that is served when it is asked.

    Arguments: a botocore client, the views table, the view's name, the generations of the views.
    """

    def __init__(self, client: Any, table: str, view: str, generations: Generations) -> None:
        self._client = client
        self._table = table
        self._view = view
        self._generations = generations

    def rows(
        self, groups: Sequence[str], *, first: str = "", before: str = "~", wanted: int | None = None
    ) -> Iterator[Item]:
        """The rows of `groups` whose place lies in [first, before), in the order of their places.

        Read page by page as they are asked for; `wanted` is how many are likely to be.
        """
        shards = [group_of(name, shard) for name in groups for shard in range(SHARDS)]
        page = None if wanted is None else max(LEAST_PAGE, -(-wanted // len(shards)) + LEAST_PAGE)
        pages = [self._shard(key, first, before, page) for key in self._keys(shards)]
        in_order = heapq.merge(*pages, key=_place)
        # A row that moved while the groups were read was met twice.
        return (max(met, key=_version) for _, met in groupby(in_order, key=_place))

    def count(self, groups: Sequence[str], *, before: str = "~") -> int:
        """How many rows of `groups` lie before a place."""
        shards = [group_of(name, shard) for name in groups for shard in range(SHARDS)]
        pages = (self._pages(key, "", before, {"Select": "COUNT"}) for key in self._keys(shards))
        return sum(page["Count"] for found in pages for page in found)

    def _keys(self, shards: Sequence[str]) -> list[str]:
        """The index's partitions of some shards."""
        if not shards:
            return []
        generation = self._generations.serving(self._view)
        return [index_key(self._view, generation, shard) for shard in shards]

    def _shard(self, key: str, first: str, before: str, page: int | None) -> Iterator[Item]:
        limit = {} if page is None else {"Limit": page}
        for found in self._pages(key, first, before, limit):
            yield from found["Items"]

    def _pages(self, key: str, first: str, before: str, more: dict[str, Any]) -> Iterator[dict[str, Any]]:
        request: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": INDEX,
            # A place is never equal to `before`, which ends with a character that no place has.
            "KeyConditionExpression": "#index = :index AND #place BETWEEN :first AND :before",
            "ExpressionAttributeNames": {"#index": "index", "#place": "place"},
            "ExpressionAttributeValues": {
                ":index": text(key),
                ":first": text(first or "0"),
                ":before": text(before),
            },
            **more,
        }
        while True:
            page = call(self._client.query, **request)
            yield page
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _place(item: Item) -> str:
    return str(item["place"]["S"])


def _version(item: Item) -> int:
    return int(item["v"]["N"])
