"""Keys of one-time links."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.identity import links

ACCOUNT = "0123456789abcdef0123456789abcdef"
secrets = st.binary(min_size=16, max_size=64)


@given(secrets)
def test_a_key_reads_back(secret: bytes):
    """What make writes, parse reads: the account and the digest of the secret."""
    assert (ACCOUNT, hashlib.sha256(secret).hexdigest()) == links.parse(links.make(ACCOUNT, secret))


def test_a_key_fits_into_a_path():
    """A key is one path segment that needs no escaping."""
    assert "" == links.make(ACCOUNT, b"\xff" * 32).strip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    )


def test_digest_is_what_parse_gives():
    """A stored digest can be compared with the parsed one."""
    assert links.parse(links.make(ACCOUNT, b"s" * 32)) == (ACCOUNT, links.digest(b"s" * 32))


@given(st.text())
def test_garbage_is_no_key(text: str):
    """Any text is parsed to None or is a key, and never raises."""
    parsed = links.parse(text)
    assert parsed is None or len(parsed[0]) == 32


@pytest.mark.parametrize("key", ["", "\ud800", "é" * 64, "A" * 100_000, "A" * 42, "=" * 64, "A" * 64 + "\n"])
def test_malformed_keys_are_refused(key: str):
    """Empty, not ASCII, giant, too short, padded, with a line end: no keys."""
    assert links.parse(key) is None


def test_a_second_spelling_is_refused():
    """The spare bits of the last character must be zero: a key has one spelling."""
    key = links.make(ACCOUNT, b"\x00" * 16)
    assert key.endswith("A")
    assert links.parse(key[:-1] + "B") is None


@pytest.mark.parametrize("size", [0, 15, 65])
def test_a_secret_has_a_sane_length(size: int):
    """A guessable or an endless secret is a programming error."""
    with pytest.raises(ValueError, match="16 to 64"):
        links.make(ACCOUNT, bytes(size))
