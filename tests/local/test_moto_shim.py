"""The patches that make moto's DynamoDB safe under threads and flat in the size of a table."""

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import StreamShard

from local import moto_shim, moto_speed

REGION = "eu-west-1"
TABLE = "things"
THREADS = 8
COMMITS = 40


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of an empty moto with one table that has a stream."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled")
    moto_shim.install()
    with mock_aws():
        dynamodb = boto3.client("dynamodb", region_name=REGION)
        dynamodb.create_table(
            TableName=TABLE,
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )
        yield dynamodb


def item(pk: str, sk: str = "s", **numbers: int) -> dict[str, Any]:
    """An item with number attributes."""
    return {"pk": {"S": pk}, "sk": {"S": sk}} | {name: {"N": str(value)} for name, value in numbers.items()}


def put(content: dict[str, Any], condition: str | None = None, **values: int) -> dict[str, Any]:
    """A Put of a transaction."""
    operation: dict[str, Any] = {"TableName": TABLE, "Item": content}
    if condition:
        operation |= {"ConditionExpression": condition, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    if values:
        operation["ExpressionAttributeValues"] = {f":{name}": {"N": str(value)} for name, value in values.items()}
    return {"Put": operation}


def read(client: Any, pk: str, sk: str = "s") -> dict[str, Any] | None:
    """The item, if it is there."""
    found: dict[str, Any] | None = client.get_item(TableName=TABLE, Key=item(pk, sk)).get("Item")
    return found


def table() -> Any:
    """moto's own table."""
    return dynamodb_backends["123456789012"][REGION].tables[TABLE]


def stream_images() -> list[dict[str, Any]]:
    """What the stream holds."""
    return [record.record["dynamodb"]["NewImage"] for record in table().stream_shard.items]


def test_install_is_idempotent(client: Any) -> None:
    """Installing again patches nothing twice."""
    before = moto_shim.DynamoHandler.call_action
    moto_shim.install()
    assert before is moto_shim.DynamoHandler.call_action


def test_another_version_is_refused() -> None:
    """Another version of moto is refused with a text that names both."""
    with pytest.raises(moto_shim.UnsupportedMotoError, match=r"5\.2\.5 alone: 5\.2\.6 is installed"):
        moto_shim.check_moto("5.2.6", {})


def test_a_missing_name_is_refused() -> None:
    """A private name that moto no longer has is refused."""
    with pytest.raises(moto_shim.UnsupportedMotoError, match="Item has no fold"):
        moto_shim.check_moto("5.2.5", {Item: ("fold",)})


@pytest.fixture
def restless_threads() -> Iterator[None]:
    """Threads take turns five hundred times as often as usual, so that what can go wrong does."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.00001)
    yield
    sys.setswitchinterval(before)


def stream_records_read(client: Any) -> list[Any]:
    """The stream's records as a consumer reads them."""
    streams = boto3.client("dynamodbstreams", region_name=REGION)
    arn = client.describe_table(TableName=TABLE)["Table"]["LatestStreamArn"]
    (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    place = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
    iterator = streams.get_shard_iterator(**place)["ShardIterator"]
    records: list[Any] = streams.get_records(ShardIterator=iterator)["Records"]
    return records


@pytest.mark.parametrize(
    "look",
    [
        stream_records_read,
        lambda client: client.scan(TableName=TABLE)["Items"],
        lambda client: client.batch_get_item(RequestItems={TABLE: {"Keys": [item("new")]}})["Responses"][TABLE],
    ],
    ids=["stream", "scan", "batch"],
)
def test_nobody_sees_half_a_transaction(client: Any, monkeypatch: pytest.MonkeyPatch, look: Any) -> None:
    """Who reads in the midst of a transaction waits for its end, and finds nothing of it if it failed."""
    half_done, looked = threading.Event(), threading.Event()
    add = StreamShard.add

    def add_and_pause(self: Any, old: Any, new: Any) -> None:
        add(self, old, new)
        half_done.set()
        looked.wait(0.3)  # a reader who is not kept waiting is done long before

    def reader() -> Any:
        assert half_done.wait(10)
        seen = look(client)
        looked.set()
        return seen

    monkeypatch.setattr(StreamShard, "add", add_and_pause)
    with ThreadPoolExecutor(1) as threads:
        seen = threads.submit(reader)
        with pytest.raises(client.exceptions.TransactionCanceledException):
            client.transact_write_items(TransactItems=[put(item("new")), put(item("b"), "attribute_exists(pk)")])
        assert [] == seen.result()


@pytest.mark.usefixtures("restless_threads")
def test_concurrent_transactions_lose_nothing(client: Any) -> None:
    """Of 8 threads with 40 conditional transactions, each success is in the counter and in the events."""
    client.put_item(TableName=TABLE, Item=item("counter", n=0))
    cancelled = client.exceptions.TransactionCanceledException  # made once: botocore makes it anew in a race

    def commit(_: int) -> bool:
        found = read(client, "counter")
        assert found is not None
        now = int(found["n"]["N"])
        event = put(item("counter", f"E#{now + 1:06}"), "attribute_not_exists(pk)")
        head = put(item("counter", n=now + 1), "n = :now", now=now)
        try:
            client.transact_write_items(TransactItems=[event, head])
        except cancelled:
            return False
        return True

    with ThreadPoolExecutor(THREADS) as threads:
        successes = sum(threads.map(commit, range(THREADS * COMMITS)))

    events = client.query(
        TableName=TABLE,
        KeyConditionExpression="pk = :p AND begins_with(sk, :e)",
        ExpressionAttributeValues={":p": {"S": "counter"}, ":e": {"S": "E#"}},
    )["Count"]
    head = read(client, "counter")
    assert head is not None
    assert 0 < successes
    assert (successes, successes) == (int(head["n"]["N"]), events)
    assert successes * 2 + 1 == len(stream_images())


def test_a_failed_transaction_leaves_nothing(client: Any) -> None:
    """Neither new items, nor changed or deleted ones, nor stream records are left of a failed transaction."""
    client.put_item(TableName=TABLE, Item=item("old", n=1))
    client.put_item(TableName=TABLE, Item=item("gone", n=1))
    client.put_item(TableName=TABLE, Item=item("counted", n=1))
    before = stream_images()
    update = {
        "TableName": TABLE,
        "Key": item("counted"),
        "UpdateExpression": "ADD n :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    operations = [
        put(item("new", n=1)),
        put(item("old", n=2)),
        {"Delete": {"TableName": TABLE, "Key": item("gone")}},
        {"Update": update},
        put(item("refused"), "attribute_exists(pk)"),
    ]
    with pytest.raises(client.exceptions.TransactionCanceledException) as refusal:
        client.transact_write_items(TransactItems=operations)

    assert ["None"] * 4 + ["ConditionalCheckFailed"] == [
        reason["Code"] for reason in refusal.value.response["CancellationReasons"]
    ]
    assert (None, None) == (read(client, "new"), read(client, "refused"))
    assert [item("old", n=1), item("gone", n=1), item("counted", n=1)] == [
        read(client, name) for name in ("old", "gone", "counted")
    ]
    assert before == stream_images()


def test_the_same_item_twice_is_refused_without_a_trace(client: Any) -> None:
    """A transaction that names an item twice is refused, and its first half is rolled back."""
    client.put_item(TableName=TABLE, Item=item("a", n=1))
    with pytest.raises(ClientError, match="multiple operations on one item"):
        client.transact_write_items(TransactItems=[put(item("a", n=2)), put(item("a", n=3))])
    assert item("a", n=1) == read(client, "a")
    assert [item("a", n=1)] == stream_images()


def test_a_transaction_copies_its_own_items_alone(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many items a transaction copies does not depend on how many the table has."""
    copied: list[str] = []
    deepcopy = Item.__deepcopy__
    monkeypatch.setattr(Item, "__deepcopy__", lambda self, memo: (copied.append("item"), deepcopy(self, memo))[1])
    for number in range(50):
        client.put_item(TableName=TABLE, Item=item(f"other{number}"))
    client.put_item(TableName=TABLE, Item=item("a", n=1))
    copied.clear()
    client.transact_write_items(TransactItems=[put(item("a", n=2)), put(item("b", n=1))])
    assert ["item"] == copied


def test_a_backup_still_copies_the_table(client: Any) -> None:
    """Outside a transaction a table is copied in full, as moto's backups need it."""
    client.put_item(TableName=TABLE, Item=item("a", n=1))
    client.create_backup(TableName=TABLE, BackupName="backup")
    client.put_item(TableName=TABLE, Item=item("a", n=2))
    (backup,) = dynamodb_backends["123456789012"][REGION].backups.values()
    assert [item("a", n=1)] == [found.to_json()["Attributes"] for found in backup.table.all_items()]


def test_a_query_reads_its_partition_alone(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Query of the table looks at the items of its partition; order, reverse and limit stay right."""
    for number in range(30):
        client.put_item(TableName=TABLE, Item=item(f"p{number % 10}", f"{number:02}"))
    looked_at: list[int] = []
    all_items = type(table()).all_items

    def counting(self: Any) -> list[Any]:
        items: list[Any] = all_items(self)
        looked_at.append(len(items))
        return items

    monkeypatch.setattr(type(table()), "all_items", counting)

    def query(**more: Any) -> list[str]:
        values = {":p": {"S": "p3"}}
        answer = client.query(
            TableName=TABLE, KeyConditionExpression="pk = :p", ExpressionAttributeValues=values, **more
        )
        return [found["sk"]["S"] for found in answer["Items"]]

    assert ["03", "13", "23"] == query()
    assert ["23", "13"] == query(ScanIndexForward=False, Limit=2)
    assert ["23"] == query(ExclusiveStartKey=item("p3", "13"))
    assert [3, 3, 3] == looked_at
    assert 30 == client.scan(TableName=TABLE)["Count"]


def test_a_query_of_an_unknown_partition_is_empty(client: Any) -> None:
    """A Query of a partition that is not there finds nothing."""
    client.put_item(TableName=TABLE, Item=item("a"))
    values = {":p": {"S": "b"}}
    answer = client.query(TableName=TABLE, KeyConditionExpression="pk = :p", ExpressionAttributeValues=values)
    assert [] == answer["Items"]


def add_one(client: Any, token: str, amount: int = 1) -> None:
    """Add to a counter in a transaction with a request token."""
    update = {
        "TableName": TABLE,
        "Key": item("counter"),
        "UpdateExpression": "ADD n :n",
        "ExpressionAttributeValues": {":n": {"N": str(amount)}},
    }
    client.transact_write_items(TransactItems=[{"Update": update}], ClientRequestToken=token)


def test_a_repeated_request_is_applied_once(client: Any) -> None:
    """The same token with the same request succeeds and changes nothing; another token does."""
    for token in ("one", "one", "two"):
        add_one(client, token)
    assert item("counter", n=2) == read(client, "counter")


def test_a_token_with_another_request_is_refused(client: Any) -> None:
    """The same token with another request is refused, as AWS does it."""
    add_one(client, "one")
    with pytest.raises(client.exceptions.IdempotentParameterMismatchException):
        add_one(client, "one", amount=2)
    assert item("counter", n=1) == read(client, "counter")


def test_a_failed_request_may_be_repeated(client: Any) -> None:
    """A token whose transaction failed is free."""
    operations = [put(item("b"), "attribute_not_exists(pk)")]
    client.put_item(TableName=TABLE, Item=item("b"))
    with pytest.raises(client.exceptions.TransactionCanceledException):
        client.transact_write_items(TransactItems=operations, ClientRequestToken="one")
    client.delete_item(TableName=TABLE, Key=item("b"))
    client.transact_write_items(TransactItems=operations, ClientRequestToken="one")
    assert item("b") == read(client, "b")


def test_every_type_goes_out_as_it_came_in(client: Any) -> None:
    """Each type of attribute is read as it was written, whichever way it is read."""
    nested = {"L": [{"B": b"\xfc"}, {"N": "1"}, {"NULL": True}, {"BOOL": False}, {"M": {}}, {"L": []}]}
    written = item("a", n=1) | {
        "b": {"B": b"\x00\xff"},
        "bs": {"BS": [b"\x01", b"\x02\xfe"]},
        "ss": {"SS": ["p", "q"]},
        "ns": {"NS": ["1", "2"]},
        "m": {"M": {"x": {"B": b"\xfd"}, "y": nested}},
        "empty": {"S": ""},
    }
    client.put_item(TableName=TABLE, Item=written)
    values = {":p": {"S": "a"}}
    found = client.query(TableName=TABLE, KeyConditionExpression="pk = :p", ExpressionAttributeValues=values)
    batch = client.batch_get_item(RequestItems={TABLE: {"Keys": [item("a")]}})
    with pytest.raises(client.exceptions.ConditionalCheckFailedException) as refusal:
        client.put_item(
            TableName=TABLE,
            Item=item("a"),
            ConditionExpression="attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert written == read(client, "a")
    assert [written] == batch["Responses"][TABLE]
    assert [written] == found["Items"]
    assert written == refusal.value.response["Item"]


def test_a_value_goes_out_without_a_walk_through_its_types(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answering an item asks for as many members with 1 attribute as with 20."""
    asked: list[str] = []
    get_value = BaseJSONSerializer.get_value

    def counting(self: Any, value: Any, key: str, shape: Any) -> Any:
        asked.append(key)
        return get_value(self, value, key, shape)

    monkeypatch.setattr(BaseJSONSerializer, "get_value", counting)

    def asked_for(pk: str, attributes: int) -> int:
        client.put_item(TableName=TABLE, Item=item(pk, **{f"n{number}": number for number in range(attributes)}))
        asked.clear()
        read(client, pk)
        return len(asked)

    assert 0 < asked_for("a", 1) == asked_for("b", 20)


def test_a_value_of_another_service_is_left_alone() -> None:
    """Structures that other services call AttributeValue are serialised as before."""
    serializer = SimpleNamespace(service_model=SimpleNamespace(service_name="iot"))
    assert not moto_speed._is_dynamodb(serializer)


def test_a_condition_is_parsed_once(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A known condition is not parsed again; with other values it is, and means them."""
    lexed: list[str] = []
    lex = ConditionExpressionParser._lex_condition_expression
    monkeypatch.setattr(
        ConditionExpressionParser,
        "_lex_condition_expression",
        lambda self: (lexed.append(self.condition_expression), lex(self))[1],
    )
    client.put_item(TableName=TABLE, Item=item("a", parsed_once=1))
    for now in (1, 2):
        operation = put(item("a", parsed_once=now + 1), "parsed_once = :now", now=now)
        client.transact_write_items(TransactItems=[operation])
    assert ["parsed_once = :now"] * 2 == lexed
    assert item("a", parsed_once=3) == read(client, "a")


def test_an_unused_name_is_still_refused(client: Any) -> None:
    """What a remembered condition does not use is refused each time."""
    for _ in range(2):
        with pytest.raises(ClientError, match="unused in expressions"):
            client.put_item(
                TableName=TABLE,
                Item=item("a"),
                ConditionExpression="attribute_not_exists(pk)",
                ExpressionAttributeNames={"#x": "x"},
            )


@pytest.mark.parametrize(("asked", "told"), [("NONE", False), ("TOTAL", True)])
def test_capacity_is_told_to_those_who_asked(client: Any, asked: str, told: bool) -> None:
    """BatchGetItem tells what it consumed if it was asked for."""
    request = {TABLE: {"Keys": [item("a")]}}
    answer = client.batch_get_item(RequestItems=request, ReturnConsumedCapacity=asked)
    assert told == ("ConsumedCapacity" in answer)


def test_method_names_are_looked_up_once(client: Any) -> None:
    """A second request finds the names of its handler's methods at hand."""
    read(client, "a")
    before = moto_speed.responses.method_names_from_class.cache_info().misses
    read(client, "a")
    assert before == moto_speed.responses.method_names_from_class.cache_info().misses
