"""Batch reads, and which failures are worth another try."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.events import dynamo
from chalicelib.events.dynamo import batch_get, text
from chalicelib.events.errors import StoreUnavailableError


def key(name: object) -> dict[str, Any]:
    return {"pk": text(str(name))}


class Batches:
    """Answers each batch with its own keys, but for the first `slow` of them, which stay unprocessed `times` times."""

    def __init__(self, slow: int = 0, times: int = 0) -> None:
        self.slow = slow
        self.times = times
        self.sizes: list[int] = []
        self.consistent = True

    def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 - botocore's name
        self.sizes.append(sum(len(group["Keys"]) for group in RequestItems.values()))
        self.consistent &= all(group["ConsistentRead"] for group in RequestItems.values())
        left = self.slow if self.times > 0 else 0
        self.times -= 1
        responses, unprocessed = {}, {}
        for table, group in RequestItems.items():
            responses[table] = group["Keys"][left:]
            if group["Keys"][:left]:
                unprocessed[table] = {**group, "Keys": group["Keys"][:left]}
        return {"Responses": responses, "UnprocessedKeys": unprocessed}


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(dynamo, "pause", lambda _: None)


def test_keys_are_asked_for_by_the_hundred():
    """250 keys of two tables are three consistent requests, and everything is found under its table."""
    client = Batches()
    wanted = {"a": [key(n) for n in range(150)], "b": [key(n) for n in range(100)]}
    assert wanted == batch_get(client, wanted)
    assert [100, 100, 50] == client.sizes
    assert client.consistent


def test_unprocessed_keys_are_asked_for_again():
    """What DynamoDB left over is read in further rounds, and only that."""
    client = Batches(slow=3, times=2)
    found = batch_get(client, {"a": [key(n) for n in range(10)]})
    assert sorted(map(str, range(10))) == sorted(item["pk"]["S"] for item in found["a"])
    assert [10, 3, 3] == client.sizes


def test_keys_that_stay_unprocessed_are_unavailability():
    """A batch that makes no progress ends, loudly: nothing is ever left out in silence."""
    client = Batches(slow=3, times=99)
    with pytest.raises(StoreUnavailableError):
        batch_get(client, {"a": [key(n) for n in range(10)]})
    assert dynamo.BATCH_ROUNDS == len(client.sizes)


def test_no_keys_are_no_request():
    """Nothing is asked for nothing."""
    client = Batches()
    assert {"a": []} == batch_get(client, {"a": []})
    assert [] == client.sizes


def test_a_fault_of_ours_comes_through():
    """Only what may work later becomes `StoreUnavailableError`."""
    error = {"Error": {"Code": "ValidationException"}, "ResponseMetadata": {"HTTPStatusCode": 400}}

    def refuse() -> None:
        raise ClientError(error, "GetItem")

    with pytest.raises(ClientError):
        dynamo.call(refuse)
