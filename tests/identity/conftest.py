"""Tables on moto for these tests, whose calls are made one at a time as DynamoDB makes its writes."""

import threading
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from moto import mock_aws
from moto.dynamodb.responses import DynamoHandler

from chalicelib.tables import Tables, bind_tables

REGION = "eu-west-1"


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tables]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    make_writes_atomic(monkeypatch)
    with mock_aws():
        client = botocore.session.get_session().create_client("dynamodb", region_name=REGION)
        bound = bind_tables("test", client)
        bound.short_lived.create_table(wait=True)
        bound.clients.create_table(wait=True)
        yield bound


def make_writes_atomic(monkeypatch: pytest.MonkeyPatch) -> None:
    """moto checks a condition and writes without a lock; DynamoDB does both at once."""
    lock = threading.RLock()
    call_action = DynamoHandler.call_action

    def one_at_a_time(handler: DynamoHandler) -> Any:
        with lock:
            return call_action(handler)

    monkeypatch.setattr(DynamoHandler, "call_action", one_at_a_time)
