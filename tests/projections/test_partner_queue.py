"""The partner queue: who is waiting to be reported (spec 20, section 9)."""

from datetime import timedelta

import pytest

from chalicelib.projections.partner_queue import PartnerQueue
from tests.support.calls import recorded
from tests.support.clock import NOON
from tests.support.queues import Queues


@pytest.fixture
def queues(stage):
    """Queues of its own for each test."""
    return Queues(stage)


def waiting(queues):
    """Account and number of each partner row that waits, in order."""
    return [tuple(row) for row in queues.partners.waiting()]


def working(queues, **more):
    """An account in a working state, and its row's number."""
    account, row = queues.left(**more)
    queues.move(account, "RETIRING_LMS")
    return account, row


def reported(queues):
    """An account with a partner row, and that row's number."""
    account, row = working(queues)
    return account, queues.report(account, row)


class TestRows:
    """A row waits from its making until a driver has it."""

    def test_nobody(self, queues):
        """Who is not reported has no row here, not even a tombstone, wherever the retirement stands."""
        staying = queues.stream.account()
        queues.tell(queues.record(staying))
        leaving, _ = working(queues)
        assert [None, None] == [queues.stored("partner_queue", account) for account in (staying, leaving)]
        assert [] == waiting(queues)

    def test_made(self, queues):
        """It waits, with whose it is and its number."""
        account, number = reported(queues)
        assert [(account, number)] == waiting(queues)

    def test_nothing_personal(self, queues):
        """The item holds a number and the account's random id, and nothing sealed."""
        account, number = reported(queues)
        item = queues.stored("partner_queue", account)
        assert {"pk", "sk", "v", "row", "index", "place"} == item.keys()
        assert f'{{"number":{number}}}' == item["row"]["S"]
        assert "ada" not in repr(item).replace(account, "").lower()

    def test_handed_out(self, queues):
        """Who has been given out does not wait any more; the row is still there."""
        account, number = reported(queues)
        queues.hand_out(account, number)
        assert [] == waiting(queues)
        assert {"pk", "sk", "v", "row"} == queues.stored("partner_queue", account).keys()

    def test_cleaned_up(self, queues):
        """Afterwards only a tombstone is left."""
        account, number = reported(queues)
        queues.hand_out(account, number)
        queues.remove_report(account, number)
        assert {"pk", "sk", "v"} == queues.stored("partner_queue", account).keys()

    def test_cancelled(self, queues):
        """Cancelling removes it, waiting or not."""
        account, row = working(queues)
        queues.report(account, row)
        queues.move(account, "PENDING")
        queues.cancel(account, row)
        assert [] == waiting(queues)
        assert {"pk", "sk", "v"} == queues.stored("partner_queue", account).keys()

    def test_the_retirements_cleanup(self, queues):
        """It leaves the partner row alone."""
        account, row = working(queues)
        number = queues.report(account, row)
        queues.move(account, "COMPLETE")
        queues.clean_up(account, row)
        assert [(account, number)] == waiting(queues)

    def test_made_again(self, queues):
        """A row that is made after one was cleaned up waits under its own number."""
        account, row = working(queues)
        first = queues.report(account, row)
        queues.hand_out(account, first)
        queues.remove_report(account, first)
        second = queues.report(account, row)
        assert [(account, second)] == waiting(queues)
        assert first < second


class TestOrder:
    """Rows come in the order in which they were made."""

    def test_by_number(self, queues):
        """Over all shards, whenever their accounts left."""
        made = []
        for days in (5, 3, 8, 1, 9, 2, 7):
            account, row = working(queues, at=NOON - timedelta(days=days))
            made.append((account, queues.report(account, row)))
        assert made == waiting(queues)

    def test_one_request_a_shard(self, queues):
        """Nothing is opened, so no key is asked for."""
        for _ in range(5):
            reported(queues)
        with recorded(queues.client) as calls:
            assert 5 == len(waiting(queues))
        assert ["Query"] * 4 == calls


class TestLateDeliveries:
    """Redelivery and reordering do no harm."""

    def test_waiting_after_handed_out(self, queues):
        """A head from before does not make it wait again."""
        account, row = working(queues)
        number = queues.report(account, row, told=False)
        before = queues.record(account)
        queues.hand_out(account, number)
        queues.tell(before, before)
        assert [] == waiting(queues)

    def test_after_the_cleanup(self, queues):
        """Nor one whose key is destroyed by now."""
        account, row = working(queues)
        number = queues.report(account, row, told=False)
        records = [queues.record(account)]
        queues.hand_out(account, number, told=False)
        records.append(queues.record(account))
        queues.remove_report(account, number)
        queues.tell(*records)
        assert [] == waiting(queues)
        assert {"pk", "sk", "v"} == queues.stored("partner_queue", account).keys()

    def test_heads_that_come_after_their_key_was_destroyed(self, queues):
        """In their order: the last one leaves the tombstone."""
        account, row = working(queues)
        number = queues.report(account, row, told=False)
        records = [queues.record(account)]
        queues.hand_out(account, number, told=False)
        records.append(queues.record(account))
        queues.remove_report(account, number, told=False)
        records.append(queues.record(account))
        queues.tell(*records)
        assert [] == waiting(queues)
        version = queues.ledger.load(account).version
        assert str(version) == queues.stored("partner_queue", account)["v"]["N"]


def test_the_projection_is_pure(queues):
    """The same account always comes to the same row, found by its number alone."""
    account, number = reported(queues)
    loaded = queues.ledger.load(account)
    (row,) = PartnerQueue().project(loaded)
    assert (row,) == tuple(PartnerQueue().project(loaded))
    assert (account, "ROW", {}) == (row.key, row.sort, dict(row.personal))
    assert (f"WAITING#{number % 4}", f"{number:012d}") == tuple(row.indexed)
