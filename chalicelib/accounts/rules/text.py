"""Text, where text is due (spec 10, section 7), and the free texts of a profile."""

import math
from typing import NoReturn

from chalicelib.accounts.rules.fault import RuleError
from chalicelib.accounts.rules.json_value import JsonValue

BIO_CHARACTERS = 300
FREE_TEXT_BYTES = 32 * 1024


def text(
    value: JsonValue,
    *,
    field: str,
    trim: bool = False,
    max_characters: int | None = None,
    max_bytes: int | None = None,
) -> str:
    """`value` as text that can be stored; a number counts as its digits.

    `trim` takes white space off both ends before anything is measured. Characters are code points, bytes
    are UTF-8's. Raises `RuleError` for what is neither text nor a finite number, for U+0000, for halves of
    surrogate pairs, and for a text over a limit.
    """
    found = _digits_or_text(value, field)
    if trim:
        found = found.strip()
    _refuse_unstorable(found, field)
    if max_characters is not None and len(found) > max_characters:
        _refuse_length(field, f"{max_characters} characters")
    if max_bytes is not None and len(found.encode()) > max_bytes:
        _refuse_length(field, f"{max_bytes} bytes of UTF-8")
    return found


def goals(value: JsonValue) -> str | None:
    """The rule of `goals`; an empty text stays one."""
    return _free_text(value, "goals")


def mailing_address(value: JsonValue) -> str | None:
    """The rule of `mailing_address`; an empty text stays one."""
    return _free_text(value, "mailing_address")


def city(value: JsonValue) -> str | None:
    """The rule of `city`; an empty text stays one."""
    return _free_text(value, "city")


def bio(value: JsonValue) -> str | None:
    """The rule of `bio`; an empty or blank text is none."""
    if value is None:
        return None
    return text(value, field="bio", trim=True, max_characters=BIO_CHARACTERS) or None


def _free_text(value: JsonValue, field: str) -> str | None:
    if value is None:
        return None
    return text(value, field=field, trim=True, max_bytes=FREE_TEXT_BYTES)


def _digits_or_text(value: JsonValue, field: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(_bounded(value, field)):
        raise RuleError(f"The field {field} must be text.", "Enter text here.")
    return str(value)


def _bounded(value: float, field: str) -> float:
    """`value` as a float; a whole number beyond their range is refused without writing out its digits."""
    try:
        return float(value)
    except OverflowError:
        _refuse_length(field, "309 digits")


def _refuse_unstorable(found: str, field: str) -> None:
    if "\0" in found:
        raise RuleError(f"The field {field} holds U+0000.", "A null character is not allowed here.")
    try:
        found.encode()
    except UnicodeEncodeError:
        # The codec's own error quotes the text.
        raise RuleError(
            f"The field {field} holds half of a surrogate pair.", "A character here is incomplete."
        ) from None


def _refuse_length(field: str, limit: str) -> NoReturn:
    raise RuleError(f"The field {field} is longer than {limit}.", f"Enter at most {limit}.")
