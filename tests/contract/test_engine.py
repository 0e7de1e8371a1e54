"""What the store relies on in a DynamoDB, on each engine."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.tables import Tables

THREADS = 8
COMMITS = 20

Operation = dict[str, Any]


def key(pk: str, sk: str = "HEAD") -> dict[str, Any]:
    """The key of an item of the ledger."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def head(pk: str, version: int) -> dict[str, Any]:
    """A head at a version, with a sealed part."""
    return key(pk) | {"v": {"N": str(version)}, "profile": {"B": b"\x00\xff" + bytes([version % 256])}}


def put(tables: Tables, item: dict[str, Any], condition: str | None = None, **values: int) -> Operation:
    """A Put of a transaction on the ledger, which tells the item that refused it."""
    operation: dict[str, Any] = {"TableName": tables.ledger.Meta.table_name, "Item": item}
    if condition:
        operation |= {"ConditionExpression": condition, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    if values:
        operation["ExpressionAttributeValues"] = {f":{name}": {"N": str(value)} for name, value in values.items()}
    return {"Put": operation}


def commit(tables: Tables, pk: str, loaded: int) -> list[Operation]:
    """The operations of a commit of one event: the event if absent, the head at the loaded version."""
    event = key(pk, f"E#{loaded + 1:012}") | {"v": {"N": str(loaded + 1)}}
    return [
        put(tables, event, "attribute_not_exists(pk)"),
        put(tables, head(pk, loaded + 1), "v = :loaded", loaded=loaded),
    ]


def read(engine: Any, tables: Tables, pk: str, sk: str = "HEAD") -> dict[str, Any] | None:
    """The item of the ledger, if it is there."""
    answer = engine.client().get_item(TableName=tables.ledger.Meta.table_name, Key=key(pk, sk), ConsistentRead=True)
    found: dict[str, Any] | None = answer.get("Item")
    return found


def events(engine: Any, tables: Tables, pk: str, **more: Any) -> list[int]:
    """The versions of the events of an account, as a Query finds them."""
    answer = engine.client().query(
        TableName=tables.ledger.Meta.table_name,
        KeyConditionExpression="pk = :p AND begins_with(sk, :e)",
        ExpressionAttributeValues={":p": {"S": pk}, ":e": {"S": "E#"}},
        ConsistentRead=True,
        **more,
    )
    return [int(item["v"]["N"]) for item in answer["Items"]]


def refusals(engine: Any, operations: list[Operation]) -> list[dict[str, Any]]:
    """The cancellation reasons of a transaction that must fail, in the order of its operations."""
    with pytest.raises(engine.client().exceptions.TransactionCanceledException) as refusal:
        engine.client().transact_write_items(TransactItems=operations)
    reasons: list[dict[str, Any]] = refusal.value.response["CancellationReasons"]
    return reasons


def stream_records(engine: Any, tables: Tables) -> list[dict[str, Any]]:
    """All records of the ledger's stream, oldest first."""
    described = engine.client().describe_table(TableName=tables.ledger.Meta.table_name)["Table"]
    arn, streams = described["LatestStreamArn"], engine.streams()
    (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")
    records: list[dict[str, Any]] = streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    return records


def test_a_transaction_writes_all(engine: Any, tables: Tables) -> None:
    """A transaction whose conditions hold writes every item."""
    engine.client().transact_write_items(TransactItems=[put(tables, head("A#1", 1))])
    engine.client().transact_write_items(TransactItems=commit(tables, "A#1", 1))
    assert (head("A#1", 2), [2]) == (read(engine, tables, "A#1"), events(engine, tables, "A#1"))


def test_a_transaction_writes_nothing_if_a_condition_fails(engine: Any, tables: Tables) -> None:
    """One failed condition leaves every item as it was, whichever came first."""
    engine.client().transact_write_items(TransactItems=[put(tables, head("A#1", 2))])
    refusals(engine, [*commit(tables, "A#1", 1), put(tables, key("C#email#x", "CLAIM"))])
    assert (head("A#1", 2), [], None) == (
        read(engine, tables, "A#1"),
        events(engine, tables, "A#1"),
        read(engine, tables, "C#email#x", "CLAIM"),
    )


def test_the_reasons_name_the_failing_item(engine: Any, tables: Tables) -> None:
    """The reasons stand in the order of the operations and carry the item that was there, binary included."""
    engine.client().transact_write_items(TransactItems=[put(tables, head("A#1", 7))])
    innocent, guilty = refusals(engine, commit(tables, "A#1", 1))
    assert ("None", "ConditionalCheckFailed") == (innocent["Code"], guilty["Code"])
    assert "Item" not in innocent
    assert head("A#1", 7) == guilty["Item"]


def test_every_failing_item_is_named(engine: Any, tables: Tables) -> None:
    """Two conditions that fail are two reasons, each with its own item."""
    claim = key("C#username#x", "CLAIM") | {"a": {"S": "1"}}
    engine.client().transact_write_items(TransactItems=[put(tables, head("A#1", 7)), put(tables, claim)])
    reasons = refusals(
        engine, [*commit(tables, "A#1", 1), put(tables, key("C#username#x", "CLAIM"), "attribute_not_exists(pk)")]
    )
    assert [None, head("A#1", 7), claim] == [reason.get("Item") for reason in reasons]


def test_an_absent_item_fails_without_an_image(engine: Any, tables: Tables) -> None:
    """A version condition on an item that is not there fails, with no image."""
    _, guilty = refusals(engine, commit(tables, "A#1", 1))
    assert ("ConditionalCheckFailed", None) == (guilty["Code"], guilty.get("Item"))


def test_a_single_put_tells_what_was_there(engine: Any, tables: Tables) -> None:
    """A refused PutItem carries the item that refused it."""
    engine.client().put_item(TableName=tables.ledger.Meta.table_name, Item=head("A#1", 1))
    with pytest.raises(engine.client().exceptions.ConditionalCheckFailedException) as refusal:
        engine.client().put_item(**put(tables, head("A#1", 2), "attribute_not_exists(pk)")["Put"])
    assert head("A#1", 1) == refusal.value.response["Item"]


def test_concurrent_commits_lose_nothing(engine: Any, tables: Tables) -> None:
    """Of commits at once on one account, those that succeeded are its version and its events, without a gap."""
    engine.client().transact_write_items(TransactItems=[put(tables, head("A#1", 0))])

    def attempt(_: int) -> bool:
        found = read(engine, tables, "A#1")
        assert found is not None
        try:
            engine.client().transact_write_items(TransactItems=commit(tables, "A#1", int(found["v"]["N"])))
        except engine.client().exceptions.TransactionCanceledException:
            return False
        return True

    with ThreadPoolExecutor(THREADS) as threads:
        successes = sum(threads.map(attempt, range(THREADS * COMMITS)))
    assert 0 < successes
    assert head("A#1", successes) == read(engine, tables, "A#1")
    assert list(range(1, successes + 1)) == events(engine, tables, "A#1")


def test_one_of_many_claims_wins(engine: Any, tables: Tables) -> None:
    """Of 20 transactions at once that claim one name, exactly one succeeds, and the claim is its own."""

    def claim(account: int) -> int | None:
        owner = key("C#username#x", "CLAIM") | {"a": {"S": str(account)}}
        operations = [put(tables, head(f"A#{account}", 1)), put(tables, owner, "attribute_not_exists(pk)")]
        try:
            engine.client().transact_write_items(TransactItems=operations)
        except engine.client().exceptions.TransactionCanceledException:
            return None
        return account

    with ThreadPoolExecutor(THREADS) as threads:
        winners = [account for account in threads.map(claim, range(20)) if account is not None]
    assert 1 == len(winners)
    found = read(engine, tables, "C#username#x", "CLAIM")
    assert found is not None
    assert str(winners[0]) == found["a"]["S"]
    assert winners == [account for account in range(20) if read(engine, tables, f"A#{account}") is not None]


def test_a_counter_counts(engine: Any, tables: Tables) -> None:
    """ADD makes the counter and gives each caller a number of its own."""

    def count(_: int) -> int:
        answer = engine.client().update_item(
            TableName=tables.ledger.Meta.table_name,
            Key=key("N#account", "N"),
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
            ReturnValues="UPDATED_NEW",
        )
        return int(answer["Attributes"]["n"]["N"])

    with ThreadPoolExecutor(THREADS) as threads:
        numbers = sorted(threads.map(count, range(40)))
    assert list(range(1, 41)) == numbers


def test_a_repeated_request_is_applied_once(engine: Any, tables: Tables) -> None:
    """The same transaction under the same client token is one: a retry of the SDK does no harm."""
    engine.client().transact_write_items(TransactItems=[put(tables, head("A#1", 1))])
    for _ in range(2):
        engine.client().transact_write_items(
            TransactItems=commit(tables, "A#1", 1), ClientRequestToken="00000000-0000-0000-0000-000000000001"
        )
    assert (head("A#1", 2), [2]) == (read(engine, tables, "A#1"), events(engine, tables, "A#1"))


def test_the_stream_carries_new_images_in_order(engine: Any, tables: Tables) -> None:
    """Each committed change of a head is in the stream, in order, with its whole new image."""
    engine.client().transact_write_items(TransactItems=[put(tables, head("A#1", 1))])
    for loaded in (1, 2, 3):
        engine.client().transact_write_items(TransactItems=commit(tables, "A#1", loaded))
    records = [record for record in stream_records(engine, tables) if record["dynamodb"]["Keys"] == key("A#1")]
    assert ["INSERT", "MODIFY", "MODIFY", "MODIFY"] == [record["eventName"] for record in records]
    assert [head("A#1", version) for version in (1, 2, 3, 4)] == [r["dynamodb"]["NewImage"] for r in records]
    numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in records]
    assert sorted(set(numbers)) == numbers


def test_a_failed_transaction_is_not_in_the_stream(engine: Any, tables: Tables) -> None:
    """What was not committed is never seen in the stream."""
    engine.client().transact_write_items(TransactItems=[put(tables, head("A#1", 5))])
    refusals(engine, commit(tables, "A#1", 1))
    assert [head("A#1", 5)] == [record["dynamodb"]["NewImage"] for record in stream_records(engine, tables)]


def test_events_are_read_in_pages_and_backwards(engine: Any, tables: Tables) -> None:
    """Events come in the order of their versions, the newest first if asked, in pages."""
    engine.client().transact_write_items(TransactItems=[put(tables, head("A#1", 0))])
    for loaded in range(12):
        engine.client().transact_write_items(TransactItems=commit(tables, "A#1", loaded))
    assert list(range(1, 13)) == events(engine, tables, "A#1")
    assert [12, 11, 10] == events(engine, tables, "A#1", ScanIndexForward=False, Limit=3)
    start = key("A#1", f"E#{10:012}")
    assert [11, 12] == events(engine, tables, "A#1", ExclusiveStartKey=start)
    assert [] == events(engine, tables, "A#2")


def test_one_request_reads_several_tables(engine: Any, tables: Tables) -> None:
    """A BatchGetItem reads head, key and session at once, and leaves out what is not there."""
    data_key = {"pk": {"S": "A#1#profile"}, "wrapped": {"B": b"\xfe"}}
    engine.client().put_item(TableName=tables.ledger.Meta.table_name, Item=head("A#1", 1))
    engine.client().put_item(TableName=tables.keys.Meta.table_name, Item=data_key)
    answer = engine.client().batch_get_item(
        RequestItems={
            tables.ledger.Meta.table_name: {"Keys": [key("A#1"), key("A#2")], "ConsistentRead": True},
            tables.keys.Meta.table_name: {"Keys": [{"pk": {"S": "A#1#profile"}}], "ConsistentRead": True},
            tables.short_lived.Meta.table_name: {"Keys": [key("S#1", "S")], "ConsistentRead": True},
        }
    )
    assert {
        tables.ledger.Meta.table_name: [head("A#1", 1)],
        tables.keys.Meta.table_name: [data_key],
        tables.short_lived.Meta.table_name: [],
    } == answer["Responses"]
    assert {} == answer["UnprocessedKeys"]


def test_a_transaction_ends_at_100_items(engine: Any, tables: Tables) -> None:
    """100 items are one transaction, 101 are refused."""
    operations = [put(tables, head(f"A#{number}", 1)) for number in range(101)]
    engine.client().transact_write_items(TransactItems=operations[:100])
    assert head("A#99", 1) == read(engine, tables, "A#99")
    with pytest.raises(ClientError, match="100"):
        engine.client().transact_write_items(TransactItems=operations)
    assert read(engine, tables, "A#100") is None


def test_an_item_ends_at_400_kilobytes(engine: Any, tables: Tables) -> None:
    """An item above the limit is refused, and the rest of its transaction with it."""
    large = head("A#2", 1) | {"p": {"S": "x" * 420_000}}
    with pytest.raises(ClientError):
        engine.client().transact_write_items(TransactItems=[put(tables, head("A#1", 1)), put(tables, large)])
    assert (None, None) == (read(engine, tables, "A#1"), read(engine, tables, "A#2"))


def test_the_same_item_twice_is_refused(engine: Any, tables: Tables) -> None:
    """A transaction that names an item twice is refused in full."""
    with pytest.raises(ClientError, match="multiple operations on one item"):
        engine.client().transact_write_items(TransactItems=[put(tables, head("A#1", 1)), put(tables, head("A#1", 2))])
    assert read(engine, tables, "A#1") is None
