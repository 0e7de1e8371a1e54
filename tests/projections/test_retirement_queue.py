"""The retirement queue: rows by state and age (spec 20, section 7)."""

from datetime import timedelta

import pytest

from chalicelib.events.classification import Purpose
from chalicelib.projections.retirement_queue import DISORDER, RetirementQueue
from chalicelib.retirement.moments import moment
from chalicelib.retirement.row import facts_of
from tests.support.calls import meanwhile, recorded
from tests.support.clock import NOON
from tests.support.queues import Queues

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


@pytest.fixture
def queues(stage):
    """Queues of its own for each test."""
    return Queues(stage)


@pytest.fixture(scope="module")
def many(stage):
    """130 rows, a minute and a half apart."""
    queues = Queues(stage)
    queues.many = [queues.left(at=NOON + timedelta(seconds=90 * n))[1] for n in range(130)]
    return queues


class TestRows:
    """One row for each account that has a retirement row."""

    def test_nobody(self, queues):
        """An account that has never left has no row, not even a tombstone."""
        account = queues.stream.account()
        queues.tell(queues.record(account))
        assert queues.stored("retirement_queue", account) is None
        assert [] == queues.numbers("PENDING")

    def test_left(self, queues):
        """Who leaves is in PENDING, with everything that the row shows."""
        account, number = queues.left()
        (facts,) = queues.queue.older_than(["PENDING"], NOON + DAY)
        assert facts_of(queues.ledger.load(account).state) == facts
        assert number == facts.number

    def test_nothing_personal_in_the_clear(self, queues, stage):
        """Names, addresses stand in the part that the row's key seals; places and groups say nothing of a person."""
        account = stage.id_of(stage.new_account("secret", email="secret@example.com", name="SECRET"))
        queues.leave(account)
        item = queues.stored("retirement_queue", account)
        assert {"pk", "sk", "v", "row", "sealed", "index", "place"} == item.keys()
        assert "secret" not in repr({name: value for name, value in item.items() if name != "sealed"}).lower()
        assert b"secret" not in item["sealed"]["B"].lower()
        assert "SECRET" == queues.queue.older_than(["PENDING"], NOON + DAY)[0].original_name

    def test_moved(self, queues):
        """A row stands under the state that it is in, and under no other."""
        account, number = queues.left()
        queues.move(account, "RETIRING_LMS", at=NOON + DAY, by_job=True)
        assert ([], [number]) == (queues.numbers("PENDING"), queues.numbers("RETIRING_LMS"))
        (facts,) = queues.queue.older_than(["RETIRING_LMS"], NOON + DAY)
        assert (NOON, NOON + DAY, "PENDING", True) == (facts.created, facts.modified, facts.last_state, facts.by_job)

    def test_erased(self, queues):
        """After `retire` the row shows the retired name, and the originals still."""
        account, number = queues.left()
        username = queues.ledger.load(account).state.username
        queues.move(account, "RETIRING_LMS")
        queues.erase(account, number)
        (facts,) = queues.queue.older_than(["RETIRING_LMS"], NOON + DAY)
        assert (facts.retired_username, "", username) == (facts.username, facts.name, facts.original_username)

    @pytest.mark.parametrize("end", ["clean_up", "cancel"])
    def test_gone(self, queues, end):
        """A row that is cleaned up or cancelled leaves a tombstone that nobody finds, with nothing in it."""
        account, number = queues.left()
        if end == "clean_up":
            queues.move(account, "COMPLETE")
        getattr(queues, end)(account, number)
        assert [] == queues.numbers("PENDING", "COMPLETE")
        assert {"pk", "sk", "v"} == queues.stored("retirement_queue", account).keys()

    def test_left_again(self, queues):
        """Who came back and left again has one row, under its new number."""
        account, number = queues.left()
        queues.cancel(account, number)
        assert [queues.leave(account)] == queues.numbers("PENDING")


class TestLateDeliveries:
    """Redelivery and reordering do no harm, not even once a key is destroyed."""

    def test_an_older_state(self, queues):
        """An older head after a newer one changes nothing."""
        account, number = queues.left(told=False)
        pending = queues.record(account)
        queues.move(account, "COMPLETE")
        queues.tell(pending, pending)
        assert ([], [number]) == (queues.numbers("PENDING"), queues.numbers("COMPLETE"))

    def test_after_the_cleanup(self, queues):
        """A head from before, whose key is destroyed by now, does not bring the row back."""
        account, number = queues.left(told=False)
        records = [queues.record(account)]
        queues.move(account, "COMPLETE", told=False)
        records.append(queues.record(account))
        queues.clean_up(account, number)
        queues.tell(*records)
        assert {"pk", "sk", "v"} == queues.stored("retirement_queue", account).keys()
        assert [] == queues.numbers("PENDING", "COMPLETE")

    def test_before_the_consumer_hears_of_the_cleanup(self, queues):
        """Heads that come when their key is destroyed already, in their order: a tombstone from the first on."""
        account, number = queues.left(told=False)
        records = [queues.record(account)]
        queues.move(account, "COMPLETE", told=False)
        records.append(queues.record(account))
        queues.clean_up(account, number, told=False)
        records.append(queues.record(account))
        for record in records:
            queues.tell(record)
            assert [] == queues.numbers("PENDING", "COMPLETE")
        assert str(queues.ledger.load(account).version) == queues.stored("retirement_queue", account)["v"]["N"]

    def test_a_head_from_before_retire(self, queues):
        """The profile's key is destroyed, the row's is not: the row is listed, without the profile's name."""
        account, number = queues.left(told=False)
        queues.move(account, "RETIRING_LMS", told=False)
        before = queues.record(account)
        queues.erase(account, number, told=False)
        queues.tell(before)
        (facts,) = queues.queue.older_than(["RETIRING_LMS"], NOON + DAY)
        assert (number, facts.retired_username, "") == (facts.number, facts.username, facts.name)

    def test_a_stale_row(self, queues):
        """The view has not heard of the cleanup yet: the row cannot be opened any more, and is not listed."""
        account, number = queues.left()
        queues.move(account, "COMPLETE")
        queues.clean_up(account, number, told=False)
        assert [] == queues.numbers("COMPLETE")

    @pytest.mark.parametrize("limit", [1, 2, 3])
    def test_a_stale_row_takes_no_place(self, queues, limit):
        """A row that cannot be opened any more is not counted among the first `limit`."""
        stale, number = queues.left()
        queues.move(stale, "COMPLETE")
        numbers = []
        for minutes in (5, 10, 15):
            account, row = queues.left(at=NOON + timedelta(minutes=minutes))
            queues.move(account, "COMPLETE")
            numbers.append(row)
        queues.clean_up(stale, number, told=False)
        assert numbers[:limit] == queues.numbers("COMPLETE", limit=limit)


class TestAge:
    """`older_than`: made earlier than a moment, to the microsecond."""

    def test_earlier_than(self, queues):
        """A row made in the very moment is not older than it."""
        _, number = queues.left()
        assert [] == queues.numbers("PENDING", before=NOON)
        assert [number] == queues.numbers("PENDING", before=NOON + TICK)

    def test_moving_makes_no_younger(self, queues):
        """The age is that of the row, whenever it moved last."""
        account, number = queues.left()
        queues.move(account, "ERRORED", at=NOON + 9 * DAY)
        assert [number] == queues.numbers("ERRORED", before=NOON + TICK)

    def test_several_states(self, queues):
        """Rows of any of them, by number whatever their state; the others are left out."""
        rows = [queues.left(at=NOON + timedelta(minutes=n)) for n in range(6)]
        for (account, _), state in zip(rows, ["COMPLETE", "PENDING", "ERRORED"] * 2, strict=True):
            queues.move(account, state)
        numbers = [number for _, number in rows]
        assert [numbers[n] for n in (0, 2, 3, 5)] == queues.numbers("ERRORED", "COMPLETE")
        assert numbers == queues.numbers("COMPLETE", "PENDING", "ERRORED")

    def test_a_row_that_moves_while_it_is_read(self, queues):
        """Read under the old state, moved, read under the new one: it is listed once."""
        rows = [queues.left(at=NOON + timedelta(minutes=n)) for n in range(4)]
        numbers = [number for _, number in rows]
        account, _ = rows[0]
        with meanwhile(queues.client, "Query", lambda: queues.move(account, "COMPLETE"), calls_before=4):
            found = queues.numbers("PENDING", "COMPLETE")
        assert numbers == found

    def test_a_row_that_moves_on_and_is_cut_off(self, queues):
        """With a limit it takes one place, not two."""
        rows = [queues.left(at=NOON + timedelta(minutes=n)) for n in range(4)]
        account, _ = rows[0]
        with meanwhile(queues.client, "Query", lambda: queues.move(account, "COMPLETE"), calls_before=4):
            assert [number for _, number in rows[:2]] == queues.numbers("PENDING", "COMPLETE", limit=2)

    def test_no_state(self, queues):
        """Nothing is asked for: nothing is found."""
        queues.left()
        assert [] == queues.numbers()


class TestBetween:
    """`made_between`: both days whole."""

    def test_bounds(self, queues):
        """The first moment counts, the last does not; only that state."""
        rows = [queues.left(at=at)[1] for at in (NOON - TICK, NOON, NOON + DAY - TICK, NOON + DAY)]
        queues.move(queues.left(at=NOON)[0], "COMPLETE")
        found = queues.queue.made_between("PENDING", NOON, NOON + DAY)
        assert rows[1:3] == [facts.number for facts in found]

    def test_limit(self, queues):
        """The first by number."""
        rows = [queues.left(at=NOON + timedelta(hours=n))[1] for n in range(4)]
        found = queues.queue.made_between("PENDING", NOON, NOON + DAY, 2)
        assert rows[:2] == [facts.number for facts in found]


class TestOrderAndLimit:
    """Rows come by number, the first `limit` of them; the view has them by time, which may differ a little."""

    @pytest.mark.parametrize("limit", [None, 0, 1, 2, 3, 4, 5, 6])
    def test_times_that_contradict_the_numbers(self, queues, limit):
        """A number is drawn before the row is made: a later number may have the earlier time."""
        base = 1000 * queues.ledger.next_number("retirement")
        offsets = {3: 0, 1: 20, 2: 40, 5: 100, 4: 110}
        for number, seconds in offsets.items():
            queues.left(at=NOON + timedelta(seconds=seconds), row=base + number)
        expected = [base + number for number in range(1, 6)]
        assert expected[:limit] == queues.numbers("PENDING", limit=limit)
        assert expected[:limit] == [
            facts.number for facts in queues.queue.made_between("PENDING", NOON, NOON + DAY, limit)
        ]

    def test_as_much_as_a_request_takes(self, queues):
        """The contradiction is bridged up to a minute."""
        base = 1000 * queues.ledger.next_number("retirement")
        queues.left(at=NOON, row=base + 2)
        queues.left(at=NOON + DISORDER, row=base + 1)
        assert [base + 1] == queues.numbers("PENDING", limit=1)

    def test_cool_off_comes_before_order(self, queues):
        """A row that is too young is not listed, whatever its number."""
        base = 1000 * queues.ledger.next_number("retirement")
        queues.left(at=NOON + timedelta(seconds=30), row=base + 1)
        queues.left(at=NOON, row=base + 2)
        assert [base + 2] == queues.numbers("PENDING", before=NOON + timedelta(seconds=10), limit=1)

    def test_all_shards(self, queues):
        """Numbers that follow one another stand in different shards, and come in order all the same."""
        numbers = [queues.left(at=NOON + timedelta(minutes=n))[1] for n in range(9)]
        rows = queues.queue.older_than(["PENDING"], NOON + DAY)
        assert 4 == len({queues.stored("retirement_queue", facts.account)["index"]["S"] for facts in rows})
        assert numbers == queues.numbers("PENDING")
        assert numbers[:5] == queues.numbers("PENDING", limit=5)


class TestCounts:
    """How many there are, without reading them."""

    def test_older_than(self, queues):
        """As many as `older_than` gives, and nothing is opened for it."""
        for minutes in range(5):
            queues.left(at=NOON + timedelta(minutes=minutes))
        with recorded(queues.client) as calls:
            assert 3 == queues.queue.count_older_than(["PENDING"], NOON + timedelta(minutes=3))
        assert ["Query"] * 4 == calls
        assert 0 == queues.queue.count_older_than(["COMPLETE"], NOON + DAY)

    def test_is_empty(self, queues):
        """Whether any row is in one of some states."""
        assert queues.queue.is_empty(["PENDING", "COMPLETE"])
        account, number = queues.left()
        assert not queues.queue.is_empty(["COMPLETE", "PENDING"])
        assert queues.queue.is_empty(["COMPLETE"])
        assert queues.queue.is_empty([])
        queues.cancel(account, number)
        assert queues.queue.is_empty(["PENDING"])


class TestRequests:
    """A page costs a bounded number of requests, whatever stands behind it."""

    def test_keys_in_bulk(self, many):
        """130 rows in a process that remembers no key: a query a shard, and a key request for each hundred."""
        queue, client = many.reader_elsewhere()
        with recorded(client) as calls:
            found = queue.older_than(["PENDING"], NOON + DAY)
        assert many.many == [facts.number for facts in found]
        assert (4, 2) == (calls.count("Query"), calls.count("BatchGetItem"))
        # The rest is the generation to read and the key-encryption key, once a process.
        assert 8 >= len(calls)

    def test_keys_that_are_remembered(self, many):
        """Again within the minute: only the queries."""
        many.numbers("PENDING")
        with recorded(many.client) as calls:
            many.numbers("PENDING")
        assert ["Query"] * 4 == calls

    @pytest.mark.parametrize("limit", [1, 10, 100])
    def test_a_page(self, many, limit):
        """A page reads little more than it gives: at most two pages a shard, never all."""
        queue, client = many.reader_elsewhere()
        with recorded(client) as calls:
            found = queue.older_than(["PENDING"], NOON + DAY, limit)
        assert many.many[:limit] == [facts.number for facts in found]
        assert 8 >= calls.count("Query")
        assert 2 >= calls.count("BatchGetItem")

    def test_no_page(self, many):
        """A limit of 0 asks nobody."""
        with recorded(many.client) as calls:
            assert [] == many.numbers("PENDING", limit=0)
        assert [] == calls


def test_the_projection_is_pure(queues):
    """The same account always comes to the same row, found by state and age."""
    account, number = queues.left(told=False)
    loaded = queues.ledger.load(account)
    (row,) = RetirementQueue().project(loaded)
    assert (row,) == tuple(RetirementQueue().project(loaded))
    assert (account, "ROW", {Purpose.RETIREMENT}) == (row.key, row.sort, row.personal.keys())
    assert (f"PENDING#{number % 4}", f"{moment(NOON)}#{number:012d}") == tuple(row.indexed)
