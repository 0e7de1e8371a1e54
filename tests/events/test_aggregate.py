"""What a decision and a loaded account hold."""

import pytest

from chalicelib.events.aggregate import CredentialChange, Decision, Loaded
from chalicelib.events.classification import Purpose
from chalicelib.events.sealing import DataKey
from tests.events.samples import ACCOUNT, KEY, KEYS, registered


def test_a_password_never_changes_without_an_event():
    """A decision that would drop its password on the floor cannot be made."""
    with pytest.raises(ValueError, match="with an event"):
        Decision((), CredentialChange("hash"))
    assert CredentialChange("hash") == Decision((registered(),), CredentialChange("hash")).credential


@pytest.mark.parametrize("keys", [{"begins": {Purpose.RETIREMENT: 5}}, {"ends": frozenset({Purpose.PROFILE})}], ids=str)
def test_a_key_never_changes_without_an_event(keys):
    """Nor does a decision that would begin or destroy a key in silence."""
    with pytest.raises(ValueError, match="with an event"):
        Decision((), **keys)
    assert Decision((registered(),), **keys).events


def test_a_loaded_account_names_the_keys_of_its_rows():
    """Beside the account's own key those of the rows that stand."""
    row = DataKey(f"{ACCOUNT}.5", Purpose.RETIREMENT, bytes(32), 5)
    loaded = Loaded(ACCOUNT, registered(), 1, b"", None, {Purpose.RETIREMENT: row})
    assert {Purpose.PROFILE: None, Purpose.RETIREMENT: row} == loaded.keys
    assert "DataKey" not in repr(loaded)


def test_secrets_are_not_in_representations():
    """Neither a key nor a password hash shows up in a traceback."""
    loaded = Loaded(ACCOUNT, registered(), 1, b"", KEY)
    assert "DataKey" not in repr(loaded)
    assert "CredentialChange()" == repr(CredentialChange("hash"))


def test_a_loaded_account_names_its_keys():
    """The account's own parts are sealed for its profile; null is a key that is destroyed."""
    assert KEYS == Loaded(ACCOUNT, registered(), 1, b"", KEY).keys
    assert {Purpose.PROFILE: None} == Loaded(ACCOUNT, registered(), 1, b"", None).keys
