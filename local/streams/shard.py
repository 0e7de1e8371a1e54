"""Reading a stream: its shards, and one shard from a position to its end."""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from local.streams.records import Record, sequence

READ_LIMIT = 1000
"""The most records of one GetRecords call."""


class StreamMissingError(LookupError):
    """The table `table` has no stream."""

    def __init__(self, table: str) -> None:
        super().__init__(f"The table {table} has no stream.")
        self.table = table


@dataclass(frozen=True)
class Shard:
    """A shard and the one it goes on from."""

    identity: str
    parent: str | None


def stream_arn(client: Any, table: str) -> str:
    """The ARN of the table's stream; raises `StreamMissingError`."""
    streams = client.list_streams(TableName=table)["Streams"]
    if not streams:
        raise StreamMissingError(table)
    return str(streams[-1]["StreamArn"])


def shards(client: Any, arn: str) -> list[Shard]:
    """All shards of a stream, in the order in which they began."""
    found: list[Shard] = []
    start: dict[str, str] = {}
    while True:
        stream = client.describe_stream(StreamArn=arn, **start)["StreamDescription"]
        found += [Shard(each["ShardId"], each.get("ParentShardId")) for each in stream["Shards"]]
        last = stream.get("LastEvaluatedShardId")
        if not last:
            return found
        start = {"ExclusiveStartShardId": last}


class ShardReader:
    """Reads one shard, after the record `after` or from its beginning."""

    def __init__(self, client: Any, arn: str, shard: Shard, after: str | None) -> None:
        self.shard = shard
        self.closed = False
        self._client = client
        self._arn = arn
        self._after = after
        self._iterator: str | None = None

    def read(self) -> list[Record]:
        """The next records, none if there are none yet; `closed` once there never will be more."""
        try:
            answer = self._client.get_records(ShardIterator=self._place(), Limit=READ_LIMIT)
        except ClientError as error:
            self._reopen(error)
            return []
        records: list[Record] = answer["Records"]
        if records:
            self._after = sequence(records[-1])
        self._iterator = answer.get("NextShardIterator")
        self.closed = self._iterator is None
        return records

    def _place(self) -> str:
        if self._iterator is None:
            where = {"ShardIteratorType": "TRIM_HORIZON"}
            if self._after is not None:
                where = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": self._after}
            answer = self._client.get_shard_iterator(StreamArn=self._arn, ShardId=self.shard.identity, **where)
            self._iterator = answer["ShardIterator"]
        return str(self._iterator)

    def _reopen(self, error: ClientError) -> None:
        code = error.response["Error"]["Code"]
        if code not in {"ExpiredIteratorException", "TrimmedDataAccessException"}:
            raise error
        self._iterator = None
        if code == "TrimmedDataAccessException":
            self._after = None
