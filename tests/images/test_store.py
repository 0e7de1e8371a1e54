"""The bucket: names, versions, deletion, grants (spec 30, sections 6 and 8)."""

import base64
import json

import pytest

from chalicelib.images.errors import PicturesUnavailableError
from chalicelib.images.store import NAME, PictureStore, key_of

IMAGE = "a" * 32


def test_written_and_read(store, bucket):
    """Each size stands under the id and its side."""
    store.write(IMAGE, {500: b"large", 30: b"small"})
    assert [f"profile-images/{IMAGE}_30.jpg", f"profile-images/{IMAGE}_500.jpg"] == bucket.keys()
    assert b"small" == store.read(IMAGE, 30).content
    assert '"' == store.read(IMAGE, 30).etag[0]


def test_what_is_not_there(store, bucket):
    """A size or an upload that is not there is null."""
    assert store.read(IMAGE, 30) is None
    assert store.incoming(IMAGE, 10) is None
    assert not store.has_incoming(IMAGE)


def test_deletion_takes_every_version(store, bucket):
    """All versions and delete markers go, and nobody else's."""
    other = "b" * 32
    for image in (IMAGE, IMAGE, other):
        store.write(image, {500: b"x", 30: b"y"})
    bucket.client.delete_object(Bucket=bucket.name, Key=key_of(IMAGE, 30))
    assert 5 + 2 == len(bucket.keys())
    store.delete_picture(IMAGE)
    assert [key_of(other, 30), key_of(other, 500)] == bucket.keys()
    store.delete_picture(IMAGE)


def test_the_first_object_counts(store, bucket):
    """Whatever is sent under the same key later is not read; no more than the limit is."""
    bucket.send(IMAGE, b"first")
    bucket.send(IMAGE, b"second")
    assert (5, b"fir") == (store.incoming(IMAGE, 3).size, store.incoming(IMAGE, 3).content)
    assert store.has_incoming(IMAGE)


def test_a_grant_is_for_one_key(store):
    """The policy fixes the key, the type and the size, and leads to nobody."""
    grant = store.grant(IMAGE, "image/png", 100, 2000, 300)
    conditions = json.loads(base64.b64decode(grant.fields["policy"]))["conditions"]
    assert {"key": f"incoming/{IMAGE}"} in conditions
    assert {"Content-Type": "image/png"} in conditions
    assert ["content-length-range", 100, 2000] in conditions
    assert f"incoming/{IMAGE}" == grant.fields["key"]


def test_listing_goes_on_behind_a_key(store, bucket):
    """Keys come in order, from behind the one that is named."""
    for name in ("incoming/1", "incoming/2", "incoming/3"):
        bucket.put(name)
    assert ["incoming/2", "incoming/3"] == [found.key for found in store.list("incoming/", "incoming/1")]


def test_s3_away(stage):
    """A bucket that does not answer is an error of its own, with S3's code alone."""
    lost = PictureStore(lambda: stage.wiring.client("s3"), lambda: None, "no-such-bucket")
    with pytest.raises(PicturesUnavailableError, match="NoSuchBucket"):
        lost.write(IMAGE, {30: b"x"})


@pytest.mark.parametrize(
    "name",
    [
        "",
        "x",
        f"{IMAGE}_30.png",
        f"{IMAGE}_.jpg",
        f"../{IMAGE}_30.jpg",
        f"{IMAGE.upper()}_30.jpg",
        f"{IMAGE}_99999.jpg",
    ],
)
def test_names_that_are_none(name):
    """Nothing but an id and a side names a served object."""
    assert NAME.fullmatch(name) is None
