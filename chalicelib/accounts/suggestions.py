"""Free usernames to suggest (spec 10, section 11). Pure: randomness and what is taken come in as arguments."""

import re
import unicodedata
from collections.abc import Iterator

from chalicelib.accounts.rules.fault import RuleError
from chalicelib.accounts.rules.usernames import USERNAME_CHARACTERS, new_username

WANTED = 3
STEM_CHARACTERS = 20
NOT_ALLOWED = re.compile(r"[^A-Za-z0-9_-]+")
NUMBERS = 24
"""How many numbered names are tried; so many are looked up in one request."""


def from_username(username: str, seed: bytes) -> list[str]:
    """Candidates made from a username: a short stem, `_` and a number. `seed` is at least 24 * 2 random bytes."""
    stem = username[:STEM_CHARACTERS]
    return _valid(f"{stem}_{number}" for number in _numbers(seed))


def from_name(name: str, seed: bytes) -> list[str]:
    """Candidates made from a full name: first and last name, initial and last name, then numbered ones."""
    words = [word for part in name.split() if (word := _plain(part))]
    if not words:
        return _valid(f"user_{number}" for number in _numbers(seed))
    first, last = words[0], words[-1] if len(words) > 1 else ""
    stem = f"{first}{last}"[:STEM_CHARACTERS]
    initial = f"{first[0]}-{last}" if last else first
    return _valid([stem, initial[: USERNAME_CHARACTERS[1]], *(f"{stem}_{number}" for number in _numbers(seed))])


def _plain(text: str) -> str:
    """`text` in the letters of usernames, lower case, accents dropped."""
    decomposed = unicodedata.normalize("NFKD", text)
    return NOT_ALLOWED.sub("", decomposed).lower()


def _numbers(seed: bytes) -> Iterator[int]:
    """Numbers of growing length, so that some are free however popular the stem is."""
    for index in range(NUMBERS):
        digits = 10 ** (2 + index // 6)
        yield int.from_bytes(seed[2 * index : 2 * index + 2]) % (9 * digits) + digits


def _valid(names: Iterator[str] | list[str]) -> list[str]:
    found = []
    for name in dict.fromkeys(names):
        try:
            found.append(new_username(name))
        except RuleError:
            continue
    return found
