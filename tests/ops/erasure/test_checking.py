"""`rollcall erase --check` in this process: what is left is found wherever it is, and what is meant to stay is not."""

import json
import re

import pytest

from chalicelib.projections.check_items import PREFIX
from ops.erasure.checking import ControlFailedError
from ops.erasure.choosing import vocabulary_of
from ops.erasure.control import BUCKET, OBJECTS, Control
from ops.erasure.forms import FORMS
from ops.erasure.searching import Hit
from ops.erasure.stores import CHUNK, Stores, Version
from tests.ops.erasure.erased import LEAKED, Erasing, whats
from tests.pipeline.world import running_world

TABLES = ("ledger", "keys", "erasures", "short-lived", "clients", "views")
STORES = (*(f"rollcall-{suffix}" for suffix in TABLES), BUCKET)


@pytest.fixture(scope="module")
def story():
    """A person is forgotten step by step: (what a check found at each moment, the person)."""
    with running_world() as world:
        erasing, found = Erasing(world), {}
        erasing.twin()
        found["living"] = erasing.check()
        erasing.retire()
        found["retired"] = erasing.check()
        erasing.clean_up()
        found["cleaned"] = erasing.check()
        take_back = erasing.leak()
        found["leaking"] = erasing.check()
        take_back()
        found["taken back"] = erasing.check(values=None)
        yield found, erasing


@pytest.fixture
def found(story):
    """What a check found at each moment."""
    return story[0]


@pytest.fixture
def erasing(story):
    """The person, forgotten, nothing left."""
    return story[1]


def test_whoever_is_there_is_not_forgotten(found):
    """Head, keys, claims, rows and sessions of somebody who is about to be retired."""
    told = {
        "the profile is not erased",
        "the retirement row stands",
        "the partner row stands",
        "the key is not destroyed",
        "a claim",
        "a row with content",
        "a session",
    }
    assert told == whats(found["living"])


def test_after_retire_the_rows_are_left(found):
    """Who is retired and not cleaned up is not forgotten; the profile's key is fenced."""
    told = {
        "the retirement row stands",
        "the partner row stands",
        "the key is not destroyed",
        "a claim",
        "a row with content",
    }
    assert told == whats(found["retired"])
    kinds = {each.item.split("#")[1] for each in found["retired"].findings if each.what == "a claim"}
    assert {"row", "original-username", "original-email", "reported-username"} == kinds
    undestroyed = [each.item for each in found["retired"].findings if "key" in each.what]
    assert ["partner", "retirement"] == sorted(each.partition("#")[2] for each in undestroyed)
    assert ["profile", "retirement"] == [fence.purpose for fence in found["retired"].fences]


def test_after_both_cleanups_nothing_is_left(found, erasing):
    """Every key is fenced, the names stay taken, and somebody else's data is no finding."""
    done = found["cleaned"]
    assert [] == done.findings
    assert done.clean
    assert [("partner", 1), ("profile", None), ("retirement", 1), ("retirement", 2)] == [
        (fence.purpose, fence.row) for fence in done.fences
    ]
    assert (1, 1) == (done.of_others, done.versions)
    assert set(STORES) - {BUCKET} == set(done.tables)
    assert done.retired_claims >= 2
    assert 2 == done.retired_names
    assert done.residue.events == erasing.world.version(erasing.account)
    assert done.residue.sealed_parts > 0
    assert done.residue.erasure_entries == len(done.fences)
    assert erasing.told >= done.items


def test_values_that_say_nothing_are_counted(found):
    """Short, empty and common ones are not looked for."""
    chosen = found["cleaned"].chosen
    assert chosen.given == len(chosen.sought) + chosen.too_short + chosen.common
    assert chosen.too_short >= 2
    assert chosen.common >= 1


def test_the_caches_of_keys_are_waited_out(found, erasing):
    """A process may remember a key for 60 seconds, by the newest fence."""
    assert 60.0 in erasing.waits
    assert 60.0 == max(erasing.waits)


def test_a_clock_that_is_behind(found, erasing):
    """A fence that seems to lie far ahead is waited for no longer than a key is remembered."""
    before = len(erasing.waits)
    erasing.world.clock.advance(days=-40)
    try:
        erasing.check()
    finally:
        erasing.world.clock.advance(days=40)
    assert [60.0] == erasing.waits[before:]


@pytest.mark.parametrize("form", [form.name for form in FORMS])
@pytest.mark.parametrize("store", STORES)
def test_a_value_is_found_in_each_store_and_form(found, store, form):
    """Nested in an item, or in an object."""
    assert ("value 1: " + form) in {each.what for each in found["leaking"].findings if each.store == store}


def test_a_value_is_found_in_a_queue(found):
    """What waits in a queue of this stage is looked through, and stays there."""
    assert any(each.store == "queue rollcall-dead-letters" for each in found["leaking"].findings)
    assert {"rollcall-dead-letters": 1} == found["leaking"].queues


def test_a_value_is_found_in_an_old_version(found):
    """Below a delete marker."""
    places = [each.item for each in found["leaking"].findings if each.store == BUCKET and each.what == "value 1: plain"]
    assert "aaaa/aaa" in places


def test_a_finding_tells_no_value(found, erasing):
    """Neither in keys nor in texts; keys of no known kind are told by their shape."""
    told = json.dumps([finding._asdict() for findings in found.values() for finding in findings.findings])
    assert "qzxmark" not in told.lower()
    assert "O'Brien" not in told
    erasing.put("ledger", {"pk": {"S": f"X#{LEAKED}"}, "sk": {"S": "HEAD"}, LEAKED: {"S": "x"}})
    done = erasing.check(values=[LEAKED])
    erasing.delete("ledger", f"X#{LEAKED}", "HEAD")
    assert {"value 1: plain", "value 1: in other capitals"} == whats(done)
    assert all("Brien" not in each.item for each in done.findings)


def test_what_was_taken_back_is_gone(found):
    """Without values the certificate says so; structural checks are done all the same."""
    assert found["taken back"].clean
    assert not found["taken back"].values_given
    assert found["cleaned"].values_given


def test_nothing_planted_stays(erasing):
    """Neither items nor objects, nor of a check that was killed; a verification does not accuse them meanwhile."""
    control = Control(erasing.world.wiring, erasing.stores, "killed")
    control.plant()
    before = erasing.world.wiring.checker.all()
    assert [] == [each for each in before.findings if each.place == "unknown"]
    assert any(version.key.startswith(OBJECTS) for version in erasing.stores.versions())
    assert erasing.check(values=None).clean
    for table in TABLES:
        for item in erasing.world.scan(table.replace("-", "_")):
            assert not any(PREFIX in repr(value) for value in item.values())
    assert [] == list(erasing.stores.versions(OBJECTS))


class Without(Stores):
    """A scanner that lacks a piece."""

    def __init__(self, whole, lacks):
        self.__dict__.update(whole.__dict__)
        self.lacks = lacks

    def pages(self, table):
        """No page of the table that is lacking."""
        return iter(()) if table.suffix == self.lacks else super().pages(table)

    def versions(self, prefix=""):
        """No object, or the newest ones alone."""
        found = super().versions(prefix)
        if prefix or self.lacks not in (BUCKET, "old versions"):
            return found
        return iter({each.key: each for each in reversed(list(found))}.values() if self.lacks != BUCKET else ())


@pytest.mark.parametrize("lacks", ["keys", "views", BUCKET, "old versions"])
def test_a_store_that_is_not_read_fails_the_control(erasing, lacks):
    """No certificate is worth anything then; what was planted is taken away all the same."""
    with pytest.raises(ControlFailedError) as raised:
        erasing.check(values=None, stores=Without(erasing.stores, lacks))
    if lacks == "old versions":
        assert ["bucket: old version"] == raised.value.missing
    else:
        assert {lacks} == {each.partition(":")[0] for each in raised.value.missing}
        assert len(FORMS) <= len(raised.value.missing)
    assert [] == list(erasing.stores.versions(OBJECTS))


@pytest.mark.parametrize("place", [0, len(FORMS) // 2, len(FORMS) - 1])
def test_a_form_that_is_not_looked_for_fails_the_control(erasing, place):
    """In every store."""
    with pytest.raises(ControlFailedError) as raised:
        erasing.check(values=None, forms=[form for form in FORMS if form is not FORMS[place]])
    missing = {each for each in raised.value.missing if each.endswith(f": {FORMS[place].name}")}
    if FORMS[place].name != "plain":
        assert {f"{each}: {FORMS[place].name}" for each in (*TABLES, BUCKET)} == missing == set(raised.value.missing)
    else:
        assert len(raised.value.missing) > len(STORES)


def test_each_mark_counts(erasing):
    """Any mark that is not found is named."""
    control = Control(erasing.world.wiring, erasing.stores, "f" * 32)
    everything = {}
    for mark in control.marks:
        everything.setdefault(mark.store, set()).add(mark.hit)
    assert [] == control.missing(everything)
    for mark in control.marks:
        rest = everything | {mark.store: everything[mark.store] - {mark.hit}}
        assert 1 == len(control.missing(rest))
    assert len(control.marks) >= len(STORES) * len(FORMS)


def test_a_large_object_is_read_in_pieces(erasing):
    """A value over the edge of a piece is found, in a text and in bytes."""
    searched = []
    body = b"." * (CHUNK - 7) + LEAKED.encode() + b"." * CHUNK
    erasing.object("large", body)
    pieces = erasing.stores.looked_through(
        [Version("large", "null"), Version("gone", "null")],
        lambda buffer: searched.append(buffer) or {Hit(str(len(buffer.texts)), "")},
    )
    found = [each[0].key for each in pieces]
    erasing.stores.delete("large")
    assert ["large", "gone"] == found
    assert 4 == len(searched)
    assert any(LEAKED.encode() in text for buffer in searched for text in buffer.texts)


def test_the_vocabulary_has_every_word_that_is_written_in_the_clear(erasing):
    """Words of readable parts of everybody's items are no value of anybody, so none of them is looked for."""
    vocabulary = vocabulary_of(erasing.world.wiring)
    words = set()
    for table in TABLES:
        for item in erasing.world.scan(table.replace("-", "_")):
            for name, value in item.items():
                text = value.get("S", "") if name not in ("client_id", "secret_hash", "envelope") else ""
                words |= {word for word in re.findall(r"[A-Za-z_]{4,}", text) if not re.fullmatch("[a-f]+", word)}
    prefix = erasing.world.wiring.settings.retired_username_prefix
    assert set() == {word for word in words if word.casefold() not in vocabulary and not word.startswith(prefix)}
    assert len(words) > 50
