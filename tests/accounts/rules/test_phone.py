"""Phone numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.accounts.rules.fault import RuleError, StoringError
from chalicelib.accounts.rules.phone import phone_number


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("+1 (800) 555-5555", "+18005555555"),
        ("12+34", "1234"),
        (" +123", "123"),
        ("++12", "+12"),
        ("abc", None),
        ("", None),
        (None, None),
        (123, "123"),
        (-5, "5"),
        ("٣4", "4"),
        ("1\n+2", "12"),
    ],
)
def test_examples(value, stored):
    """Digits, and a `+` only as the very first character sent (spec 10, section 7.2)."""
    assert stored == phone_number(value)


def test_fifty_characters_left_are_the_most():
    """50 characters left fit, whatever was sent around them."""
    assert "+" + "1" * 49 == phone_number("+" + "1-" * 49)


def test_more_than_fifty_is_a_storing_fault():
    """51 characters left are refused in the shape of a failure while storing."""
    with pytest.raises(StoringError):
        phone_number("1" * 51)


@pytest.mark.parametrize("value", [True, False, [], {}, ["1"], 1e400, float("nan"), "1\0", "1\udc00"])
def test_what_is_no_text_is_refused(value):
    """Neither text nor a number: a field's fault."""
    with pytest.raises(RuleError) as caught:
        phone_number(value)
    assert not isinstance(caught.value, StoringError)


@given(st.text(alphabet="+0123456789 -()x", max_size=40))
def test_idempotent(value):
    """A stored number is its own normal form."""
    stored = phone_number(value)
    assert stored == phone_number(stored)
