"""Removing a picture: by its owner, by staff, and by retirement (spec 30, section 7; spec 20, section 8.1)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import partial

import pytest

from tests.http import expectations as expect
from tests.http import pictures
from tests.http.image_client import (
    Shown,
    accepted,
    all_gone,
    all_served,
    colour_of,
    fetch,
    image_path,
    older_path,
    remove,
    shown,
    upload,
    uploaded,
)
from tests.http.retirement_client import forced, learner_of, leave, nothing, retire, row_of, worker_of
from tests.http.retirement_steps import DAY, act, run_job, version_of
from tests.http.s3_client import Bucket, granted, key_of, notice, notify, sent, settled, upload_path
from tests.http.service_client import Caller, Service, unique_name

COOL_OFF = 14 * DAY + 60
PNG = pictures.file_of("png", "blue")


@pytest.fixture
def owner(service: Service) -> Caller:
    """Somebody with an image."""
    caller = learner_of(service)
    uploaded(caller)
    return caller


@pytest.fixture(scope="module")
def defaults(service: Service) -> Shown:
    """What an account without an image shows."""
    return shown(service.new_account())


@pytest.fixture(scope="module")
def worker(service: Service) -> Caller:
    """The retirement worker."""
    return worker_of(service)


def status(caller: Caller, method: str, path: str) -> int:
    """Return the status of a call."""
    return caller.request(method, path).status_code


def every_call(caller: Caller, username: str) -> list[Callable[[], int]]:
    """Return the calls that remove somebody's image, on both paths in both forms."""
    deletes = [image_path(username), f"{image_path(username)}/"]
    posts = [older_path(username, "remove"), f"{older_path(username, 'remove')}/"]
    every = [("DELETE", path) for path in deletes] + [("POST", path) for path in posts]
    return [partial(status, caller, method, path) for method, path in every]


# --- DELETE


def test_removing_ones_own(defaults: Shown, owner: Caller, learner: Caller) -> None:
    """204 without a body; the defaults again, to everybody at once; the old URLs go (spec 30, section 7)."""
    before = shown(owner)
    accepted(remove(owner))
    assert defaults == shown(owner) == shown(learner, owner.username)
    all_gone(before.urls.values())


def test_both_paths_in_both_forms(defaults: Shown, owner: Caller) -> None:
    """DELETE on `image` and POST on `remove`, with and without a slash (spec 30, section 1)."""
    for call in every_call(owner, owner.username):
        uploaded(owner)
        assert 204 == call()
        assert defaults == shown(owner)


def test_removing_nothing(service: Service, staff: Caller, defaults: Shown) -> None:
    """Without an image: 204 and no event, also for staff (spec 30, section 7)."""
    caller = service.new_account()
    before = version_of(staff, caller.username)
    for _ in range(2):
        accepted(remove(caller))
        accepted(remove(staff, caller.username))
    assert before == version_of(staff, caller.username)
    assert defaults == shown(caller)


def test_removing_is_one_event(staff: Caller, owner: Caller) -> None:
    """One event for a removal, none for the next (spec 30, section 9)."""
    before = int(version_of(staff, owner.username).strip('"'))
    for _ in range(3):
        accepted(remove(owner))
    assert before + 1 == int(version_of(staff, owner.username).strip('"'))


def test_the_same_removal_again(owner: Caller) -> None:
    """With its key a removal that is repeated after a new upload removes nothing more (spec 50, section 4)."""
    headers = {"Idempotency-Key": secrets.token_hex(16)}
    accepted(remove(owner, headers=headers))
    uploaded(owner)
    again = remove(owner, headers=headers)
    accepted(again)
    assert "true" == again.headers["Idempotent-Replayed"]
    assert shown(owner).has_image


def test_a_new_image_after_a_removal(owner: Caller) -> None:
    """An image can be set again; none of the old URLs comes back (spec 30, section 6)."""
    before = shown(owner)
    accepted(remove(owner))
    after = uploaded(owner)
    assert set() == set(before.urls.values()) & set(after.urls.values())
    all_served(after)
    all_gone(before.urls.values())


# --- who may


def test_staff_remove_what_others_have(staff: Caller, defaults: Shown, owner: Caller) -> None:
    """Staff: 204 on both paths in both forms, and the image is gone (I3)."""
    for call in every_call(staff, owner.username):
        before = uploaded(owner)
        assert 204 == call()
        assert defaults == shown(owner)
        all_gone(before.urls.values())


def test_staff_and_unknown_names(staff: Caller, superuser: Caller) -> None:
    """Staff: 404 without such an account (I3)."""
    for caller in (staff, superuser):
        assert [404] * 4 == [call() for call in every_call(caller, unique_name())]


@pytest.mark.parametrize("fixture", ["learner", "bare_superuser"])
def test_strangers(request: pytest.FixtureRequest, owner: Caller, fixture: str) -> None:
    """Another who is not staff: 404, whether or not there is such an account (I1)."""
    stranger: Caller = request.getfixturevalue(fixture)
    assert [404] * 4 == [call() for call in every_call(stranger, owner.username)]
    assert [404] * 4 == [call() for call in every_call(stranger, unique_name())]
    assert "red" == colour_of(owner)


def test_nobody(service: Service, anonymous: Caller, owner: Caller) -> None:
    """No token or a bad one: 401 (spec 30, section 1)."""
    for caller in (anonymous, Caller(service.http, "bad")):
        assert [401] * 4 == [call() for call in every_call(caller, owner.username)]
        assert [401] * 4 == [call() for call in every_call(caller, unique_name())]
    expect.unauthorized(remove(anonymous, owner.username))
    assert "red" == colour_of(owner)


def test_an_inactive_owner(service: Service) -> None:
    """An inactive account's token counts (spec 30, section 1)."""
    caller = service.new_account(is_active=False)
    uploaded(caller)
    accepted(remove(caller))
    assert not shown(caller).has_image


# --- retirement


def left_with_image(service: Service, worker: Caller) -> tuple[Caller, Shown]:
    """Return somebody with an image who has left and whose row is in a working state."""
    caller = learner_of(service)
    before = uploaded(caller)
    nothing(204, leave(caller))
    forced(worker, caller.username, "RETIRING_LMS")
    return caller, before


def test_leaving_removes_nothing(service: Service, learner: Caller) -> None:
    """`deactivate_logout` alone removes nothing, since it can be cancelled (spec 30, section 7)."""
    caller = learner_of(service)
    before = uploaded(caller)
    nothing(204, leave(caller))
    assert before == shown(learner, caller.username)
    all_served(before)


def test_retire_misc_removes_nothing(service: Service, worker: Caller, learner: Caller) -> None:
    """Images go with `retire`, not with the other steps (spec 20, section 8.1)."""
    caller, before = left_with_image(service, worker)
    nothing(204, act(worker, "retire_misc", caller.username))
    assert before == shown(learner, caller.username)
    all_served(before)


def test_retire_removes_everything(service: Service, staff: Caller, worker: Caller, defaults: Shown) -> None:
    """`retire`: no image in what is left of the account, and no URL answers (spec 30, section 7)."""
    caller, before = left_with_image(service, worker)
    nothing(204, retire(worker, caller.username))
    assert defaults == shown(staff, row_of(worker, caller.username)["retired_username"])
    assert [] == [url for url in before.urls.values() if fetch(url).status_code == 200]
    nothing(204, retire(worker, caller.username))


def test_retire_without_an_image(service: Service, staff: Caller, worker: Caller, defaults: Shown) -> None:
    """`retire` of somebody who never had an image (spec 30, section 7)."""
    caller = learner_of(service)
    nothing(204, leave(caller))
    forced(worker, caller.username, "RETIRING_LMS")
    nothing(204, retire(worker, caller.username))
    assert defaults == shown(staff, row_of(worker, caller.username)["retired_username"])


def test_retire_removes_every_version_of_every_object(service: Service, worker: Caller) -> None:
    """Present and replaced sets and incoming objects: no version and no delete marker is left (spec 30, section 7)."""
    caller = learner_of(service)
    grant = granted(caller)
    bucket = Bucket(grant)
    sets = [uploaded(caller) for _ in range(3)]
    sent(grant, PNG)
    settled(caller, grant, "done")
    sets.append(shown(caller))
    nothing(204, leave(caller))
    forced(worker, caller.username, "RETIRING_LMS")
    nothing(204, retire(worker, caller.username))
    keys = [f"profile-images/{name}" for seen in sets for name in seen.names.values()]
    assert {} == {key: left for key in [*keys, key_of(grant)] if (left := bucket.versions(key))}


def test_served_objects_are_where_the_spec_says(service: Service) -> None:
    """Served objects are `profile-images/{image_id}_{side}.jpg`: a control for the test above (spec 30, section 6)."""
    caller = service.new_account()
    seen, bucket = uploaded(caller), Bucket(granted(caller))
    assert [1] * 4 == [bucket.versions(f"profile-images/{name}") for name in seen.names.values()]


def test_an_upload_that_arrives_after_retirement(
    service: Service, staff: Caller, worker: Caller, defaults: Shown
) -> None:
    """An open upload is gone: what arrives later is deleted, and nothing else happens (spec 30, section 7)."""
    caller = learner_of(service)
    uploaded(caller)
    grant = granted(caller)
    nothing(204, leave(caller))
    forced(worker, caller.username, "RETIRING_LMS")
    nothing(204, retire(worker, caller.username))
    name = row_of(worker, caller.username)["retired_username"]
    before = version_of(staff, name)
    expect.status(404, staff.get(upload_path(name, grant["upload_id"])))
    sent(grant, PNG)
    Bucket(grant).has_none(key_of(grant))
    notify(service, notice(grant))
    assert defaults == shown(staff, name)
    assert before == version_of(staff, name)


def test_a_late_notification_after_retirement(service: Service, staff: Caller, worker: Caller, defaults: Shown) -> None:
    """A notification for an upload that was done long ago changes nothing (spec 30, section 7)."""
    caller = learner_of(service)
    grant = granted(caller)
    sent(grant, PNG)
    settled(caller, grant, "done")
    nothing(204, leave(caller))
    forced(worker, caller.username, "RETIRING_LMS")
    nothing(204, retire(worker, caller.username))
    name = row_of(worker, caller.username)["retired_username"]
    before = version_of(staff, name)
    for _ in range(2):
        notify(service, notice(grant))
    assert defaults == shown(staff, name)
    assert before == version_of(staff, name)


def test_those_who_have_left_upload_nothing(service: Service, learner: Caller) -> None:
    """The token of somebody who has left is dead, for images too (spec 20, section 5)."""
    caller = learner_of(service)
    before = uploaded(caller)
    nothing(204, leave(caller))
    expect.unauthorized(upload(caller, PNG, "png"))
    expect.unauthorized(remove(caller))
    assert before == shown(learner, caller.username)


def test_the_queue_removes_images(clock_service: Service) -> None:
    """The scheduled queue removes the images when it reaches that step (spec 30, section 7)."""
    caller = learner_of(clock_service)
    before = uploaded(caller)
    number = caller.account()["id"]
    nothing(204, leave(caller))
    all_served(before)
    clock_service.advance(COOL_OFF)
    assert 1 == run_job(clock_service)["completed"]
    (account,) = clock_service.seed("staff").get("/api/user/v1/accounts", params={"lms_user_id": number}).json()
    assert not account["profile_image"]["has_image"]
    all_gone(before.urls.values())
