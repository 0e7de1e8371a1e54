"""The background thread that brings the ledger's changes to the consumer."""

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from botocore.exceptions import BotoCoreError, ClientError

from local.streams.lane import Lane
from local.streams.positions import PositionFile
from local.streams.shard import Shard, ShardReader, shards, stream_arn

Handler: TypeAlias = Callable[[dict[str, Any]], Mapping[str, Any] | None]
"""A stream consumer: gets `{"Records": [...]}`, returns `{"batchItemFailures": [...]}` or nothing."""

INTERVAL_SECONDS = 0.2
OUTAGE_SECONDS = 1.0
STOP_SECONDS = 10.0
DRAIN_TRIES = 20

logger = logging.getLogger(__name__)


class UndeliverableRecordError(Exception):
    """The consumer refused the record `sequence` again and again while the stream was drained."""

    def __init__(self, sequence: str) -> None:
        super().__init__(f"The consumer keeps refusing the record {sequence}.")
        self.sequence = sequence


class StreamPoller:
    """Reads the stream of `table` and calls `handler` with batches of changed heads, in order, at least once.

    A batch is delivered again from its lowest failed record until it is settled; nothing is skipped. With
    `positions` it goes on where it stopped, else it begins with the oldest record.
    """

    def __init__(
        self,
        client: Any,
        table: str,
        handler: Handler,
        *,
        positions: PositionFile | None = None,
        interval: float = INTERVAL_SECONDS,
    ) -> None:
        self._client = client
        self._handler = handler
        self._positions = positions
        self._interval = interval
        self._arn = stream_arn(client, table)
        self._settled = positions.load(self._arn) if positions else {}
        self._finished: set[str] = set()
        self._lanes: list[Lane] = []
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="stream-poller", daemon=True)

    def start(self) -> None:
        """Begin to poll in the background."""
        self._thread.start()

    def stop(self) -> None:
        """End the background thread after the batch in hand."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def drain(self) -> int:
        """Settle all that is in the stream now, without pauses; return how many records that were.

        Raises `UndeliverableRecordError` if the consumer refuses one record twenty times.
        """
        total = 0
        with self._lock:
            while True:
                settled = sum(lane.advance(self._deliver) for lane in self._open_lanes())
                self._note_positions()
                total += settled
                for lane in self._lanes:
                    if lane.failures >= DRAIN_TRIES and lane.stuck_at:
                        raise UndeliverableRecordError(lane.stuck_at)
                if not settled and not any(lane.failures for lane in self._lanes):
                    return total

    def poll(self) -> int:
        """Deliver the next batch of each shard that is not pausing; return how many records were settled."""
        with self._lock:
            lanes = [lane for lane in self._open_lanes() if not lane.resting]
            settled = sum(lane.advance(self._deliver) for lane in lanes)
            self._note_positions()
        return settled

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._stopping.wait(self._next_pause())

    def _next_pause(self) -> float:
        try:
            return 0.0 if self.poll() else self._interval
        except (ClientError, BotoCoreError) as error:
            logger.warning("The stream cannot be read: %s", type(error).__name__)
            return OUTAGE_SECONDS

    def _deliver(self, event: dict[str, Any]) -> Mapping[str, Any] | None:
        try:
            return self._handler(event) or {}
        except Exception as error:  # noqa: BLE001 - Lambda too retries whatever a function raises
            first = event["Records"][0]["dynamodb"]["SequenceNumber"]
            logger.warning("The stream consumer raised %s at record %s", type(error).__name__, first)
            return None

    def _open_lanes(self) -> list[Lane]:
        if not self._lanes or any(lane.finished for lane in self._lanes):
            self._finished |= {lane.reader.shard.identity for lane in self._lanes if lane.finished}
            self._lanes = [lane for lane in self._lanes if not lane.finished]
            self._add_lanes()
        return self._lanes

    def _add_lanes(self) -> None:
        known = shards(self._client, self._arn)
        taken = self._finished | {lane.reader.shard.identity for lane in self._lanes}
        unread = {shard.identity for shard in known} - self._finished
        ready = [shard for shard in known if shard.identity not in taken and shard.parent not in unread]
        self._lanes += [self._lane(shard) for shard in ready]

    def _lane(self, shard: Shard) -> Lane:
        position = self._settled.get(shard.identity)
        return Lane(ShardReader(self._client, self._arn, shard, position), self._arn, position)

    def _note_positions(self) -> None:
        now = {lane.reader.shard.identity: lane.position for lane in self._lanes if lane.position}
        if now.items() <= self._settled.items():
            return
        self._settled |= now
        if self._positions:
            self._positions.save(self._arn, self._settled)
