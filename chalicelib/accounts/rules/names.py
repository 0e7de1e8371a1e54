"""Full names (spec 10, sections 7, 7.1, 8 and 11)."""

from typing import NoReturn

from chalicelib.accounts.rules.fault import RuleError
from chalicelib.accounts.rules.json_value import JsonValue
from chalicelib.accounts.rules.text import text

NAME_CHARACTERS = 255


def name(value: JsonValue) -> str:
    """The rule of a new `name`: 1 to 255 characters once trimmed, no `<`, `>` or `://`."""
    found = _measured(value)
    if "://" in found:
        _refuse_link()
    return found


def registration_name(value: JsonValue) -> str:
    """The rule of the name at registration: that of a new name, which covers the registration check's."""
    return name(value)


def checked_name(value: JsonValue) -> str:
    """The rule of the registration check, which minds only links of the web: `http://` and `https://`."""
    found = _measured(value)
    lowered = found.lower()
    if "http://" in lowered or "https://" in lowered:
        _refuse_link()
    return found


def _measured(value: JsonValue) -> str:
    """`value` trimmed and measured, without `<` and `>`."""
    if value is None:
        _refuse_absence()
    found = text(value, field="name", trim=True, max_characters=NAME_CHARACTERS)
    if not found:
        _refuse_absence()
    if "<" in found or ">" in found:
        raise RuleError("The name holds < or >.", "A full name cannot hold < or >.")
    return found


def _refuse_absence() -> NoReturn:
    raise RuleError("The name needs at least 1 character.", "Enter your full name.")


def _refuse_link() -> NoReturn:
    raise RuleError("The name holds a link.", "A full name cannot hold a link.")
