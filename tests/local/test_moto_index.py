"""Queries of secondary indexes: the answers of moto, found among the rows of a page."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.dynamodb.models.table import Table

from local import moto_index, moto_shim
from tests.local.index_tables import (
    BY_INDEX,
    BY_PLACE,
    INDEXES,
    ask,
    create_table,
    empty_moto,
    put_rows,
    row,
    without_the_index,
)


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """A client of an empty moto."""
    with empty_moto() as dynamodb:
        yield dynamodb


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many items each Query had to look at."""
    counts: list[int] = []
    all_items = Table.all_items

    def counting(self: Any) -> list[Any]:
        items: list[Any] = all_items(self)
        counts.append(len(items))
        return items

    monkeypatch.setattr(Table, "all_items", counting)
    return counts


@pytest.mark.parametrize("forward", [True, False])
def test_a_query_looks_at_its_page_alone(client: Any, looked_at: list[int], forward: bool) -> None:
    """A page costs its own rows and one more, whatever the size of its partition and of the table."""
    small, large = create_table(client), create_table(client)
    put_rows(small, 11)
    put_rows(large, 300)
    put_rows(large, 500, index="j")
    for name in (small, large):
        first = ask(client, name, ScanIndexForward=forward, Limit=5)
        start = first["LastEvaluatedKey"]
        ask(client, name, ScanIndexForward=forward, Limit=5, ExclusiveStartKey=start)
        ask(client, name, " AND place < :l", values={":l": {"S": "00001"}}, ScanIndexForward=forward, Limit=5)
    assert [6, 6, 2 if forward else 1] * 2 == looked_at


def test_an_index_without_a_range_key_goes_by_the_table_s(client: Any) -> None:
    """Its rows are in the order of the table's range key, then of the hash key, page by page."""
    name = create_table(client)
    for number in range(6):
        client.put_item(TableName=name, Item=row(number, index="i") | {"sk": {"S": str(9 - number)}})
    pages = []
    more: dict[str, Any] = {"index": BY_INDEX, "Limit": 2}
    for _ in range(3):
        answer = ask(client, name, **more)
        pages.append("".join(found["sk"]["S"] for found in answer["Items"]))
        more["ExclusiveStartKey"] = answer.get("LastEvaluatedKey")
    assert ["45", "67", "89"] == pages


def test_a_query_brings_up_to_date_what_was_written_alone(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """After its first Query an index looks at the items that were written since, however many there are."""
    name = create_table(client)
    put_rows(name, 100)
    ask(client, name, Limit=1)
    refreshed: list[Any] = []
    refresh = moto_index._Index._refresh

    def counting(self: Any, key: Any, item: Any) -> None:
        refreshed.append(key)
        refresh(self, key, item)

    monkeypatch.setattr(moto_index._Index, "_refresh", counting)
    client.put_item(TableName=name, Item=row(7, index="i", place="0"))
    client.delete_item(TableName=name, Key=row(8))
    ask(client, name, Limit=1)
    ask(client, name, Limit=1)
    assert 2 == len(refreshed)


@pytest.mark.parametrize("forward", [True, False])
def test_a_page_that_is_full_by_its_bytes(client: Any, forward: bool) -> None:
    """Pages end at moto's million bytes at the same row as without the index, even at one beyond the range."""
    name = create_table(client)
    for number in range(9):
        size = 390_000 if number in (0, 8) else 150_000
        client.put_item(TableName=name, Item=row(number, index="i", place=str(number), text="x" * size))
    for condition, low, high in (("", "", ""), (" AND place BETWEEN :l AND :g", "2", "6")):
        values = {":l": {"S": low}, ":g": {"S": high}} if condition else {}
        more: dict[str, Any] = {"values": values, "ScanIndexForward": forward}
        with_limit = more | {"Limit": 7}
        for arguments in (more, with_limit):
            expected = without_the_index(client, name, condition, **arguments | {"values": dict(values)})
            assert "LastEvaluatedKey" in expected
            assert expected == ask(client, name, condition, **arguments | {"values": dict(values)})


ODD_QUERIES: dict[str, dict[str, Any]] = {
    "a start key of another partition": {"ExclusiveStartKey": row(3, index="j", place="3")},
    "a start key that is not there": {"ExclusiveStartKey": row(3, index="i", place="21")},
    "a range from high to low": {
        "condition": " AND place BETWEEN :l AND :g",
        "values": {":l": {"S": "4"}, ":g": {"S": "2"}},
    },
    "a range and a start key beyond it": {
        "condition": " AND place < :l",
        "values": {":l": {"S": "2"}},
        "ExclusiveStartKey": row(5, index="i", place="5"),
    },
}


@pytest.mark.parametrize("odd", ODD_QUERIES)
@pytest.mark.parametrize("forward", [True, False])
def test_odd_queries_are_answered_as_by_moto(client: Any, odd: str, forward: bool) -> None:
    """Queries that nobody should send are answered, too, as if there were no index."""
    name = create_table(client)
    for number in range(9):
        client.put_item(TableName=name, Item=row(number, index="i", place=str(number)))
    more = ODD_QUERIES[odd] | {"ScanIndexForward": forward, "Limit": 2}
    assert without_the_index(client, name, **copy.deepcopy(more)) == ask(client, name, **copy.deepcopy(more))


def test_conditions_of_the_old_style(client: Any, looked_at: list[int]) -> None:
    """A Query with a filter of the style before expressions looks at its partition and is answered."""
    name = create_table(client)
    put_rows(name, 20)
    put_rows(name, 20, index="j")
    answer = client.query(
        TableName=name,
        IndexName=BY_PLACE,
        KeyConditions={"index": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "i"}]}},
        QueryFilter={"place": {"ComparisonOperator": "GT", "AttributeValueList": [{"S": "80000"}]}},
        Limit=4,
    )
    assert ["800008", "800018", "900009", "900019"] == [found["place"]["S"] for found in answer["Items"]]
    assert [20] == looked_at


def test_an_index_of_bytes_is_left_to_moto(client: Any, looked_at: list[int]) -> None:
    """An index whose keys are not texts or numbers is read as moto reads it, from all of the table."""
    name = create_table(client)
    client.update_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "bytes", "AttributeType": "B"}],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": "by_bytes",
                    "KeySchema": [{"AttributeName": "bytes", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            }
        ],
    )
    put_rows(name, 5)
    client.put_item(TableName=name, Item=row(1) | {"bytes": {"B": b"i"}})
    answer = client.query(
        TableName=name,
        IndexName="by_bytes",
        KeyConditionExpression="bytes = :b",
        ExpressionAttributeValues={":b": {"B": b"i"}},
    )
    assert 1 == answer["Count"]
    assert [6] == looked_at


def test_an_item_of_another_type_is_in_no_index(client: Any) -> None:
    """What AWS would refuse to write, for its type, breaks no index and is in none."""
    name = create_table(client)
    client.put_item(TableName=name, Item=row(1, index="i", place="a"))
    client.put_item(TableName=name, Item=row(2, index="i") | {"place": {"N": "1"}})
    client.put_item(TableName=name, Item=row(3, place="a") | {"index": {"M": {}}})
    assert [row(1, index="i", place="a")] == ask(client, name)["Items"]
    assert 0 == ask(client, name, values={":h": {"N": "1"}})["Count"]


def test_the_errors_of_a_write_stay_what_they_are(client: Any) -> None:
    """A write without a proper key is refused by moto in its own words."""
    name = create_table(client)
    ask(client, name)
    for content, reason in (
        ({"pk": {"S": "p"}}, "Missing the key sk"),
        ({"pk": {"M": {}}, "sk": {"S": "s"}}, "Type mismatch"),
        ({"pk": {"N": "x"}, "sk": {"S": "s"}}, "Type mismatch"),
    ):
        with pytest.raises(ClientError, match=reason):
            client.put_item(TableName=name, Item=content)
    assert 0 == ask(client, name)["Count"]


def test_a_table_of_the_same_name_starts_afresh(client: Any) -> None:
    """A table that was deleted leaves nothing to the next one of its name."""
    name = create_table(client)
    client.put_item(TableName=name, Item=row(1, index="i", place="a"))
    assert 1 == ask(client, name)["Count"]
    description = client.describe_table(TableName=name)["Table"]
    client.delete_table(TableName=name)
    client.create_table(
        TableName=name,
        KeySchema=description["KeySchema"],
        AttributeDefinitions=description["AttributeDefinitions"],
        GlobalSecondaryIndexes=INDEXES,
        BillingMode="PAY_PER_REQUEST",
    )
    assert 0 == ask(client, name)["Count"]


def test_a_restored_table_has_indexes_of_its_own(client: Any) -> None:
    """A table restored from a backup finds what it had then; what the other one gets is not its concern."""
    name = create_table(client)
    client.put_item(TableName=name, Item=row(1, index="i", place="a"))
    assert 1 == ask(client, name)["Count"]
    arn = client.create_backup(TableName=name, BackupName="backup")["BackupDetails"]["BackupArn"]
    client.put_item(TableName=name, Item=row(2, index="i", place="b"))
    client.restore_table_from_backup(TargetTableName=f"{name}-restored", BackupArn=arn)
    assert 1 == ask(client, f"{name}-restored")["Count"]
    assert 2 == ask(client, name)["Count"]


def test_errors_of_a_query_stay_what_they_are(client: Any) -> None:
    """An index that is not there and a consistent read are refused by moto itself."""
    name = create_table(client)
    with pytest.raises(ClientError, match="Consistent reads are not supported"):
        ask(client, name, ConsistentRead=True)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        ask(client, name, index="by_nothing")


def test_a_query_without_a_parameter_is_refused() -> None:
    """A moto whose Query no longer has a parameter that the index reads is refused."""

    def query(limit: int) -> int:
        return limit

    moto_shim.check_parameters(query, ("limit",))
    with pytest.raises(moto_shim.UnsupportedMotoError, match="query has no parameter index_name"):
        moto_shim.check_parameters(query, ("limit", "index_name"))
