"""Idempotency records of calls that are many commits: carried on after a crash, answered again once through."""

import itertools

import pytest

from chalicelib.events.batch_records import WORKING_SECONDS, BatchRecords, Progress
from chalicelib.events.idempotency import LIFETIME_SECONDS, Answer, Command, read_record, record_item, record_key
from tests.events.samples import ACCOUNT, KEY
from tests.support.calls import lost
from tests.support.threads import at_once

NOW = 1_800_000_000
keys = (f"key {number}" for number in itertools.count())
writers = (f"writer {number}" for number in itertools.count())


class Records:
    """The records of one caller and one key."""

    def __init__(self, wiring):
        self.client, self.table = wiring.dynamodb, wiring.tables.ledger.Meta.table_name
        self.records = BatchRecords(self.client, self.table)
        self.key = next(keys)

    def find(self, now=NOW):
        return self.records.find(ACCOUNT, self.key, now)

    def write(self, state, until, over=None, now=NOW, writer=None):
        progress = Progress(state, until, next(writers) if writer is None else writer)
        return self.records.write(ACCOUNT, self.key, "request", now, progress, over)

    def remove(self):
        self.records.remove(ACCOUNT, self.key)

    def stored(self):
        return self.client.get_item(TableName=self.table, Key=record_key(ACCOUNT, self.key))["Item"]


@pytest.fixture
def records(stage):
    return Records(stage.wiring)


def test_nothing_yet(records):
    """A key that was never used has no record."""
    assert records.find() is None


def test_begun(records):
    """A call that is at work: what it has saved, and until when it counts as alive."""
    assert records.write([1, 2], NOW + WORKING_SECONDS)
    found = records.find()
    assert ([1, 2], False, NOW + WORKING_SECONDS, "request") == (
        found.state,
        found.done,
        found.until,
        found.request_digest,
    )


def test_through(records):
    """A call that is through is at work no more, and its state is kept for its answer."""
    records.write([1], NOW + WORKING_SECONDS)
    assert records.write([1, 2], None, records.find())
    assert ([1, 2], True, 0) == ((found := records.find()).state, found.done, found.until)


def test_only_over_what_was_found(records):
    """Whoever writes over something else than what stands there was too slow."""
    records.write([], NOW + 60)
    first = records.find()
    assert not records.write([], NOW + 60)
    assert records.write([1], NOW + 60, first)
    assert not records.write([2], NOW + 60, first)
    assert [1] == records.find().state


def test_the_same_writer_again(records):
    """Who was not told that a record landed, and writes it again, has it; another writer's is another's."""
    assert records.write([1], NOW + 60, writer="ada")
    assert records.write([1], NOW + 60, writer="ada")
    assert not records.write([1], NOW + 60, writer="bob")
    assert "ada" == records.find().writer


def test_an_answer_that_is_lost(records):
    """A record that landed, and is sent again by botocore, is one's own: anew, and over what was found."""
    with lost(records.client, "PutItem"):
        assert records.write([1], NOW + 60)
        assert records.write([2], NOW + 60, records.find())
        assert not records.write([3], NOW + 60)
    assert [2] == records.find().state


def test_ten_at_once(records):
    """Of ten that begin together one may work."""
    assert 1 == sum(at_once(*[lambda number=number: records.write(number, NOW + 60) for number in range(10)]))


def test_ten_twins_at_once(records):
    """Of ten that take a dead call over one may."""
    records.write(0, NOW)
    dead = records.find(NOW + 1)
    assert 1 == sum(at_once(*[lambda number=number: records.write(number, NOW + 99, dead) for number in range(1, 11)]))


def test_it_runs_out(records):
    """After 24 hours the key is new, and may be used again."""
    records.write([1], None)
    assert records.find(NOW + LIFETIME_SECONDS - 1) is not None
    assert records.find(NOW + LIFETIME_SECONDS) is None
    assert not records.write([2], None, now=NOW + LIFETIME_SECONDS - 1)
    assert records.write([2], None, now=NOW + LIFETIME_SECONDS)
    assert [2] == records.find(NOW + LIFETIME_SECONDS).state


def test_refused(records):
    """A call that was refused has left nothing: its key is new."""
    records.write([], NOW + 60)
    records.remove()
    assert records.find() is None
    records.remove()


def test_callers_and_keys_are_separate(records):
    """Nobody meets the record of somebody else."""
    records.write([1], None)
    assert records.records.find("cd" * 16, records.key, NOW) is None
    assert records.records.find(ACCOUNT, f"{records.key}x", NOW) is None


def test_the_record_of_another_kind_of_call(records):
    """A key that a single command has used is found with that command's request, and is not written over."""
    command = Command(
        ACCOUNT, records.key, "another request", NOW, lambda _state, _version: Answer(200, {}, '{"a": 1}')
    )
    records.client.put_item(TableName=records.table, Item=record_item(command, None, ACCOUNT, 7, KEY))
    found = records.find()
    assert ("another request", True) == (found.request_digest, found.done)
    assert not records.write([], NOW + 60)
    assert not records.write([], NOW + 60, found)


def test_a_single_command_meets_it(records):
    """The other way round: the record of such a call tells a single command that the key is used, and by what."""
    records.write([1], None)
    record = read_record(records.stored(), NOW)
    assert "request" == record.request_digest
    assert {"pk", "sk", "request", "a", "v", "expires", "p"} == records.stored().keys()


def test_a_state_of_nothing(records):
    """A call that has saved nothing yet is at work all the same."""
    records.write(None, NOW + 60)
    assert (None, False) == ((found := records.find()).state, found.done)
