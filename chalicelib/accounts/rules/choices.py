"""Fields that take one of a few codes (spec 10, section 7)."""

from collections.abc import Collection
from typing import NoReturn

from chalicelib.accounts.rules.fault import RuleError
from chalicelib.accounts.rules.json_value import JsonValue

GENDERS = ("m", "f", "o")
LEVELS_OF_EDUCATION = ("p", "m", "b", "a", "hs", "jhs", "el", "none", "other", "o")
PRIVACIES = ("all_users", "private", "custom")


def gender(value: JsonValue) -> str | None:
    """The rule of `gender`; null and the empty text clear it."""
    return one_of(GENDERS, value, field="gender")


def level_of_education(value: JsonValue) -> str | None:
    """The rule of `level_of_education`; "other" comes as `other` or as `o` and is stored as sent (D4)."""
    return one_of(LEVELS_OF_EDUCATION, value, field="level_of_education")


def account_privacy(value: JsonValue) -> str | None:
    """The rule of `account_privacy`; null deletes the preference, an empty text is refused."""
    if value == "":
        _refuse("account_privacy")
    return one_of(PRIVACIES, value, field="account_privacy")


def one_of(codes: Collection[str], value: JsonValue, *, field: str) -> str | None:
    """`value` if it is among `codes`; null and the empty text are none. Raises `RuleError` for all else."""
    if value is None or value == "":
        return None
    if not isinstance(value, str) or value not in codes:
        _refuse(field)
    return value


def _refuse(field: str) -> NoReturn:
    raise RuleError(f"The field {field} does not hold one of its codes.", "Choose one of the values offered.")
