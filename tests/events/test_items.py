"""Items: what is sealed for which purpose, and what is said of an item that is not what was written."""

from itertools import product
from typing import Annotated

import pytest

from chalicelib.accounts.aggregate import AccountAggregate
from chalicelib.events import items
from chalicelib.events.aggregate import Loaded
from chalicelib.events.catalogue import EVENT_TYPES
from chalicelib.events.chain import GENESIS
from chalicelib.events.classification import Classification, Personal, Purpose, Sensitivity
from chalicelib.events.errors import CorruptItemError, ErasedKeyError, UnknownEventTypeError, UnknownKeyError
from chalicelib.events.event import Event
from chalicelib.events.sealing import DataKey
from tests.events.samples import ACCOUNT, ERASED, KEY, KEYS, bio_changed, registered, stamp

AGGREGATE = AccountAggregate()


class Left(Event):
    """A sample event with parts for all three purposes."""

    nickname: Annotated[str, Personal] = ""
    original: Annotated[str, Classification(Sensitivity.PERSONAL, Purpose.RETIREMENT)] = ""
    report: Annotated[str, Classification(Sensitivity.PERSONAL, Purpose.PARTNER)] = ""


SUBJECTS = {Purpose.PROFILE: ACCOUNT, Purpose.RETIREMENT: "R#1", Purpose.PARTNER: "P#1"}
THREE_KEYS = {purpose: DataKey(subject, purpose, purpose.encode().ljust(32)) for purpose, subject in SUBJECTS.items()}
FIELDS = {Purpose.PROFILE: "nickname", Purpose.RETIREMENT: "original", Purpose.PARTNER: "report"}
LEFT = Left(**stamp(3), nickname="n", original="o", report="r")


def read(item, keys=KEYS, version=2, account=ACCOUNT, types=EVENT_TYPES):
    return items.read_event(item, account, version, keys, types)


def head(state, version=1, key=KEY):
    return items.head_item(Loaded(ACCOUNT, state, version, GENESIS, key), AGGREGATE, ())


@pytest.mark.parametrize("alive", list(product([True, False], repeat=3)), ids=str)
def test_each_purpose_lives_and_dies_by_its_own_key(alive):
    """An event with three purposes reads with any of its keys destroyed: what those sealed is unset, and no more."""
    item, _ = items.event_item(LEFT, GENESIS, THREE_KEYS)
    keys = {p: THREE_KEYS[p] if lives else None for p, lives in zip(Purpose, alive, strict=True)}
    gone = {FIELDS[purpose]: "" for purpose, key in keys.items() if key is None}
    assert LEFT.model_copy(update=gone) == read(item, keys, 3, types={"Left": Left})


@pytest.mark.parametrize("purpose", Purpose)
def test_a_key_that_nobody_looked_for_is_not_a_destroyed_one(purpose):
    """A part whose key was not given is an error; only a key that is known to be destroyed leaves a part out."""
    item, _ = items.event_item(LEFT, GENESIS, THREE_KEYS)
    keys = {other: key for other, key in THREE_KEYS.items() if other is not purpose}
    with pytest.raises(UnknownKeyError):
        read(item, keys, 3, types={"Left": Left})
    with pytest.raises(UnknownKeyError):
        items.event_item(LEFT, GENESIS, keys)


def test_parts_cannot_change_places_within_an_item():
    """A blob for one purpose does not open as one for another, even with one key for both."""
    same = dict.fromkeys(Purpose, KEY)
    item, _ = items.event_item(LEFT, GENESIS, same)
    swapped = {**item, Purpose.RETIREMENT: item[Purpose.PARTNER], Purpose.PARTNER: item[Purpose.RETIREMENT]}
    with pytest.raises(CorruptItemError):
        read(swapped, same, 3, types={"Left": Left})


def test_nothing_personal_is_written_once_the_key_is_destroyed():
    """An event that says something personal is refused; one that does not is written."""
    with pytest.raises(ErasedKeyError):
        items.event_item(bio_changed(2), GENESIS, ERASED)
    activated = EVENT_TYPES["AccountActivated"](**stamp(2))
    item, _ = items.event_item(activated, GENESIS, ERASED)
    assert activated == read(item, ERASED)


def test_an_event_reads_back_with_its_key_and_without():
    """With the key it is what was written; once that is destroyed nothing personal is left."""
    item, _ = items.event_item(bio_changed(2), GENESIS, KEYS)
    assert bio_changed(2) == read(item)
    forgotten = read(item, ERASED)
    assert ("bio",) == forgotten.fields
    assert ({}, {}) == (forgotten.before, forgotten.after)


@pytest.mark.parametrize("elsewhere", [{"version": 3}, {"account": "cd" * 16}], ids=str)
@pytest.mark.parametrize("keys", [KEYS, ERASED], ids=["key", "erased"])
def test_an_event_that_was_moved_is_corrupt(elsewhere, keys):
    """An event under another number or account is found out, with its key and without."""
    item, _ = items.event_item(bio_changed(2), GENESIS, KEYS)
    with pytest.raises(CorruptItemError):
        read(item, keys, **elsewhere)


@pytest.mark.parametrize(
    "damage",
    [{"p": None}, {"p": {"S": "{}"}}, {"p": {"S": "x"}}, {"p": {"B": b"x"}}, {"profile": {"B": b""}}],
    ids=str,
)
def test_a_damaged_event_says_which_it_is(damage):
    """The error names account and version, and holds no content."""
    item, _ = items.event_item(bio_changed(2), GENESIS, KEYS)
    damaged = {name: value for name, value in {**item, **damage}.items() if value is not None}
    with pytest.raises(CorruptItemError) as refusal:
        read(damaged)
    assert (ACCOUNT, "event 2") == (refusal.value.account, refusal.value.item)
    assert "text" not in str(refusal.value)


def test_an_unknown_type_is_not_corrupt():
    """An event of a newer release is its own error: deploy that release."""
    item, _ = items.event_item(bio_changed(2), GENESIS, KEYS)
    with pytest.raises(UnknownEventTypeError):
        read(item, types={})


def test_a_head_reads_back():
    """A head is the state, with its key; without it the state has nothing personal."""
    state = AGGREGATE.fold(None, registered())
    item = head(state)
    assert Loaded(ACCOUNT, state, 1, GENESIS, KEY) == items.read_head(item, ACCOUNT, KEYS, AGGREGATE)
    forgotten = items.read_head(item, ACCOUNT, ERASED, AGGREGATE)
    assert ("", "", None) == (forgotten.state.username, forgotten.state.profile.name, forgotten.key)
    assert state.joined == forgotten.state.joined


def test_the_head_of_a_forgotten_person_can_be_written():
    """A state without anything personal needs no key; one with something personal is refused."""
    state = AGGREGATE.fold(None, registered())
    forgotten = items.read_head(head(state), ACCOUNT, ERASED, AGGREGATE).state
    assert Purpose.PROFILE not in head(forgotten, key=None)
    with pytest.raises(ErasedKeyError):
        head(state, key=None)


@pytest.mark.parametrize(
    "damage",
    [
        {"p": None},
        {"p": {"S": "x"}},
        {"p": {"S": '{"type":"Account","schema":1,"id":"secret"}'}},
        {"v": None},
        {"v": {"N": "x"}},
        {"v": {"N": "2"}},
        {"d": None},
        {"profile": {"B": b"\x01" + bytes(40)}},
    ],
    ids=str,
)
def test_a_damaged_head_says_so(damage):
    """Whatever is missing or does not fit, the error names the account's head, and no content."""
    item = {**head(AGGREGATE.fold(None, registered())), **damage}
    damaged = {name: value for name, value in item.items() if value is not None}
    with pytest.raises(CorruptItemError) as refusal:
        items.read_head(damaged, ACCOUNT, KEYS, AGGREGATE)
    assert "secret" not in str(refusal.value)
    assert ACCOUNT == refusal.value.account


def test_the_head_tells_of_the_last_commit_only_what_is_not_personal():
    """Type, version, time and the names of fields; the feed reads no more."""
    event = bio_changed(2)
    state = AGGREGATE.fold(AGGREGATE.fold(None, registered()), event)
    item = items.head_item(Loaded(ACCOUNT, state, 2, GENESIS, KEY), AGGREGATE, [event])
    expected = '[{"type":"ProfileUpdated","version":2,"at":"2026-01-01T00:02:00+00:00","fields":["bio"]}]'
    assert expected == item["last"]["S"]


def test_a_password_hash_opens_at_its_account_only():
    """A credential that was moved to another account does not open; without the key there is none."""
    item = items.credential_item(ACCOUNT, 1, "$argon2id$x", KEY)
    assert "$argon2id$x" == items.read_credential(item, ACCOUNT, KEY)
    assert items.read_credential(item, ACCOUNT, None) is None
    with pytest.raises(CorruptItemError):
        items.read_credential(item, "cd" * 16, KEY)
    with pytest.raises(CorruptItemError):
        items.read_credential({**item, "v": {"N": "2"}}, ACCOUNT, KEY)


def test_a_sort_key_keeps_the_order_of_versions():
    """Twelve digits: the order of texts is that of numbers."""
    versions = [1, 9, 10, 99, 1000, 999_999_999_999]
    assert versions == [items.event_version({"sk": {"S": key}}) for key in sorted(map(items.event_sk, versions))]
