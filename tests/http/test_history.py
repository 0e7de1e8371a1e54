"""A person's own history (spec 50, section 1)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.http import expectations as expect
from tests.http import retirement_client as retirement
from tests.http.address_changes import EMAIL_LINK, SECONDARY_LINK, email_asked, page, secondary_asked
from tests.http.case_names import brief
from tests.http.operations_client import (
    ENTRY,
    ROLES,
    UTC_TIME,
    changes_of,
    confirm,
    disabled,
    enabled,
    entries,
    history,
    history_path,
    name_asked,
    newest,
)
from tests.http.preference_writing import patch as patch_preferences
from tests.http.retirement_leaver import new_mark, profile_of
from tests.http.service_client import Caller, Service, new_password, unique_name

API_NAMES = (
    expect.ADMIN
    | {"city", "is_staff", "is_superuser", "permissions", "orgs", "social_logins", "password", "comment", "disabled"}
    | {"first_name", "last_name", "has_image"}
)
"""The names that fields have in any body of the API."""


@pytest.fixture
def owner(service: Service) -> Caller:
    """An adult."""
    return service.new_account(profile={"year_of_birth": 1980})


@pytest.fixture(scope="module")
def busy(service: Service) -> Caller:
    """Somebody with a dozen entries, whom nobody changes any more."""
    caller = service.new_account(profile={"year_of_birth": 1980})
    for number in range(12):
        expect.status(200, caller.patch({"bio": f"bio {number}"}))
    return caller


# --- what an entry looks like


def test_the_example(owner: Caller) -> None:
    """The entry of one change, as the specification shows it (spec 50, section 1)."""
    expect.status(200, owner.patch({"bio": "hi"}))
    entry = newest(owner)
    assert ENTRY == set(entry)
    assert int(owner.etag().strip('"')) == entry["version"]
    assert "ProfileUpdated" == entry["type"]
    assert {"role": "owner", "username": owner.username} == entry["actor"]
    assert {"bio": {"old": None, "new": "hi"}} == entry["changes"]
    assert UTC_TIME.fullmatch(entry["at"]), entry


def test_every_entry(busy: Caller) -> None:
    """Every entry has the keys and one of the roles, newest first without a gap (spec 50, section 1)."""
    found = entries(busy)
    assert list(range(len(found), 0, -1)) == [each["version"] for each in found]
    assert sorted((each["at"] for each in found), reverse=True) == [each["at"] for each in found]
    for each in found:
        assert ENTRY == set(each)
        assert {"role", "username"} == set(each["actor"])
        assert each["actor"]["role"] in ROLES
        assert all({"old", "new"} == set(change) for change in each["changes"].values())


def test_old_and_new(owner: Caller) -> None:
    """Each change has the value before and after it (spec 50, section 1)."""
    for bio in ("one", "two", None):
        expect.status(200, owner.patch({"bio": bio}))
    assert [("two", None), ("one", "two"), (None, "one")] == changes_of(owner, "bio")


def test_only_what_changed(owner: Caller) -> None:
    """A PATCH of many fields is one entry, with the fields that it changed (spec 50, section 1)."""
    expect.status(200, owner.patch({"bio": "same", "country": "SE"}))
    expect.status(200, owner.patch({"bio": "same", "country": "NO", "gender": "f"}))
    assert {"country": {"old": "SE", "new": "NO"}, "gender": {"old": None, "new": "f"}} == newest(owner)["changes"]


def test_field_names_of_the_api(service: Service, owner: Caller, staff: Caller) -> None:
    """Keys of `changes` are the API's field names, whatever is written (spec 50, section 1)."""
    expect.status(200, owner.patch(profile_of(new_mark())))
    expect.status(200, owner.patch({"name": "Another Name"}))
    name_asked(owner, "Third Name")
    expect.status(204, confirm(staff, owner.username))
    for wanted, link in (email_asked(service, owner), secondary_asked(service, owner)):
        page(200, service.http.get(link))
        assert wanted in json.dumps(entries(owner))
    keys = {key for each in entries(owner) for key in each["changes"]}
    assert set() == {key for key in keys if not key.startswith("preferences.")} - API_NAMES


@pytest.mark.parametrize("field", sorted(profile_of("any")))
def test_every_field_of_the_profile(owner: Caller, field: str) -> None:
    """A change of any field of the profile shows its new value (spec 50, section 1)."""
    value = profile_of(new_mark())[field]
    expect.status(200, owner.patch({field: value}))
    changed = newest(owner)["changes"]
    shown = owner.account().get(field, value)
    assert shown == changed[field]["new"]
    assert shown != changed[field]["old"]


def test_the_name_history(owner: Caller) -> None:
    """The event is the history of old names (spec 10, section 7.1; spec 50, section 1)."""
    before = owner.account()["name"]
    for name in ("Second Name", "Third Name"):
        expect.status(200, owner.patch({"name": name}))
    both = [("Second Name", "Third Name"), (before, "Second Name")]
    assert both == changes_of(owner, "name")[:2]


def test_preferences(owner: Caller) -> None:
    """A preference is `preferences.KEY` (spec 50, section 1)."""
    expect.status(204, patch_preferences(owner, {"pref-lang": "sv", "own.thing": "one"}))
    assert {
        "preferences.pref-lang": {"old": None, "new": "sv"},
        "preferences.own.thing": {"old": None, "new": "one"},
    } == newest(owner)["changes"]
    expect.status(204, patch_preferences(owner, {"pref-lang": "en", "own.thing": None}))
    assert {
        "preferences.pref-lang": {"old": "sv", "new": "en"},
        "preferences.own.thing": {"old": "one", "new": None},
    } == newest(owner)["changes"]


def test_account_privacy_is_a_preference(owner: Caller) -> None:
    """`account_privacy` writes the preference of that name (spec 10, section 7; spec 50, section 1)."""
    expect.status(200, owner.patch({"account_privacy": "private"}))
    assert {"preferences.account_privacy": {"old": None, "new": "private"}} == newest(owner)["changes"]


def test_a_pending_name(owner: Caller) -> None:
    """A name asked for, and what became of it (spec 50, section 1)."""
    name_asked(owner, "Wished Name")
    assert {"old": None, "new": "Wished Name"} == newest(owner)["changes"]["pending_name_change"]


@pytest.mark.parametrize("part", [EMAIL_LINK, SECONDARY_LINK])
def test_a_requested_address_without_its_key(service: Service, owner: Caller, part: str) -> None:
    """A requested address shows its value, never its link's key (spec 50, section 1)."""
    wanted, link = (email_asked if part == EMAIL_LINK else secondary_asked)(service, owner)
    key = link.split(part)[1].strip("/")
    assert wanted in json.dumps(newest(owner)["changes"])
    assert key not in history(owner, limit=200).text
    page(200, service.http.get(link))
    assert key not in history(owner, limit=200).text


def test_secrets_are_facts_alone(service: Service) -> None:
    """Passwords, tokens and keys appear as the fact alone (spec 50, section 1)."""
    fields = service.registration()
    expect.status(200, service.register(**fields))
    mail = service.outbox(fields["email"])[-1]
    page(200, service.http.get(next(link for link in mail["links"] if "/activate/" in link)))
    expect.status(200, service.http.post("/password_reset/", data={"email": fields["email"]}))
    reset = next(
        link for each in service.outbox(fields["email"]) for link in each["links"] if "password_reset_confirm" in link
    )
    token = reset.split("/password_reset_confirm/")[1].strip("/")
    chosen = new_password()
    passwords = {"new_password1": chosen, "new_password2": chosen}
    assert service.http.post(f"/password/reset/{token}/", data=passwords).json()["reset_status"] is True
    grant = service.password_grant(fields["username"], chosen).json()
    owner = Caller(service.http, grant["access_token"], username=fields["username"])
    found = entries(owner)
    text = json.dumps(found)
    secrets = [fields["password"], chosen, token, *token.split("-"), grant["refresh_token"], owner.token or ""]
    links = [link.rstrip("/").rsplit("/", 1)[1] for link in mail["links"] if "/activate/" in link]
    assert [] == [each for each in [*secrets, *links, "argon2"] if len(each) > 5 and each in text]
    assert len(found) >= 3


# --- actors


def test_staff_appear_by_role(service: Service, owner: Caller, staff: Caller) -> None:
    """Staff acting for somebody appear by role, by username to staff alone (spec 50, section 1)."""
    name_asked(owner, "Wished Name")
    expect.status(204, confirm(staff, owner.username))
    assert {"role": "staff", "username": None} == newest(owner)["actor"]
    assert {"role": "staff", "username": "staff"} == newest(staff, owner.username)["actor"]
    assert '"staff"' not in json.dumps([each["actor"]["username"] for each in entries(owner)])


def test_staff_on_themselves_are_the_owner(service: Service, learner: Caller) -> None:
    """Whoever changes their own account is its owner, staff or not (spec 50, section 1)."""
    own = service.new_account(is_staff=True)
    expect.status(200, own.patch({"goals": "mine"}))
    assert {"role": "owner", "username": own.username} == newest(own)["actor"]


def test_services_appear_by_role(service: Service, owner: Caller, staff: Caller) -> None:
    """A service account appears as `service` (spec 50, section 1)."""
    worker = retirement.username_worker_of(service)
    other = unique_name()
    expect.status(200, worker.post(retirement.REPLACE, json={"username_mappings": [{owner.username: other}]}))
    assert "service" == newest(staff, other)["actor"]["role"]
    assert {"old": owner.username, "new": other} == newest(staff, other)["changes"]["username"]


def test_the_present_username_of_the_actor(service: Service, owner: Caller, staff: Caller) -> None:
    """The actor is an account; it appears by the username that it has now (spec 50, section 1)."""
    helper = service.new_account(is_staff=True)
    name_asked(owner, "Wished Name")
    expect.status(204, confirm(helper, owner.username))
    worker, other = retirement.username_worker_of(service), unique_name()
    expect.status(200, worker.post(retirement.REPLACE, json={"username_mappings": [{helper.username: other}]}))
    assert other == newest(staff, owner.username)["actor"]["username"]


def test_a_provisioned_account_begins_with_staff(service: Service, staff: Caller) -> None:
    """The first entry of a provisioned account names who made it (spec 50, section 1)."""
    caller = service.new_account()
    first = entries(staff, caller.username)[-1]
    assert (1, "staff", "superuser") == (first["version"], first["actor"]["role"], first["actor"]["username"])


def test_support_is_in_the_history(owner: Caller, staff: Caller) -> None:
    """Disabling and enabling are events like any other (spec 50, sections 1 and 3)."""
    disabled(staff, owner.username, "why")
    enabled(staff, owner.username, "why not")
    first, second = entries(staff, owner.username)[:2]
    assert [{"role": "staff", "username": "staff"}] * 2 == [first["actor"], second["actor"]]
    assert first["type"] != second["type"]


# --- who may read


def test_staff_read_everybodys(busy: Caller, staff: Caller) -> None:
    """Staff sees the same entries (spec 50, section 1)."""
    mine, theirs = entries(busy), entries(staff, busy.username)
    assert [(each["version"], each["changes"]) for each in mine] == [
        (each["version"], each["changes"]) for each in theirs
    ]


@pytest.mark.parametrize("who", ["learner", "bare_superuser"])
def test_others(busy: Caller, who: str, request: pytest.FixtureRequest) -> None:
    """Others: 403 for an existing account, 404 for an unknown one (spec 50, section 1)."""
    other: Caller = request.getfixturevalue(who)
    expect.detail(403, history(other, busy.username))
    expect.status(404, history(other, unique_name()))


def test_staff_and_an_unknown_account(staff: Caller) -> None:
    """404 for staff likewise (spec 50, section 1)."""
    expect.status(404, history(staff, unique_name()))


def test_no_token(anonymous: Caller, busy: Caller) -> None:
    """No token: 401 (spec 10, section 2)."""
    expect.unauthorized(history(anonymous, busy.username))
    expect.unauthorized(history(anonymous, unique_name()))


def test_an_inactive_owner(service: Service) -> None:
    """An inactive account's token counts (spec 10, section 1)."""
    expect.status(200, history(service.new_account(is_active=False)))


def test_the_trailing_slash_and_methods(busy: Caller) -> None:
    """With a trailing slash too; GET alone; nothing is kept by caches (spec 00; spec 50, section 5)."""
    response = busy.get(f"{history_path(busy.username)}/")
    assert history(busy).json() == response.json()
    assert "no-store" in response.headers["Cache-Control"]
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        expect.detail(405, busy.request(method, history_path(busy.username)))


def test_reading_is_no_event(busy: Caller) -> None:
    """Reading leaves no trace in the history (spec 50, section 1)."""
    assert entries(busy) == entries(busy)


@pytest.mark.parametrize("name", ["name_change", "a" * 200, "%00", "é", "a/b"], ids=brief)
def test_hostile_names(staff: Caller, name: str) -> None:
    """A name that nobody can have is not found, quickly (spec 50, section 8)."""
    assert history(staff, name).status_code in (400, 404)


# --- after leaving


def facts(found: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Return what stays of entries after `retire`."""
    return [(each["version"], each["type"], each["at"], each["actor"]["role"]) for each in found]


def test_after_retire(service: Service, staff: Caller) -> None:
    """The entries remain with type, time and role; `changes` and the usernames are null (spec 50, section 1)."""
    worker, mark = retirement.worker_of(service), new_mark()
    caller = retirement.learner_of(service, name=f"{mark} name")
    expect.status(200, caller.patch(profile_of(mark)))
    name_asked(caller, f"{mark} wish")
    expect.status(204, confirm(staff, caller.username))
    disabled(staff, caller.username, f"{mark} comment")
    enabled(staff, caller.username, f"{mark} comment")
    fresh = service.login(caller.username, caller.password, caller.email)
    before = entries(staff, caller.username)
    retirement.nothing(204, retirement.leave(fresh))
    expect.unauthorized(history(fresh))
    waiting = entries(staff, caller.username)
    assert facts(before) == facts(waiting)[-len(before) :]
    retirement.moved(worker, caller.username, "RETIRING_LMS", f"{mark} said")
    retirement.nothing(204, retirement.retire(worker, caller.username))
    name = retirement.row_of(worker, caller.username)["retired_username"]
    after = entries(staff, name)
    assert facts(before) == facts(after)[-len(before) :]
    assert {None} == {each["changes"] if each["changes"] is None else "changes" for each in after}
    assert {None} == {each["actor"]["username"] for each in after}
    assert mark not in json.dumps(after)
    expect.status(404, history(staff, caller.username))


def test_after_cleanup_and_for_others(service: Service, staff: Caller, learner: Caller) -> None:
    """After the cleanup nothing is readable either; others still get 403 (spec 50, section 1; spec 20, section 14)."""
    worker = retirement.worker_of(service)
    caller = retirement.retired(service, worker)
    name = retirement.row_of(worker, caller.username)["retired_username"]
    retirement.moved(worker, caller.username, "COMPLETE")
    retirement.nothing(204, retirement.cleanup(worker, caller.username))
    after = entries(staff, name)
    assert [None] * len(after) == [each["changes"] for each in after]
    assert caller.username not in json.dumps(after)
    assert caller.email not in json.dumps(after)
    expect.status(403, history(learner, name))
    expect.status(404, history(learner, caller.username))
