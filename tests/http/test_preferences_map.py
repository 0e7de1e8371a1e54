"""The map of preferences (spec 10, section 10)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http import expectations as expect
from tests.http.case_names import brief
from tests.http.preference_writing import (
    KIB,
    REFUSED_BY_KEY,
    REFUSED_VALUES,
    WRITTEN_AS_PYTHON_DOES,
    both_messages,
    map_path,
    nothing,
    patch,
    patch_as,
    preferences,
)
from tests.http.service_client import MERGE_PATCH, Caller, Service, unique_name


@pytest.fixture
def owner(service: Service) -> Caller:
    """An adult without preferences."""
    return service.new_account(profile={"year_of_birth": 1980})


@pytest.fixture(scope="module")
def other(service: Service) -> Caller:
    """Somebody else, with one preference."""
    caller = service.new_account()
    nothing(204, patch(caller, {"k": "v"}))
    return caller


# --- GET map


def test_a_fresh_account_has_none(owner: Caller, staff: Caller) -> None:
    """A fresh account has no preferences (spec 10, section 10)."""
    assert {} == preferences(owner)
    assert {} == preferences(staff, owner.username)


def test_a_registered_account_has_none(service: Service) -> None:
    """An account that somebody registered has none either (spec 10, section 10)."""
    fields = service.registration()
    expect.status(200, service.register(**fields))
    assert {} == preferences(service.login(fields["username"], fields["password"]))


def test_get_map(owner: Caller, staff: Caller) -> None:
    """GET map: 200 `{key: str}`, for the owner and for staff (spec 10, section 10)."""
    nothing(204, patch(owner, {"a": "1", "pref-lang": "sv"}))
    for caller in (owner, staff):
        assert {"a": "1", "pref-lang": "sv"} == preferences(caller, owner.username)


def test_get_map_of_others(learner: Caller, bare_superuser: Caller, other: Caller) -> None:
    """GET map, not owner nor staff: 403, also for unknown users (spec 10, section 10)."""
    for caller in (learner, bare_superuser):
        for username in (other.username, unique_name(), other.username.upper()):
            expect.status(403, caller.get(map_path(username)))


def test_get_map_of_nobody_by_staff(staff: Caller) -> None:
    """GET map, staff and unknown user: 404 (spec 10, section 10)."""
    expect.status(404, staff.get(map_path(unique_name())))


def test_get_map_without_a_token(anonymous: Caller, other: Caller) -> None:
    """No token: 401 (spec 10, section 2)."""
    for username in (other.username, unique_name()):
        expect.unauthorized(anonymous.get(map_path(username)))


@pytest.mark.parametrize("prefix", ["JWT", "Bearer"])
def test_both_prefixes(owner: Caller, prefix: str) -> None:
    """Both token prefixes work (spec 10, section 10)."""
    headers = {"Authorization": f"{prefix} {owner.token}"}
    nothing(204, patch(owner, {"k": prefix}, headers=headers))
    response = owner.http.get(map_path(owner.username), headers=headers)
    assert {"k": prefix} == response.json()


def test_inactive_owners_too(service: Service) -> None:
    """An inactive account's token counts (spec 10, section 1)."""
    caller = service.new_account(is_active=False)
    nothing(204, patch(caller, {"k": "v"}))
    assert {"k": "v"} == preferences(caller)


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_other_methods(owner: Caller, method: str) -> None:
    """PUT, POST, DELETE on the map: 405 (spec 10, section 2)."""
    expect.detail(405, owner.request(method, map_path(owner.username), json={"k": "v"}))


def test_trailing_slash(owner: Caller) -> None:
    """With a trailing slash the same answers (spec 10, section 1)."""
    nothing(204, owner.patch({"k": "v"}, path=f"{map_path(owner.username)}/"))
    assert {"k": "v"} == owner.get(f"{map_path(owner.username)}/").json()


# --- PATCH map


def test_patch_merges(owner: Caller) -> None:
    """PATCH map: 204; keys not named stay, named ones are replaced (spec 10, section 10)."""
    nothing(204, patch(owner, {"a": "1", "b": "2"}))
    nothing(204, patch(owner, {"b": "3", "c": "4"}))
    assert {"a": "1", "b": "3", "c": "4"} == preferences(owner)


def test_null_deletes(owner: Caller) -> None:
    """null in PATCH deletes the key (spec 10, section 10)."""
    nothing(204, patch(owner, {"a": "1", "b": "2"}))
    nothing(204, patch(owner, {"a": None, "c": "3"}))
    assert {"b": "2", "c": "3"} == preferences(owner)


def test_null_for_what_is_not_there(owner: Caller) -> None:
    """null for a key that is not set is no fault (spec 10, section 10)."""
    nothing(204, patch(owner, {"never": None, "account_privacy": None, "time_zone": None}))
    assert {} == preferences(owner)


@pytest.mark.parametrize("caller_name", ["learner", "staff", "superuser"])
def test_patch_of_others(service: Service, other: Caller, caller_name: str) -> None:
    """PATCH of others' preferences: 403, staff included, also for unknown users (spec 10, section 10)."""
    for username in (other.username, unique_name()):
        expect.status(403, patch(service.seed(caller_name), {"k": "mine"}, username))
    assert {"k": "v"} == preferences(other)


def test_patch_without_a_token(anonymous: Caller, other: Caller) -> None:
    """No token: 401 (spec 10, section 2)."""
    expect.unauthorized(patch(anonymous, {"k": "v"}, other.username))


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""])
def test_patch_content_type(owner: Caller, content_type: str) -> None:
    """Another content type: 415 (spec 10, section 10)."""
    expect.detail(415, patch_as(owner, content_type, b'{"k": "v"}'))
    assert {} == preferences(owner)


def test_patch_content_type_with_charset(owner: Caller) -> None:
    """A parameter of the content type may be ignored (spec 10, section 6)."""
    nothing(204, patch_as(owner, f"{MERGE_PATCH}; charset=utf-8", b'{"k": "v"}'))


@pytest.mark.parametrize("content", [b"{}", b"[]", b'["k"]', b'"k"', b"5", b"null", b"true"])
def test_patch_of_nothing(owner: Caller, content: bytes) -> None:
    """`{}` or no object: 400 with both messages (spec 10, section 10)."""
    both_messages(patch_as(owner, MERGE_PATCH, content))


@pytest.mark.parametrize("content", [b"", b"{", b'{"a": "1", }', b'{"a": NaN}', b'{"a": "\xff"}', b'{"a": "\\ud800"}'])
def test_patch_malformed(owner: Caller, content: bytes) -> None:
    """Malformed JSON: 400 (spec 10, section 2)."""
    expect.detail(400, patch_as(owner, MERGE_PATCH, content))
    assert {} == preferences(owner)


@pytest.mark.parametrize(("value", "expected"), WRITTEN_AS_PYTHON_DOES, ids=brief)
def test_patch_values(owner: Caller, value: object, expected: str) -> None:
    """Not a string: stored as Python's `str()` gives it; text as it is, up to 32 KiB (spec 10, section 10)."""
    nothing(204, patch(owner, {"key": value}))
    assert {"key": expected} == preferences(owner)


@pytest.mark.parametrize("value", REFUSED_VALUES, ids=brief)
def test_patch_refused_values(owner: Caller, value: object) -> None:
    """`""`, only blanks, or over 32 KiB: 400 (spec 10, section 10)."""
    assert {"key"} == expect.field_errors(patch(owner, {"key": value}))
    assert {} == preferences(owner)


@pytest.mark.parametrize(("key", "value"), REFUSED_BY_KEY, ids=brief)
def test_patch_refused_by_key(owner: Caller, key: str, value: object) -> None:
    """`time_zone` not a common zone, `account_privacy` outside its three values: 400 (spec 10, section 10)."""
    assert {key} == expect.field_errors(patch(owner, {key: value}))


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "UTC", "US/Pacific", "America/Argentina/Buenos_Aires", "GMT"])
def test_patch_time_zone(owner: Caller, zone: str) -> None:
    """`time_zone`: an IANA common zone; the account itself goes on showing null (spec 10, sections 5.2 and 10)."""
    nothing(204, patch(owner, {"time_zone": zone}))
    assert {"time_zone": zone} == preferences(owner)
    assert owner.account()["time_zone"] is None


@pytest.mark.parametrize("privacy", ["all_users", "private", "custom"])
def test_patch_account_privacy(owner: Caller, privacy: str) -> None:
    """`account_privacy`: one of its three values, which the account shows at once (spec 10, sections 5.1 and 10)."""
    nothing(204, patch(owner, {"account_privacy": privacy}))
    assert privacy == owner.account()["account_privacy"]


def test_key_lengths(owner: Caller) -> None:
    """A key of 255 characters is stored, a longer one is 400 (spec 10, section 10)."""
    nothing(204, patch(owner, {"k" * 255: "v"}))
    assert {"l" * 256} == expect.field_errors(patch(owner, {"l" * 256: "v"}))
    assert {"k" * 255: "v"} == preferences(owner)


@pytest.mark.parametrize("key", ["visibility.bio", "pref-lang", "a b", "ключ", "😀", "a/b", "<k>", "0", "__proto__"])
def test_any_keys(owner: Caller, key: str) -> None:
    """Any keys, also with `.` and `-` (spec 10, section 10)."""
    nothing(204, patch(owner, {key: "v"}))
    assert {key: "v"} == preferences(owner)
    nothing(204, patch(owner, {key: None}))
    assert {} == preferences(owner)


def test_all_faults_at_once_and_nothing_stored(owner: Caller) -> None:
    """All keys at fault at once, nothing stored (spec 10, section 10)."""
    nothing(204, patch(owner, {"kept": "1"}))
    changes: dict[str, Any] = {"fine": "x", "kept": None, "a": "", "time_zone": "Nowhere", "account_privacy": "?"}
    assert {"a", "time_zone", "account_privacy"} == expect.field_errors(patch(owner, changes))
    assert {"kept": "1"} == preferences(owner)


def test_all_together_64_kib(owner: Caller) -> None:
    """All keys and values of an account over 64 KiB: 400, and nothing is stored (spec 10, section 10)."""
    half = "x" * (32 * KIB - 1)
    nothing(204, patch(owner, {"a": half, "b": half}))
    before = preferences(owner)
    assert {"c"} == expect.field_errors(patch(owner, {"c": "v"}))
    assert before == preferences(owner)
    nothing(204, patch(owner, {"a": None, "c": "v"}))
    assert {"b": half, "c": "v"} == preferences(owner)


def test_the_limits_count_bytes(owner: Caller) -> None:
    """The 64 KiB count the bytes of keys and values (spec 10, section 10)."""
    half = "é" * (16 * KIB)
    expect.status(400, patch(owner, {"a": half, "b": half, "é" * 10: "v"}))
    assert {} == preferences(owner)


# --- what they do


def test_language(owner: Caller) -> None:
    """`pref-lang` is the account's `language`, null without it (spec 10, D6)."""
    assert owner.account()["language"] is None
    nothing(204, patch(owner, {"pref-lang": "sv"}))
    assert "sv" == owner.account()["language"]


def test_what_a_stranger_sees(owner: Caller, learner: Caller) -> None:
    """Visibility follows the preferences at once (spec 10, section 5.1)."""
    seen = []
    for changes in (
        {"account_privacy": "private"},
        {"account_privacy": "custom"},
        {"visibility.name": "all_users", "visibility.bio": "all_users", "visibility.email": "all_users"},
        {"visibility.bio": "private"},
        {"account_privacy": None},
    ):
        nothing(204, patch(owner, changes))
        seen.append(frozenset(learner.account(owner.username)))
    name, bio = frozenset({"name"}), frozenset({"bio"})
    assert [expect.PUBLIC, expect.PUBLIC, expect.PUBLIC | name | bio, expect.PUBLIC | name, expect.SHARED] == seen


def test_account_privacy_of_the_account_is_the_preference(owner: Caller) -> None:
    """PATCH account writes the preference of that name; null deletes it (spec 10, section 7)."""
    expect.status(200, owner.patch({"account_privacy": "custom"}))
    assert {"account_privacy": "custom"} == preferences(owner)
    expect.status(200, owner.patch({"account_privacy": None}))
    assert {} == preferences(owner)


# --- the common rules of writing


def test_the_version_moves(owner: Caller) -> None:
    """A change moves the account's version, none does not (spec 50, section 4)."""
    first = owner.etag()
    nothing(204, patch(owner, {"k": "v"}))
    second = owner.etag()
    nothing(204, patch(owner, {"k": "v", "never": None}))
    assert int(first.strip('"')) + 1 == int(second.strip('"'))
    assert second == owner.etag()


def test_if_match(owner: Caller) -> None:
    """If-Match with an older tag: 412, nothing changes (spec 50, section 4)."""
    old = owner.etag()
    nothing(204, patch(owner, {"k": "v"}))
    expect.status(412, patch(owner, {"k": "late"}, headers={"If-Match": old}))
    assert {"k": "v"} == preferences(owner)
    nothing(204, patch(owner, {"k": "now"}, headers={"If-Match": owner.etag()}))


def test_idempotency_key(owner: Caller) -> None:
    """The same key and request again gets the first answer; another request is 422 (spec 50, section 4)."""
    headers = {"Idempotency-Key": unique_name()}
    first = patch(owner, {"k": "v"}, headers=headers)
    nothing(204, patch(owner, {"k": "between"}))
    again = patch(owner, {"k": "v"}, headers=headers)
    assert (204, first.headers["ETag"]) == (again.status_code, again.headers["ETag"])
    assert {"k": "between"} == preferences(owner)
    expect.status(422, patch(owner, {"k": "w"}, headers=headers))
