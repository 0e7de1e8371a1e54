"""The local stage's stream consumer loop, on moto."""

import base64
import os
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from chalice import Chalice
from moto import mock_aws

from local.dynamodb_local import DynamoDBLocal, unavailable_reason
from local.streams import (
    PositionFile,
    StreamMissingError,
    StreamPoller,
    UndeliverableRecordError,
    streams_client,
)

REGION = "eu-west-1"
TABLE = "test-ledger"


class Recorder:
    """A consumer that notes what it gets, and refuses or raises as often as it is told to."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.refuse: dict[str, int] = {}
        self.raises = 0
        self.events: list[dict[str, Any]] = []

    def __call__(self, event: dict[str, Any]) -> Mapping[str, Any]:
        self.events.append(event)
        names = {record["dynamodb"]["SequenceNumber"]: name_of(record) for record in event["Records"]}
        self.batches.append(list(names.values()))
        if self.raises:
            self.raises -= 1
            raise RuntimeError("marker@example.com")
        failed = [number for number, name in names.items() if self._refuses(name)]
        return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}

    def _refuses(self, name: str) -> bool:
        self.refuse[name] = self.refuse.get(name, 0) - 1
        return self.refuse[name] >= 0

    def settled(self) -> list[str]:
        return [name for batch in self.batches for name in batch]


def name_of(record: Mapping[str, Any]) -> str:
    return str(record["dynamodb"]["NewImage"]["pk"]["S"])


class Stage:
    def __init__(self) -> None:
        self.dynamo = botocore.session.get_session().create_client("dynamodb", region_name=REGION)
        self.streams = streams_client(REGION)
        self.table(TABLE, StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})

    def table(self, name: str, **more: Any) -> None:
        self.dynamo.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in ("pk", "sk")],
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            **more,
        )

    def put(self, pk: str, sk: str = "HEAD", **more: Any) -> None:
        self.dynamo.put_item(TableName=TABLE, Item={"pk": {"S": pk}, "sk": {"S": sk}, **more})

    def poller(self, handler: Any, **more: Any) -> StreamPoller:
        return StreamPoller(self.streams, TABLE, handler, **more)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_DYNAMODB_STREAMS"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield Stage()


def test_delivers_heads_from_the_oldest(stage: Stage) -> None:
    """Only new images of heads are delivered, in order, beginning with the oldest record."""
    stage.put("a")
    stage.put("a", "E#000000000001")
    stage.put("b")
    stage.dynamo.delete_item(TableName=TABLE, Key={"pk": {"S": "a"}, "sk": {"S": "HEAD"}})
    recorder = Recorder()

    assert 4 == stage.poller(recorder).drain()
    assert [["a", "b"]] == recorder.batches


def test_nothing_to_do(stage: Stage) -> None:
    """Without records, or with none that are heads, the consumer is not called."""
    recorder = Recorder()
    poller = stage.poller(recorder)
    assert 0 == poller.drain()
    stage.put("a", "CLAIM")
    assert 1 == poller.drain()
    assert [] == recorder.batches


def test_records_are_as_lambda_gives_them(stage: Stage) -> None:
    """Time is a number, binary is base64 at any depth, and Chalice's event object reads the record."""
    nested = {"L": [{"M": {"x": {"B": b"\xff"}}}, {"BS": [b"1"]}]}
    stage.put("a", p={"S": "{}"}, profile={"B": b"\x00\x01"}, nested=nested)
    recorder = Recorder()
    stage.poller(recorder).drain()
    record = recorder.events[0]["Records"][0]
    image = record["dynamodb"]["NewImage"]

    assert isinstance(record["dynamodb"]["ApproximateCreationDateTime"], float)
    assert {"B": base64.b64encode(b"\x00\x01").decode()} == image["profile"]
    assert {"L": [{"M": {"x": {"B": "/w=="}}}, {"BS": ["MQ=="]}]} == image["nested"]
    assert ("INSERT", "aws:dynamodb", True) == (
        record["eventName"],
        record["eventSource"],
        bool(record["eventID"]),
    )

    app = Chalice(app_name="x")
    tables: list[str] = []

    @app.on_dynamodb_record(stream_arn=record["eventSourceARN"])
    def consume(event: Any) -> None:
        tables.extend(each.table_name for each in event)

    consume(recorder.events[0], None)
    assert [TABLE] == tables


def test_batches_of_a_hundred(stage: Stage) -> None:
    """No batch has more than a hundred records, and nothing is left out between them."""
    for number in range(250):
        stage.put(f"n{number:03d}")
    recorder = Recorder()
    stage.poller(recorder).drain()

    assert [100, 100, 50] == [len(batch) for batch in recorder.batches]
    assert [f"n{number:03d}" for number in range(250)] == recorder.settled()


def test_again_from_the_lowest_failure(stage: Stage) -> None:
    """A partial failure is delivered again from its lowest record on, those before are settled."""
    for name in ("a", "b", "c", "d"):
        stage.put(name)
    recorder = Recorder()
    recorder.refuse = {"b": 2, "d": 1}
    stage.poller(recorder).drain()

    assert [["a", "b", "c", "d"], ["b", "c", "d"], ["b", "c", "d"]] == recorder.batches


def test_unknown_failure_repeats_the_batch(stage: Stage) -> None:
    """An identifier that was not in the batch fails all of it, as with Lambda."""
    stage.put("a")
    stage.put("b")
    calls: list[int] = []

    def handler(event: dict[str, Any]) -> dict[str, Any]:
        calls.append(len(event["Records"]))
        return {"batchItemFailures": [{"itemIdentifier": ""}] if len(calls) == 1 else []}

    stage.poller(handler).drain()
    assert [2, 2] == calls


def test_exception_is_logged_without_its_text(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """A raising consumer gets the batch again; the log names the type, and nothing of the message."""
    stage.put("a")
    recorder = Recorder()
    recorder.raises = 2
    stage.poller(recorder).drain()

    assert [["a"], ["a"], ["a"]] == recorder.batches
    assert 2 == caplog.text.count("RuntimeError")
    assert "marker" not in caplog.text


def test_drain_gives_up(stage: Stage) -> None:
    """A record that is refused for ever ends a drain with an error that names it, and stays first in line."""
    stage.put("a")
    recorder = Recorder()
    recorder.refuse = {"a": 20}
    poller = stage.poller(recorder)
    with pytest.raises(UndeliverableRecordError) as error:
        poller.drain()
    assert recorder.events[0]["Records"][0]["dynamodb"]["SequenceNumber"] == error.value.sequence

    assert 1 == poller.drain()


def test_goes_on_from_a_saved_position(stage: Stage, tmp_path: Path) -> None:
    """With a position file, a new poller delivers what came since, and what was refused."""
    positions = PositionFile(tmp_path / "stage" / "positions.json")
    stage.put("a")
    stage.poller(Recorder(), positions=positions).drain()
    stage.put("b")
    recorder = Recorder()
    stage.poller(recorder, positions=positions).drain()

    assert [["b"]] == recorder.batches


def test_another_streams_position_does_not_count(stage: Stage, tmp_path: Path) -> None:
    """Positions of a stream that is gone are not taken for this one's."""
    positions = PositionFile(tmp_path / "positions.json")
    positions.save("arn:other", {"shard": "1"})
    stage.put("a")
    recorder = Recorder()
    stage.poller(recorder, positions=positions).drain()
    assert [["a"]] == recorder.batches


def test_background_delivers(stage: Stage) -> None:
    """The thread delivers by itself, also after a failure, and stops (spec 00).

    How soon it does, two seconds at most, is for `bench`; here it is waited for.
    """
    arrived = threading.Event()
    recorder = Recorder()
    recorder.raises = 1

    def handler(event: dict[str, Any]) -> Mapping[str, Any]:
        answer = recorder(event)
        arrived.set()
        return answer

    poller = stage.poller(handler)
    poller.start()
    time.sleep(0.3)
    stage.put("a")
    assert arrived.wait(20)
    poller.stop()

    stage.put("b")
    time.sleep(0.4)
    assert "b" not in recorder.settled()


def test_table_without_a_stream(stage: Stage) -> None:
    """A table without a stream is an error at the start, not silence."""
    stage.table("plain")
    with pytest.raises(StreamMissingError):
        StreamPoller(stage.streams, "plain", Recorder())


@pytest.mark.dynamodb_local
def test_on_dynamodb_local(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """On Amazon's own engine too: the same records, filter, binary form and saved position."""
    reason = unavailable_reason()
    if reason is not None and not os.environ.get("REQUIRE_DYNAMODB_LOCAL"):
        pytest.skip(reason)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    with DynamoDBLocal() as engine:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", engine.endpoint)
        stage, recorder = Stage(), Recorder()
        positions = PositionFile(tmp_path / "positions.json")
        recorder.raises = 1
        stage.put("a", profile={"B": b"\xff"})
        stage.put("a", "E#000000000001")
        stage.poller(recorder, positions=positions).drain()
        stage.put("b")
        stage.poller(recorder, positions=positions).drain()

    assert [["a"], ["a"], ["b"]] == recorder.batches
    image = recorder.events[0]["Records"][0]["dynamodb"]["NewImage"]
    assert {"B": "/w=="} == image["profile"]
