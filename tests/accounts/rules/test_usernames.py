"""Usernames."""

import pytest

from chalicelib.accounts.rules.fault import RuleError
from chalicelib.accounts.rules.usernames import PATH_USERNAME, RESERVED, new_username


@pytest.mark.parametrize("value", ["ab", "a" * 30, "Ada-King_1815", "--", "__", "42", "meme", "retired_user_x"])
def test_accepted(value):
    """2 to 30 characters of `A-Z a-z 0-9 _ -` (spec 10, section 11)."""
    assert value == new_username(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "a",
        "a" * 31,
        "a b",
        "a.b",
        "a@b",
        "a+b",
        "é" * 3,
        "ab\n",
        "ａｂ",
        "a\0b",
        "a\ud800",
        None,
        True,
        [],
        {},
    ],
)
def test_refused(value):
    """Too short, too long, or with anything else in it."""
    with pytest.raises(RuleError):
        new_username(value)


@pytest.mark.parametrize("value", sorted(RESERVED))
def test_fixed_words_are_refused(value):
    """A fixed word of the paths is no username, in any capitalisation (spec 10, section 1)."""
    for spelling in (value, value.upper(), value.title()):
        with pytest.raises(RuleError):
            new_username(spelling)


def test_fixed_words():
    """All eighteen fixed words are known."""
    assert 18 == len(RESERVED)


@pytest.mark.parametrize("value", ["retired__user_", "retired__user_0a", "RETIRED__User_0a"])
def test_retired_prefix_is_refused(value):
    """Nobody registers a name that starts like a retired one (spec 20, section 3.1)."""
    with pytest.raises(RuleError):
        new_username(value)


def test_retired_prefix_is_a_setting():
    """Another prefix takes the place of the usual one."""
    assert "retired__user_0a" == new_username("retired__user_0a", retired_prefix="gone_")
    with pytest.raises(RuleError):
        new_username("gone_0a", retired_prefix="gone_")


@pytest.mark.parametrize("value", ["ada", "Ada King", "a.d@a_+-1", "Åsa", "李", "retired__user_0a"])
def test_names_in_paths(value):
    """Letters, digits, space and `. @ _ + -` may be in a path (spec 10, section 1)."""
    assert PATH_USERNAME.fullmatch(value)


@pytest.mark.parametrize("value", ["", "a/b", "a%41", "a\n", "a:b", "a,b", "a\0"])
def test_no_names_in_paths(value):
    """Nothing else may."""
    assert not PATH_USERNAME.fullmatch(value)
