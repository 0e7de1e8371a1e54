"""Phone numbers (spec 10, section 7.2)."""

import re

from chalicelib.accounts.rules.fault import StoringError
from chalicelib.accounts.rules.json_value import JsonValue
from chalicelib.accounts.rules.text import text

PHONE_CHARACTERS = 50
_DROPPED = re.compile(r"(?!^)\+|[^0-9+]")


def phone_number(value: JsonValue) -> str | None:
    """The rule of `phone_number`: its digits, after a `+` if the text starts so; nothing left is none."""
    if value is None:
        return None
    number = _DROPPED.sub("", text(value, field="phone_number"))
    if len(number) > PHONE_CHARACTERS:
        raise StoringError(
            f"The phone number is longer than {PHONE_CHARACTERS} characters.",
            f"Enter at most {PHONE_CHARACTERS} digits.",
        )
    return number or None
