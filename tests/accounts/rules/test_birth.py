"""Years of birth."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.accounts.rules.birth import year_of_birth
from chalicelib.accounts.rules.fault import RuleError


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (None, None),
        (1990, 1990),
        ("1990", 1990),
        ("1990.0", 1990),
        ("1990.", 1990),
        (1990.0, 1990),
        (" 1990 ", 1990),
        ("1990.00 ", 1990),
        (0, 0),
        ("-5", -5),
        ("+7", 7),
        ("1_990", 1990),
        (2147483647, 2147483647),
        ("-2147483648", -2147483648),
    ],
)
def test_accepted(value, stored):
    """A whole number of 32 bits, also as text, also written `1990.0`; null clears (spec 10, section 7)."""
    assert stored == year_of_birth(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        ".",
        "abc",
        "1990.5",
        1990.5,
        "1e3",
        "0x10",
        True,
        False,
        [],
        {},
        [1990],
        float("nan"),
        float("inf"),
        -float("inf"),
        2147483648,
        -2147483649,
        "2147483648",
        1e20,
        10**5000,
        1 << 10_000_000,
        "9" * 1001,
        "9" * 1_000_000,
        "9" * 1000,
        "1990\0",
        "\ud800",
        "." * 1000,
    ],
    ids=lambda value: str(value)[:12] if not isinstance(value, int) or abs(value) < 2**40 else "huge",
)
def test_refused(value):
    """Empty, text, fractions, true and false, no number, beyond 32 bits, absurdly long: refused."""
    with pytest.raises(RuleError):
        year_of_birth(value)


@given(st.integers(-(2**31), 2**31 - 1))
def test_every_spelling_is_the_same_year(year):
    """A number, its digits and its spelling with a zero fraction are the same year."""
    assert {year} == {year_of_birth(year), year_of_birth(str(year)), year_of_birth(f"{year}.0")}
    assert year == year_of_birth(float(year))
