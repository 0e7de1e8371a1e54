"""The format of refresh tokens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.identity import refresh_token

ACCOUNT = "00112233445566778899aabbccddeeff"
SESSION = "ffeeddccbbaa99887766554433221100"
FAMILY = refresh_token.family_key(b"f" * 32)


def test_a_token_reads_back():
    """What is issued parses to the same parts, and belongs to its family."""
    token = refresh_token.issue(ACCOUNT, SESSION, b"s" * 32, FAMILY)
    parsed = refresh_token.parse(str(token))
    assert token == parsed
    assert parsed.is_of_family(FAMILY)


def test_another_family_is_recognised():
    """A token of another session's family, or with any part changed, is not one of the session's."""
    token = refresh_token.issue(ACCOUNT, SESSION, b"s" * 32, FAMILY)
    assert not token.is_of_family(refresh_token.family_key(b"g" * 32))
    assert not refresh_token.RefreshToken(ACCOUNT, SESSION, b"t" * 32, token.tag).is_of_family(FAMILY)
    assert not refresh_token.RefreshToken(SESSION, ACCOUNT, b"s" * 32, token.tag).is_of_family(FAMILY)


@given(st.text(st.characters(exclude_categories=())))
def test_garbage_is_no_token(text: str):
    """Any text parses to nothing, and never raises."""
    assert refresh_token.parse(text) is None


@pytest.mark.parametrize("fill", ["\ud800", "é", "=", "+", "\n", "."])
def test_garbage_of_the_right_length_is_no_token(fill: str):
    """The length alone makes no token."""
    size = len(str(refresh_token.issue(ACCOUNT, SESSION, b"s" * 32, FAMILY)))
    assert refresh_token.parse(fill * size) is None


def test_a_secret_has_32_bytes():
    """Another length is a programming error."""
    with pytest.raises(ValueError, match="32 bytes"):
        refresh_token.issue(ACCOUNT, SESSION, b"short", FAMILY)
