"""Whatever is written, an index answers as a plain list would, and as moto does from all of the table."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.local.index_tables import (
    BY_INDEX,
    BY_NUMBER,
    BY_PLACE,
    KEY_NAMES,
    RANGES,
    Content,
    ask,
    create_table,
    empty_moto,
    without_the_index,
)

PLACES = ("a", "aa", "ab", "b", "ba", "é", "z")
Key = tuple[str, str]
NO_CONTENT: Content = {}


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """A client of an empty moto."""
    with empty_moto() as dynamodb:
        yield dynamodb


attributes = st.fixed_dictionaries(
    {},
    optional={
        "index": st.sampled_from("iij").map(lambda text: {"S": text}),
        "place": st.sampled_from(PLACES).map(lambda text: {"S": text}),
        "n": st.sampled_from(("-1", "0", "2", "10", "10.0")).map(lambda text: {"N": text}),
        "colour": st.sampled_from("xy").map(lambda text: {"S": text}),
    },
)
keys = st.tuples(st.sampled_from("pqr"), st.sampled_from("st"))
puts = st.tuples(st.just("put"), keys, attributes)
updates = st.tuples(st.just("update"), keys, attributes)
deletes = st.tuples(st.just("delete"), keys, st.just(NO_CONTENT))
batches = st.lists(puts | deletes, min_size=1, max_size=4, unique_by=lambda write: write[1])
transactions = st.lists(puts | updates | deletes, min_size=1, max_size=4, unique_by=lambda write: write[1])
steps = st.one_of(
    st.tuples(st.just("one"), st.lists(puts | updates | deletes, min_size=1, max_size=1)),
    st.tuples(st.just("refused"), st.lists(puts | updates | deletes, min_size=1, max_size=1)),
    st.tuples(st.just("batch"), batches),
    st.tuples(st.just("transaction"), transactions),
    st.tuples(st.just("rolled back"), transactions),
)


class Program:
    """A table and what it should hold."""

    def __init__(self, client: Any, *, sorted_partitions: bool) -> None:
        self.client = client
        self.name = create_table(client, sorted_partitions=sorted_partitions)
        self.sorted_partitions = sorted_partitions
        self.model: dict[Key, Content] = {}

    def run(self, step: tuple[str, list[Any]]) -> None:
        """Do what the step says to both."""
        how, writes = step
        if not self.sorted_partitions:
            writes = list({pk: (kind, (pk, ""), content) for kind, (pk, _), content in writes}.values())
        getattr(self, "_" + how.replace(" ", "_"))(writes)
        if how not in ("refused", "rolled back"):
            for write in writes:
                self._apply(*write)

    def _apply(self, kind: str, key: Key, content: Content) -> None:
        if kind == "delete":
            self.model.pop(key, None)
        elif kind == "put":
            self.model[key] = self._key(key) | content
        else:
            kept = {name: value for name, value in self.model.get(key, {}).items() if name not in KEY_NAMES}
            self.model[key] = kept | self._key(key) | content

    def _key(self, key: Key) -> Content:
        pk, sk = key
        return {"pk": {"S": pk}} | ({"sk": {"S": sk}} if self.sorted_partitions else {})

    def _request(self, kind: str, key: Key, content: Content) -> dict[str, Any]:
        """A put, a delete, or an update that sets what is given and takes the other keys of indexes away."""
        if kind == "put":
            return {"TableName": self.name, "Item": self._key(key) | content}
        if kind == "delete":
            return {"TableName": self.name, "Key": self._key(key)}
        gone = [name for name in KEY_NAMES if name not in content]
        sets = "SET " + ", ".join(f"#{name} = :{name}" for name in content) if content else ""
        removes = "REMOVE " + ", ".join(f"#{name}" for name in gone) if gone else ""
        request = {
            "TableName": self.name,
            "Key": self._key(key),
            "UpdateExpression": f"{sets} {removes}",
            "ExpressionAttributeNames": {f"#{name}": name for name in (*content, *gone)},
        }
        if content:
            request["ExpressionAttributeValues"] = {f":{name}": value for name, value in content.items()}
        return request

    def _one(self, writes: list[Any], **more: Any) -> None:
        ((kind, key, content),) = writes
        getattr(self.client, f"{kind}_item")(**self._request(kind, key, content), **more)

    def _refused(self, writes: list[Any]) -> None:
        with pytest.raises(ClientError, match="ConditionalCheckFailed"):
            self._one(writes, ConditionExpression="attribute_exists(never)")

    def _batch(self, writes: list[Any]) -> None:
        requests = []
        for kind, key, content in writes:
            request = self._request(kind, key, content)
            del request["TableName"]
            requests.append({f"{kind.title()}Request": request})
        self.client.batch_write_item(RequestItems={self.name: requests})

    def _transaction(self, writes: list[Any], *more: dict[str, Any]) -> None:
        operations = [{kind.title(): self._request(kind, key, content)} for kind, key, content in writes]
        self.client.transact_write_items(TransactItems=[*operations, *more])

    def _rolled_back(self, writes: list[Any]) -> None:
        check = {
            "TableName": self.name,
            "Key": self._key(("never", "never")),
            "ConditionExpression": "attribute_exists(pk)",
        }
        with pytest.raises(self.client.exceptions.TransactionCanceledException):
            self._transaction(writes, {"ConditionCheck": check})

    def rows(self, index: str, *, forward: bool) -> list[Content]:
        """The model's partition "i" of the index, in order."""
        sort_name = RANGES.get(index)
        found = [
            content
            for content in self.model.values()
            if content.get("index") == {"S": "i"} and (sort_name is None or sort_name in content)
        ]
        names = [name for name in (sort_name or "sk", "pk", "sk") if self.sorted_partitions or name != "sk"]
        return sorted(found, key=lambda content: [plain(content[name]) for name in names], reverse=not forward)


def plain(value: dict[str, str]) -> Any:
    """A value as Python sorts it."""
    ((kind, text),) = value.items()
    return Decimal(text) if kind == "N" else text


Holds = Callable[[Any, Any, Any], bool]
CONDITIONS: dict[str, Holds] = {
    "": lambda *_: True,
    " AND {} = :l": lambda value, low, _: value == low,
    " AND {} < :l": lambda value, low, _: value < low,
    " AND {} <= :l": lambda value, low, _: value <= low,
    " AND {} > :l": lambda value, low, _: value > low,
    " AND {} >= :l": lambda value, low, _: value >= low,
    " AND {} BETWEEN :l AND :g": lambda value, low, high: low <= value <= high,
    " AND begins_with({}, :l)": lambda value, low, _: value.startswith(low),
}


@st.composite
def queries(draw: st.DrawFn) -> dict[str, Any]:
    """A Query of one of the indexes, page by page."""
    index = draw(st.sampled_from((BY_PLACE, BY_PLACE, BY_NUMBER, BY_INDEX)))
    numeric = index == BY_NUMBER
    conditions = [text for text in CONDITIONS if not text or (index in RANGES and not (numeric and "begins" in text))]
    bounds = st.sampled_from(("-5", "0", "2", "10", "11")) if numeric else st.sampled_from(PLACES)
    return {
        "index": index,
        "condition": draw(st.sampled_from(conditions)),
        "bounds": [{"N" if numeric else "S": draw(bounds)} for _ in range(2)],
        "forward": draw(st.booleans()),
        "limit": draw(st.sampled_from((None, 1, 2, 3))),
        "filter": draw(st.booleans()),
        "count": draw(st.booleans()),
    }


def expected_page(program: Program, query: dict[str, Any], start: int) -> tuple[dict[str, Any], int]:
    """The page from this row on as a plain list has it, and the row that it ends before."""
    index = query["index"]
    names = {name for name in ("pk", "sk", "index", RANGES.get(index)) if name}
    rows = program.rows(index, forward=query["forward"])
    bounds = [plain(bound) for bound in query["bounds"]]
    page: list[Content] = []
    end = start
    while end < len(rows) and len(page) != query["limit"]:
        value = plain(rows[end][RANGES[index]]) if index in RANGES else ""
        page += [rows[end]] if CONDITIONS[query["condition"]](value, *bounds) else []
        end += 1
    seen = [select(content, names) if index == BY_NUMBER else content for content in page]
    shown = [content for content in seen if not query["filter"] or content.get("colour") == {"S": "x"}]
    answer: dict[str, Any] = {"Count": len(shown), "ScannedCount": len(page)}
    if not query["count"]:
        answer["Items"] = shown
    if end < len(rows):
        answer["LastEvaluatedKey"] = select(page[-1], names)
    return answer, end


def select(content: Content, names: set[str]) -> Content:
    """The attributes of these names."""
    return {name: value for name, value in content.items() if name in names}


def compare_pages(program: Program, query: dict[str, Any]) -> None:
    """Every page of the Query is what the model has and what moto finds in all of the table."""
    low, high = query["bounds"]
    condition = query["condition"].format(RANGES.get(query["index"]))
    values = {name: bound for name, bound in ((":l", low), (":g", high)) if name in condition}
    more: dict[str, Any] = {"ScanIndexForward": query["forward"]}
    if query["limit"]:
        more["Limit"] = query["limit"]
    if query["filter"]:
        more["FilterExpression"] = "colour = :c"
        values[":c"] = {"S": "x"}
    if query["count"]:
        more["Select"] = "COUNT"
    start = 0
    while True:
        expected, start = expected_page(program, query, start)
        arguments = (program.client, program.name, condition, query["index"])
        assert expected == ask(*arguments, values=values, **more)
        assert expected == without_the_index(*arguments, values=values, **more)
        if "LastEvaluatedKey" not in expected:
            return
        more["ExclusiveStartKey"] = expected["LastEvaluatedKey"]


@pytest.mark.parametrize("sorted_partitions", [True, False])
@given(program=st.lists(st.tuples(steps, queries()), max_size=8))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_queries_find_what_was_written(
    client: Any, sorted_partitions: bool, program: list[tuple[Any, dict[str, Any]]]
) -> None:
    """After any writes, refused and rolled back ones too, an index has what a plain list has, and moto itself."""
    table_and_model = Program(client, sorted_partitions=sorted_partitions)
    for step, query in program:
        table_and_model.run(step)
        compare_pages(table_and_model, query)
