"""Changing rights later (spec 50, section 3)."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from tests.http import expectations as expect
from tests.http import retirement_client as retirement
from tests.http import tokens
from tests.http.case_names import brief
from tests.http.operations_client import admin_patch, admin_patch_bytes, exported, newest, support_path
from tests.http.service_client import ME, Caller, Service, unique_name

RIGHTS = {
    "can_retire_user": ("GET", f"{retirement.QUEUE}?cool_off_days=0&states=PENDING"),
    "can_deactivate_user": ("POST", retirement.deactivate_path("nobody_has_this_name")),
    "can_cancel_retirement": ("POST", retirement.CANCEL),
    "can_replace_username": ("POST", retirement.REPLACE),
}
"""A call that needs each permission (spec 20, section 2)."""

FLAGS = ("is_active", "is_staff", "is_superuser")


@pytest.fixture
def target(service: Service) -> Caller:
    """An adult without rights."""
    return service.new_account(profile={"year_of_birth": 1980})


def done(caller: Caller, username: str, fields: dict[str, Any]) -> dict[str, Any]:
    """PATCH somebody, and return the full account that is answered."""
    response = admin_patch(caller, username, fields)
    expect.status(200, response)
    account: dict[str, Any] = response.json()
    assert expect.ADMIN == set(account)
    return account


def is_staff(caller: Caller) -> bool:
    """Tell whether a token may do what staff may."""
    response = caller.get(support_path("learner", "disable_history"))
    assert response.status_code in (200, 403), response.text
    return response.status_code == 200


def is_superuser(caller: Caller) -> bool:
    """Tell whether a token may do what superusers may."""
    response = admin_patch(caller, unique_name(), {"is_active": True})
    assert response.status_code in (404, 403), response.text
    return response.status_code == 404


# --- what changes


def test_staff_at_once(superuser: Caller, target: Caller) -> None:
    """`is_staff` is in force at once, for tokens that are there already (spec 50, section 3; spec 20, section 2)."""
    assert not is_staff(target)
    done(superuser, target.username, {"is_staff": True})
    assert is_staff(target)
    done(superuser, target.username, {"is_staff": False})
    assert not is_staff(target)


def test_superuser_at_once(superuser: Caller, target: Caller) -> None:
    """`is_superuser` is in force at once (spec 50, section 3)."""
    assert not is_superuser(target)
    done(superuser, target.username, {"is_superuser": True})
    assert is_superuser(target)
    done(superuser, target.username, {"is_superuser": False})
    assert not is_superuser(target)


@pytest.mark.parametrize("permission", RIGHTS)
def test_permissions_at_once(superuser: Caller, target: Caller, permission: str) -> None:
    """A permission is in force at once, and gone at once; each opens its own door (spec 50, section 3)."""
    method, path = RIGHTS[permission]
    expect.status(403, target.request(method, path, json={}))
    done(superuser, target.username, {"permissions": [permission]})
    assert 403 != target.request(method, path, json={}).status_code
    for other in RIGHTS.keys() - {permission}:
        expect.status(403, target.request(*RIGHTS[other], json={}))
    done(superuser, target.username, {"permissions": []})
    expect.status(403, target.request(method, path, json={}))


def test_permissions_are_replaced(superuser: Caller, target: Caller) -> None:
    """A list stands for the whole (RFC 7396; spec 50, section 3)."""
    done(superuser, target.username, {"permissions": ["can_retire_user", "can_replace_username"]})
    done(superuser, target.username, {"permissions": ["can_cancel_retirement"]})
    expect.status(403, target.request(*RIGHTS["can_retire_user"], json={}))
    assert 403 != target.request(*RIGHTS["can_cancel_retirement"], json={}).status_code


def test_active(superuser: Caller, target: Caller, learner: Caller) -> None:
    """`is_active` shows at once; an inactive account's token counts (spec 10, section 1; spec 50, section 3)."""
    assert done(superuser, target.username, {"is_active": False})["is_active"] is False
    expect.status(200, target.get(ME))
    assert target.account()["is_active"] is False
    assert done(superuser, target.username, {"is_active": True})["is_active"] is True


def test_orgs(superuser: Caller, target: Caller) -> None:
    """`orgs` are those of the person's export; blank ones and `outdated_entry` go (spec 20, section 9)."""
    done(superuser, target.username, {"orgs": ["edX", "", " ", "outdated_entry", "mb_coaching"]})
    assert ["edX", "mb_coaching"] == sorted(exported(target)["orgs"])
    done(superuser, target.username, {"orgs": ["MITx"]})
    assert ["MITx"] == exported(target)["orgs"]
    done(superuser, target.username, {"orgs": []})
    assert [] == exported(target)["orgs"]


def test_claims_of_the_next_token(service: Service, superuser: Caller, target: Caller) -> None:
    """A token made afterwards says so (spec 00, tokens)."""
    done(superuser, target.username, {"is_staff": True, "is_superuser": True})
    claims = tokens.claims(service.login(target.username, target.password).token or "")
    assert (True, True) == (claims["administrator"], claims["superuser"])


def test_all_at_once_is_one_event(superuser: Caller, target: Caller) -> None:
    """One request is one event, by staff, with what changed (spec 50, section 1; design: one commit a request)."""
    before = int(target.etag().strip('"'))
    fields = {"is_active": False, "is_staff": True, "permissions": ["can_retire_user"], "orgs": ["edX"]}
    done(superuser, target.username, fields)
    entry = newest(superuser, target.username)
    assert before + 1 == entry["version"]
    assert {"role": "staff", "username": "superuser"} == entry["actor"]
    assert fields == {name: entry["changes"][name]["new"] for name in fields}


def test_only_what_is_named(superuser: Caller, target: Caller) -> None:
    """What is not named stays (RFC 7396; spec 50, section 3)."""
    done(superuser, target.username, {"is_staff": True, "orgs": ["edX"]})
    before = target.account()
    assert before == done(superuser, target.username, {"permissions": ["can_retire_user"]})
    assert is_staff(target)
    assert ["edX"] == exported(target)["orgs"]


def test_nothing_named(superuser: Caller, target: Caller) -> None:
    """`{}` changes nothing, whether it counts as a fault (spec 10, section 10) or not (section 6)."""
    etag = target.etag()
    assert admin_patch(superuser, target.username, {}).status_code in (200, 400)
    assert etag == target.etag()


def test_a_superuser_who_is_no_staff(bare_superuser: Caller, target: Caller) -> None:
    """Superusers, staff or not, get the full account (spec 50, section 3)."""
    assert target.account() == done(bare_superuser, target.username, {"is_staff": True})


# --- refusals


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(
            (flag, value)
            for flag in ("is_active", "is_staff", "is_superuser")
            for value in (None, 1, 0, "true", [], {})
        ),
        *(("permissions", value) for value in ("can_retire_user", 5, True, {}, [5], [None], [["can_retire_user"]])),
        ("permissions", ["can_fly"]),
        ("permissions", ["can_retire_user", "can_fly"]),
        ("permissions", ["CAN_RETIRE_USER"]),
        *(("orgs", value) for value in ("edX", 5, True, {}, [5], [None], [["edX"]])),
    ],
    ids=brief,
)
def test_wrong_types(superuser: Caller, target: Caller, field: str, value: object) -> None:
    """Wrong types, unknown permissions: 400, nothing is stored (spec 50, section 3)."""
    etag = target.etag()
    expect.status(400, admin_patch(superuser, target.username, {field: value}))
    other = {"is_active": False} if field != "is_active" else {"is_staff": True}
    expect.status(400, admin_patch(superuser, target.username, {**other, field: value}))
    assert etag == target.etag()


@pytest.mark.parametrize(
    "field", ["username", "email", "name", "bio", "password", "id", "profile", "preferences", "social_logins", "x", ""]
)
def test_other_keys(superuser: Caller, target: Caller, field: str) -> None:
    """Other keys: 400, and nothing is stored (spec 50, section 3)."""
    before, etag = target.account(), target.etag()
    expect.status(400, admin_patch(superuser, target.username, {"is_active": False, field: before.get(field, "x")}))
    assert (before, etag) == (target.account(), target.etag())


def test_ones_own_superuser(service: Service) -> None:
    """Taking away one's own `is_superuser`: 400; one's other rights may go (spec 50, section 3)."""
    own = service.new_account(is_superuser=True, is_staff=True, permissions=["can_retire_user"])
    expect.status(400, admin_patch(own, own.username, {"is_superuser": False}))
    expect.status(400, admin_patch(own, own.username, {"is_superuser": False, "is_staff": False}))
    assert is_staff(own)
    done(own, own.username, {"is_superuser": True})
    done(own, own.username, {"is_staff": False, "permissions": []})
    assert is_superuser(own)
    assert not is_staff(own)


def test_others_superuser(service: Service, superuser: Caller) -> None:
    """Anybody else's may be taken away (spec 50, section 3)."""
    other = service.new_account(is_superuser=True)
    done(superuser, other.username, {"is_superuser": False})
    expect.status(403, admin_patch(other, other.username, {"is_superuser": True}))


def test_others(anonymous: Caller, learner: Caller, staff: Caller, target: Caller) -> None:
    """Superusers alone: others 403 whether or not the name exists, nobody 401 (spec 50, section 3)."""
    for name in (target.username, unique_name()):
        expect.unauthorized(admin_patch(anonymous, name, {"is_staff": True}))
        for caller in (learner, staff, target):
            expect.detail(403, admin_patch(caller, name, {"is_staff": True}))
            expect.detail(403, admin_patch(caller, name, {"bio": "x"}))
    assert not is_staff(target)


def test_unknown(superuser: Caller) -> None:
    """Unknown: 404 (spec 50, section 3)."""
    expect.status(404, admin_patch(superuser, unique_name(), {"is_staff": True}))


def test_a_retired_account(service: Service, superuser: Caller) -> None:
    """A retired account: 409, before and after the cleanup (spec 50, section 3)."""
    worker = retirement.worker_of(service)
    gone = retirement.retired(service, worker)
    name = retirement.row_of(worker, gone.username)["retired_username"]
    for fields in ({"is_active": True}, {"is_staff": True}, {"orgs": ["edX"]}):
        expect.status(409, admin_patch(superuser, name, fields))
    expect.status(404, admin_patch(superuser, gone.username, {"is_active": True}))
    retirement.moved(worker, gone.username, "COMPLETE")
    retirement.nothing(204, retirement.cleanup(worker, gone.username))
    expect.status(409, admin_patch(superuser, name, {"is_active": True}))
    assert superuser.account(name)["is_active"] is False


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""])
def test_content_types(superuser: Caller, target: Caller, content_type: str) -> None:
    """`application/merge-patch+json` alone: else 415 (spec 10, section 6; spec 50, section 3)."""
    expect.detail(415, admin_patch_bytes(superuser, target.username, b'{"is_staff": true}', content_type))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'"x"', b"5", b"\xff"])
def test_malformed(superuser: Caller, target: Caller, content: bytes) -> None:
    """Malformed JSON, or no object: 400 (spec 10, section 2)."""
    expect.status(400, admin_patch_bytes(superuser, target.username, content))


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
def test_other_methods(superuser: Caller, target: Caller, method: str) -> None:
    """PATCH alone (spec 50, section 3)."""
    expect.detail(405, superuser.request(method, support_path(target.username, "").rstrip("/")))


def test_the_trailing_slash(superuser: Caller, target: Caller) -> None:
    """With a trailing slash too (spec 00)."""
    expect.status(200, superuser.patch({"is_staff": True}, support_path(target.username, "")))
    assert is_staff(target)


def test_idempotency_key(superuser: Caller, target: Caller) -> None:
    """The same key: the same answer, no second event; another body 422 (spec 50, section 4)."""
    headers = {"Idempotency-Key": secrets.token_hex(16)}
    first = admin_patch(superuser, target.username, {"is_active": False}, headers)
    done(superuser, target.username, {"is_active": True})
    etag = target.etag()
    again = admin_patch(superuser, target.username, {"is_active": False}, headers)
    assert (200, 200, first.json()) == (first.status_code, again.status_code, again.json())
    assert "true" == again.headers["Idempotent-Replayed"]
    assert etag == target.etag()
    expect.status(422, admin_patch(superuser, target.username, {"is_staff": True}, headers))


def test_a_wide_list_of_organisations(superuser: Caller, target: Caller) -> None:
    """What the store can't hold is refused, never a 5xx (spec 50, section 8)."""
    expect.status(400, admin_patch(superuser, target.username, {"orgs": ["x" * 500_000]}))
    expect.status(200, target.get(ME))
