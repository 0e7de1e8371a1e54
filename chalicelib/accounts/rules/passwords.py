"""New passwords (spec 10, section 11): their length, and their likeness to the username and address."""

import re
import unicodedata
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import NoReturn

from chalicelib.accounts.rules.fault import RuleError
from chalicelib.accounts.rules.json_value import JsonValue
from chalicelib.accounts.rules.text import text

PASSWORD_CHARACTERS = (8, 75)
MAX_SIMILARITY = 0.7
LONGEST_TYPED = 1024
"""More code points cannot shrink to an acceptable length by normalisation, which makes one of a few."""

LONGEST_ATTRIBUTE = 254
"""A longer username or address is refused anyway, and is not compared."""


def new_password(value: JsonValue, *, username: str | None = None, email: str | None = None) -> str:
    """The rule of a new password; returns it in the normal form NFKC, in which it is to be hashed.

    It is compared with the `username` and `email` given, by Django's attribute rule.
    """
    password = _normal(value)
    shortest, longest = PASSWORD_CHARACTERS
    if len(password) < shortest:
        raise RuleError(
            f"The password is shorter than {shortest} characters.",
            f"This password is too short. It must contain at least {shortest} characters.",
        )
    if len(password) > longest:
        _refuse_long()
    for attribute, of_person in (("username", username), ("e-mail address", email)):
        if of_person is not None and is_alike(password, of_person):
            raise RuleError(
                f"The password is too similar to the {attribute}.",
                f"The password is too similar to the {attribute}.",
            )
    return password


def is_alike(password: str, attribute: str) -> bool:
    """Whether `password` is too similar to `attribute` or one of its words, capitals aside."""
    if len(attribute) > LONGEST_ATTRIBUTE:
        return False
    lowered = password.lower()
    return any(_similarity(lowered, part) >= MAX_SIMILARITY for part in _parts(attribute.lower(), lowered))


def _normal(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise RuleError("The password must be text.", "Enter a password.")
    if len(value) > LONGEST_TYPED:
        _refuse_long()
    return unicodedata.normalize("NFKC", text(value, field="password"))


def _refuse_long() -> NoReturn:
    longest = PASSWORD_CHARACTERS[1]
    raise RuleError(
        f"The password is longer than {longest} characters.",
        f"This password is too long. It must contain no more than {longest} characters.",
    )


def _parts(attribute: str, password: str) -> Iterator[str]:
    """The words of `attribute` and the whole of it, without those too short or long to be like `password`."""
    for part in (*re.split(r"\W+", attribute), attribute):
        shared = min(len(part), len(password))
        if 2 * shared >= MAX_SIMILARITY * (len(part) + len(password)):
            yield part


def _similarity(password: str, part: str) -> float:
    return SequenceMatcher(a=password, b=part).quick_ratio()
