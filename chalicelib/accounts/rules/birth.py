"""Years of birth (spec 10, section 7)."""

import re

from chalicelib.accounts.rules.fault import RuleError
from chalicelib.accounts.rules.json_value import JsonValue

LOWEST_YEAR = -(2**31)
HIGHEST_YEAR = 2**31 - 1
LONGEST_TEXT = 1000
_ZERO_FRACTION = re.compile(r"\.0*\s*\Z")


def year_of_birth(value: JsonValue) -> int | None:
    """The rule of `year_of_birth`: a whole number of 32 bits, signed, also as text and also written `1990.0`.

    Text is read as Django REST framework does: white space around it and an underscore between digits are
    allowed. Null clears the field.
    """
    if value is None:
        return None
    year = _whole_number(value)
    if not LOWEST_YEAR <= year <= HIGHEST_YEAR:
        raise RuleError("The year of birth does not fit into 32 bits.", "Enter the year you were born in.")
    return year


def _whole_number(value: JsonValue) -> int:
    if isinstance(value, str) and len(value) <= LONGEST_TEXT:
        return _read(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise _not_whole()


def _read(digits: str) -> int:
    try:
        return int(_ZERO_FRACTION.sub("", digits))
    except ValueError:
        # The built-in error quotes the text.
        raise _not_whole() from None


def _not_whole() -> RuleError:
    return RuleError("The year of birth must be a whole number.", "Enter the year you were born in.")
