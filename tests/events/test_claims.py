"""Claims: which values are the same, and what their keys tell."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.events.claims import LEADING_NOWHERE, Claim, ClaimKeys, ClaimKind, RetiredDigits, normalised

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


OLDER, NEWER = b"older secret", b"newer secret"
DIGITS = RetiredDigits([OLDER, NEWER])


class TestRetiredDigits:
    """What retired usernames and addresses are made of and recognised by (spec 20, section 3.1)."""

    @given(ANY_TEXT)
    def test_forty_digits(self, value):
        """40 lower-case hexadecimal digits of any text; the newest secret makes them."""
        digits = DIGITS.newest(Claim(ClaimKind.USERNAME, value))
        assert re.fullmatch("[0-9a-f]{40}", digits)
        assert digits == DIGITS.every(Claim(ClaimKind.USERNAME, value))[-1]

    @pytest.mark.parametrize("kind", [ClaimKind.USERNAME, ClaimKind.EMAIL])
    @pytest.mark.parametrize("spelling", ["ADA@Example.com", "ada@EXAMPLE.COM", "\uff41da@example.com"])
    def test_spellings_make_no_difference(self, kind, spelling):
        """Two values that are one claim have one set of digits."""
        assert DIGITS.every(Claim(kind, "ada@example.com")) == DIGITS.every(Claim(kind, spelling))

    def test_older_secrets_recognise(self):
        """What was retired under an older secret is recognised under a longer list, at that secret's place."""
        before = RetiredDigits([OLDER]).newest(Claim(ClaimKind.USERNAME, "ada"))
        assert before == DIGITS.every(Claim(ClaimKind.USERNAME, "ada"))[0]
        assert before != DIGITS.newest(Claim(ClaimKind.USERNAME, "ada"))

    def test_kinds_have_keys_of_their_own(self):
        """The digits of a username tell nothing of an address of the same letters."""
        assert DIGITS.newest(Claim(ClaimKind.USERNAME, "x")) != DIGITS.newest(Claim(ClaimKind.EMAIL, "x"))

    def test_secrets_are_separate(self):
        """Without the secret nobody can compute the digits."""
        assert DIGITS.newest(Claim(ClaimKind.USERNAME, "ada")) != RetiredDigits([b"other"]).newest(
            Claim(ClaimKind.USERNAME, "ada")
        )


class TestRetiredClaims:
    """Which claims must not exist if something is to be free."""

    KEYS = ClaimKeys(b"pepper", b"retired pepper", DIGITS)

    @pytest.mark.parametrize(
        ("kind", "retired"),
        [(ClaimKind.USERNAME, ClaimKind.RETIRED_USERNAME), (ClaimKind.EMAIL, ClaimKind.RETIRED_EMAIL)],
    )
    def test_one_for_each_secret(self, kind, retired):
        """A username or an address may have been retired under any of the secrets."""
        expected = [self.KEYS.partition_key(Claim(retired, digits)) for digits in DIGITS.every(Claim(kind, "ada"))]
        assert expected == self.KEYS.retired(Claim(kind, "ADA"))
        assert 2 == len(set(expected))

    @pytest.mark.parametrize("kind", [kind for kind in ClaimKind if kind not in (ClaimKind.USERNAME, ClaimKind.EMAIL)])
    def test_other_kinds(self, kind):
        """Numbers, rows and originals are never retired."""
        assert [] == self.KEYS.retired(Claim(kind, "7"))

    @pytest.mark.parametrize("kind", ClaimKind)
    def test_a_pepper_of_its_own(self, kind):
        """What leads to nobody stands under another pepper than what leads to an account."""
        one, other = ClaimKeys(b"pepper", b"retired pepper"), ClaimKeys(b"pepper", b"other")
        claim = Claim(kind, "ada")
        assert (kind in LEADING_NOWHERE) == (one.partition_key(claim) != other.partition_key(claim))
