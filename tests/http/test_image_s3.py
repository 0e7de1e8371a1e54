"""Uploading straight to S3: the grant, the object, and what becomes of it (spec 30, section 8)."""

from __future__ import annotations

import json
import re
import secrets
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from tests.http import expectations as expect
from tests.http import pictures
from tests.http.image_client import all_gone, all_served, colour_of, fetch, refused, shown, upload, uploaded, web
from tests.http.pictures import MAX_BYTES, MIN_BYTES, encoded, file_of, padded, plain
from tests.http.retirement_steps import version_of
from tests.http.s3_client import (
    Bucket,
    ask,
    bucket_of,
    exact_conditions,
    granted,
    key_of,
    policy_of,
    report_of,
    send,
    sent,
    settled,
    upload_path,
    uploads_path,
)
from tests.http.service_client import Caller, Service, unique_name
from tests.support.waiting import eventually

TYPES = {"image/jpeg": "jpg", "image/pjpeg": "jpg", "image/png": "png", "image/gif": "gif"}
PNG = file_of("png", "blue")
GRANT = {"upload_id", "url", "fields", "max_bytes", "min_bytes", "expires_in", "status_url"}


@pytest.fixture
def owner(service: Service) -> Caller:
    """Somebody with a red image."""
    caller = service.new_account(profile={"year_of_birth": 1990})
    uploaded(caller)
    return caller


@pytest.fixture(scope="module")
def asking(service: Service) -> Caller:
    """Somebody who asks for grants and sends nothing."""
    return service.new_account()


# --- who may ask, and for what


@pytest.mark.parametrize("slash", ["", "/"])
def test_who_may_ask(
    service: Service, anonymous: Caller, learner: Caller, bare_superuser: Caller, staff: Caller, slash: str
) -> None:
    """Owner 201; nobody 401; another 404; staff 403, or 404 for an unknown name (section 1)."""
    owner, body = service.new_account(), {"content_type": "image/png"}
    known, unknown = uploads_path(owner.username) + slash, uploads_path(unique_name()) + slash
    expect.status(201, owner.post(known, json=body))
    for path in (known, unknown):
        expect.unauthorized(anonymous.post(path, json=body))
        expect.status(404, learner.post(path, json=body))
        expect.status(404, bare_superuser.post(path, json=body))
    expect.status(403, staff.post(known, json=body))
    expect.status(404, staff.post(unknown, json=body))


@pytest.mark.parametrize("content_type", TYPES)
def test_the_four_types(asking: Caller, content_type: str) -> None:
    """Each of the four types is granted, as JSON and as a form (section 8)."""
    assert GRANT == set(granted(asking, content_type))
    response = asking.post(uploads_path(asking.username), data={"content_type": content_type})
    expect.status(201, response)
    assert GRANT == set(response.json())


@pytest.mark.parametrize("content_type", ["image/webp", "text/html", "image/jpg", "", "png", None, 1, [], {}])
def test_other_types(asking: Caller, content_type: object) -> None:
    """Not one of the four types: 400 (section 8)."""
    refused(ask(asking, content_type))


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"null", b"1", b"\xff", b"{}", b'{"filename": "x.png"}'])
def test_other_bodies(asking: Caller, body: bytes) -> None:
    """Malformed, of another outer type, or without `content_type`: 400 (sections 2 and 8)."""
    headers = {"Content-Type": "application/json"}
    expect.status(400, asking.post(uploads_path(asking.username), content=body, headers=headers))


@pytest.mark.parametrize(
    ("content_type", "name"),
    [("image/jpeg", "x.jpeg"), ("image/pjpeg", "X.JPG"), ("image/png", "a b.png"), ("image/gif", "x.y.gif")],
)
def test_file_names_that_fit(asking: Caller, content_type: str, name: str) -> None:
    """A file name that fits is accepted, and stands nowhere in the grant (sections 4 and 8)."""
    mark = secrets.token_hex(8)
    assert mark not in json.dumps(granted(asking, content_type, filename=f"{mark}{name}"))


@pytest.mark.parametrize("name", ["x.jpg", "x.gif", "x", "", ".png.html", "x.bmp", 1, [], {"a": 1}])
def test_file_names_that_do_not_fit(asking: Caller, name: object) -> None:
    """A file name that does not fit the type: 400 (section 8)."""
    refused(ask(asking, "image/png", filename=name))


def test_the_same_question_again(asking: Caller) -> None:
    """With its key a repeated question has the first grant as its answer (spec 50, section 4)."""
    headers = {"Idempotency-Key": secrets.token_hex(16)}
    first, again = (ask(asking, headers=headers) for _ in range(2))
    expect.status(201, again)
    assert first.json() == again.json()
    assert "true" == again.headers["Idempotent-Replayed"]


# --- the grant


def test_what_a_grant_says(service: Service, asking: Caller) -> None:
    """Limits as section 4, at most 600 s, an id of 128 bits, and a URL that the client can reach (section 8)."""
    grant = granted(asking)
    assert grant["max_bytes"] >= MAX_BYTES
    assert MIN_BYTES == grant["min_bytes"]
    assert 0 < grant["expires_in"] <= 600
    assert re.fullmatch(r"[A-Za-z0-9_-]{22,}", grant["upload_id"])
    assert urlsplit(service.url).hostname == urlsplit(grant["url"]).hostname
    assert all(isinstance(value, str) for value in grant["fields"].values())
    assert service.url + upload_path(asking.username, grant["upload_id"]) == grant["status_url"].rstrip("/")
    expect.status(200, asking.get(grant["status_url"]))


def test_a_grant_is_for_one_object(service: Service, asking: Caller) -> None:
    """The policy fixes the whole key: `incoming/` and 128 random bits, of nobody's name or id (section 8)."""
    grants = [granted(asking) for _ in range(3)]
    keys = [key_of(each) for each in grants]
    assert 3 == len(set(keys)) == len({each["upload_id"] for each in grants})
    for grant, key in zip(grants, keys, strict=True):
        assert key == exact_conditions(grant)["key"]
        assert re.fullmatch(r"incoming/[A-Za-z0-9_-]{22,}", key)
        assert asking.username not in json.dumps([grant["url"], grant["fields"], policy_of(grant)])
        assert not [each for each in policy_of(grant)["conditions"] if isinstance(each, list) and "starts" in each[0]]


@pytest.mark.parametrize("content_type", TYPES)
def test_a_grant_is_limited_in_size_and_type(asking: Caller, content_type: str) -> None:
    """The policy has `content-length-range` and `Content-Type`, and an expiry of `expires_in` (section 8)."""
    grant = granted(asking, content_type)
    policy = policy_of(grant)
    ranges = [each for each in policy["conditions"] if isinstance(each, list) and each[0] == "content-length-range"]
    assert [["content-length-range", grant["min_bytes"], grant["max_bytes"]]] == ranges
    assert content_type == exact_conditions(grant)["content-type"]
    assert content_type == {name.lower(): value for name, value in grant["fields"].items()}["content-type"]
    expiry = datetime.fromisoformat(policy["expiration"])
    assert 0 < (expiry - datetime.now(UTC)).total_seconds() <= grant["expires_in"] + 2


def test_objects_that_arrive_are_not_public(owner: Caller) -> None:
    """The incoming prefix answers no anonymous GET, before and after the processing (section 8)."""
    grant = granted(owner)
    place = f"{grant['url'].rstrip('/')}/{key_of(grant)}"
    sent(grant, PNG)
    assert web.get(place).status_code in (403, 404)
    settled(owner, grant, "done")
    assert web.get(place).status_code in (403, 404)
    assert web.get(grant["url"]).status_code in (403, 404)


def test_the_bucket_answers_preflights(asking: Caller) -> None:
    """The bucket answers the pages' preflights (section 8; spec 40, section 5)."""
    grant = granted(asking)
    for origin in ("http://localhost:1995", "http://localhost:1997"):
        headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        response = web.options(grant["url"], headers=headers)
        assert response.status_code in (200, 204), response.text
        assert response.headers["Access-Control-Allow-Origin"] in (origin, "*")
        assert "POST" in response.headers["Access-Control-Allow-Methods"]


def test_the_incoming_prefix_has_a_lifecycle_of_one_day(asking: Caller) -> None:
    """The incoming prefix has a lifecycle rule of one day (section 8)."""
    bucket = Bucket(granted(asking))
    rules = [each for each in bucket.lifecycle() if "incoming/" in json.dumps(each) and each["Status"] == "Enabled"]
    assert 1 in [each.get("Expiration", {}).get("Days") for each in rules]


# --- the status


def test_a_waiting_upload(asking: Caller) -> None:
    """Nothing has arrived: `waiting`, both messages null (section 8)."""
    grant = granted(asking)
    expected = {"upload_id": grant["upload_id"], "status": "waiting", "developer_message": None, "user_message": None}
    for slash in ("", "/"):
        response = asking.get(upload_path(asking.username, grant["upload_id"]) + slash)
        expect.status(200, response)
        assert expected == response.json()


def test_who_may_read_a_status(
    service: Service, anonymous: Caller, learner: Caller, bare_superuser: Caller, staff: Caller, asking: Caller
) -> None:
    """Owner and staff; nobody 401; another 404; another account's or an unknown id 404 (sections 1 and 8)."""
    grant = granted(asking)
    path = upload_path(asking.username, grant["upload_id"])
    expect.status(200, staff.get(path))
    expect.unauthorized(anonymous.get(path))
    expect.status(404, learner.get(path))
    expect.status(404, bare_superuser.get(path))
    for caller in (asking, staff):
        expect.status(404, caller.get(upload_path(asking.username, secrets.token_urlsafe(16))))
    expect.status(404, learner.get(upload_path(learner.username, grant["upload_id"])))
    expect.status(404, staff.get(upload_path(learner.username, grant["upload_id"])))
    expect.status(404, staff.get(upload_path(unique_name(), grant["upload_id"])))


@pytest.mark.parametrize("upload_id", ["x", "%00", "%2e%2e", "a%2fb", "ä", "a" * 3000, "*", "'", "null"])
def test_odd_ids(asking: Caller, upload_id: str) -> None:
    """An id that cannot be one: 404, or 400 (section 8)."""
    assert asking.get(upload_path(asking.username, upload_id)).status_code in (400, 404, 414)


# --- accepted


@pytest.mark.parametrize(("content_type", "kind"), TYPES.items())
def test_done(staff: Caller, owner: Caller, content_type: str, kind: str) -> None:
    """It becomes the image, at once for everybody, by one event; the object goes (section 8)."""
    before, version = shown(owner), int(version_of(staff, owner.username).strip('"'))
    grant = granted(owner, content_type)
    sent(grant, file_of(kind, "green"))
    settled(owner, grant, "done")
    after = shown(owner)
    assert "green" == colour_of(owner)
    assert before.image_id != after.image_id
    assert version + 1 == int(version_of(staff, owner.username).strip('"'))
    all_served(after)
    all_gone(before.urls.values())
    Bucket(grant).has_none(key_of(grant))


def test_a_first_image(service: Service) -> None:
    """Somebody without an image has one afterwards (section 8)."""
    caller = service.new_account()
    grant = granted(caller, filename="x.png")
    sent(grant, PNG)
    settled(caller, grant, "done")
    assert "blue" == colour_of(caller)


@pytest.mark.parametrize("length", [MIN_BYTES, MAX_BYTES])
def test_the_smallest_and_the_largest(owner: Caller, length: int) -> None:
    """The limits of section 4 hold, and what is just within them passes (section 8)."""
    grant = granted(owner)
    sent(grant, padded(encoded(plain("blue", (1, 1)), "PNG"), length))
    settled(owner, grant, "done")
    assert "blue" == colour_of(owner)


def test_what_the_object_says_of_itself(owner: Caller) -> None:
    """Another content type in the form changes nothing: the declared one counts (section 8)."""
    grant = granted(owner, "image/png")
    fields = {name: "image/jpeg" if name.lower() == "content-type" else each for name, each in grant["fields"].items()}
    response = send({**grant, "fields": fields}, file_of("jpg", "blue"))
    if response.status_code < 300:
        settled(owner, grant, "rejected")
    assert "red" == colour_of(owner)


# --- rejected

REJECTED = {
    "another format": file_of("jpg", "blue"),
    "no picture": b"I am no picture at all. " * 20,
    "right first bytes alone": b"\x89PNG\r\n\x1a\n" + b"\0" * 200,
    "truncated": encoded(pictures.noise(), "PNG")[:5000],
    "too many pixels": pictures.black_png(8193, 6144),
}


@pytest.mark.parametrize("which", REJECTED)
def test_rejected(owner: Caller, which: str) -> None:
    """Refused as a direct POST is, with its messages; the image stays, the object goes (section 8)."""
    before, content = shown(owner), REJECTED[which]
    direct = refused(upload(owner, content, "png"))
    grant = granted(owner, "image/png", filename="x.png")
    sent(grant, content)
    settled(owner, grant, "rejected")
    report = report_of(owner, grant)
    assert direct == {name: report[name] for name in ("developer_message", "user_message")}
    assert before == shown(owner)
    all_served(before)
    Bucket(grant).has_none(key_of(grant))


@pytest.mark.parametrize("difference", [-1, 1])
def test_outside_the_limits(owner: Caller, difference: int) -> None:
    """One byte too few or too many: refused by S3, or by the processing (section 8)."""
    grant = granted(owner)
    length = grant["min_bytes"] - 1 if difference < 0 else grant["max_bytes"] + 1
    before = shown(owner)
    response = send(grant, padded(encoded(plain("blue", (1, 1)), "PNG"), length))
    if response.status_code < 300:
        settled(owner, grant, "rejected")
    assert before == shown(owner)
    Bucket(grant).has_none(key_of(grant))


def test_an_empty_object(owner: Caller) -> None:
    """No bytes at all: refused by S3, or rejected (section 8)."""
    grant = granted(owner)
    if send(grant, b"").status_code < 300:
        settled(owner, grant, "rejected")
    assert "red" == colour_of(owner)


# --- one use


@pytest.mark.parametrize(("first", "status"), [(PNG, "done"), (b"no picture " * 20, "rejected")])
def test_one_use(owner: Caller, first: bytes, status: str) -> None:
    """What comes later under the same key is deleted unread (section 8)."""
    grant = granted(owner)
    sent(grant, first)
    settled(owner, grant, status)
    before = shown(owner)
    for _ in range(2):
        sent(grant, file_of("png", "green"))
        Bucket(grant).has_none(key_of(grant))
    assert status == report_of(owner, grant)["status"]
    assert before == shown(owner)


def test_objects_that_nobody_was_granted(owner: Caller) -> None:
    """An object under a key that nobody was granted is deleted, and nothing else happens (section 8)."""
    grant = granted(owner)
    bucket, before = Bucket(grant), shown(owner)
    keys = [f"incoming/{secrets.token_urlsafe(16)}", f"incoming/a b+c%41&é {secrets.token_hex(4)}.png"]
    for key in [*keys, f"incoming/deep/{secrets.token_hex(4)}/x.png"]:
        bucket.put(key, PNG)
        bucket.has_none(key)
    assert before == shown(owner)
    assert "waiting" == report_of(owner, grant)["status"]
    assert bucket_of(grant) == bucket.name


def test_served_within_two_seconds(owner: Caller) -> None:
    """A large photo is the image soon after it has arrived (section 10)."""
    grant = granted(owner, "image/jpeg")
    sent(grant, pictures.phone_photo("mark"))
    eventually(lambda: expect.status(200, fetch(shown(owner).urls["full"])))
    settled(owner, grant, "done")
    assert pictures.UPRIGHT == pictures.corners(pictures.opened(fetch(shown(owner).urls["full"]).content))
