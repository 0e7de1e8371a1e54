"""The stream consumer: views and partial failures (spec 50, section 8)."""

import json

from chalicelib.accounts.aggregate import AccountAggregate
from chalicelib.events.claims import ClaimKeys
from chalicelib.events.keys import KeyRing
from chalicelib.events.ledger import Ledger
from tests.support.calls import recorded, unreachable
from tests.support.stream import LIMIT, Stream, number_of

FIRST_READS = 1
"""A fresh key ring reads the row of the key-encryption key."""


def test_a_head_becomes_a_row(stream):
    """Each new head is projected, with the version that it shows."""
    ada = stream.account()
    assert [] == stream.deliver(stream.record(ada), stream.renamed(ada, "Ada L"))
    assert ("Ada L", 2) == stream.row(ada)


class TestOnlyIfNewer:
    """Redelivery, reordering and duplicates do no harm."""

    def test_late(self, stream):
        """An older head after a newer one changes nothing."""
        ada = stream.account("one")
        records = [stream.record(ada), stream.renamed(ada, "two"), stream.renamed(ada, "three")]
        assert [] == stream.deliver(*reversed(records))
        assert ("three", 3) == stream.row(ada)

    def test_twice(self, stream):
        """The same head again changes nothing."""
        ada = stream.account("one")
        record = stream.record(ada)
        assert [] == stream.deliver(record, record) + stream.deliver(record)
        assert ("one", 1) == stream.row(ada)

    def test_a_tombstone_stays(self, stream):
        """A row that is not there any more is not brought back by an older delivery."""
        ada = stream.account("one")
        first, second = stream.record(ada), stream.renamed(ada, "gone")
        stream.deliver(first, second)
        assert (None, 2) == stream.row(ada)
        stream.deliver(first)
        assert (None, 2) == stream.row(ada)
        stream.deliver(stream.renamed(ada, "back"))
        assert ("back", 3) == stream.row(ada)


def test_one_row_for_many_heads(stream):
    """Of an account's heads in one batch the newest is projected, and the feed tells of each."""
    ada, bob = stream.account("one"), stream.account("Bob")
    records = [stream.record(ada), stream.record(bob), stream.renamed(ada, "two"), stream.renamed(ada, "three")]
    assert [] == stream.deliver(*records)
    assert [(ada, 3), (bob, 1)] == stream.names.order
    assert ("three", 3) == stream.row(ada)
    told = [json.loads(entry["Detail"]) for entry in stream.bus.taken]
    assert [(ada, 1), (ada, 2), (ada, 3), (bob, 1)] == sorted(
        ((each["account"], each["version"]) for each in told), key=lambda each: (each[0] != ada, each[1])
    )


def test_a_head_without_a_version_is_poison(stream):
    """It is set aside like any other malformed head, and the others go on."""
    ada, bob = stream.account(), stream.account("Bob")
    record = stream.record(ada)
    del record["dynamodb"]["NewImage"]["v"]
    for _ in range(LIMIT):
        stream.deliver(record, stream.record(bob))
    assert ("Bob", 1) == stream.row(bob)
    assert [] == stream.deliver(record)


def test_other_items_are_not_projected(stream):
    """Events, claims and deletions in the stream are nothing to a view."""
    records = [
        {"dynamodb": {"SequenceNumber": "1", "NewImage": {"pk": {"S": "A#x"}, "sk": {"S": "E#000000000001"}}}},
        {"dynamodb": {"SequenceNumber": "2", "NewImage": {"pk": {"S": "C#x"}, "sk": {"S": "CLAIM"}}}},
        {"dynamodb": {"SequenceNumber": "3"}},
    ]
    assert [] == stream.deliver(*records)
    assert [] == stream.names.order


class TestPartialFailures:
    """One account's trouble holds up its own records, and the lowest failed record is told."""

    def test_the_lowest(self, stream):
        """The lowest failed record comes again; the others are done all the same."""
        ada, bob, eve = stream.account(), stream.account(), stream.account()
        stream.names.poisoned |= {bob, eve}
        records = [stream.record(account) for account in (ada, bob, eve)]
        later = stream.renamed(ada, "Later")
        assert [number_of(records[1])] == stream.deliver(*records, later)
        assert ("Later", 2) == stream.row(ada)
        assert (None, None) == (stream.row(bob), stream.row(eve))

    def test_by_number_not_by_text(self, stream):
        """Sequence numbers are numbers of different lengths."""
        ada, bob = stream.account(), stream.account()
        stream.names.poisoned |= {ada, bob}
        first, second = stream.record(ada), stream.record(bob)
        first["dynamodb"]["SequenceNumber"], second["dynamodb"]["SequenceNumber"] = "100", "99"
        assert ["99"] == stream.deliver(first, second)

    def test_later_records_of_the_account_wait(self, stream):
        """After a failure all of the account's records in the batch come again, from the first one on."""
        ada = stream.account()
        stream.names.waiting.add(ada)
        first, second = stream.record(ada), stream.renamed(ada, "two")
        assert [number_of(first)] == stream.deliver(first, second)
        stream.names.waiting.clear()
        assert [] == stream.deliver(first, second)
        assert ("two", 2) == stream.row(ada)


def test_the_function_itself(stage, api):
    """The stage's own consumer takes a record of the real ledger and publishes to the emulated bus."""
    stream = Stream(stage)
    ada = stream.account()
    assert {"batchItemFailures": []} == stage.wiring.runner.handle({"Records": [stream.record(ada)]})


class TestKeysOfABatch:
    """The keys of all heads of a batch are read at once, and trouble with one is that account's alone."""

    def forgetful(self, stream):
        """A consumer of another process, which remembers no key, and its ledger."""
        wiring = stream.stage.wiring
        keys = KeyRing(wiring.dynamodb, wiring.keys.table, lambda: wiring.kms, wiring.settings.kms_key_id)
        ledger = Ledger(
            AccountAggregate(),
            wiring.dynamodb,
            wiring.ledger.table,
            keys,
            ClaimKeys(wiring.secrets["claims_pepper"]),
            wiring.tables.erasures.Meta.table_name,
        )
        stream.runner = stream.fresh_runner(ledger)
        return keys

    def test_one_request(self, stream):
        """One request reads all of them; another batch of the same accounts needs none."""
        records = [stream.record(stream.account(str(number))) for number in range(5)]
        self.forgetful(stream)
        with recorded(stream.stage.wiring.dynamodb) as calls:
            stream.deliver(*records)
        assert (1, 0) == (calls.count("BatchGetItem"), calls.count("GetItem") - FIRST_READS)
        with recorded(stream.stage.wiring.dynamodb) as calls:
            stream.deliver(*records)
        assert 0 == calls.count("BatchGetItem") + calls.count("GetItem")

    def test_a_key_that_does_not_open(self, stream):
        """Its account is in trouble; the others are projected."""
        bad, good = stream.account("bad"), stream.account("good")
        table = stream.stage.wiring.keys.table
        key = {"pk": {"S": f"{bad}#profile"}}
        row = stream.stage.wiring.dynamodb.get_item(TableName=table, Key=key)["Item"]
        stream.stage.wiring.dynamodb.put_item(TableName=table, Item={**row, "wrapped": {"B": bytes(60)}})
        records = [stream.record(bad), stream.record(good)]
        self.forgetful(stream)
        assert [records[0]["dynamodb"]["SequenceNumber"]] == stream.deliver(*records)
        assert ("good", 1) == stream.row(good)

    def test_a_head_that_is_malformed(self, stream):
        """What cannot even be told of it is left to its own projection."""
        bad, good = stream.account("bad"), stream.account("good")
        records = [stream.record(bad), stream.record(good)]
        records[0]["dynamodb"]["NewImage"]["profile"] = {"B": ""}
        self.forgetful(stream)
        assert [records[0]["dynamodb"]["SequenceNumber"]] == stream.deliver(*records)
        assert ("good", 1) == stream.row(good)

    def test_when_it_fails(self, stream):
        """Each head is decoded by itself, as if nobody had tried."""
        record = stream.record(stream.account("Ada"))
        self.forgetful(stream)
        with unreachable(stream.stage.wiring.dynamodb, "BatchGetItem"):
            assert [] == stream.deliver(record)
