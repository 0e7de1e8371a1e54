"""The digest of an event depends on everything that is stored of it, and on all before it."""

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.events.chain import GENESIS, link
from chalicelib.events.classification import Purpose

PARTS = st.tuples(st.text(max_size=20), st.dictionaries(st.sampled_from(Purpose), st.binary(max_size=20)))


def test_the_digest_is_fixed():
    """The format never changes unseen: stored histories would no longer verify."""
    sealed = {Purpose.RETIREMENT: b"r", Purpose.PROFILE: b"p"}
    content = bytes(32) + b"plain:2:\xc3\xa9" + b"profile:1:p" + b"retirement:1:r"
    assert sha256(content).digest() == link(GENESIS, "é", sealed)


@given(PARTS, PARTS)
def test_other_parts_have_another_digest(one, other):
    """Two events have one digest only if every part is the same."""
    assert (one == other) == (link(GENESIS, *one) == link(GENESIS, *other))


@given(PARTS, st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_another_past_is_another_digest(parts, one, other):
    """The digest before is part of the digest."""
    assert (one == other) == (link(one, *parts) == link(other, *parts))


@given(PARTS)
def test_the_order_of_parts_does_not_matter(parts):
    """Parts are hashed in the order of their names, not in that of a dictionary."""
    plain, sealed = parts
    assert link(GENESIS, plain, sealed) == link(GENESIS, plain, dict(reversed(sealed.items())))


def test_bytes_cannot_be_shifted_between_parts():
    """Each part is preceded by its name and length."""
    assert link(GENESIS, "ab", {}) != link(GENESIS, "a", {Purpose.PROFILE: b"b"})
    shifted = [{Purpose.PARTNER: b"ab", Purpose.PROFILE: b""}, {Purpose.PARTNER: b"a", Purpose.PROFILE: b"b"}]
    assert link(GENESIS, "", shifted[0]) != link(GENESIS, "", shifted[1])
    assert link(GENESIS, "", {}) != link(GENESIS, "", {Purpose.PROFILE: b""})
