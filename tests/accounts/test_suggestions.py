"""Suggested usernames (spec 10, section 11)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.accounts.rules.usernames import new_username
from chalicelib.accounts.suggestions import NUMBERS, WANTED, from_name, from_username

SEED = bytes(range(2 * NUMBERS))
seeds = st.binary(min_size=2 * NUMBERS, max_size=2 * NUMBERS)
usernames = st.from_regex(re.compile(r"[A-Za-z0-9_-]{2,30}", re.ASCII), fullmatch=True)


def all_valid(names: list[str]) -> bool:
    """Whether each name is one that a new account may have."""
    return names == [new_username(name) for name in names]


@given(usernames, seeds)
def test_from_any_username(username, seed):
    """A short stem, `_`, a number: valid, different, more than are wanted (spec 10, section 11)."""
    found = from_username(username, seed)
    assert all_valid(found)
    assert WANTED < len(found) == len(set(found))
    for name in found:
        stem, number = name.rsplit("_", 1)
        assert username.startswith(stem)
        assert number.isdigit()


@given(st.text(max_size=255), seeds)
def test_from_any_name(name, seed):
    """Whatever the name is written in, there are more valid ones than are wanted (spec 10, section 11)."""
    found = from_name(name, seed)
    assert all_valid(found)
    assert WANTED <= len(found) == len(set(found))


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Ada Lovelace", ["adalovelace", "a-lovelace"]),
        ("Ada King Lovelace", ["adalovelace", "a-lovelace"]),
        ("  Élodie   Brûlé ", ["elodiebrule", "e-brule"]),
        ("Ada", ["ada"]),
        ("O'Neil Müller", ["oneilmuller", "o-muller"]),
    ],
)
def test_first_and_last_name(name, first):
    """First+last, initial-last, then numbered (spec 10, section 11)."""
    found = from_name(name, SEED)
    assert first == found[: len(first)]
    assert re.fullmatch(rf"{first[0]}_?\d+", found[len(first)])


def test_long_names_leave_room_for_a_number():
    """A long name is cut, so that a number has room."""
    assert all(len(name) <= 30 for name in from_name("a" * 255, SEED))
    assert all(len(name) <= 30 for name in from_username("a" * 30, SEED))


def test_another_seed_gives_others():
    """The numbers come from the seed alone."""
    assert from_username("ada", SEED) == from_username("ada", SEED)
    assert from_username("ada", SEED) != from_username("ada", bytes(2 * NUMBERS))
