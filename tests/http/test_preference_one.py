"""One preference (spec 10, section 10)."""

from __future__ import annotations

import pytest

from tests.http import expectations as expect
from tests.http.case_names import brief
from tests.http.preference_writing import (
    KIB,
    REFUSED_BY_KEY,
    REFUSED_VALUES,
    WRITTEN_AS_PYTHON_DOES,
    both_messages,
    delete,
    get,
    key_path,
    nothing,
    patch,
    preferences,
    put,
    put_as,
)
from tests.http.service_client import Caller, Service, unique_name

JSON = "application/json"


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


# --- GET key


@pytest.mark.parametrize("value", ["v", 'a "quoted" \\ one', "😀 ü", "null", "5", "<b>"])
def test_get_a_json_string(owner: Caller, staff: Caller, value: str) -> None:
    """GET key: 200, a JSON string, for the owner and for staff (spec 10, section 10)."""
    nothing(204, patch(owner, {"k": value}))
    for caller in (owner, staff):
        response = get(caller, "k", owner.username)
        expect.status(200, response)
        assert response.headers["Content-Type"].startswith(JSON)
        assert value == response.json()


@pytest.mark.parametrize("key", ["never", "account_privacy", "a b", "k" * 300, "ключ"])
def test_get_what_is_not_set(owner: Caller, staff: Caller, key: str) -> None:
    """GET key, not set: 404 (spec 10, section 10)."""
    for caller in (owner, staff):
        expect.status(404, get(caller, key, owner.username))


def test_get_of_others(learner: Caller, bare_superuser: Caller, other: Caller) -> None:
    """GET key, access as for the map: 403, also for unknown users and keys (spec 10, section 10)."""
    for caller in (learner, bare_superuser):
        for username, key in ((other.username, "k"), (other.username, "never"), (unique_name(), "k")):
            expect.status(403, get(caller, key, username))


def test_get_of_nobody_by_staff(staff: Caller) -> None:
    """GET key, staff and unknown user: 404 (spec 10, section 10)."""
    expect.status(404, get(staff, "k", unique_name()))


def test_without_a_token(anonymous: Caller, other: Caller) -> None:
    """No token: 401, whatever the method (spec 10, section 2)."""
    for response in (
        get(anonymous, "k", other.username),
        put(anonymous, "k", "x", other.username),
        delete(anonymous, "k", other.username),
    ):
        expect.unauthorized(response)


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_other_methods(owner: Caller, method: str) -> None:
    """POST, PATCH on one preference: 405 (spec 10, section 2)."""
    headers = {"Content-Type": "application/merge-patch+json"}
    expect.detail(405, owner.request(method, key_path(owner.username, "k"), headers=headers, content=b'{"k": "v"}'))


# --- PUT key


@pytest.mark.parametrize(("value", "expected"), WRITTEN_AS_PYTHON_DOES, ids=brief)
def test_put(owner: Caller, value: object, expected: str) -> None:
    """PUT key: 204; any JSON value, stored as Python's `str()` gives it (spec 10, section 10)."""
    nothing(204, put(owner, "key", value))
    assert expected == get(owner, "key").json()
    assert {"key": expected} == preferences(owner)


def test_put_replaces(owner: Caller) -> None:
    """PUT replaces the one key and leaves the others (spec 10, section 10)."""
    nothing(204, patch(owner, {"a": "1", "b": "2"}))
    nothing(204, put(owner, "a", "3"))
    assert {"a": "3", "b": "2"} == preferences(owner)


@pytest.mark.parametrize("value", [None, *REFUSED_VALUES], ids=brief)
def test_put_refused_values(owner: Caller, value: object) -> None:
    """null, `""`, only blanks, or over 32 KiB: 400 with both messages (spec 10, section 10)."""
    nothing(204, put(owner, "key", "kept"))
    both_messages(put(owner, "key", value))
    assert {"key": "kept"} == preferences(owner)


@pytest.mark.parametrize(("key", "value"), REFUSED_BY_KEY, ids=brief)
def test_put_refused_by_key(owner: Caller, key: str, value: object) -> None:
    """`time_zone` not a common zone, `account_privacy` outside its three values: 400 (spec 10, section 10)."""
    both_messages(put(owner, key, value))
    assert {} == preferences(owner)


@pytest.mark.parametrize(("key", "value"), [("time_zone", "Europe/Paris"), ("account_privacy", "private")])
def test_put_known_keys(owner: Caller, key: str, value: str) -> None:
    """PUT of a known key by its rule (spec 10, section 10)."""
    nothing(204, put(owner, key, value))
    assert value == get(owner, key).json()


def test_put_shows_to_a_stranger_at_once(owner: Caller, learner: Caller) -> None:
    """Once PUT has answered, everybody sees it (spec 10, sections 2 and 5.1)."""
    assert expect.SHARED == set(learner.account(owner.username))
    nothing(204, put(owner, "account_privacy", "private"))
    assert expect.PUBLIC == set(learner.account(owner.username))


@pytest.mark.parametrize("key", ["visibility.bio", "pref-lang", "with_underscore", "A1", "0"])
def test_keys_of_the_path(owner: Caller, key: str) -> None:
    """The one-key path knows letters, digits, `_`, `.` and `-` (spec 10, section 10)."""
    nothing(204, put(owner, key, "v"))
    assert "v" == get(owner, key).json()
    nothing(204, delete(owner, key))
    assert {} == preferences(owner)


@pytest.mark.parametrize("key", ["a b", "ключ", "a:b", "😀"])
def test_keys_that_the_path_does_not_know(owner: Caller, key: str) -> None:
    """Other characters are no key of that path: 404, by any method (spec 10, section 10)."""
    nothing(204, patch(owner, {key: "v"}))
    for response in (get(owner, key), put(owner, key, "w"), delete(owner, key)):
        expect.status(404, response)
    assert {key: "v"} == preferences(owner)


def test_key_lengths(owner: Caller) -> None:
    """A key of 255 characters is stored, a longer one is 400 (spec 10, section 10)."""
    nothing(204, put(owner, "k" * 255, "v"))
    both_messages(put(owner, "k" * 256, "v"))


def test_all_together_64_kib(owner: Caller) -> None:
    """All keys and values of an account over 64 KiB: 400 (spec 10, section 10)."""
    half = "x" * (32 * KIB - 1)
    nothing(204, put(owner, "a", half))
    nothing(204, put(owner, "b", half))
    both_messages(put(owner, "c", "v"))
    assert {"a", "b"} == set(preferences(owner))
    nothing(204, put(owner, "a", "v"))


@pytest.mark.parametrize("caller_name", ["learner", "staff", "superuser"])
def test_put_and_delete_of_others(service: Service, other: Caller, caller_name: str) -> None:
    """PUT and DELETE of others': 403, staff included, also for unknown users (spec 10, section 10)."""
    caller = service.seed(caller_name)
    for username in (other.username, unique_name()):
        expect.status(403, put(caller, "k", "mine", username))
        expect.status(403, delete(caller, "k", username))
        expect.status(403, delete(caller, "never", username))
    assert {"k": "v"} == preferences(other)


@pytest.mark.parametrize(
    "content_type",
    ["application/merge-patch+json", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain", ""],
)
def test_put_content_type(owner: Caller, content_type: str) -> None:
    """Another content type, forms included: 415 (spec 10, section 10)."""
    expect.detail(415, put_as(owner, "k", content_type, b'"v"'))
    assert {} == preferences(owner)


@pytest.mark.parametrize("content", [b"", b"{", b"text", b"'v'", b'"v', b"NaN", b"Infinity", b'"\xff"', b'"\\ud800"'])
def test_put_malformed(owner: Caller, content: bytes) -> None:
    """Malformed JSON: 400 (spec 10, section 2)."""
    expect.status(400, put_as(owner, "k", JSON, content))
    assert {} == preferences(owner)


# --- DELETE key


def test_delete(owner: Caller) -> None:
    """DELETE key: 204, and the others stay (spec 10, section 10)."""
    nothing(204, patch(owner, {"a": "1", "b": "2"}))
    nothing(204, delete(owner, "a"))
    assert {"b": "2"} == preferences(owner)
    expect.status(404, get(owner, "a"))


def test_delete_what_is_not_set(owner: Caller) -> None:
    """DELETE key, not set: 404; so the second one (spec 10, section 10)."""
    expect.status(404, delete(owner, "never"))
    nothing(204, put(owner, "k", "v"))
    nothing(204, delete(owner, "k"))
    expect.status(404, delete(owner, "k"))


def test_delete_brings_the_default_back(owner: Caller) -> None:
    """Without the preference the default is back (spec 10, section 5.1)."""
    nothing(204, put(owner, "account_privacy", "private"))
    assert "private" == owner.account()["account_privacy"]
    nothing(204, delete(owner, "account_privacy"))
    assert "all_users" == owner.account()["account_privacy"]


def test_trailing_slash(owner: Caller) -> None:
    """With a trailing slash the same answers (spec 10, section 1)."""
    path = f"{key_path(owner.username, 'k')}/"
    nothing(204, owner.request("PUT", path, json="v"))
    assert "v" == owner.get(path).json()
    nothing(204, owner.request("DELETE", path))


def test_if_match(owner: Caller) -> None:
    """If-Match with an older tag: 412 on PUT and DELETE (spec 50, section 4)."""
    old = {"If-Match": owner.etag()}
    nothing(204, put(owner, "k", "v"))
    expect.status(412, put(owner, "k", "late", headers=old))
    expect.status(412, owner.request("DELETE", key_path(owner.username, "k"), headers=old))
    assert {"k": "v"} == preferences(owner)


def test_idempotent_delete(owner: Caller) -> None:
    """With an Idempotency-Key a repeated DELETE gets the first answer (spec 50, section 4)."""
    nothing(204, put(owner, "k", "v"))
    headers = {"Idempotency-Key": unique_name()}
    nothing(204, owner.request("DELETE", key_path(owner.username, "k"), headers=headers))
    nothing(204, owner.request("DELETE", key_path(owner.username, "k"), headers=headers))
