"""Claims: which values are the same, and what their keys tell."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.events.claims import Claim, ClaimKeys, ClaimKind, normalised

KEYS = ClaimKeys(b"pepper")
ANY_TEXT = st.text(st.characters(exclude_categories=()))


def key(value, kind=ClaimKind.EMAIL, keys=KEYS):
    return keys.partition_key(Claim(kind, value))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ADA@example.com", "ada@EXAMPLE.com"),
        ("straße", "STRASSE"),
        ("\ufb01sh", "fish"),
        ("\u212b", "\u00e5"),
        ("e\u0301", "\u00e9"),
        ("\uff21\uff24\uff21", "ada"),
        ("\u03c2", "\u03a3"),
        ("\u0130", "i\u0307"),
    ],
)
def test_values_that_look_the_same_are_the_same(one, other):
    """Compatibility forms and capitals make no difference (NFKC and casefold)."""
    assert key(one) == key(other)


@pytest.mark.parametrize(("one", "other"), [("ada", "adb"), ("ada", "ada "), ("a.da", "ada"), ("\u0430da", "ada")])
def test_other_values_are_others(one, other):
    """Spaces, dots and letters of another script count."""
    assert key(one) != key(other)


@given(ANY_TEXT)
def test_the_normal_form_is_its_own(value):
    """Normalising twice is normalising once, so nothing depends on who normalised first."""
    assert normalised(value) == normalised(normalised(value))


@given(ANY_TEXT)
def test_any_text_has_a_key(value):
    """Lone surrogates and the empty text too; the key is kind and hash, and nothing of the value."""
    assert re.fullmatch(r"C#email#[0-9a-f]{64}", key(value))


def test_kinds_are_separate():
    """A username and an address of the same letters are two claims, under hashes that do not correlate."""
    keys = [key("ada", kind).split("#")[2] for kind in ClaimKind]
    assert len(ClaimKind) == len(set(keys))


def test_peppers_are_separate():
    """Without the pepper nobody can compute where a value would stand."""
    assert key("ada") != key("ada", keys=ClaimKeys(b"other"))


@pytest.mark.parametrize("spelling", ["x@b\u00fccher.example", "X@XN--BCHER-KVA.example", "x@B\u00dcCHER.EXAMPLE"])
def test_a_domain_in_either_spelling(spelling):
    """A domain in its own letters and in those of name servers is one domain, so its mailboxes are claimed once."""
    keys = ClaimKeys(b"p" * 32)
    assert keys.partition_key(Claim(ClaimKind.EMAIL, "x@xn--bcher-kva.example")) == keys.partition_key(
        Claim(ClaimKind.EMAIL, spelling)
    )


def test_what_only_looks_encoded():
    """A label that is no encoding stands for itself."""
    assert "x@xn--\u00fc.example" == normalised("x@xn--\u00fc.example")
