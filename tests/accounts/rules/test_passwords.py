"""New passwords."""

import pytest

from chalicelib.accounts.rules.fault import RuleError
from chalicelib.accounts.rules.passwords import is_alike, new_password


@pytest.mark.parametrize("value", ["correct horse", "12345678", "p" * 75, "😀" * 8, "        "])
def test_accepted(value):
    """8 to 75 characters (spec 10, section 11)."""
    assert value == new_password(value, username="ada", email="ada@example.com")


@pytest.mark.parametrize(
    "value",
    [None, "", "1234567", "p" * 76, "p" * 10_000_000, 12345678, True, [], {}, "12345678\0", "1234567\ud800"],
)
def test_refused(value):
    """Too short, too long, no text, or not to be stored."""
    with pytest.raises(RuleError):
        new_password(value)


def test_length_is_that_of_the_normal_form():
    """The length counts after NFKC, both ways, and the normal form is given back."""
    assert "é" * 75 == new_password("e\u0301" * 75)
    with pytest.raises(RuleError):
        new_password("e\u0301" * 7)
    assert "ffi" * 3 == new_password("\ufb03" * 3)
    with pytest.raises(RuleError):
        new_password("\ufdfa" * 5)


@pytest.mark.parametrize(
    ("password", "username", "email"),
    [
        ("adalovelace", "adalovelace", None),
        ("AdaLovelace1", "adalovelace", None),
        ("ecalevoladda", "adalovelace", None),
        ("lovelace", None, "ada@lovelace.example"),
        ("ada@lovelace.ex", None, "ada@lovelace.example"),
        ("lovelace99", "x", "lovelace-ada@b.cd"),
    ],
)
def test_too_alike(password, username, email):
    """A password like the username, the address or a word of one is refused, capitals aside."""
    with pytest.raises(RuleError):
        new_password(password, username=username, email=email)


def test_bound_of_likeness():
    """A likeness of 0.7 is too much, a little less is not."""
    assert is_alike("abcdefg123", "abcdefgxyz")
    assert not is_alike("abcdef1234", "abcdefwxyz")


@pytest.mark.parametrize("attribute", ["", "a", "...", "x" * 1_000_000, "a " * 500_000])
def test_odd_attributes_are_like_nothing(attribute):
    """Empty, tiny and absurdly long attributes are judged at once."""
    assert not is_alike("correct horse", attribute)


def test_messages_do_not_quote():
    """No message holds what was typed."""
    with pytest.raises(RuleError) as caught:
        new_password("lovelace99", username="lovelace", email="secret@example.com")
    said = f"{caught.value} {caught.value.fault}"
    assert "lovelace" not in said
    assert "secret" not in said
