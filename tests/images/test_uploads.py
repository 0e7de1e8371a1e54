"""Direct uploads as they are remembered (spec 30, section 8)."""

from chalicelib.images.uploads import Status

ADA = "a" * 32


def test_an_upload_waits(uploads, granted):
    """A granted upload waits, and is open."""
    upload = granted(ADA)
    assert upload == uploads.find(upload.id)
    assert upload.id in uploads.open_of(ADA).uploads


def test_an_end_is_final(uploads, granted):
    """What has become of an upload stays; it is open no more."""
    upload = granted(ADA)
    uploads.end(upload, Status.REJECTED, "for developers", "for people")
    uploads.end(upload, Status.DONE)
    found = uploads.find(upload.id)
    assert (Status.REJECTED, "for developers", "for people") == (
        found.status,
        found.developer_message,
        found.user_message,
    )
    assert upload.id not in uploads.open_of(ADA).uploads


def test_the_status_is_kept_for_a_day(stage, uploads, granted):
    """A day after the grant ran out the upload is forgotten, by the service's clock."""
    upload = granted(ADA, seconds=300)
    stage.clock.advance(seconds=300 + 24 * 3600 - 1)
    assert uploads.find(upload.id) is not None
    stage.clock.advance(seconds=2)
    assert uploads.find(upload.id) is None


def test_dropped(uploads, granted):
    """A dropped upload is nobody's."""
    upload = granted(ADA)
    uploads.drop(ADA, upload.id)
    assert uploads.find(upload.id) is None
    assert upload.id not in uploads.open_of(ADA).uploads


def test_pictures_are_noted(uploads):
    """What has objects is noted until they are gone."""
    uploads.remember_picture("b" * 32, "c" * 32)
    assert ["c" * 32] == uploads.open_of("b" * 32).pictures
    uploads.forget_picture("b" * 32, "c" * 32)
    assert [] == uploads.open_of("b" * 32).pictures
