"""Data keys: made, opened, kept in memory for a minute, and destroyed for good."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.events.classification import Purpose
from chalicelib.events.errors import (
    CorruptItemError,
    ErasedKeyError,
    KeyServiceUnavailableError,
    StoreUnavailableError,
    UnknownKeyError,
    VersionConflictError,
)
from chalicelib.events.keys import CURRENT_KEK
from tests.contract.ledgers import NOON, LedgerStage, registration
from tests.support.calls import recorded, unreachable

PROFILE = Purpose.PROFILE
ADA = "ab" * 16
EVE = "cd" * 16


@pytest.fixture
def stage(engine: Any, tables: Any) -> LedgerStage:
    return LedgerStage(engine, tables)


def store(stage: LedgerStage, subject: str = ADA, purpose: Purpose = PROFILE) -> Any:
    """A fresh key whose row is stored."""
    made = stage.keys.make(subject, purpose, NOON)
    stage.client.put_item(TableName=stage.keys.table, Item=made.row)
    return made.key


def row(stage: LedgerStage, subject: str = ADA, purpose: Purpose = PROFILE) -> Any:
    return stage.keys._row(stage.keys.partition_key(subject, purpose))


def overwrite(stage: LedgerStage, pk: str, **attributes: Any) -> None:
    """Exchange attributes of a row behind the key ring's back; null drops one."""
    item = {**stage.keys._row(pk), **attributes}
    kept = {name: value for name, value in item.items() if value is not None}
    stage.client.put_item(TableName=stage.keys.table, Item=kept)


def test_a_stored_key_opens_in_any_process(stage):
    """What one process made another opens, by subject and purpose."""
    key = store(stage)
    assert key == stage.other_process().keys.load(ADA, PROFILE)
    with pytest.raises(UnknownKeyError):
        stage.other_process().keys.load(ADA, Purpose.PARTNER)


def test_each_subject_and_purpose_has_a_key_of_its_own(stage):
    """No key serves twice."""
    keys = [store(stage, subject, purpose).material for subject in (ADA, EVE) for purpose in Purpose]
    assert 6 == len(set(keys))


def test_nothing_of_a_key_is_stored_in_the_clear(stage):
    """The row holds the wrapped key and a fingerprint."""
    key = store(stage)
    stored = row(stage)
    assert key.material not in stored["wrapped"]["B"]
    assert key.fingerprint == stored["fingerprint"]["S"]


def test_a_key_is_kept_for_sixty_seconds(stage):
    """Within a minute it is in memory; at its end it is read again, which is when an erasure is noticed."""
    store(stage)
    reader = stage.other_process()
    reader.keys.load(ADA, PROFILE)
    stage.keys.erase(ADA, PROFILE, 1, NOON)
    reader.ticks.seconds += 59.9
    with recorded(stage.client) as calls:
        assert reader.keys.load(ADA, PROFILE) is not None
    assert [] == calls
    reader.ticks.seconds += 0.1
    assert reader.keys.cached(ADA, PROFILE) is None
    with pytest.raises(ErasedKeyError):
        reader.keys.load(ADA, PROFILE)


def test_reading_from_memory_does_not_prolong_it(stage):
    """A key in constant use is read again after a minute all the same."""
    store(stage)
    reader = stage.other_process()
    reader.keys.load(ADA, PROFILE)
    for _ in range(6):
        reader.ticks.seconds += 10
        found = reader.keys.cached(ADA, PROFILE)
    assert found is None


def test_only_so_many_keys_are_kept(stage, monkeypatch):
    """The oldest key leaves when there are too many."""
    monkeypatch.setattr("chalicelib.events.keys.CACHE_ENTRIES", 2)
    reader = stage.other_process()
    for subject in (ADA, EVE, "ef" * 16):
        store(stage, subject)
        reader.keys.load(subject, PROFILE)
    assert reader.keys.cached(ADA, PROFILE) is None
    assert reader.keys.cached(EVE, PROFILE) is not None


def test_a_fresh_row_that_is_erased_counts_more_than_memory(stage):
    """A process that reads an erased row forgets the key at once, although its minute is not over."""
    store(stage)
    reader = stage.other_process()
    reader.keys.load(ADA, PROFILE)
    stage.keys.erase(ADA, PROFILE, 1, NOON)
    assert reader.keys.find(ADA, PROFILE, row(stage)) is None
    assert reader.keys.cached(ADA, PROFILE) is None


def test_an_erased_key_leaves_its_fence(stage):
    """The row stays, with version, time and fingerprint, and holds nothing that opens anything."""
    key = store(stage)
    stage.keys.erase(ADA, PROFILE, 7, NOON)
    assert {
        "pk": {"S": f"{ADA}#profile"},
        "state": {"S": "ERASED"},
        "through": {"N": "7"},
        "fingerprint": {"S": key.fingerprint},
        "at": {"S": NOON.isoformat()},
    } == row(stage)
    with pytest.raises(ErasedKeyError) as refusal:
        stage.keys.load(ADA, PROFILE)
    assert 7 == refusal.value.through
    assert stage.keys.find(ADA, PROFILE) is None


def test_erasing_again_changes_nothing(stage):
    """Erasure is idempotent: the first fence stands."""
    store(stage)
    stage.keys.erase(ADA, PROFILE, 7, NOON)
    first = row(stage)
    stage.keys.erase(ADA, PROFILE, 9, NOON + timedelta(days=1))
    assert first == row(stage)


def test_only_a_key_that_is_there_can_be_erased(stage):
    """Erasing a key that never was is an error, and one purpose does not touch the others."""
    store(stage)
    with pytest.raises(UnknownKeyError):
        stage.keys.erase(ADA, Purpose.PARTNER, 1, NOON)
    assert stage.other_process().keys.find(ADA, PROFILE) is not None


def test_an_erasure_that_failed_is_not_forgotten_in_memory(stage):
    """If the store cannot be reached the error comes out, and the key is not trusted from memory any more."""
    store(stage)
    stage.keys.load(ADA, PROFILE)
    with unreachable(stage.client), pytest.raises(StoreUnavailableError):
        stage.keys.erase(ADA, PROFILE, 1, NOON)
    assert stage.keys.cached(ADA, PROFILE) is None
    assert stage.keys.find(ADA, PROFILE) is not None


def test_the_fence_cannot_be_undone(stage):
    """A key for a forgotten subject cannot be made by "get or create": the row is put if absent."""
    ada = stage.register()
    stage.erase(ada.account)
    with pytest.raises(VersionConflictError):
        stage.ledger.create(ada.account, registration(ada.account, "ada", 1, "ada@example.com"))
    stage.client.delete_item(TableName=stage.table, Key={"pk": {"S": f"A#{ada.account}"}, "sk": {"S": "HEAD"}})
    stage.client.delete_item(
        TableName=stage.table, Key={"pk": {"S": f"A#{ada.account}"}, "sk": {"S": "E#000000000001"}}
    )
    with pytest.raises(VersionConflictError):
        stage.ledger.create(ada.account, registration(ada.account, "ada", 1, "ada@example.com"))
    assert "ERASED" == row(stage, ada.account)["state"]["S"]


def test_unknown_erased_and_unreachable_are_three(stage):
    """Nobody can take an outage of KMS for an erasure, or an erasure for a fault."""
    store(stage)
    store(stage, EVE)
    stage.keys.erase(EVE, PROFILE, 1, NOON)
    stage.kms.reachable = False
    reader = stage.other_process()
    with pytest.raises(KeyServiceUnavailableError):
        reader.keys.find(ADA, PROFILE)
    with pytest.raises(ErasedKeyError):
        reader.keys.load(EVE, PROFILE)
    with pytest.raises(UnknownKeyError):
        reader.keys.find("ef" * 16, PROFILE)
    stage.kms.reachable = True
    assert reader.keys.find(ADA, PROFILE) is not None


@pytest.mark.parametrize("refusal", ["AccessDeniedException", "DisabledException", "ThrottlingException"])
def test_a_kms_that_refuses_is_unavailable(stage, refusal):
    """A disabled key or missing rights never mean that a key is gone."""
    store(stage)
    stage.kms.refusal = refusal
    with pytest.raises(KeyServiceUnavailableError, match=refusal):
        stage.other_process().keys.find(ADA, PROFILE)


def test_kms_is_asked_once_a_process(stage):
    """However many people: one key-encryption key is unwrapped once."""
    for number in range(10):
        store(stage, f"{number:032x}")
    reader = stage.other_process()
    stage.kms.asked.clear()
    for number in range(10):
        reader.keys.load(f"{number:032x}", PROFILE)
    assert ["decrypt"] == stage.kms.asked


def test_a_new_key_of_keys_is_used_from_the_next_minute(stage):
    """After a rotation fresh keys are wrapped by the new one; the old ones open as before."""
    old = store(stage)
    first = row(stage)["kek"]["S"]
    fresh = stage.kms.generate_data_key_without_plaintext(
        KeyId="kms-key", NumberOfBytes=32, EncryptionContext={"rollcall": "KEK#new"}
    )
    stage.client.put_item(
        TableName=stage.keys.table,
        Item={"pk": {"S": "KEK#new"}, "wrapped": {"B": fresh["CiphertextBlob"]}, "state": {"S": "ACTIVE"}},
    )
    overwrite(stage, CURRENT_KEK, kek={"S": "KEK#new"})
    stage.ticks.seconds += 61
    store(stage, EVE)
    assert (first, "KEK#new") == (row(stage)["kek"]["S"], row(stage, EVE)["kek"]["S"])
    assert old == stage.other_process().keys.load(ADA, PROFILE)
    assert stage.other_process().keys.find(EVE, PROFILE) is not None


def test_a_wrapped_key_does_not_open_in_another_row(stage):
    """A wrapped key that was copied to another subject or purpose is refused."""
    store(stage)
    store(stage, EVE)
    overwrite(stage, f"{EVE}#profile", wrapped=row(stage)["wrapped"])
    with pytest.raises(CorruptItemError):
        stage.other_process().keys.find(EVE, PROFILE)
    stage.client.put_item(TableName=stage.keys.table, Item={**row(stage), "pk": {"S": f"{ADA}#partner"}})
    with pytest.raises(CorruptItemError):
        stage.other_process().keys.find(ADA, Purpose.PARTNER)


@pytest.mark.parametrize("damage", [{"wrapped": None}, {"wrapped": {"B": b"x"}}, {"kek": None}], ids=str)
def test_a_damaged_row_is_corrupt(stage, damage):
    """A row that lost something is neither erased nor unknown."""
    store(stage)
    overwrite(stage, f"{ADA}#profile", **damage)
    with pytest.raises(CorruptItemError):
        stage.other_process().keys.find(ADA, PROFILE)


def test_a_key_of_keys_does_not_open_in_another_row(stage):
    """KMS refuses a wrapped key under another name, and that is corruption, not an outage."""
    store(stage)
    name = row(stage)["kek"]["S"]
    overwrite(stage, f"{ADA}#profile", kek={"S": "KEK#other"})
    stage.client.put_item(TableName=stage.keys.table, Item={**stage.keys._row(name), "pk": {"S": "KEK#other"}})
    with pytest.raises(CorruptItemError):
        stage.other_process().keys.find(ADA, PROFILE)


def test_a_missing_key_of_keys_is_a_fault(stage):
    """A row that names a key-encryption key which is not there is an error of its own."""
    store(stage)
    overwrite(stage, f"{ADA}#profile", kek={"S": "KEK#gone"})
    with pytest.raises(UnknownKeyError):
        stage.other_process().keys.find(ADA, PROFILE)
