"""An export becomes an account elsewhere (spec 50, section 2)."""

from __future__ import annotations

import copy
import secrets
from collections.abc import Callable
from typing import Any

import pytest

from tests.http import expectations as expect
from tests.http import retirement_client as retirement
from tests.http.address_changes import secondary_confirmed
from tests.http.image_client import uploaded
from tests.http.operations_client import IMPORT, entries, exported, import_account, name_asked, newest
from tests.http.preference_writing import patch as patch_preferences
from tests.http.preference_writing import preferences
from tests.http.retirement_leaver import new_mark, profile_of, somebody
from tests.http.service_client import ADMIN_ACCOUNTS, Caller, Service, account_path, unique_email, unique_name

NOT_EXACT = ("id", "last_login", "profile_image")
DAY = 86400


@pytest.fixture(scope="module")
def elsewhere(clock_service: Service) -> Service:
    """Another service, which has none of these accounts."""
    return clock_service


@pytest.fixture
def there(elsewhere: Service) -> Caller:
    """A superuser of the other service."""
    return elsewhere.seed("superuser")


@pytest.fixture
def parts(service: Service) -> dict[str, Any]:
    """An export whose username and address nobody has."""
    return renamed(exported(service.new_account(profile={"year_of_birth": 1980})))


def renamed(parts: dict[str, Any], **account: Any) -> dict[str, Any]:
    """Return an export of somebody with another name and address."""
    other = copy.deepcopy(parts)
    other["account"].update({"username": unique_name("imp"), "email": unique_email("imp"), **account})
    return other


def exact(account: dict[str, Any]) -> dict[str, Any]:
    """Return what must be equal after an import."""
    return {field: value for field, value in account.items() if field not in NOT_EXACT}


def comes_back(there: Caller, parts: dict[str, Any]) -> dict[str, Any]:
    """Import somebody, expect them to be as they were, and return the account."""
    response = import_account(there, parts)
    expect.status(201, response)
    account: dict[str, Any] = response.json()
    assert expect.ADMIN == set(account)
    assert exact(parts["account"]) == exact(account)
    assert account == there.account(account["username"])
    assert parts["preferences"] == preferences(there, account["username"])
    return account


# --- exactness


def test_everybody_comes_back(service: Service, there: Caller) -> None:
    """An account with every field filled in, to the letter (spec 50, section 2)."""
    owner = somebody(service, new_mark())
    secondary_confirmed(service, owner)
    uploaded(owner)
    parts = exported(owner)
    assert [] == [field for field, value in parts["account"].items() if value in (None, "", []) and field in FILLED]
    account = comes_back(there, parts)
    assert (None, False) == (account["last_login"], account["profile_image"]["has_image"])


FILLED = expect.ADMIN - {"verified_name", "course_certificates", "time_zone"}


@pytest.mark.parametrize("field", sorted(profile_of("any")))
def test_one_field_alone(service: Service, there: Caller, field: str) -> None:
    """An account of which only one field is filled in (spec 50, section 2)."""
    owner = service.new_account()
    expect.status(200, owner.patch({field: profile_of(new_mark())[field]}))
    comes_back(there, exported(owner))


@pytest.mark.parametrize(
    "fields",
    [
        {"goals": "", "mailing_address": ""},
        {"year_of_birth": 2147483647},
        {"year_of_birth": -5},
        {"level_of_education": "o"},
        {"level_of_education": "other"},
        {"state": "AE", "country": None},
        {"phone_number": "+"},
        {"bio": "שלום \u202e 😀\u2028"},
        {"bio": "😀" * 300, "name": "😀" * 255},
        {"name": "x" * 255},
        {"goals": "x" * 32768, "mailing_address": "é" * 16384},
        {"country": "XK"},
        {"language_proficiencies": [{"code": "zh_HANS"}, {"code": "aa"}]},
        {"social_links": [{"platform": "x", "social_link": "https://x.com/name?foo=bar"}]},
        {"extended_profile": [{"field_name": "favorite_beatle", "field_value": {"a": [1]}}]},
        {"extended_profile": [{"field_name": "conlangs_spoken", "field_value": "12"}]},
    ],
    ids=lambda fields: "-".join(fields),
)
def test_values_at_the_edge(service: Service, there: Caller, fields: dict[str, Any]) -> None:
    """Whatever an account may hold is taken back (spec 10, section 7; spec 50, section 2)."""
    owner = service.new_account()
    expect.status(200, owner.patch(fields))
    comes_back(there, exported(owner))


@pytest.mark.parametrize("privacy", [None, "all_users", "private", "custom"])
@pytest.mark.parametrize("year", [None, 1980])
def test_privacy(service: Service, there: Caller, elsewhere: Service, privacy: str | None, year: int | None) -> None:
    """Who may see what is as it was, for minors too (spec 10, section 5.1; spec 50, section 2)."""
    owner = service.new_account(profile={"year_of_birth": year} if year else {})
    if privacy:
        expect.status(200, owner.patch({"account_privacy": privacy, "bio": "seen?"}))
    expect.status(204, patch_preferences(owner, {"visibility.bio": "all_users", "visibility.name": "private"}))
    account = comes_back(there, exported(owner))
    stranger = elsewhere.seed("learner")
    assert set(service.seed("learner").account(owner.username)) == set(stranger.account(account["username"]))


def test_preferences_of_every_kind(service: Service, there: Caller) -> None:
    """Keys and values of any script, to the bounds (spec 10, section 10; spec 50, section 2)."""
    owner = service.new_account()
    kept = {
        "time_zone": "Asia/Tokyo",
        "pref-lang": "sv",
        "k" * 255: "long key",
        "שלום 😀": "<b>raw</b> & 'quotes' ",
        "large": "x" * 32768,
        "a.b-c": "{'int_key': 10}",
    }
    expect.status(204, patch_preferences(owner, kept))
    comes_back(there, exported(owner))


@pytest.mark.parametrize("active", [True, False])
def test_active_or_not(service: Service, there: Caller, active: bool) -> None:
    """Whether the account was active stays (spec 50, section 2)."""
    assert active is comes_back(there, exported(service.new_account(is_active=active)))["is_active"]


def test_a_pending_name(service: Service, there: Caller) -> None:
    """A name that waits for approval waits on (spec 50, section 2)."""
    owner = service.new_account()
    name_asked(owner, "Wished Name")
    assert "Wished Name" == comes_back(there, exported(owner))["pending_name_change"]


def test_the_day_of_joining(service: Service, there: Caller, elsewhere: Service) -> None:
    """`date_joined` is the old one, however late the import (spec 50, section 2)."""
    parts = exported(service.new_account())
    elsewhere.advance(DAY)
    comes_back(elsewhere.seed("superuser"), parts)


def test_as_staff_exported_it(service: Service, staff: Caller, there: Caller) -> None:
    """An export that staff took is as good as the owner's (spec 50, section 2)."""
    owner = somebody(service, new_mark())
    comes_back(there, exported(staff, owner.username))


def test_a_second_time_around(service: Service, there: Caller) -> None:
    """What was imported can be exported and imported again (spec 50, section 2)."""
    owner = somebody(service, new_mark())
    first = comes_back(there, exported(owner))
    again = exported(there, first["username"])
    assert exact(first) == exact(again["account"])
    comes_back(there, renamed(again))


# --- what an import does


def test_no_password_is_set(service: Service, there: Caller, elsewhere: Service) -> None:
    """No password is set: the old one opens nothing (spec 50, section 2)."""
    owner = service.new_account()
    comes_back(there, exported(owner))
    for name in (owner.username, owner.email):
        expect.oauth_error(elsewhere.password_grant(name, owner.password), "invalid_grant")


def test_its_history_begins_anew(service: Service, there: Caller) -> None:
    """The new account's own history begins with the import (spec 50, sections 1 and 2)."""
    owner = somebody(service, new_mark())
    account = comes_back(there, exported(owner))
    first = entries(there, account["username"])[-1]
    assert (1, "staff", "superuser") == (first["version"], first["actor"]["role"], first["actor"]["username"])


def test_an_id_of_its_own(service: Service, there: Caller, elsewhere: Service) -> None:
    """The id is a new one, and finds the account (spec 50, section 2)."""
    account = comes_back(there, exported(service.new_account()))
    other = elsewhere.new_account()
    assert account["id"] != other.account()["id"]
    found = there.get("/api/user/v1/accounts", params={"lms_user_id": account["id"]})
    assert [account["username"]] == [each["username"] for each in found.json()]


def test_nobody_gets_mail(service: Service, there: Caller, elsewhere: Service) -> None:
    """An import writes to nobody."""
    owner = service.new_account()
    comes_back(there, exported(owner))
    assert [] == elsewhere.outbox(owner.email)


def test_no_rights_come_with_it(service: Service, there: Caller, elsewhere: Service) -> None:
    """Staff exported here is no staff there: rights are given by PATCH (spec 50, sections 2 and 3)."""
    boss = service.new_account(is_staff=True, is_superuser=True, permissions=["can_retire_user"])
    comes_back(there, exported(boss))
    changes = entries(there, boss.username)[-1]["changes"]
    given = [changes[key]["new"] for key in ("is_staff", "is_superuser", "permissions") if key in changes]
    assert [] == [each for each in given if each]


# --- who, and what is refused


def test_superusers_alone(service: Service, parts: dict[str, Any], anonymous: Caller) -> None:
    """Superusers, staff or not; others 403, nobody 401 (spec 50, section 2)."""
    expect.unauthorized(import_account(anonymous, parts))
    for flags in ({}, {"is_staff": True}, {"permissions": ["can_retire_user"]}):
        expect.detail(403, import_account(service.new_account(**flags), parts))
    expect.status(201, import_account(service.new_account(is_superuser=True), parts))


@pytest.mark.parametrize(
    ("field", "change"),
    [("username", str), ("email", str), ("username", str.upper), ("email", str.upper)],
    ids=["username", "email", "USERNAME", "EMAIL"],
)
def test_taken(
    service: Service, superuser: Caller, parts: dict[str, Any], field: str, change: Callable[[str], str]
) -> None:
    """A taken username or address, in any capitals: 409, and nothing is made (spec 50, section 2)."""
    owner = service.new_account()
    taken = {"username": owner.username, "email": owner.email}[field]
    parts["account"][field] = change(taken)
    expect.status(409, import_account(superuser, parts))
    if field == "email":
        expect.status(404, superuser.get(account_path(parts["account"]["username"])))
    assert owner.account()["email"] == owner.email


def test_a_taken_recovery_address(service: Service, superuser: Caller, parts: dict[str, Any]) -> None:
    """Somebody's confirmed secondary address is not free (spec 10, section 11; spec 50, section 2)."""
    parts["account"]["email"] = secondary_confirmed(service, service.new_account())
    expect.status(409, import_account(superuser, parts))


@pytest.mark.parametrize("field", ["username", "email"])
def test_retired_ones(service: Service, superuser: Caller, parts: dict[str, Any], field: str) -> None:
    """A retired username or address is never free again (spec 20, section 3.1; spec 50, section 2)."""
    worker = retirement.worker_of(service)
    gone = retirement.cleaned_up(service, worker)
    parts["account"][field] = {"username": gone.username, "email": gone.email}[field]
    expect.status(409, import_account(superuser, parts))


def test_twice(superuser: Caller, parts: dict[str, Any]) -> None:
    """The same file again: 409 (spec 50, section 2)."""
    expect.status(201, import_account(superuser, parts))
    expect.status(409, import_account(superuser, parts))


def test_by_idempotency_key(superuser: Caller, parts: dict[str, Any]) -> None:
    """With a key the first answer again, 422 for another file (spec 50, section 4)."""
    headers = {"Idempotency-Key": secrets.token_hex(16)}
    first = import_account(superuser, parts, headers)
    again = import_account(superuser, parts, headers)
    assert (201, 201, first.json()) == (first.status_code, again.status_code, again.json())
    assert "true" == again.headers["Idempotent-Replayed"]
    assert 1 == newest(superuser, parts["account"]["username"])["version"]
    expect.status(422, import_account(superuser, renamed(parts), headers))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'"x"', b"5", b"{}", b'{"account": {}}', b"\xff"])
def test_what_is_no_export(superuser: Caller, content: bytes) -> None:
    """Malformed JSON, no object, no account: 400 (spec 10, section 2; spec 50, section 2)."""
    expect.status(400, superuser.post(IMPORT, content=content, headers={"Content-Type": "application/json"}))


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_content_types(superuser: Caller, content_type: str) -> None:
    """A content type other than JSON is 415 (spec 10, section 2)."""
    expect.detail(415, superuser.post(IMPORT, content=b"{}", headers={"Content-Type": content_type}))


WRONG: list[tuple[str, Any]] = [
    ("username", None),
    ("username", ""),
    ("username", "a"),
    ("username", "name_change"),
    ("username", 5),
    ("email", None),
    ("email", "nobody"),
    ("email", 5),
    ("name", None),
    ("name", []),
    ("bio", "x" * 301),
    ("bio", []),
    ("bio", "a\x00b"),
    ("country", "ZZ"),
    ("gender", "x"),
    ("level_of_education", "phd"),
    ("state", "ZZ"),
    ("year_of_birth", "x"),
    ("year_of_birth", True),
    ("year_of_birth", 2**31),
    ("goals", "x" * 32769),
    ("language_proficiencies", "sv"),
    ("language_proficiencies", [{"code": "xx"}]),
    ("social_links", [{"platform": "myspace", "social_link": "x"}]),
    ("social_links", 5),
    ("extended_profile", {}),
    ("is_active", "yes"),
    ("is_active", None),
    ("date_joined", "yesterday"),
    ("date_joined", None),
    ("date_joined", "9999-12-31T23:59:59Z"),
    ("secondary_email", "nobody"),
    ("pending_name_change", "a<b"),
    ("phone_number", []),
]


@pytest.mark.parametrize(("field", "value"), WRONG, ids=[f"{field}-{str(value)[:12]!a}" for field, value in WRONG])
def test_wrong_values(superuser: Caller, parts: dict[str, Any], field: str, value: Any) -> None:
    """What no account can hold: 400, and nothing is made (spec 50, section 2; spec 10, section 7)."""
    username = parts["account"]["username"]
    parts["account"][field] = value
    expect.status(400, import_account(superuser, parts))
    expect.status(404, superuser.get(account_path(username)))


@pytest.mark.parametrize(
    "values",
    [None, [], "x", {"k": None}, {"": "x"}, {"k": ""}, {"k" * 256: "x"}, {"time_zone": "Mars/Olympus"}],
    ids=lambda values: str(values)[:16],
)
def test_wrong_preferences(superuser: Caller, parts: dict[str, Any], values: Any) -> None:
    """Preferences that no account can hold: 400, and nothing is made (spec 10, section 10; spec 50, section 2)."""
    response = import_account(superuser, {**parts, "preferences": values})
    expect.status(400, response)
    expect.status(404, superuser.get(account_path(parts["account"]["username"])))


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_other_methods(superuser: Caller, method: str) -> None:
    """POST alone (spec 50, section 2)."""
    expect.detail(405, superuser.request(method, IMPORT))


def test_provisioning_is_not_mistaken_for_it(superuser: Caller, parts: dict[str, Any]) -> None:
    """An export is no body for the other way of making accounts (spec 00)."""
    expect.refused_registration(superuser.post(ADMIN_ACCOUNTS, json=parts))
