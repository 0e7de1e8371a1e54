"""The exports of a stage, and the bucket that they lie in."""

import pytest

from chalicelib.exports.store import PREFIX, ExportStore


class Bucket:
    """The private bucket as S3 has it, behind the service's back."""

    def __init__(self, stage):
        self.client = stage.wiring.client("s3")
        self.name = stage.wiring.settings.image_bucket

    def versions(self):
        """Every export's key, as often as there are versions and delete markers of it."""
        page = self.client.list_object_versions(Bucket=self.name, Prefix=PREFIX)
        return sorted(each["Key"] for each in [*page.get("Versions", []), *page.get("DeleteMarkers", [])])

    def unfinished(self):
        """The keys of exports of which parts were sent, and nothing more."""
        return [each["Key"] for each in self.client.list_multipart_uploads(Bucket=self.name).get("Uploads", [])]

    def content(self, key):
        """An object's bytes."""
        return self.client.get_object(Bucket=self.name, Key=key)["Body"].read()


@pytest.fixture
def exports(stage) -> ExportStore:
    """The store of exports."""
    return stage.wiring.exports


@pytest.fixture
def bucket(stage) -> Bucket:
    """The bucket, without exports."""
    found = Bucket(stage)
    for key in set(found.versions()):
        stage.wiring.pictures.delete(key)
    for upload in found.client.list_multipart_uploads(Bucket=found.name).get("Uploads", []):
        found.client.abort_multipart_upload(Bucket=found.name, Key=upload["Key"], UploadId=upload["UploadId"])
    return found
