"""One shard's way to the consumer: batches in order, and again from the lowest failure."""

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from local.streams.records import Record, is_head, lambda_event, sequence
from local.streams.shard import ShardReader

BATCH = 100
"""The most records that the consumer gets in one call."""

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 1.0

Deliver: TypeAlias = Callable[[dict[str, Any]], Mapping[str, Any] | None]
"""Calls the consumer; None stands for a call that failed as a whole."""


class Lane:
    """What was read from one shard and is not settled yet."""

    def __init__(self, reader: ShardReader, arn: str, position: str | None) -> None:
        self.reader = reader
        self.position = position
        self.failures = 0
        self._arn = arn
        self._waiting: list[Record] = []
        self._not_before = 0.0

    @property
    def finished(self) -> bool:
        """Whether the shard has ended and all of it is settled."""
        return self.reader.closed and not self._waiting

    @property
    def stuck_at(self) -> str | None:
        """The sequence number of the record that was refused last, while it is not settled."""
        return sequence(self._waiting[0]) if self.failures else None

    @property
    def resting(self) -> bool:
        """Whether the pause after a failure is not over."""
        return time.monotonic() < self._not_before

    def advance(self, deliver: Deliver) -> int:
        """Deliver the next batch; return how many records were settled."""
        if not self._waiting and not self.reader.closed:
            self._waiting = self.reader.read()
        batch = _next_batch(self._waiting)
        settled = self._settled(batch, deliver)
        if settled:
            self.position = sequence(batch[settled - 1])
            self._waiting = self._waiting[settled:]
        self._note_failure(failed=settled < len(batch), progress=settled > 0)
        return settled

    def _settled(self, batch: list[Record], deliver: Deliver) -> int:
        heads = [record for record in batch if is_head(record)]
        if not heads:
            return len(batch)
        answer = deliver(lambda_event(heads, self._arn))
        refused = _refused(heads, answer)
        numbers = [sequence(record) for record in batch]
        return min((numbers.index(number) for number in refused), default=len(batch))

    def _note_failure(self, *, failed: bool, progress: bool) -> None:
        if not failed:
            self.failures, self._not_before = 0, 0.0
            return
        self.failures = 1 if progress else self.failures + 1
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(self.failures - 1, 10))
        self._not_before = time.monotonic() + pause


def _next_batch(waiting: list[Record]) -> list[Record]:
    heads = 0
    for place, record in enumerate(waiting):
        heads += is_head(record)
        if heads == BATCH:
            return waiting[: place + 1]
    return waiting


def _refused(heads: list[Record], answer: Mapping[str, Any] | None) -> set[str]:
    """The sequence numbers to deliver again. A call that failed, or names a record that was not in the
    batch, refuses everything, as with Lambda.
    """
    everything = {sequence(record) for record in heads}
    if answer is None:
        return everything
    named = {failure.get("itemIdentifier") for failure in answer.get("batchItemFailures") or ()}
    return named if named <= everything else everything
