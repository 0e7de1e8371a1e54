"""Verification sees whatever was done to a history or its head."""

import pytest

from chalicelib.accounts.aggregate import AccountAggregate
from chalicelib.events import items
from chalicelib.events.aggregate import Loaded
from chalicelib.events.verification import Verdict, Violation, verify
from tests.events.samples import ACCOUNT, ERASED, KEY, KEYS, bio_changed, history, stored

AGGREGATE = AccountAggregate()
EVENTS = history(5)
ITEMS, DIGEST = stored(EVENTS)


def head(events=EVENTS, digest=DIGEST, key=KEY):
    state = None
    for event in events:
        state = AGGREGATE.fold(state, event)
    return items.head_item(Loaded(ACCOUNT, state, len(events), digest, key), AGGREGATE, events[-1:])


def violations(event_items, standing=None, keys=KEYS):
    return verify(standing or head(), event_items, ACCOUNT, keys, AGGREGATE).violations


def altered(index, **attributes):
    """The items with attributes of one exchanged, or dropped where null."""
    merged = {**ITEMS[index], **attributes}
    changed = {name: value for name, value in merged.items() if value is not None}
    return [*ITEMS[:index], changed, *ITEMS[index + 1 :]]


def test_a_whole_history_holds():
    """Nothing is found in what the ledger wrote."""
    verdict = verify(head(), ITEMS, ACCOUNT, KEYS, AGGREGATE)
    assert Verdict(ACCOUNT, 5, ()) == verdict
    assert verdict.ok


def test_events_after_the_head_that_was_read_are_no_fault():
    """A commit may land between the reading of the head and of the events."""
    newer, _ = items.event_item(bio_changed(6), DIGEST, KEYS)
    assert () == violations([*ITEMS, newer])


def test_a_head_that_is_sealed_with_a_destroyed_key_still_verifies():
    """Digests are over sealed parts, so a forgotten person's history is proven whole without the key."""
    assert () == violations(ITEMS, keys=ERASED)


@pytest.mark.parametrize("keys", [KEYS, ERASED], ids=["key", "erased"])
@pytest.mark.parametrize("index", range(5))
def test_an_altered_clear_text_is_found(index, keys):
    """Each clear text is in its digest, with the key and without it."""
    plain = ITEMS[index]["p"]["S"].replace("request-", "request_")
    assert (Violation("event", index + 1, "digest"),) == violations(altered(index, p={"S": plain}), keys=keys)


@pytest.mark.parametrize("keys", [KEYS, ERASED], ids=["key", "erased"])
@pytest.mark.parametrize("blob", [None, {"B": b"\x01" + bytes(40)}, ITEMS[3]["profile"]], ids=["none", "junk", "other"])
def test_an_altered_sealed_part_is_found(blob, keys):
    """Each sealed part is in its digest, whether it is dropped, overwritten or exchanged."""
    assert (Violation("event", 3, "digest"),) == violations(altered(2, profile=blob), keys=keys)


def test_an_added_sealed_part_is_found():
    """A part for another purpose cannot be slipped in."""
    assert (Violation("event", 3, "digest"),) == violations(altered(2, partner={"B": b"x"}))


def test_an_altered_digest_is_found():
    """A digest that is not that of its event is found there."""
    assert (Violation("event", 2, "digest"),) == violations(altered(1, d={"B": bytes(32)}))


@pytest.mark.parametrize("index", range(4))
def test_a_dropped_event_is_found(index):
    """A gap is found where it is."""
    assert (Violation("event", index + 1, "missing"),) == violations(ITEMS[:index] + ITEMS[index + 1 :])


def test_a_dropped_last_event_is_found():
    """The head says how far the history must go."""
    assert (Violation("head", 5, "later than the events"),) == violations(ITEMS[:-1])


def test_exchanged_events_are_found():
    """Two events under each other's numbers do not chain."""
    swapped = [*ITEMS[:1], {**ITEMS[2], "sk": ITEMS[1]["sk"]}, {**ITEMS[1], "sk": ITEMS[2]["sk"]}, *ITEMS[3:]]
    assert (Violation("event", 2, "digest"),) == violations(swapped)


def test_a_rewritten_history_is_found():
    """A history that is whole in itself, but not the one the head ends."""
    forged, _ = stored([*EVENTS[:4], bio_changed(5)])
    assert (Violation("head", 5, "digest"),) == violations(forged)


def test_an_event_of_another_account_is_found():
    """An item that chains, but tells of another place, is no event of this account."""
    foreign, digest = items.event_item(bio_changed(1, "cd" * 16), bytes(32), ERASED | {items.Purpose.PROFILE: KEY})
    assert (Violation("event", 1, "does not open here"),) == violations([foreign], head(EVENTS[:1], digest))
    assert (Violation("event", 1, "belongs to another place"),) == violations(
        [foreign], head(EVENTS[:1], digest), ERASED
    )


def test_a_head_that_is_not_the_fold_is_found():
    """A head that says something else than the events is found although its digest is right."""
    other = head([*EVENTS[:4], bio_changed(5).model_copy(update={"after": EVENTS[1].after})])
    assert (Violation("head", 5, "state"),) == violations(ITEMS, other)


def test_an_event_without_an_attribute_is_found():
    """An item that lost its clear text or digest is a violation, not an accident."""
    assert (Violation("event", 2, "no p"),) == violations(altered(1, p=None))
    assert (Violation("event", 2, "no d"),) == violations(altered(1, d=None))
