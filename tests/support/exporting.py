"""People with exports too large to be answered directly, and what lies in the bucket."""

import json
from urllib.parse import unquote, urlsplit

from chalicelib.exports.store import PREFIX

ACCOUNTS = "/api/user/v1/accounts"
WORKER = "retirement_service_worker"


class Exports:
    """People with exports, and what lies in the bucket."""

    def __init__(self, stage):
        self.stage, self.api, self.wiring = stage, stage.api, stage.wiring
        self.s3 = stage.wiring._s3
        self.bucket = stage.wiring.settings.image_bucket

    def large(self, changes=3):
        """The username of somebody whose export is large."""
        username = self.stage.new_account("large")
        for number in range(changes):
            assert 200 == self.api.patch(username, {"goals": f"MARK{number}" + "x" * 9000}).status
        return username

    def export(self, username, as_=None):
        """GET an export, by default as its owner."""
        return self.api.get(f"{ACCOUNTS}/{username}/export", as_=as_ or username)

    def content(self, answer):
        """What the link of an answer leads to."""
        assert 303 == answer.status, answer.text[:500]
        key = unquote(urlsplit(answer.headers["location"]).path).split(f"/{self.bucket}/")[-1].lstrip("/")
        return json.loads(self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read())

    def lying(self):
        """Whatever there is of exports: versions, delete markers and parts."""
        page = self.s3.list_object_versions(Bucket=self.bucket, Prefix=PREFIX)
        uploads = self.s3.list_multipart_uploads(Bucket=self.bucket).get("Uploads", [])
        return [each["Key"] for each in [*page.get("Versions", []), *page.get("DeleteMarkers", []), *uploads]]

    def leave(self, username):
        """Leave, and be in a working state."""
        password = {"password": "local-Passw0rd"}
        assert 204 == self.api.post_json(f"{ACCOUNTS}/deactivate_logout", password, as_=username).status
        move = json.dumps({"username": username, "new_state": "RETIRING_LMS", "response": ""}).encode()
        answer = self.api.request(
            "PATCH",
            f"{ACCOUNTS}/update_retirement_status",
            as_=WORKER,
            headers={"Content-Type": "application/json"},
            body=move,
        )
        assert 204 == answer.status

    def retire(self, username):
        """`retire`."""
        return self.api.post_json(f"{ACCOUNTS}/retire", {"username": username}, as_=WORKER)

    def clear(self):
        """Delete whatever there is."""
        for key in set(self.lying()):
            self.wiring.pictures.delete(key)
        for upload in self.s3.list_multipart_uploads(Bucket=self.bucket).get("Uploads", []):
            self.s3.abort_multipart_upload(Bucket=self.bucket, Key=upload["Key"], UploadId=upload["UploadId"])
