"""Uploads straight to S3: grants, sending, statuses, notifications, and the bucket behind it (spec 30, section 8)."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote_plus, urlsplit

import boto3
import botocore.config
import httpx

from tests.http import expectations as expect
from tests.http.image_client import image_path, web
from tests.http.service_client import Caller, Service
from tests.support.waiting import eventually

FINAL = ("done", "rejected", "superseded", "expired")
S3_EVENT = "/_local/s3_event"
RUN_EXPIRE = "/_local/run/expire"


def uploads_path(username: str) -> str:
    """Return the path on which an upload straight to S3 is asked for."""
    return f"{image_path(username)}/uploads"


def upload_path(username: str, upload_id: str) -> str:
    """Return the path of one upload."""
    return f"{uploads_path(username)}/{upload_id}"


# --- grants and what becomes of them


def ask(caller: Caller, content_type: Any = "image/png", *, username: str = "", **more: Any) -> httpx.Response:
    """POST for a grant."""
    headers = more.pop("headers", None)
    body = {"content_type": content_type, **more}
    return caller.post(uploads_path(username or caller.username), json=body, headers=headers)


def granted(caller: Caller, content_type: str = "image/png", **more: Any) -> dict[str, Any]:
    """Ask for a grant, and expect to get one."""
    response = ask(caller, content_type, **more)
    expect.status(201, response)
    grant: dict[str, Any] = response.json()
    return grant


def send(grant: Mapping[str, Any], content: bytes) -> httpx.Response:
    """Send bytes under a grant: its fields unchanged, the file last."""
    return web.post(grant["url"], data=dict(grant["fields"]), files={"file": ("blob", content)})


def sent(grant: Mapping[str, Any], content: bytes) -> None:
    """Send bytes under a grant, and expect that S3 takes them."""
    response = send(grant, content)
    assert response.status_code in (200, 201, 204), f"{response.status_code}: {response.text[:500]}"


def policy_of(grant: Mapping[str, Any]) -> dict[str, Any]:
    """Return the policy document of a grant, decoded."""
    fields = {name.lower(): value for name, value in grant["fields"].items()}
    policy: dict[str, Any] = json.loads(base64.b64decode(fields["policy"]))
    return policy


def exact_conditions(grant: Mapping[str, Any]) -> dict[str, str]:
    """Return the fields that the policy fixes to one value."""
    fixed: dict[str, str] = {}
    for each in policy_of(grant)["conditions"]:
        if isinstance(each, dict):
            fixed.update({name.lower(): value for name, value in each.items()})
        elif each[0] == "eq":
            fixed[each[1].lstrip("$").lower()] = each[2]
    return fixed


def bucket_of(grant: Mapping[str, Any]) -> str:
    """Return the name of the bucket that a grant is for."""
    return exact_conditions(grant)["bucket"]


def key_of(grant: Mapping[str, Any]) -> str:
    """Return the key that a grant is for."""
    key: str = grant["fields"]["key"]
    return key


def report_of(caller: Caller, grant: Mapping[str, Any]) -> dict[str, Any]:
    """Return what one's own upload says of itself."""
    response = caller.get(upload_path(caller.username, grant["upload_id"]))
    expect.status(200, response)
    report: dict[str, Any] = response.json()
    assert {"upload_id", "status", "developer_message", "user_message"} == set(report), report
    assert grant["upload_id"] == report["upload_id"]
    told = [report["developer_message"], report["user_message"]]
    rejected = report["status"] == "rejected"
    assert all(isinstance(each, str) and each if rejected else each is None for each in told), report
    return report


def settled(caller: Caller, grant: Mapping[str, Any], *expected: str) -> str:
    """Wait until an upload is final; expect one of the statuses, and return it."""

    def final() -> str:
        status: str = report_of(caller, grant)["status"]
        assert status in FINAL
        return status

    status = eventually(final)
    assert status in (expected or FINAL), f"{expected} expected, {status} seen"
    return status


def uploaded_to_s3(caller: Caller, content: bytes, content_type: str = "image/png") -> dict[str, Any]:
    """Upload a picture straight to S3, and wait until it is the image."""
    grant = granted(caller, content_type)
    sent(grant, content)
    settled(caller, grant, "done")
    return grant


# --- notifications, and the bucket behind the service


def notice(grant: Mapping[str, Any], key: str | None = None, **changed: Any) -> dict[str, Any]:
    """Return a record of a notification; the key is the grant's unless given, and is encoded as S3 does it."""
    at = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
    stored = {"key": quote_plus(key_of(grant) if key is None else key), "size": 1000, "eTag": secrets.token_hex(16)}
    return {
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Post",
        "eventTime": at,
        "s3": {"bucket": {"name": bucket_of(grant)}, "object": stored},
        **changed,
    }


def notify(service: Service, *records: Any) -> None:
    """Hand records to the handler, and expect that it finishes."""
    expect.status(200, service.http.post(S3_EVENT, json={"Records": list(records)}))


class Bucket:
    """The bucket behind the service, seen with the operator's eyes (spec 00)."""

    def __init__(self, grant: Mapping[str, Any]) -> None:
        address = urlsplit(grant["url"])
        self.name = bucket_of(grant)
        self._s3 = boto3.client(
            "s3",
            endpoint_url=f"{address.scheme}://{address.netloc}",
            region_name="us-east-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
            config=botocore.config.Config(s3={"addressing_style": "path"}, proxies={}),
        )

    def put(self, key: str, content: bytes) -> None:
        """Put an object there."""
        self._s3.put_object(Bucket=self.name, Key=key, Body=content)

    def versions(self, key: str) -> int:
        """Return how many versions and delete markers exactly this key has."""
        found = self._s3.list_object_versions(Bucket=self.name, Prefix=key)
        every = [*found.get("Versions", []), *found.get("DeleteMarkers", [])]
        return len([each for each in every if each["Key"] == key])

    def keys(self, prefix: str) -> list[str]:
        """Return the keys that begin so."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
        return [each["Key"] for page in pages for each in page.get("Contents", [])]

    def lifecycle(self) -> list[dict[str, Any]]:
        """Return the lifecycle rules."""
        rules: list[dict[str, Any]] = self._s3.get_bucket_lifecycle_configuration(Bucket=self.name)["Rules"]
        return rules

    def has_none(self, *keys: str) -> None:
        """Expect that these keys go soon, and wait for it."""
        eventually(lambda: self._assert_none(keys))

    def _assert_none(self, keys: Iterable[str]) -> None:
        left = [key for key in keys if self.keys(key)]
        assert [] == left
