"""The history of an account: its events, read in pages and in order."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Generic

from chalicelib.events import items
from chalicelib.events.aggregate import Aggregate, S
from chalicelib.events.classification import Purpose
from chalicelib.events.dynamo import Item, call, text
from chalicelib.events.event import Event
from chalicelib.events.keys import AccountKeys, KeyRing
from chalicelib.events.sealing import OpeningKeys

PAGE = 1000
STORED_PARTS = ", ".join(("sk", "p", "d", *Purpose))


class History(Generic[S]):
    """Reads events. Arguments: the pure side of accounts; a botocore client, the ledger table's name; the key ring."""

    def __init__(self, aggregate: Aggregate[S], client: Any, table: str, keys: KeyRing) -> None:
        self._aggregate = aggregate
        self._client = client
        self._table = table
        self._keys = keys

    def events(
        self,
        account: str,
        *,
        after: int = 0,
        through: int | None = None,
        newest_first: bool = False,
        wanted: int | None = None,
        keys: OpeningKeys | None = None,
    ) -> Iterator[Event]:
        """The events above version `after`, up to `through`. Without their key they come without what was personal.

        They are read page by page as they are asked for; `wanted` is how many are likely to be. `keys` are those of
        the account if they are at hand; otherwise they are looked up once there is an event.
        """
        for item in self.items(account, after=after, through=through, newest_first=newest_first, wanted=wanted):
            keys = keys or self.keys(account)
            yield items.read_event(item, account, items.event_version(item), keys, self._aggregate.event_types)

    def keys(self, account: str) -> OpeningKeys:
        """The keys of an account's parts; null where they are destroyed."""
        return AccountKeys(self._keys, account, self._keys.find(account, Purpose.PROFILE))

    def items(
        self,
        account: str,
        *,
        after: int = 0,
        through: int | None = None,
        newest_first: bool = False,
        wanted: int | None = None,
    ) -> Iterator[Item]:
        """The event items as they are stored, without their partition key."""
        if through is not None and through <= after:
            return  # DynamoDB refuses a range whose end comes before its beginning
        request = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk AND sk BETWEEN :first AND :last",
            "ProjectionExpression": STORED_PARTS,
            "ExpressionAttributeValues": {
                ":pk": text(items.account_pk(account)),
                ":first": text(items.event_sk(after + 1)),
                ":last": text(items.LAST_EVENT if through is None else items.event_sk(through)),
            },
            "ConsistentRead": True,
            "ScanIndexForward": not newest_first,
            "Limit": PAGE if wanted is None else min(PAGE, max(1, wanted)),
        }
        while True:
            page = call(self._client.query, **request)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def refold(
        self,
        account: str,
        *,
        through: int | None = None,
        at: datetime | None = None,
        keys: OpeningKeys | None = None,
    ) -> S | None:
        """The state from the events alone: what the head must equal. `keys` as for `events`.

        Up to version `through`, or up to the time `at`; null if the account did not exist yet.
        """
        state: S | None = None
        for event in self.events(account, through=through, keys=keys):
            if at is not None and event.at > at:
                break
            state = self._aggregate.fold(state, event)
        return state
