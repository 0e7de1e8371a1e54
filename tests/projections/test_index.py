"""Reading view rows by groups that are split over write shards."""

import secrets

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.projections.generations import Generations
from chalicelib.projections.index import LEAST_PAGE, SHARDS, IndexReader, group_of
from chalicelib.projections.view import index_key
from chalicelib.tables import bind_tables
from tests.support.calls import recorded
from tests.support.clock import FakeClock


class Rows:
    """A views table with rows that are nothing but places."""

    def __init__(self, client):
        self.client = client
        tables = bind_tables(f"t{secrets.token_hex(6)}", client)
        tables.create()
        self.table = tables.views.Meta.table_name
        self.generations = Generations(client, self.table, FakeClock())
        self.reader = IndexReader(client, self.table, "view", self.generations)
        self.generations.serving("view")

    def put(self, group, number, place, *, view="view", generation=1, version=1, key=None):
        """A row of `group`, in the shard of its number."""
        index = index_key(view, generation, group_of(group, number))
        item = {
            "pk": {"S": f"V#{view}#{generation}#{key or place}"},
            "sk": {"S": "ROW"},
            "v": {"N": str(version)},
            "index": {"S": index},
            "place": {"S": place},
        }
        self.client.put_item(TableName=self.table, Item=item)

    def places(self, *groups, **bounds):
        """The places of the rows that are found."""
        return [item["place"]["S"] for item in self.reader.rows(groups, **bounds)]


@pytest.fixture
def rows(stage):
    """A table of its own for each test."""
    return Rows(stage.wiring.dynamodb)


@pytest.mark.parametrize(("number", "group"), [(0, "G#0"), (1, "G#1"), (4, "G#0"), (1_000_003, "G#3")])
def test_the_shard_of_a_number(number, group):
    """Numbers that follow one another are spread."""
    assert group == group_of("G", number)


def test_in_order_over_shards_and_groups(rows):
    """By place, whatever the shard and whatever the group."""
    for number in range(20):
        rows.put("A" if number % 3 else "B", 7 * number, f"{number:03d}")
    assert [f"{number:03d}" for number in range(20)] == rows.places("A", "B")
    assert [f"{number:03d}" for number in range(0, 20, 3)] == rows.places("B")


def test_bounds(rows):
    """From the first, up to the last, which is not reached; a place may go on after a bound."""
    for number, place in enumerate(["1", "1#5", "2", "2#1", "3"]):
        rows.put("A", number, place)
    assert ["1", "1#5", "2", "2#1", "3"] == rows.places("A")
    assert ["2", "2#1", "3"] == rows.places("A", first="2")
    assert ["1", "1#5"] == rows.places("A", before="1~")
    assert ["1#5", "2", "2#1"] == rows.places("A", first="1#", before="2~")


def test_others_are_not_found(rows):
    """Rows of another view, another generation, another group, and groups whose name begins alike."""
    rows.put("A", 0, "1", view="other")
    rows.put("A", 0, "2", generation=2)
    rows.put("B", 0, "3")
    rows.put("A#0", 0, "4")
    rows.put("AA", 0, "5")
    assert [] == rows.places("A")


def test_nothing(rows):
    """No groups, or groups without rows."""
    assert [] == rows.places()
    assert [] == rows.places("A", "B")
    assert 0 == rows.reader.count(["A"])


def test_a_row_that_was_met_twice(rows):
    """What stands in two groups while it moves is given once, as it is now."""
    rows.put("A", 1, "1", version=3, key="old")
    rows.put("B", 1, "1", version=4, key="new")
    rows.put("B", 2, "2")
    assert [("1", "4"), ("2", "1")] == [(item["place"]["S"], item["v"]["N"]) for item in rows.reader.rows(["A", "B"])]


class TestPages:
    """Shards are read page by page, as far as rows are asked for."""

    ROWS = 4 * 3 * LEAST_PAGE

    @pytest.fixture
    def full(self, rows):
        """Three small pages in each shard."""
        for number in range(self.ROWS):
            rows.put("A", number, f"{number:04d}")
        return rows

    def test_everything(self, full):
        """Over all pages, small or not, nothing is missing and nothing comes twice."""
        everything = [f"{number:04d}" for number in range(self.ROWS)]
        assert everything == full.places("A") == full.places("A", wanted=1)

    def test_only_what_is_asked_for(self, full):
        """The first rows cost a page a shard; the next pages are read when it comes to them."""
        with recorded(full.client) as calls:
            found = full.reader.rows(["A"], wanted=1)
            for _ in range(4 * LEAST_PAGE - 8):
                next(found)
            assert ["Query"] * SHARDS == calls
            for _ in range(12):
                next(found)
        assert ["Query"] * 2 * SHARDS == calls

    def test_nothing_is_read_before(self, full):
        """Who asks for no row makes no request."""
        with recorded(full.client) as calls:
            full.reader.rows(["A"])
        assert [] == calls

    def test_the_size_of_a_page(self, full):
        """As many as are wanted fit into a page a shard, with some to spare."""
        with recorded(full.client) as calls:
            found = full.reader.rows(["A"], wanted=200)
            assert 200 == len([next(found) for _ in range(200)])
        assert ["Query"] * SHARDS == calls

    def test_without_a_wish(self, full):
        """Whoever wants all gets them in pages as large as they come."""
        with recorded(full.client) as calls:
            assert self.ROWS == len(full.places("A"))
        assert ["Query"] * SHARDS == calls


def test_count(rows):
    """How many there are in some groups before a place; a request a shard, and no row."""
    for number in range(10):
        rows.put("A" if number % 2 else "B", number, f"{number}")
    assert (10, 5, 0) == (
        rows.reader.count(["A", "B"]),
        rows.reader.count(["A"]),
        rows.reader.count(["C"]),
    )
    assert 3 == rows.reader.count(["A"], before="6")
    with recorded(rows.client) as calls:
        rows.reader.count(["A", "B"])
    assert ["Query"] * 2 * SHARDS == calls


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from("AB"), st.integers(0, 99)), max_size=15, unique_by=lambda row: row[1]),
    st.integers(0, 99),
    st.integers(0, 99),
)
def test_against_a_list(stage, found, first, before):
    """Whatever stands there: what is found is what sorting and cutting a list gives."""
    rows = Rows(stage.wiring.dynamodb)
    for group, number in found:
        rows.put(group, number, f"{number:02d}#x")
    kept = [(group, number) for group, number in sorted(found, key=lambda row: row[1]) if first <= number < before]
    bounds = {"first": f"{first:02d}", "before": f"{before:02d}"}
    if first <= before:
        assert [f"{number:02d}#x" for _, number in kept] == rows.places("A", "B", **bounds)
        assert [f"{number:02d}#x" for group, number in kept if group == "A"] == rows.places("A", **bounds)
