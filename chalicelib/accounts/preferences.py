"""What a preference may be (spec 10, section 10). `time_zone` has its rule with the preference endpoints."""

from collections.abc import Mapping

from pydantic import JsonValue

from chalicelib.accounts.rules.choices import account_privacy
from chalicelib.accounts.rules.fault import Fault, RuleError
from chalicelib.accounts.visibility import ACCOUNT_PRIVACY

KEY_CHARACTERS = 255
VALUE_BYTES = 32 * 1024
ALL_BYTES = 64 * 1024


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
    if sum(len(key.encode()) + len(value.encode()) for key, value in stored.items()) > ALL_BYTES:
        faults["preferences"] = Fault(f"All preferences are limited to {ALL_BYTES} bytes.", "That is too much.")
    return stored, faults


def _written_out(value: JsonValue) -> str:
    try:
        return str(value)
    except (ValueError, RecursionError):
        # A number of too many digits, or nested too deeply; the built-in errors may quote the value.
        raise RuleError("A preference cannot be written out.", "This setting's value is too long.") from None


def _storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
