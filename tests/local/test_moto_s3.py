"""moto's S3 under threads."""

from functools import partial

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from local import moto_shim
from tests.support.threads import at_once


@pytest.fixture
def s3():
    moto_shim.install()
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="k", aws_secret_access_key="s")
        client.create_bucket(Bucket="bucket")
        client.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
        yield client


def test_listing_beside_writing(s3):
    """Versions are listed, written and deleted by many threads at once, and nobody fails."""

    def work(number):
        for turn in range(12):
            key = f"k{number}-{turn % 3}"
            s3.put_object(Bucket="bucket", Key=key, Body=b"x")
            found = s3.list_object_versions(Bucket="bucket").get("Versions", [])
            s3.delete_object(Bucket="bucket", Key=key, VersionId=next(v["VersionId"] for v in found if v["Key"] == key))
        return True

    assert [True] * 8 == list(at_once(*[partial(work, number) for number in range(8)]))


def test_completing_what_was_aborted(s3):
    """An upload that was aborted cannot be completed, and S3's own error says so."""
    upload = s3.create_multipart_upload(Bucket="bucket", Key="k")["UploadId"]
    part = s3.upload_part(Bucket="bucket", Key="k", UploadId=upload, PartNumber=1, Body=b"x")["ETag"]
    s3.abort_multipart_upload(Bucket="bucket", Key="k", UploadId=upload)
    with pytest.raises(ClientError) as caught:
        s3.complete_multipart_upload(
            Bucket="bucket", Key="k", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part}]}
        )
    assert "NoSuchUpload" == caught.value.response["Error"]["Code"]
