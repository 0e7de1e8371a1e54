"""A phone photo from upload to removal, as a person would do it (spec 30)."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from tests.http import pictures
from tests.http.image_client import (
    Shown,
    accepted,
    all_gone,
    all_served,
    fetch,
    picture_of,
    refused,
    remove,
    shown,
    upload,
)
from tests.http.pictures import MAX_BYTES, SIDES, UPRIGHT, bare, corners, encoded, oriented
from tests.http.s3_client import granted, sent, settled
from tests.http.service_client import Caller, Service

MARK = "Zq8phonemark"


@pytest.fixture(scope="module")
def photo() -> bytes:
    """12 megapixels under 1 MB, turned by its EXIF tag, with GPS and camera inside."""
    content = pictures.phone_photo(MARK)
    camera = Image.open(io.BytesIO(content))
    assert (4000, 3000) == camera.size
    assert 6 == camera.getexif()[pictures.ORIENTATION]
    assert "N" == camera.getexif().get_ifd(0x8825)[1]
    assert 200_000 < len(content) <= MAX_BYTES
    return content


def upright_and_clean(seen: Shown) -> None:
    """Expect the photo in four sizes, upright and without metadata, where the account says."""
    assert seen.has_image
    for size in SIDES:
        assert UPRIGHT == corners(picture_of(seen, size))
        content = fetch(seen.urls[size]).content
        bare(content)
        assert MARK.encode() not in content


def test_a_phone_photo(service: Service, learner: Caller, photo: bytes) -> None:
    """Upload by form and straight to S3, look, replace, be refused, remove (sections 3 to 8)."""
    person = service.new_account(profile={"year_of_birth": 1990})
    defaults = shown(person)

    accepted(upload(person, photo, name="IMG_0001.JPG"))
    by_form = shown(person)
    upright_and_clean(by_form)
    assert by_form == shown(learner, person.username)

    grant = granted(person, "image/jpeg", filename="IMG_0001.JPG")
    sent(grant, photo)
    settled(person, grant, "done")
    by_s3 = shown(person)
    upright_and_clean(by_s3)
    assert set() == set(by_form.urls.values()) & set(by_s3.urls.values())
    all_gone(by_form.urls.values())

    accepted(upload(person, oriented(8), name="another.jpeg"))
    replaced = shown(person)
    upright_and_clean(replaced)
    assert set() == set(by_s3.urls.values()) & set(replaced.urls.values())
    all_gone(by_s3.urls.values())

    reasons = refused(upload(person, b"Dear diary, this is a text.\n" * 20, name="diary.jpg"))
    assert all("diary" not in reason for reason in reasons.values())
    assert replaced == shown(person)
    all_served(replaced)

    accepted(remove(person))
    assert defaults == shown(person) == shown(learner, person.username)
    all_served(defaults)
    all_gone(replaced.urls.values())


def test_a_photo_that_is_too_large(service: Service) -> None:
    """A photo over the limit of the form is refused with a reason (section 4, row 1)."""
    person = service.new_account()
    content = encoded(pictures.noise((1000, 1000)), quality=95)
    assert MAX_BYTES < len(content) < 4_500_000
    refused(upload(person, content, name="IMG_0002.JPG"))
    assert not shown(person).has_image
