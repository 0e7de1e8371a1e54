"""What moto keeps of items that nobody holds any more: nothing."""

import gc
from collections.abc import Iterator
from typing import Any

import pytest
from moto.core.model_instances import reset_model_data
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import StreamRecord, Table

from local import moto_shim, moto_speed
from tests.local.index_tables import ask, create_table, empty_moto, put_rows, row, table

ROWS = 20
AGAIN = 5


@pytest.fixture
def client() -> Iterator[Any]:
    """A client of an empty moto."""
    with empty_moto() as dynamodb:
        yield dynamodb


@pytest.fixture
def name(client: Any) -> str:
    """A table with rows in its index, and a stream."""
    created = create_table(client)
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    client.update_table(TableName=created, StreamSpecification=stream)
    put_rows(created, ROWS)
    return created


def living(kind: type, own: str) -> int:
    """How many objects of a kind there are, of those that bear the mark of these tests' rows."""
    gc.collect()
    return sum(type(each) is kind and own in repr(vars(each)) for each in gc.get_objects())


def put(name: str, number: int, condition: str, mark: str) -> dict[str, Any]:
    """A Put of a transaction."""
    return {"Put": {"TableName": name, "Item": row(number, mark=mark), "ConditionExpression": condition}}


def transact(client: Any, name: str, mark: str) -> None:
    """A transaction that succeeds and overwrites, and one that fails after its first half."""
    client.transact_write_items(TransactItems=[put(name, 1, "attribute_exists(pk) OR attribute_not_exists(pk)", mark)])
    with pytest.raises(client.exceptions.TransactionCanceledException):
        client.transact_write_items(
            TransactItems=[put(name, 1, "attribute_exists(pk)", mark), put(name, 999, "attribute_exists(pk)", mark)]
        )


def test_what_else_moto_makes_is_still_tracked(client: Any) -> None:
    """
    moto still tracks what it makes, but for the two kinds that are exempt here.
    """
    before = len(Table.instances_tracked)
    create_table(client)

    assert before + 1 == len(Table.instances_tracked)


def test_queries_leave_no_copies_behind(client: Any, name: str) -> None:
    """
    After any number of queries there are as many items as the table has.
    """
    for _ in range(AGAIN):
        assert ROWS == ask(client, name)["Count"]

    assert ROWS == living(Item, "'i'")
    assert [] == Item.instances_tracked


def test_transactions_leave_no_copies_behind(client: Any, name: str) -> None:
    """
    Neither what was overwritten nor what was rolled back is left, and the stream alone keeps its records.
    """
    for _ in range(AGAIN):
        transact(client, name, "planted")

    assert 1 == living(Item, "planted")
    assert AGAIN == living(StreamRecord, "planted")
    assert AGAIN + ROWS == len(table(name).stream_shard.items)
    assert ([], []) == (Item.instances_tracked, StreamRecord.instances_tracked)


def test_a_reset_empties_moto(client: Any, name: str) -> None:
    """
    moto's own reset, of its backends and of what it has tracked, works as before, and so does what comes after it.
    """
    dynamodb_backends.reset()
    reset_model_data()
    assert [] == client.list_tables()["TableNames"]
    assert 0 == living(Item, "'i'")

    again = create_table(client)
    put_rows(again, ROWS)
    assert ROWS == ask(client, again)["Count"]


@pytest.mark.parametrize("kind", [Item, StreamRecord])
def test_a_moto_that_tracks_otherwise_is_refused(kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A moto whose items have no list of instances is another one, and is refused by name.
    """
    monkeypatch.delattr(kind, "instances_tracked")
    with pytest.raises(moto_shim.UnsupportedMotoError, match=f"{kind.__name__} has no instances_tracked"):
        moto_shim.check_moto("5.2.5", moto_speed.PATCHED)
