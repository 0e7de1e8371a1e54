"""The feed: one EventBridge event for each event of a commit, never with a value (spec 50, section 7)."""

import json
from collections.abc import Sequence
from typing import Any, TypeAlias

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.events.dynamo import Item

SOURCE = "rollcall"
MOST_ENTRIES = 10
"""What one PutEvents takes."""

Entry: TypeAlias = dict[str, str]


class Feed:
    """Publishes what heads say of their last commit. Arguments: a botocore `events` client and the bus."""

    def __init__(self, client: Any, bus: str) -> None:
        self._client = client
        self._bus = bus

    def entries(self, account: str, head: Item) -> list[Entry]:
        """The events of the commit that wrote `head`."""
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

    def publish(self, entries: Sequence[Entry]) -> list[bool]:
        """Hand all entries over, ten a request; whether each was taken. Send those again that were not."""
        taken: list[bool] = []
        for start in range(0, len(entries), MOST_ENTRIES):
            taken += self._put(entries[start : start + MOST_ENTRIES])
        return taken

    def _put(self, entries: Sequence[Entry]) -> list[bool]:
        try:
            answer = self._client.put_events(Entries=list(entries))
        except (BotoCoreError, ClientError):
            return [False] * len(entries)
        return ["ErrorCode" not in entry for entry in answer["Entries"]]
