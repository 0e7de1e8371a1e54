"""One EventBridge event for each event of a commit, never with a value (spec 50, section 7)."""

import json

from tests.support.stream import number_of


def test_the_shape(stream):
    """Source, type, bus, and `{"account", "version", "at", "fields"}`."""
    ada = stream.account("SECRET-NAME")
    stream.deliver(stream.renamed(ada, "SECRET-TOO"))
    (entry,) = stream.bus.taken
    assert {"Source": "rollcall", "DetailType": "ProfileUpdated", "EventBusName": "bus"} == {
        name: value for name, value in entry.items() if name != "Detail"
    }
    detail = json.loads(entry["Detail"])
    assert {"account", "version", "at", "fields"} == detail.keys()
    assert (ada, 2, ["name"]) == (detail["account"], detail["version"], detail["fields"])
    assert "SECRET" not in repr(entry)


def test_preferences_are_not_named(stream, stage):
    """A preference's key is a person's own text: the feed says `preferences` only."""
    username = stage.new_account(preferences={"SECRET-KEY": "SECRET"}, profile={"bio": "SECRET"})
    stream.deliver(stream.record(stage.id_of(username)))
    (entry,) = stream.bus.taken
    fields = json.loads(entry["Detail"])["fields"]
    assert {"username", "email", "name", "bio", "preferences"} <= set(fields)
    assert "SECRET" not in repr(entry)


def test_refused(stream):
    """EventBridge refuses one entry: that record comes again; the views are written already."""
    ada, bob = stream.account(), stream.account()
    stream.bus.refused.add(bob)
    records = [stream.record(ada), stream.record(bob)]
    assert [number_of(records[1])] == stream.deliver(*records)
    assert ("Ada", 1) == stream.row(bob)
    assert set() == stream.set_aside()
    stream.bus.refused.clear()
    assert [] == stream.deliver(records[1])
    assert [ada, bob] == [json.loads(entry["Detail"])["account"] for entry in stream.bus.taken]


def test_more_than_ten(stream):
    """More entries than one request takes are published in several."""
    records = [stream.record(stream.account()) for _ in range(23)]
    assert [] == stream.deliver(*records)
    assert 23 == len(stream.bus.taken)


def test_no_bus(stream):
    """Without a feed only the views are written."""
    ada = stream.account()
    stream.runner._feed = None
    assert [] == stream.deliver(stream.record(ada))
    assert ("Ada", 1) == stream.row(ada)
    assert [] == stream.bus.taken
