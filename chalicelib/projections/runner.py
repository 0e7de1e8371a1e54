"""The stream consumer: each new head is projected into every view, then published to the feed.

Redelivery, reordering and duplicates do no harm, because rows are written only if newer. A failure holds
up its own account's records until it is set aside, and nothing else is skipped.
"""

import logging
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.accounts.account import Account
from chalicelib.events.aggregate import Loaded
from chalicelib.events.dynamo import Item
from chalicelib.events.errors import KeyServiceUnavailableError, StoreUnavailableError
from chalicelib.metrics import emit
from chalicelib.projections.feed import Entry, Feed
from chalicelib.projections.quarantine import Quarantine
from chalicelib.projections.view import Projection, ViewWriter

log = logging.getLogger("rollcall.projections")
TRANSIENT = (StoreUnavailableError, KeyServiceUnavailableError)
HEAD = "HEAD"
REFRESH = timedelta(minutes=1)


@dataclass(frozen=True)
class Change:
    """One record of the stream: a head as it was written."""

    sequence: str
    account: str
    head: Item

    @property
    def version(self) -> int:
        """The version of the head; 0 for one that has none, which is poison like any other malformed head."""
        return int(self.head.get("v", {}).get("N", 0))


class Runner:
    """Projects heads as they come. `decode` makes an account of a head item; without a feed nothing is published.

    `fetch_keys` reads the keys of all heads of a batch at once, so that `decode` finds them in memory.
    """

    def __init__(
        self,
        projections: Sequence[Projection],
        writer: ViewWriter,
        feed: Feed | None,
        quarantine: Quarantine,
        decode: Callable[[Item, str], Loaded[Account]],
        clock: Callable[[], datetime],
        fetch_keys: Callable[[Sequence[Item]], None] | None = None,
    ) -> None:
        self._fetch_keys = fetch_keys
        self._projections = projections
        self._writer = writer
        self._feed = feed
        self._quarantine = quarantine
        self._decode = decode
        self._clock = clock
        self._troubled: set[str] = set()
        self._troubled_until: datetime | None = None

    def handle(self, event: Mapping[str, Any]) -> dict[str, list[dict[str, str]]]:
        """Work through the records of a stream event; answers the lowest record that must be delivered again."""
        self._refresh_troubled()
        self._tell_lag(event)
        found = by_account(changes_of(event))
        self._prepare([newest(changes) for changes in found])
        stuck: list[str] = []
        entries: list[tuple[Change, Entry]] = []
        for changes in found:
            projected = self._project(changes)
            if projected is None:
                stuck.append(min((change.sequence for change in changes), key=int))
            else:
                entries += projected
        failures = sorted([*stuck, *self._publish(entries)], key=int)
        return {"batchItemFailures": [{"itemIdentifier": sequence} for sequence in failures[:1]]}

    def _tell_lag(self, event: Mapping[str, Any]) -> None:
        """How long the oldest record of a batch has waited; a stream without times tells nothing."""
        made = [record["dynamodb"].get("ApproximateCreationDateTime") for record in event["Records"]]
        times = [float(time) for time in made if time is not None]
        if times:
            emit({"ProjectionLag": max(0.0, self._clock().timestamp() - min(times))})

    def _prepare(self, changes: Sequence[Change]) -> None:
        """Fetch the keys of a batch; if that fails, each head is decoded, or waits, by itself."""
        if self._fetch_keys is not None and self._projections:
            with suppress(*TRANSIENT):
                self._fetch_keys([change.head for change in changes])

    def _refresh_troubled(self) -> None:
        """Read which accounts have failed, at most once a minute: another process may have noted them."""
        now = self._clock()
        if self._troubled_until is None or self._troubled_until <= now:
            self._troubled = self._quarantine.accounts()
            self._troubled_until = now + REFRESH

    def _project(self, changes: Sequence[Change]) -> list[tuple[Change, Entry]] | None:
        """Write the views of one account; what to publish of its records, or null if they must come again.

        The feed tells of every commit; rows follow the newest head alone, for older ones would be overwritten at once.
        """
        entries: list[tuple[Change, Entry]] = []
        change = newest(changes)
        try:
            entries = [(each, entry) for each in changes for entry in self._entries(each)]
            self._write_views(change)
        except TRANSIENT as error:
            log.warning("projection waits", extra={"account": change.account, "error": type(error).__name__})
            return None
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one account must not stop the others
            return entries if self._set_aside(change, type(error).__name__) else None
        if change.account in self._troubled:
            self._quarantine.released(change.account)
            self._troubled.discard(change.account)
        return entries

    def _entries(self, change: Change) -> list[Entry]:
        return [] if self._feed is None else self._feed.entries(change.account, change.head)

    def _write_views(self, change: Change) -> None:
        if self._projections:
            loaded = self._decode(change.head, change.account)
            for projection in self._projections:
                self._writer.write(projection, loaded)

    def _publish(self, entries: Sequence[tuple[Change, Entry]]) -> list[str]:
        """Publish all entries of the batch together; the sequence numbers of those that were not taken."""
        if self._feed is None or not entries:
            return []
        taken = self._feed.publish([entry for _, entry in entries])
        refused = [change for (change, _), done in zip(entries, taken, strict=True) if not done]
        if refused:
            log.warning("feed waits", extra={"entries": len(refused)})
        return [change.sequence for change in refused]

    def _set_aside(self, change: Change, error: str) -> bool:
        """Count a failure; from the limit on the account is left behind, which the log and a metric cry out."""
        self._troubled.add(change.account)
        facts = {"account": change.account, "version": change.version, "error": error}
        failures = self._quarantine.failed(change.account, change.version, error, self._clock())
        if failures < self._quarantine.limit:
            log.warning("projection failed", extra=facts)
            return False
        log.error("account quarantined", extra={**facts, "metric": "QuarantinedAccounts"})
        if failures == self._quarantine.limit:
            emit({"QuarantinedAccounts": 1})
        return True


def by_account(changes: Sequence[Change]) -> list[list[Change]]:
    """The changes of each account together, in the order in which the accounts come first."""
    found: dict[str, list[Change]] = {}
    for change in changes:
        found.setdefault(change.account, []).append(change)
    return list(found.values())


def newest(changes: Sequence[Change]) -> Change:
    """The change with the highest version of those of one account, in whatever order they came."""
    return max(changes, key=lambda change: change.version)


def changes_of(event: Mapping[str, Any]) -> list[Change]:
    """The heads among the records of a stream event, in order."""
    found = []
    for record in event["Records"]:
        image = record["dynamodb"].get("NewImage")
        if image is not None and image["sk"]["S"] == HEAD:
            account = image["pk"]["S"].removeprefix("A#")
            found.append(Change(record["dynamodb"]["SequenceNumber"], account, wire_item(image)))
    return found


def wire_item(image: Mapping[str, Any]) -> Item:
    """An image as Lambda delivers it (bytes in base64) in the form that DynamoDB's client gives."""
    return {
        name: {"B": b64decode(value["B"])} if "B" in value and isinstance(value["B"], str) else value
        for name, value in image.items()
    }
