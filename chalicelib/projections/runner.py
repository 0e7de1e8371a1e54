"""The stream consumer: each new head is projected into every view and published to the feed.

Redelivery, reordering and duplicates do no harm, because rows are written only if newer. A failure holds
up its own account's records until it is set aside, and nothing else is skipped.
"""

import logging
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from chalicelib.accounts.account import Account
from chalicelib.events.aggregate import Loaded
from chalicelib.events.dynamo import Item
from chalicelib.events.errors import KeyServiceUnavailableError, StoreUnavailableError
from chalicelib.projections.feed import Feed, FeedUnavailableError
from chalicelib.projections.quarantine import Quarantine
from chalicelib.projections.view import Projection, ViewWriter

log = logging.getLogger("rollcall.projections")
TRANSIENT = (StoreUnavailableError, KeyServiceUnavailableError, FeedUnavailableError)
HEAD = "HEAD"


class Runner:
    """Projects heads as they come. `decode` makes an account of a head item."""

    def __init__(
        self,
        projections: Sequence[Projection],
        writer: ViewWriter,
        feed: Feed | None,
        quarantine: Quarantine,
        decode: Callable[[Item, str], Loaded[Account]],
        clock: Callable[[], datetime],
    ) -> None:
        self._projections = projections
        self._writer = writer
        self._feed = feed
        self._quarantine = quarantine
        self._decode = decode
        self._clock = clock
        self._troubled: set[str] = set()

    def handle(self, event: Mapping[str, Any]) -> dict[str, list[dict[str, str]]]:
        """Work through the records of a stream event; answers the lowest record that must be delivered again."""
        stuck: set[str] = set()
        failures = []
        for record in event["Records"]:
            head = record["dynamodb"].get("NewImage")
            if head is None or head["sk"]["S"] != HEAD:
                continue
            account = head["pk"]["S"][2:]
            if account not in stuck and not self._project(account, wire_item(head)):
                stuck.add(account)
                failures.append(record["dynamodb"]["SequenceNumber"])
        lowest = sorted(failures, key=int)[:1]
        return {"batchItemFailures": [{"itemIdentifier": number} for number in lowest]}

    def _project(self, account: str, head: Item) -> bool:
        """Whether this record is done with."""
        try:
            self._apply(account, head)
        except TRANSIENT as error:
            log.warning("projection waits", extra={"account": account, "error": type(error).__name__})
            return False
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one account must not stop the others
            return self._set_aside(account, int(head["v"]["N"]), type(error).__name__)
        if account in self._troubled:
            self._quarantine.released(account)
            self._troubled.discard(account)
        return True

    def _apply(self, account: str, head: Item) -> None:
        if self._projections:
            loaded = self._decode(head, account)
            for projection in self._projections:
                self._writer.write(projection, loaded)
        if self._feed is not None:
            self._feed.publish(account, head)

    def _set_aside(self, account: str, version: int, error: str) -> bool:
        """Count a failure; from the limit on the account is left behind, which the log and a metric cry out."""
        self._troubled.add(account)
        if not self._quarantine.failed(account, version, error, self._clock()):
            log.warning("projection failed", extra={"account": account, "version": version, "error": error})
            return False
        log.error(
            "account quarantined",
            extra={"account": account, "version": version, "error": error, "metric": "QuarantinedAccounts"},
        )
        return True


def wire_item(image: Mapping[str, Any]) -> Item:
    """An image as Lambda delivers it (bytes in base64) in the form that DynamoDB's client gives."""
    return {
        name: {"B": b64decode(value["B"])} if "B" in value and isinstance(value["B"], str) else value
        for name, value in image.items()
    }
