"""Text, where text is due."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.accounts.rules.fault import RuleError
from chalicelib.accounts.rules.text import bio, city, goals, mailing_address, text

FREE_TEXTS = [goals, mailing_address, city]


@pytest.mark.parametrize(("value", "stored"), [(5, "5"), (-5, "-5"), (0, "0"), (2.5, "2.5"), (5.0, "5.0")])
def test_number_counts_as_its_digits(value, stored):
    """A number counts as its digits (spec 10, section 7)."""
    assert stored == text(value, field="goals")


@pytest.mark.parametrize("value", [None, True, False, [], {}, ["x"], {"x": "y"}, math.nan, math.inf, -math.inf])
def test_what_is_no_text_is_refused(value):
    """Neither text nor a finite number: refused."""
    with pytest.raises(RuleError):
        text(value, field="goals")


@pytest.mark.parametrize(
    "value", [10**309, -(10**309), 10**100_000, 1 << 10_000_000], ids=["least", "negative", "long", "longer"]
)
def test_huge_number_is_refused_at_once(value):
    """A number of absurdly many digits is refused, without its digits being written out."""
    with pytest.raises(RuleError):
        text(value, field="goals")


@pytest.mark.parametrize("value", ["a\0b", "\0", "\ud800", "a\udfffb", "\udc00\ud800"])
def test_unstorable_characters_are_refused(value):
    """U+0000 and halves of surrogate pairs are refused."""
    with pytest.raises(RuleError):
        text(value, field="goals")


def test_lengths_are_code_points():
    """A character outside the basic plane counts once."""
    assert "😀" * 300 == bio("😀" * 300)
    with pytest.raises(RuleError):
        bio("😀" * 301)


def test_bio_is_trimmed_before_it_is_measured():
    """300 characters within white space are not too many."""
    assert "b" * 300 == bio(" \t\u3000" + "b" * 300 + "\n\xa0")


@pytest.mark.parametrize("value", [None, "", "  ", "\u2003\n"])
def test_no_bio(value):
    """Null, the empty and the blank bio are none."""
    assert bio(value) is None


@pytest.mark.parametrize("rule", FREE_TEXTS)
def test_free_text_is_trimmed_and_kept_raw(rule):
    """Text is stored raw, HTML included, but for white space at its ends (D11)."""
    assert "<b>a  b</b>" == rule("\u2009 <b>a  b</b> \n")


@pytest.mark.parametrize("rule", FREE_TEXTS)
def test_empty_free_text_stays_empty(rule):
    """The empty text is not null in these three fields, and null is."""
    assert "" == rule("")
    assert "" == rule("   ")
    assert rule(None) is None


@pytest.mark.parametrize("rule", FREE_TEXTS)
def test_free_text_is_limited_in_utf8(rule):
    """32 KiB of UTF-8 fit, one byte more does not."""
    assert "é" * 16 * 1024 == rule(" " + "é" * 16 * 1024)
    with pytest.raises(RuleError):
        rule("é" * 16 * 1024 + "e")


@given(st.text())
def test_only_ends_are_touched(value):
    """Whatever can be stored is stored trimmed and nothing else."""
    assert value.replace("\0", "").strip() == goals(value.replace("\0", ""))
