"""Where links to the bucket lead, which the emulated S3 cannot show."""

import pytest

from chalicelib.wiring.aws import SIGNED_BY_SIGV4, aws_client


@pytest.mark.parametrize("region", ["eu-west-1", "ap-southeast-3"])
def test_links_name_the_region(region: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Uploads and downloads go to the bucket's host in its region; the global host would redirect them."""
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    client = aws_client("s3", region, SIGNED_BY_SIGV4)
    host = f"https://pictures.s3.{region}.amazonaws.com/"
    assert host == client.generate_presigned_post("pictures", "incoming/x")["url"]
    assert client.generate_presigned_url("get_object", {"Bucket": "pictures", "Key": "x"}).startswith(f"{host}x?")
