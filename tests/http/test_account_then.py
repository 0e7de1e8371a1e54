"""An account as it was (spec 50, section 1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from tests.http import expectations as expect
from tests.http import retirement_client as retirement
from tests.http.address_changes import email_changed, secondary_asked, secondary_confirmed
from tests.http.image_client import uploaded
from tests.http.operations_client import (
    admin_patch,
    confirm,
    disabled,
    enabled,
    entries,
    name_asked,
    newest,
    refuse,
    then,
)
from tests.http.preference_writing import patch as patch_preferences
from tests.http.retirement_leaver import new_mark, profile_of
from tests.http.service_client import Caller, Service, account_path, unique_name

MINUTE, DAY = 60, 86400


@pytest.fixture
def owner(service: Service) -> Caller:
    """An adult."""
    return service.new_account(profile={"year_of_birth": 1980})


@pytest.fixture(scope="module")
def clock_staff(clock_service: Service) -> Caller:
    """Staff of the service whose clock may be moved, before it is."""
    return clock_service.new_account(is_staff=True)


def seen(response: Any) -> dict[str, Any]:
    """Expect an account."""
    expect.status(200, response)
    account: dict[str, Any] = response.json()
    assert expect.ADMIN == set(account)
    return account


def version_of(staff: Caller, username: str) -> int:
    """Return the present version of an account."""
    return int(staff.get(account_path(username)).headers["ETag"].strip('"'))


class Album:
    """What staff saw of an account at each of its versions."""

    def __init__(self, staff: Caller, owner: Caller) -> None:
        self.staff, self.owner = staff, owner
        self.views: dict[int, dict[str, Any]] = {}
        self.take()

    def take(self) -> None:
        """Keep what is to be seen now."""
        response = self.staff.get(self.owner.path)
        expect.status(200, response)
        self.views[int(response.headers["ETag"].strip('"'))] = response.json()

    def still_true(self) -> None:
        """Expect that each version is still shown as it was."""
        for version, view in self.views.items():
            assert view == seen(then(self.staff, self.owner.username, version=version)), version


# --- by version


def test_every_version_as_it_was(service: Service, owner: Caller, staff: Caller, superuser: Caller) -> None:
    """The full view as it was at that version, whatever changed since (spec 50, section 1)."""
    album, mark = Album(staff, owner), new_mark()
    for field, value in profile_of(mark).items():
        expect.status(200, owner.patch({field: value}))
        album.take()
    expect.status(200, owner.patch(dict.fromkeys(("bio", "country", "goals", "gender"))))
    album.take()
    expect.status(204, patch_preferences(owner, {"pref-lang": "sv", "account_privacy": "custom"}))
    album.take()
    for name, decide in (("First Wish", confirm), ("Second Wish", refuse)):
        name_asked(owner, name)
        album.take()
        expect.status(204, decide(staff, owner.username))
        album.take()
    email_changed(service, owner)
    album.take()
    secondary_confirmed(service, owner)
    album.take()
    secondary_asked(service, owner)
    album.take()
    expect.status(200, admin_patch(superuser, owner.username, {"is_active": False, "is_staff": True}))
    album.take()
    disabled(staff, owner.username)
    album.take()
    enabled(staff, owner.username)
    album.take()
    service.password_grant(owner.username, owner.password)
    album.take()
    assert len(album.views) > 20
    album.still_true()


def test_the_first_version(owner: Caller, staff: Caller) -> None:
    """Version 1 is the account as it was made (spec 50, section 1)."""
    expect.status(200, owner.patch({"bio": "later"}))
    account = seen(then(staff, owner.username, version=1))
    assert (owner.username, owner.email, None, None) == (
        account["username"],
        account["email"],
        account["bio"],
        account["last_login"],
    )


def test_the_newest_version(owner: Caller, staff: Caller) -> None:
    """The newest version is the present account (spec 50, section 1)."""
    expect.status(200, owner.patch({"bio": "now"}))
    assert staff.account(owner.username) == seen(then(staff, owner.username, version=version_of(staff, owner.username)))


def test_a_picture_as_it_was(owner: Caller, staff: Caller) -> None:
    """The full view says whether there was a picture (spec 50, section 1)."""
    album = Album(staff, owner)
    uploaded(owner)
    album.take()
    uploaded(owner)
    album.take()
    assert [False, True, True] == [view["profile_image"]["has_image"] for view in album.views.values()]
    for version, view in album.views.items():
        past = seen(then(staff, owner.username, version=version))["profile_image"]
        assert view["profile_image"]["has_image"] == past["has_image"]


def test_the_username_of_then(service: Service, owner: Caller, staff: Caller) -> None:
    """The account is found by its present name, and shown with the one of then (spec 50, section 1)."""
    worker, other = retirement.username_worker_of(service), unique_name()
    expect.status(200, worker.post(retirement.REPLACE, json={"username_mappings": [{owner.username: other}]}))
    assert owner.username == seen(then(staff, other, version=1))["username"]
    expect.status(404, then(staff, owner.username, version=1))


@pytest.mark.parametrize("version", ["-1", "x", "1.0", "1.5", "1e0", "99999999999999999999999", "NaN"])
def test_wrong_versions(owner: Caller, staff: Caller, version: str) -> None:
    """What is no version, or one above the newest: 400 (spec 50, section 1)."""
    expect.status(400, then(staff, owner.username, version=version))


def test_version_0(owner: Caller, staff: Caller) -> None:
    """Version 0 is before the account existed: 404 (spec 50, section 1)."""
    expect.status(404, then(staff, owner.username, version=0))


def test_a_version_above_the_newest(owner: Caller, staff: Caller) -> None:
    """One more than the newest version is a 400, until it is there (spec 50, section 1)."""
    above = version_of(staff, owner.username) + 1
    expect.status(400, then(staff, owner.username, version=above))
    expect.status(200, owner.patch({"bio": "x"}))
    seen(then(staff, owner.username, version=above))


# --- by time


@pytest.fixture
def clocked(clock_service: Service) -> Caller:
    """An adult whose service has a clock that may be moved."""
    return clock_service.new_account(profile={"year_of_birth": 1980})


def staff_now(service: Service) -> Caller:
    """Return staff with a token that has not run out."""
    return service.login("staff")


def test_times(clock_service: Service, clocked: Caller) -> None:
    """The account as it was at a time: what had happened by then and nothing later (spec 50, section 1)."""
    moments: list[tuple[datetime, dict[str, Any]]] = []
    for bio in ("one", "two", "three"):
        expect.status(200, clocked.patch({"bio": bio}))
        clock_service.advance(MINUTE)
        moments.append((clock_service.now(), clocked.account()))
        clock_service.advance(MINUTE)
    staff = staff_now(clock_service)
    for moment, account in moments:
        assert account == seen(then(staff, clocked.username, time=moment.isoformat()))
        assert account == seen(then(staff, clocked.username, time=moment.strftime("%Y-%m-%dT%H:%M:%SZ")))


def test_the_moment_of_an_event(clock_service: Service, clocked: Caller) -> None:
    """At the very time of an entry its change had happened (spec 50, section 1)."""
    clock_service.advance(MINUTE)
    expect.status(200, clocked.patch({"bio": "exact"}))
    staff, moment = staff_now(clock_service), newest(clocked)["at"]
    clock_service.advance(MINUTE)
    assert "exact" == seen(then(staff, clocked.username, time=moment))["bio"]
    before = datetime.fromisoformat(moment) - timedelta(seconds=30)
    assert seen(then(staff, clocked.username, time=before.isoformat()))["bio"] is None


def test_times_of_other_zones(clock_service: Service, clocked: Caller) -> None:
    """A time of another zone is the same moment (spec 50, section 1)."""
    expect.status(200, clocked.patch({"bio": "before"}))
    clock_service.advance(MINUTE)
    moment = clock_service.now()
    clock_service.advance(MINUTE)
    expect.status(200, clocked.patch({"bio": "after"}))
    staff = staff_now(clock_service)
    for hours in (5.5, -8):
        elsewhere = moment.astimezone(timezone(timedelta(hours=hours)))
        assert "before" == seen(then(staff, clocked.username, time=elsewhere.isoformat()))["bio"]


def test_parental_consent_of_then(clock_service: Service) -> None:
    """Somebody who was a minor then is shown as one (spec 50, section 1: as it was then)."""
    year = clock_service.now().year - 13
    child = clock_service.new_account(profile={"year_of_birth": year})
    moment, version = clock_service.now(), int(child.etag().strip('"'))
    staff = staff_now(clock_service)
    before = staff.account(child.username)
    assert before["requires_parental_consent"] is True
    clock_service.advance(2 * 366 * DAY)
    staff = staff_now(clock_service)
    assert staff.account(child.username)["requires_parental_consent"] is False
    assert before == seen(then(staff, child.username, time=(moment + timedelta(seconds=1)).isoformat()))
    assert before == seen(then(staff, child.username, version=version))


def test_before_it_existed(owner: Caller, staff: Caller) -> None:
    """404 before the account existed (spec 50, section 1)."""
    joined = datetime.fromisoformat(entries(staff, owner.username)[-1]["at"])
    for early in (joined - timedelta(seconds=2), joined - timedelta(days=4000), datetime(1, 1, 1, tzinfo=UTC)):
        expect.status(404, then(staff, owner.username, time=early.isoformat()))


@pytest.mark.parametrize("seconds", [60, 100_000_000])
def test_the_future(service: Service, owner: Caller, staff: Caller, seconds: int) -> None:
    """400 for the future (spec 50, section 1)."""
    expect.status(400, then(staff, owner.username, time=(service.now() + timedelta(seconds=seconds)).isoformat()))


@pytest.mark.parametrize(
    "time", ["yesterday", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "1", "-1", "2026-11-24T25:00:00Z", "\x00"]
)
def test_what_is_no_time(owner: Caller, staff: Caller, time: str) -> None:
    """What is no ISO time: 400 (spec 50, section 1)."""
    expect.status(400, then(staff, owner.username, time=time))


def test_the_end_of_time(owner: Caller, staff: Caller) -> None:
    """Times at the edge of the calendar, in zones that reach over it: 4xx, never a crash (spec 50, section 8)."""
    for time in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0000-01-01T00:00:00Z"):
        assert then(staff, owner.username, time=time).status_code in (400, 404), time


# --- exactly one of the two, and who


def test_exactly_one_of_the_two(owner: Caller, staff: Caller) -> None:
    """400 unless exactly one of time and version is given (spec 50, section 1)."""
    joined = entries(staff, owner.username)[0]["at"]
    expect.status(400, then(staff, owner.username))
    expect.status(400, then(staff, owner.username, time=joined, version=1))
    expect.status(400, then(staff, owner.username, version=""))
    expect.status(400, then(staff, owner.username, time=""))


@pytest.mark.parametrize("who", ["owner", "learner", "bare_superuser"])
def test_not_staff(owner: Caller, who: str, request: pytest.FixtureRequest) -> None:
    """Not staff: 403, whether or not the name exists, the owner too (spec 50, section 1)."""
    caller: Caller = request.getfixturevalue(who)
    for name in (owner.username, unique_name()):
        for query in ({"version": 1}, {}, {"version": "x"}):
            expect.detail(403, then(caller, name, **query))


def test_no_token_and_nobody(anonymous: Caller, owner: Caller, staff: Caller) -> None:
    """No token: 401; an unknown account: 404 (spec 50, section 1)."""
    expect.unauthorized(then(anonymous, owner.username, version=1))
    expect.status(404, then(staff, unique_name(), version=1))


def test_methods_and_slash(owner: Caller, staff: Caller) -> None:
    """GET alone, with a trailing slash too, kept by no cache (spec 00; spec 50, section 5)."""
    path = f"{owner.path}/at"
    response = staff.get(f"{path}/?version=1")
    seen(response)
    assert "no-store" in response.headers["Cache-Control"]
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        expect.detail(405, staff.request(method, path))


# --- leaving


def test_while_waiting_and_once_erased(service: Service, staff: Caller, learner: Caller) -> None:
    """While waiting for deletion 200; 410 for every time and version once erased (spec 50, section 1)."""
    worker = retirement.worker_of(service)
    caller = retirement.learner_of(service)
    before = staff.account(caller.username)
    version, joined = version_of(staff, caller.username), entries(staff, caller.username)[-1]["at"]
    retirement.nothing(204, retirement.leave(caller))
    assert before == seen(then(staff, caller.username, version=version))
    retirement.moved(worker, caller.username, "RETIRING_LMS")
    retirement.nothing(204, retirement.retire(worker, caller.username))
    name = retirement.row_of(worker, caller.username)["retired_username"]
    for gone in (1, version, version_of(staff, name)):
        expect.status(410, then(staff, name, version=gone))
    for time in (joined, service.now().isoformat()):
        response = then(staff, name, time=time)
        expect.status(410, response)
        assert caller.username not in response.text
    expect.status(404, then(staff, caller.username, version=1))
    expect.status(403, then(learner, name, version=1))
