"""The bucket and the uploads of a stage."""

import pytest

from chalicelib.images.incoming import Ports
from chalicelib.images.store import INCOMING
from chalicelib.images.uploads import Upload


@pytest.fixture
def store(stage):
    """The store of pictures."""
    return stage.wiring.pictures


@pytest.fixture
def uploads(stage):
    """The direct uploads."""
    return stage.wiring.uploads


@pytest.fixture
def ports(stage) -> Ports:
    """What the processing works with."""
    return stage.wiring.incoming


class Bucket:
    """The bucket as S3 has it, behind the service's back."""

    def __init__(self, stage):
        self.stage = stage
        self.client = stage.wiring.client("s3")
        self.name = stage.wiring.settings.image_bucket

    def keys(self, prefix=""):
        """Every key, with versions and delete markers, each as often as there are versions of it."""
        page = self.client.list_object_versions(Bucket=self.name, Prefix=prefix)
        return sorted(each["Key"] for each in [*page.get("Versions", []), *page.get("DeleteMarkers", [])])

    def send(self, upload_id, content):
        """Send an object for an upload."""
        self.client.put_object(Bucket=self.name, Key=INCOMING + upload_id, Body=content)

    def put(self, key, content=b"x"):
        """Put an object."""
        self.client.put_object(Bucket=self.name, Key=key, Body=content)


@pytest.fixture
def bucket(stage) -> Bucket:
    """The bucket, emptied."""
    found = Bucket(stage)
    for key in set(found.keys()):
        stage.wiring.pictures.delete(key)
    return found


@pytest.fixture
def granted(stage, uploads):
    """Begins an upload of an account; answers it."""

    def grant(account, content_type="image/jpeg", extension=".jpg", seconds=300):
        upload_id = stage.wiring.random_bytes(16).hex()
        now = stage.clock().timestamp()
        upload = Upload(upload_id, account, content_type, extension, now, int(now) + seconds)
        uploads.begin(upload)
        return upload

    return grant
