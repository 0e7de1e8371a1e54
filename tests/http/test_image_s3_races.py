"""Uploads to S3 under duplicate, late, strange and competing notifications, and as time passes (spec 30, section 8)."""

from __future__ import annotations

import secrets
import time
from functools import partial
from typing import Any

import pytest

from tests.http import expectations as expect
from tests.http.image_client import accepted, all_gone, all_served, colour_of, remove, shown, upload, uploaded
from tests.http.pictures import file_of
from tests.http.retirement_steps import version_of
from tests.http.s3_client import (
    RUN_EXPIRE,
    S3_EVENT,
    Bucket,
    granted,
    key_of,
    notice,
    notify,
    report_of,
    sent,
    settled,
    upload_path,
    uploaded_to_s3,
)
from tests.http.service_client import Caller, Service
from tests.http.test_concurrency import at_once

PNG = file_of("png", "blue")
GREEN = file_of("png", "green")
LATER_SECONDS = 1.1
"""Moments of S3 may be whole seconds; so long after, one is later for certain."""
HOUR, DAY = 3600, 86400
rounds = pytest.mark.parametrize("number", range(4))


@pytest.fixture
def owner(service: Service) -> Caller:
    """Somebody with a red image."""
    caller = service.new_account(profile={"year_of_birth": 1990})
    uploaded(caller)
    return caller


# --- the same notification again


def test_duplicates_of_a_done_upload(service: Service, staff: Caller, owner: Caller) -> None:
    """Again, at the same time and later: one event, one set, status and `?v=` stay (section 8)."""
    grant = uploaded_to_s3(owner, PNG)
    before, version = shown(owner), version_of(staff, owner.username)
    record = notice(grant)
    notify(service, record, record, record)
    at_once([partial(service.http.post, S3_EVENT, json={"Records": [record]}) for _ in range(4)])
    assert version == version_of(staff, owner.username)
    assert (before, "done") == (shown(owner), report_of(owner, grant)["status"])
    all_served(before)


@rounds
def test_duplicates_while_it_is_processed(service: Service, staff: Caller, owner: Caller, number: int) -> None:
    """Several notifications side by side with S3's own: one success event, one set of objects (section 8)."""
    version = int(version_of(staff, owner.username).strip('"'))
    grant = granted(owner)
    sent(grant, PNG)
    calls = [partial(service.http.post, S3_EVENT, json={"Records": [notice(grant)]}) for _ in range(4)]
    assert [200] * 4 == [each.status_code for each in at_once(calls)]
    settled(owner, grant, "done")
    assert version + 1 == int(version_of(staff, owner.username).strip('"'))
    all_served(shown(owner))
    assert "blue" == colour_of(owner)
    Bucket(grant).has_none(key_of(grant))


def test_duplicates_of_a_rejected_upload(service: Service, staff: Caller, owner: Caller) -> None:
    """A rejection is recorded once, and its messages stay (section 8)."""
    grant = granted(owner)
    sent(grant, b"no picture " * 20)
    settled(owner, grant, "rejected")
    report, version = report_of(owner, grant), version_of(staff, owner.username)
    notify(service, notice(grant), notice(grant))
    assert (report, version) == (report_of(owner, grant), version_of(staff, owner.username))


def test_a_notification_before_the_object(service: Service, owner: Caller) -> None:
    """A notification for an object that is not there does nothing, and the upload still works (section 8)."""
    grant = granted(owner)
    notify(service, notice(grant))
    assert "waiting" == report_of(owner, grant)["status"]
    sent(grant, PNG)
    settled(owner, grant, "done")
    assert "blue" == colour_of(owner)


# --- strange documents


@pytest.mark.parametrize("end", ["gone", "a+b", "%", "%zz", "\0", "", "../x"])
def test_keys_that_nobody_was_granted(service: Service, owner: Caller, end: str) -> None:
    """A key that nobody was granted, or with nothing there: 200, and nothing happens (section 8)."""
    before, grant, key = shown(owner), granted(owner), f"incoming/{end}"
    notify(service, notice(grant, key))
    raw = notice(grant, key)
    raw["s3"]["object"]["key"] = key
    notify(service, raw)
    assert (before, "waiting") == (shown(owner), report_of(owner, grant)["status"])


def test_a_notification_for_a_served_picture(service: Service, owner: Caller) -> None:
    """Only `incoming/` is processed: a notification that names a served picture does not delete it (section 8)."""
    before, grant = shown(owner), granted(owner)
    for name in before.names.values():
        notify(service, notice(grant, f"profile-images/{name}"), notice(grant, f"incoming/../profile-images/{name}"))
    all_served(before)


def test_several_records(service: Service, owner: Caller) -> None:
    """Each record is handled by itself; strange ones do not stop the others (section 8)."""
    grant = granted(owner)
    bucket, keys = Bucket(grant), [f"incoming/a b+c%41é {secrets.token_hex(4)}" for _ in range(3)]
    for key in keys:
        bucket.put(key, PNG)
    sent(grant, PNG)
    notify(service, notice(grant, "incoming/none"), *(notice(grant, each) for each in keys), notice(grant))
    assert "done" == report_of(owner, grant)["status"]
    bucket.has_none(*keys, key_of(grant))


@pytest.mark.parametrize(
    "changed",
    [
        {"eventName": "ObjectRemoved:Delete"},
        {"eventSource": "aws:sqs"},
        {"s3": {"bucket": {"name": "somebody-elses"}, "object": {"key": "incoming/x", "size": 1, "eTag": "x"}}},
    ],
    ids=["removed", "source", "bucket"],
)
def test_records_of_another_kind(service: Service, owner: Caller, changed: dict[str, Any]) -> None:
    """What is no arrival in this bucket harms nothing, and is no 5xx (section 8)."""
    before, grant = shown(owner), granted(owner)
    response = service.http.post(S3_EVENT, json={"Records": [notice(grant, **changed)]})
    assert response.status_code < 500, response.text
    assert (before, "waiting") == (shown(owner), report_of(owner, grant)["status"])
    sent(grant, PNG)
    settled(owner, grant, "done")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b"null",
        b'{"Records": null}',
        b'{"Records": {}}',
        b'{"Records": []}',
        b'{"Records": [1]}',
        b'{"Records": [{}]}',
        b'{"Service": "Amazon S3", "Event": "s3:TestEvent"}',
        b"\xff",
    ],
)
def test_documents_that_are_none(service: Service, body: bytes) -> None:
    """A malformed document is no 5xx (spec 50, section 8)."""
    response = service.http.post(S3_EVENT, content=body, headers={"Content-Type": "application/json"})
    assert response.status_code < 500, response.text


# --- the later act wins


def test_the_later_arrival_wins(service: Service, owner: Caller) -> None:
    """Of two uploads the one that arrived later is the image, whatever is notified again afterwards (section 8)."""
    first, second = granted(owner), granted(owner)
    sent(second, GREEN)
    time.sleep(LATER_SECONDS)
    sent(first, PNG)
    settled(owner, first, "done")
    settled(owner, second, "done", "superseded")
    notify(service, notice(second), notice(first), notice(second))
    assert "blue" == colour_of(owner)


@rounds
def test_two_arrivals_at_once(owner: Caller, number: int) -> None:
    """Two at once, in either order: the image is of an upload that is `done`, whole; both are final (section 8)."""
    grants = {"blue": granted(owner), "green": granted(owner)}
    contents = {"blue": PNG, "green": GREEN}
    at_once([partial(upload_of, grants[colour], contents[colour]) for colour in grants])
    seen = {colour: settled(owner, grant, "done", "superseded") for colour, grant in grants.items()}
    assert "done" == seen[colour_of(owner)]
    all_served(shown(owner))
    Bucket(grants["blue"]).has_none(*map(key_of, grants.values()))


def upload_of(grant: dict[str, Any], content: bytes) -> Any:
    """Send an object; S3 must take it."""
    sent(grant, content)


@rounds
def test_a_direct_upload_after_the_arrival(owner: Caller, number: int) -> None:
    """A direct POST after the arrival wins, processed or not: `done` or `superseded` (section 8)."""
    grant = granted(owner)
    sent(grant, PNG)
    after = uploaded(owner, GREEN, "png")
    settled(owner, grant, "done", "superseded")
    assert after == shown(owner)
    assert "green" == colour_of(owner)


@rounds
@pytest.mark.parametrize("has_image", [True, False])
def test_a_removal_after_the_arrival(service: Service, staff: Caller, has_image: bool, number: int) -> None:
    """A DELETE after the arrival wins, without an image too: it outranks what is not processed yet (section 7)."""
    owner = service.new_account()
    if has_image:
        uploaded(owner)
    grant = granted(owner)
    sent(grant, PNG)
    accepted(remove(staff if number % 2 else owner, owner.username))
    settled(owner, grant, "done", "superseded")
    notify(service, notice(grant))
    assert not shown(owner).has_image


def test_a_removal_with_an_upload_open_is_recorded(service: Service, staff: Caller) -> None:
    """Without an image but with an open upload the removal is an event all the same (section 7)."""
    owner = service.new_account()
    granted(owner)
    before = version_of(staff, owner.username)
    accepted(remove(owner))
    assert before != version_of(staff, owner.username)


@pytest.mark.parametrize("act", ["upload", "remove"])
def test_an_arrival_after_a_direct_act(owner: Caller, act: str) -> None:
    """What arrives after a POST or DELETE becomes the image, though it was granted before (section 8)."""
    grant = granted(owner)
    accepted(upload(owner, GREEN, "png") if act == "upload" else remove(owner))
    time.sleep(LATER_SECONDS)
    sent(grant, PNG)
    settled(owner, grant, "done")
    assert "blue" == colour_of(owner)


# --- time, on a service of one's own


def clocked(service: Service, caller: Caller) -> Caller:
    """Return the caller with a token of the service's present time."""
    return service.login(caller.username, caller.password)


def test_a_grant_expires(clock_service: Service) -> None:
    """Nothing arrives in time: `expired`; what comes then is deleted unread (section 8)."""
    owner = clock_service.new_account()
    before, grant = uploaded(owner), granted(owner)
    clock_service.advance(grant["expires_in"] - 30)
    assert "waiting" == report_of(owner, grant)["status"]
    clock_service.advance(31)
    assert "expired" == report_of(owner, grant)["status"]
    sent(grant, PNG)
    Bucket(grant).has_none(key_of(grant))
    notify(clock_service, notice(grant))
    assert (before, "expired") == (shown(owner), report_of(owner, grant)["status"])


def test_just_in_time(clock_service: Service) -> None:
    """What arrives shortly before the end is taken (section 8)."""
    owner = clock_service.new_account()
    grant = granted(owner)
    clock_service.advance(grant["expires_in"] - 30)
    sent(grant, PNG)
    settled(owner, grant, "done")


def test_an_arrival_on_a_clock_that_runs_ahead(clock_service: Service) -> None:
    """S3's moments are shifted with the service's clock before they are compared (section 8)."""
    clock_service.advance(2 * HOUR)
    owner = clock_service.new_account()
    uploaded(owner)
    time.sleep(LATER_SECONDS)
    grant = uploaded_to_s3(owner, PNG)
    assert "blue" == colour_of(owner)
    accepted(upload(owner, GREEN, "png"))
    notify(clock_service, notice(grant))
    assert "green" == colour_of(owner)


def test_a_status_is_kept_for_a_day(clock_service: Service) -> None:
    """The status is kept for a day, then 404; a notification days later changes nothing (section 8)."""
    owner = clock_service.new_account()
    waiting, done = granted(owner), uploaded_to_s3(owner, PNG)
    before = shown(owner)
    clock_service.advance(DAY - HOUR)
    later = clocked(clock_service, owner)
    assert ("expired", "done") == (report_of(later, waiting)["status"], report_of(later, done)["status"])
    clock_service.advance(2 * HOUR)
    later = clocked(clock_service, owner)
    for grant in (waiting, done):
        expect.status(404, later.get(upload_path(owner.username, grant["upload_id"])))
        notify(clock_service, notice(grant))
    assert before == shown(later)
    all_served(before)


def test_the_job_ends_uploads_that_ran_out(clock_service: Service) -> None:
    """`expire` ends what ran out, leaves living pictures alone, and may be run again (spec 50, section 7)."""
    owner = clock_service.new_account()
    before, grant = uploaded(owner), granted(owner)
    clock_service.advance(grant["expires_in"] + 1)
    for _ in range(2):
        expect.status(200, clock_service.http.post(RUN_EXPIRE))
    assert "expired" == report_of(owner, grant)["status"]
    clock_service.advance(3 * DAY)
    expect.status(200, clock_service.http.post(RUN_EXPIRE))
    assert before == shown(clocked(clock_service, owner))
    all_served(before)


def test_the_job_beside_uploads(service: Service, owner: Caller) -> None:
    """`expire` never removes a picture that is just being written (section 9)."""
    for _ in range(4):
        run = partial(service.http.post, RUN_EXPIRE)
        before = shown(owner)
        answers = at_once([run, partial(upload, owner, GREEN, "png"), run])
        assert 204 == answers[1].status_code, answers[1].text
        all_served(shown(owner))
        all_gone(before.urls.values())
