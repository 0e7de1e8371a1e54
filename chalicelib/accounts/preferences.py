"""Preferences: what one may be, and the decisions that change them (spec 10, section 10)."""

from collections.abc import Mapping

from pydantic import JsonValue

from chalicelib.accounts.account import Account
from chalicelib.accounts.context import Context
from chalicelib.accounts.errors import FieldErrors, NoPreferenceError, PreferenceRefusedError
from chalicelib.accounts.fold import merged
from chalicelib.accounts.rules.choices import account_privacy
from chalicelib.accounts.rules.fault import Fault, RuleError
from chalicelib.accounts.rules.time_zones import common_zones
from chalicelib.accounts.visibility import ACCOUNT_PRIVACY
from chalicelib.events.aggregate import Decision
from chalicelib.events.preferences import PreferencesUpdated

KEY_CHARACTERS = 255
VALUE_BYTES = 32 * 1024
ALL_BYTES = 64 * 1024
TIME_ZONE = "time_zone"
TOO_MUCH = Fault(f"All preferences together are limited to {ALL_BYTES} bytes.", "That is too much text.")


def preference_value(key: str, value: JsonValue) -> str:
    """`value` as it is stored under `key`: text as it is, anything else as Python writes it. Raises `RuleError`."""
    if not 1 <= len(key) <= KEY_CHARACTERS or not _storable(key):
        raise RuleError(f"A preference's key has 1 to {KEY_CHARACTERS} characters.", "This setting's name is too long.")
    if value is None:
        raise RuleError("A preference cannot be null.", "This setting needs a value.")
    text = value if isinstance(value, str) else _written_out(value)
    if not text.strip():
        raise RuleError("A preference cannot be empty.", "This setting needs a value.")
    if not _storable(text) or len(text.encode()) > VALUE_BYTES:
        raise RuleError(f"A preference is limited to {VALUE_BYTES} bytes of text.", "This setting's value is too long.")
    if key == ACCOUNT_PRIVACY:
        account_privacy(text)
    if key == TIME_ZONE and text not in common_zones():
        raise RuleError("time_zone is not a common time zone of IANA.", "Choose a time zone.")
    return text


def preference_faults(preferences: Mapping[str, JsonValue]) -> tuple[dict[str, str], dict[str, Fault]]:
    """The stored form of a whole map, and the faults by key."""
    stored: dict[str, str] = {}
    faults: dict[str, Fault] = {}
    for key, value in preferences.items():
        try:
            stored[key] = preference_value(key, value)
        except RuleError as error:
            faults |= error.faults(key)
    if _size(stored) > ALL_BYTES:
        faults |= dict.fromkeys(stored, TOO_MUCH)
    return stored, faults


def patch_preferences(account: Account, patch: Mapping[str, JsonValue], context: Context) -> Decision:
    """Set and, with null, delete preferences, all or none. Raises `FieldErrors` with every key at fault."""
    wanted, faults = preference_faults({key: value for key, value in patch.items() if value is not None})
    changes: dict[str, str | None] = {**wanted, **{key: None for key, value in patch.items() if value is None}}
    if not faults and _size(merged(account.preferences, changes)) > ALL_BYTES:
        faults = dict.fromkeys(wanted, TOO_MUCH)
    if faults:
        raise FieldErrors(faults)
    return _changed(account, changes, context)


def put_preference(account: Account, key: str, value: JsonValue, context: Context) -> Decision:
    """Set one preference. Raises `PreferenceRefusedError`."""
    try:
        text = preference_value(key, value)
    except RuleError as error:
        raise PreferenceRefusedError(error.fault) from None
    if _size(merged(account.preferences, {key: text})) > ALL_BYTES:
        raise PreferenceRefusedError(TOO_MUCH)
    return _changed(account, {key: text}, context)


def delete_preference(account: Account, key: str, context: Context) -> Decision:
    """Delete one preference. Raises `NoPreferenceError` if it is not set."""
    if key not in account.preferences:
        raise NoPreferenceError
    return _changed(account, {key: None}, context)


def _changed(account: Account, wanted: Mapping[str, str | None], context: Context) -> Decision:
    changes = {key: value for key, value in wanted.items() if account.preferences.get(key) != value}
    if not changes:
        return Decision()
    before = {key: account.preferences.get(key) for key in changes}
    return Decision((PreferencesUpdated(**context.next(account), before=before, after=changes),))


def _size(preferences: Mapping[str, str]) -> int:
    return sum(len(key.encode()) + len(value.encode()) for key, value in preferences.items())


def _written_out(value: JsonValue) -> str:
    try:
        return str(value)
    except (ValueError, RecursionError):
        # A number of too many digits, or nested too deeply; the built-in errors may quote the value.
        raise RuleError("A preference cannot be written out.", "This setting's value is too long.") from None


def _storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
