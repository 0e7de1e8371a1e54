"""The local stage's event source mapping: reads the ledger's stream and calls the consumer as Lambda does."""

from local.streams.client import streams_client
from local.streams.poller import Handler, StreamPoller, UndeliverableRecordError
from local.streams.positions import PositionFile
from local.streams.shard import StreamMissingError

__all__ = [
    "Handler",
    "PositionFile",
    "StreamMissingError",
    "StreamPoller",
    "UndeliverableRecordError",
    "streams_client",
]
