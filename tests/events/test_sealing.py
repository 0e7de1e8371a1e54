"""Sealed blobs open where they were sealed, and nowhere else."""

import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.accounts.rules.text import FREE_TEXT_BYTES
from chalicelib.accounts.update import EXTENDED_PROFILE_BYTES
from chalicelib.events import codec
from chalicelib.events.classification import Purpose
from chalicelib.events.profile import Profile, ProfileChanges, ProfileUpdated
from chalicelib.events.sealing import (
    DEFLATE_ABOVE,
    DataKey,
    Place,
    SealBrokenError,
    labelled,
    subject_of,
    unlabelled,
)
from tests.events.samples import ACCOUNT, stamp

KEY = DataKey(ACCOUNT, Purpose.PROFILE, bytes(range(32)))
PLACE = Place("event", ACCOUNT, 7, Purpose.PROFILE, 1)
ELSEWHERE = [
    PLACE._replace(account="cd" * 16),
    PLACE._replace(version=8),
    PLACE._replace(kind="head"),
    PLACE._replace(purpose=Purpose.PARTNER),
    PLACE._replace(schema=2),
]
ITEM_BYTES = 400 * 1024


@given(st.binary(max_size=3 * DEFLATE_ABOVE))
def test_what_was_sealed_opens(content):
    """Sealing and opening gives the content back, whatever its size."""
    assert content == KEY.open(KEY.seal(content, PLACE), PLACE)


@pytest.mark.parametrize("place", ELSEWHERE, ids=str)
@pytest.mark.parametrize("content", [b"content", b"content" * DEFLATE_ABOVE], ids=["small", "deflated"])
def test_a_blob_does_not_open_elsewhere(place, content):
    """A blob that was moved to another account, version, kind, purpose or schema does not open."""
    with pytest.raises(SealBrokenError):
        KEY.open(KEY.seal(content, PLACE), place)


def test_a_blob_does_not_open_with_another_key():
    """A key opens only what it sealed."""
    with pytest.raises(SealBrokenError):
        DataKey(ACCOUNT, Purpose.PROFILE, bytes(32)).open(KEY.seal(b"content", PLACE), PLACE)


@pytest.mark.parametrize("content", [b"content", b"content" * DEFLATE_ABOVE], ids=["small", "deflated"])
def test_every_flipped_byte_is_detected(content):
    """Form, nonce, ciphertext, tag: each byte counts."""
    blob = KEY.seal(content, PLACE)
    for index in range(len(blob)):
        with pytest.raises(SealBrokenError):
            KEY.open(blob[:index] + bytes([blob[index] ^ 1]) + blob[index + 1 :], PLACE)


def test_every_truncated_blob_is_detected():
    """A blob without its end is not a shorter one, and an empty one is none."""
    blob = KEY.seal(b"content", PLACE)
    for length in range(len(blob)):
        with pytest.raises(SealBrokenError):
            KEY.open(blob[:length], PLACE)


def test_the_form_cannot_be_exchanged():
    """What was deflated cannot be passed off as stored as it was: the form byte is authenticated."""
    deflated = KEY.seal(b"a" * 2 * DEFLATE_ABOVE, PLACE)
    assert b"\x02" == deflated[:1]
    with pytest.raises(SealBrokenError):
        KEY.open(b"\x01" + deflated[1:], PLACE)


def test_only_large_content_is_deflated():
    """Up to the bound content is sealed as it is; above it, it takes less room."""
    assert b"\x01" == KEY.seal(b"a" * DEFLATE_ABOVE, PLACE)[:1]
    large = KEY.seal(b"a" * (DEFLATE_ABOVE + 1), PLACE)
    assert b"\x02" == large[:1]
    assert len(large) < DEFLATE_ABOVE / 10


def test_the_same_content_never_looks_the_same():
    """Each blob has a nonce of its own."""
    assert 100 == len({KEY.seal(b"content", PLACE)[1:13] for _ in range(100)})


def test_a_key_is_not_in_its_representation():
    """Neither the key's bytes nor its cipher show up in logs or tracebacks."""
    assert f"DataKey(subject='{ACCOUNT}', purpose=<Purpose.PROFILE: 'profile'>, row=None)" == repr(KEY)


@pytest.mark.parametrize("alphabet", ["\x01", "".join(map(chr, range(1, 32))), '"\\\x7f', "\U0001f600\U0001f4a9"])
def test_the_largest_profile_change_fits_an_item(alphabet):
    """The most that the rules let somebody store, before and after, in letters that JSON writes with six bytes."""
    dice = random.Random(7)
    letter = len(alphabet[0].encode())

    def text(size: int) -> str:
        return "".join(dice.choices(alphabet, k=size // letter))

    def profile() -> ProfileChanges:
        return ProfileChanges(
            name=text(255 * letter),
            city=text(255 * letter),
            goals=text(FREE_TEXT_BYTES),
            mailing_address=text(FREE_TEXT_BYTES),
            bio=text(300 * letter),
            extended_profile={"field": text(EXTENDED_PROFILE_BYTES)},
        )

    fields = tuple(sorted(Profile.model_fields))
    event = ProfileUpdated(**stamp(1), fields=fields, before=profile(), after=profile())
    (content,) = codec.encode(event, 1).personal.values()
    assert len(KEY.seal(content, PLACE)) < 0.9 * ITEM_BYTES
    assert zlib.decompress(zlib.compress(content, 1)) == KEY.open(KEY.seal(content, PLACE), PLACE)


class TestLabels:
    """A blob that is sealed with the key of a row says which row that is."""

    @given(st.integers(0, 2**64 - 1), st.binary(min_size=30, max_size=60))
    def test_there_and_back(self, row, content):
        """The row and the blob come apart as they were put together."""
        blob = KEY.seal(content, PLACE)
        assert (row, blob) == unlabelled(labelled(blob, row))

    @given(st.binary(max_size=3 * DEFLATE_ABOVE))
    def test_the_accounts_own_blobs(self, content):
        """They have no label, and none is seen in them, whatever they hold."""
        blob = KEY.seal(content, PLACE)
        assert blob == labelled(blob, None)
        assert (None, blob) == unlabelled(blob)

    def test_a_labelled_blob_is_no_blob(self):
        """Who forgets to take the label off opens nothing."""
        with pytest.raises(SealBrokenError):
            KEY.open(labelled(KEY.seal(b"content", PLACE), 5), PLACE)

    def test_subjects(self):
        """The account itself, or one of its rows."""
        assert (ACCOUNT, f"{ACCOUNT}.5") == (subject_of(ACCOUNT, None), subject_of(ACCOUNT, 5))
