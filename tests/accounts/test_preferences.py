"""What a preference may be (spec 10, section 10)."""

import pytest

from chalicelib.accounts.preferences import preference_faults, preference_value
from chalicelib.accounts.rules.fault import RuleError


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("sv", "sv"),
        (" sv ", " sv "),
        (10, "10"),
        (1.5, "1.5"),
        (True, "True"),
        ([1, "a"], "[1, 'a']"),
        ({"int_key": 10}, "{'int_key': 10}"),
        ("\u202eabc", "\u202eabc"),
    ],
)
def test_stored_as(value, stored):
    """Not a string: stored as Python's `str()` gives it."""
    assert stored == preference_value("key", value)


@pytest.mark.parametrize("value", [None, "", " ", "\t\n"])
def test_null_and_blank(value):
    """Null, `""` and only blanks are refused."""
    with pytest.raises(RuleError):
        preference_value("key", value)


@pytest.mark.parametrize("value", ["a\0b", "\ud800", ["\ud800"]])
def test_what_cannot_be_stored(value):
    """U+0000 and halves of surrogate pairs are refused, also inside other values where they would stand."""
    if isinstance(value, list):
        assert "['\\ud800']" == preference_value("key", value)
        return
    with pytest.raises(RuleError):
        preference_value("key", value)


def test_longest_key():
    """A key longer than 255 is refused."""
    assert "v" == preference_value("k" * 255, "v")
    for key in ("k" * 256, "", "a\0", "\udfff"):
        with pytest.raises(RuleError):
            preference_value(key, "v")


def test_longest_value():
    """A value over 32 KiB of UTF-8 is refused."""
    most = "é" * (16 * 1024)
    assert most == preference_value("key", most)
    with pytest.raises(RuleError):
        preference_value("key", most + "x")


@pytest.mark.parametrize("value", ["all_users", "private", "custom"])
def test_known_privacy(value):
    """`account_privacy` takes its three values."""
    assert value == preference_value("account_privacy", value)


@pytest.mark.parametrize("value", ["friends", 1, True, "ALL_USERS"])
def test_unknown_privacy(value):
    """`account_privacy` outside its three values is refused."""
    with pytest.raises(RuleError):
        preference_value("account_privacy", value)


def test_all_faults_of_a_map():
    """All keys at fault at once; the others in their stored form."""
    stored, faults = preference_faults({"a": 1, "b": None, "c": " ", "account_privacy": "x"})
    assert {"a": "1"} == stored
    assert {"b", "c", "account_privacy"} == set(faults)


def test_all_together():
    """All keys and values of an account over 64 KiB are refused."""
    value = "x" * (32 * 1024 - 1)
    assert {} == preference_faults({"a": value, "b": value})[1]
    assert preference_faults({"a": value, "b": value, "c": "x"})[1]


@pytest.mark.parametrize("value", [10**5000, -(10**5000)], ids=["plus", "minus"])
def test_numbers_without_end(value):
    """A number of too many digits is refused like any other value."""
    with pytest.raises(RuleError):
        preference_value("key", value)


def test_nested_without_end():
    """A value that is nested too deeply to be written out is refused like any other."""
    value = []
    for _ in range(20_000):
        value = [value]
    with pytest.raises(RuleError):
        preference_value("key", value)
