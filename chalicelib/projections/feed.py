"""The feed: one EventBridge event for each event of a commit, never with a value (spec 50, section 7)."""

import json
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.events.dynamo import Item

SOURCE = "rollcall"
MOST_ENTRIES = 10
"""What one PutEvents takes."""


class FeedUnavailableError(Exception):
    """EventBridge did not take every event; send them again."""


class Feed:
    """Publishes what heads say of their last commit. Arguments: a botocore `events` client and the bus."""

    def __init__(self, client: Any, bus: str) -> None:
        self._client = client
        self._bus = bus

    def publish(self, account: str, head: Item) -> None:
        """Publish the events of the commit that wrote `head`; raises `FeedUnavailableError`."""
        entries = self._entries(account, head)
        for start in range(0, len(entries), MOST_ENTRIES):
            self._put(entries[start : start + MOST_ENTRIES])

    def _entries(self, account: str, head: Item) -> Sequence[dict[str, str]]:
        return [
            {
                "Source": SOURCE,
                "DetailType": event["type"],
                "EventBusName": self._bus,
                "Detail": json.dumps(
                    {
                        "account": account,
                        "version": event["version"],
                        "at": event["at"],
                        "fields": event["fields"],
                    }
                ),
            }
            for event in json.loads(head["last"]["S"])
        ]

    def _put(self, entries: Sequence[dict[str, str]]) -> None:
        try:
            answer = self._client.put_events(Entries=list(entries))
        except (BotoCoreError, ClientError) as error:
            raise FeedUnavailableError(type(error).__name__) from error
        if answer["FailedEntryCount"]:
            raise FeedUnavailableError("entries refused")
