"""PATCH an account: content type, body, read-only fields, all or nothing (spec 10, section 6)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http import expectations as expect
from tests.http.service_client import Caller, Service, account_path, unique_name

READ_ONLY = [
    "username",
    "date_joined",
    "is_active",
    "password_toggle_history",
    "profile_image",
    "requires_parental_consent",
]


def unchanged_after(caller: Caller, fields: Any) -> set[str]:
    """PATCH something that is refused; return the fields at fault, having seen that nothing changed."""
    before, etag = caller.account(), caller.etag()
    faults = expect.field_errors(caller.patch(fields))
    assert before == caller.account()
    assert etag == caller.etag()
    return faults


# ------------------------------------------------------------------------------------------- content type


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json-patch+json",
        "text/plain;application/merge-patch+json",
        "application/merge-patch+jsonx",
        "application/merge-patch",
        "*/*",
        "",
    ],
)
def test_other_content_types(writer: Caller, content_type: str) -> None:
    """Anything but `application/merge-patch+json` is 415 (spec 10, section 6)."""
    expect.detail(415, writer.patch_bytes(b'{"goals": "415"}', content_type=content_type))
    assert "415" != writer.account()["goals"]


def test_no_content_type(writer: Caller) -> None:
    """No content type is 415 (spec 10, section 6)."""
    expect.detail(415, writer.request("PATCH", writer.path, content=b'{"goals": "none"}'))


def test_a_charset_parameter(writer: Caller) -> None:
    """A parameter such as charset may be ignored (spec 10, section 6)."""
    response = writer.patch_bytes(b"{}", content_type="application/merge-patch+json; charset=utf-8")
    assert response.status_code in (200, 415)


# --------------------------------------------------------------------------------------------------- body


@pytest.mark.parametrize("body", [b"[]", b'["bio"]', b'"bio"', b"5", b"true", b"null"])
def test_other_json_than_an_object(writer: Caller, body: bytes) -> None:
    """JSON of the wrong outer type is 400 with `detail` (spec 10, section 2)."""
    expect.detail(400, writer.patch_bytes(body))


@pytest.mark.parametrize(
    "body", [b"", b" ", b"{", b'{"bio": }', b'{"bio": "a"} x', b"{'bio': 'a'}", b'{"bio": "a",}', b"bio=a"]
)
def test_malformed_json(writer: Caller, body: bytes) -> None:
    """Malformed JSON is 400 with `detail` (spec 10, section 2)."""
    expect.detail(400, writer.patch_bytes(body))


def test_an_empty_object(writer: Caller) -> None:
    """`{}` is 200 and nothing changes (spec 10, section 6)."""
    before, etag = writer.account(), writer.etag()
    response = writer.patch({})
    expect.status(200, response)
    assert before == response.json() == writer.account()
    assert etag == writer.etag()


def test_absent_fields_stay(writer: Caller) -> None:
    """A field absent is unchanged (spec 10, section 6)."""
    writer.patch({"bio": "stays", "goals": "stays"})
    expect.status(200, writer.patch({"gender": "o"}))
    account = writer.account()
    assert ("stays", "stays", "o") == (account["bio"], account["goals"], account["gender"])


@pytest.mark.parametrize(
    "fields",
    [
        {"id": 1},
        {"last_login": "2001-01-01T00:00:00Z"},
        {"is_staff": True},
        {"is_superuser": True},
        {"verified_name": "Somebody Else"},
        {"pending_name_change": "Somebody Else"},
        {"time_zone": "Asia/Tokyo"},
        {"course_certificates": [1]},
        {"secondary_email_enabled": False},
        {"language": "sv"},
        {"no_such_field": "x"},
        {"password": "new-Passw0rd!"},
        {"": 1},
        {"__proto__": {"is_staff": True}},
        {"permissions": ["can_retire_user"]},
    ],
)
def test_unknown_and_not_offered_fields(writer: Caller, fields: dict[str, Any]) -> None:
    """An unknown field, or one not offered, is ignored with 200 (spec 10, section 6)."""
    before = writer.account()
    response = writer.patch(fields)
    expect.status(200, response)
    assert before == response.json() == writer.account()


def test_unknown_fields_do_not_stop_others(writer: Caller) -> None:
    """An unknown field beside a good one: the good one is stored (spec 10, section 6)."""
    expect.status(200, writer.patch({"no_such_field": [1], "goals": "stored"}))
    assert "stored" == writer.account()["goals"]


# ---------------------------------------------------------------------------------------------- read-only


@pytest.mark.parametrize("field", READ_ONLY)
@pytest.mark.parametrize("value", ["x", None, "", 5, True, {}, []])
def test_read_only_fields(writer: Caller, field: str, value: object) -> None:
    """A read-only field is 400 with that field, whatever the value (spec 10, section 6)."""
    assert {field} == unchanged_after(writer, {field: value})


@pytest.mark.parametrize("field", [name for name in READ_ONLY if name != "password_toggle_history"])
def test_read_only_fields_as_they_are(writer: Caller, field: str) -> None:
    """A read-only field is refused also with its present value (spec 10, section 6)."""
    assert {field} == unchanged_after(writer, {field: writer.account()[field]})


def test_a_read_only_field_stops_others(writer: Caller) -> None:
    """With a read-only field nothing is stored (spec 10, section 6)."""
    assert "username" in unchanged_after(writer, {"username": "x", "bio": "must not be stored"})


@pytest.mark.parametrize("field", ["name", "language_proficiencies", "social_links"])
def test_null_where_nothing_may_be_null(writer: Caller, field: str) -> None:
    """null for a field that is not nullable is 400 (spec 10, section 6)."""
    assert {field} == unchanged_after(writer, {field: None})


# ----------------------------------------------------------------------------------------- all or nothing


def test_all_faults_are_reported_together(writer: Caller) -> None:
    """All faults at once, one entry a field (spec 10, section 2)."""
    faults = unchanged_after(
        writer,
        {
            "name": "",
            "gender": "x",
            "year_of_birth": "never",
            "level_of_education": "x",
            "country": "ZZ",
            "state": "ZZ",
            "goals": [],
            "mailing_address": True,
            "city": {},
            "bio": "x" * 301,
            "phone_number": False,
            "language_proficiencies": "en",
            "social_links": "x",
            "account_privacy": "nobody",
            "extended_profile": "x",
        },
    )
    assert {
        "name",
        "gender",
        "year_of_birth",
        "level_of_education",
        "country",
        "state",
        "goals",
        "mailing_address",
        "city",
        "bio",
        "phone_number",
        "language_proficiencies",
        "social_links",
        "account_privacy",
        "extended_profile",
    } == faults


def test_one_fault_stops_everything(writer: Caller) -> None:
    """Any fault means no change at all (spec 10, section 6)."""
    fields = {
        "bio": "must not be stored",
        "goals": "must not be stored",
        "language_proficiencies": [{"code": "sv"}],
        "account_privacy": "private",
        "social_links": [{"platform": "x", "social_link": "nobody_at_all"}],
        "extended_profile": [{"field_name": "favorite_beatle", "field_value": "nobody"}],
        "country": "ZZ",
    }
    assert {"country"} == unchanged_after(writer, fields)


def test_a_fault_in_one_item_of_a_list_stops_the_list(writer: Caller) -> None:
    """One bad language, or one bad link, and none is stored (spec 10, sections 6 and 7)."""
    assert {"language_proficiencies"} == unchanged_after(
        writer, {"language_proficiencies": [{"code": "sv"}, {"code": "??"}]}
    )
    links = [
        {"platform": "x", "social_link": "somebody_good"},
        {"platform": "facebook", "social_link": "https://elsewhere.example/a/b"},
    ]
    assert {"social_links"} == unchanged_after(writer, {"social_links": links})


# ------------------------------------------------------------------------------------------------ success


@pytest.mark.parametrize("view", ["", "?view=shared", "?view=full"])
def test_the_answer_is_the_full_account(writer: Caller, view: str) -> None:
    """Success is 200 with the ADMIN view, `?view=shared` or not (spec 10, section 6)."""
    response = writer.patch({"goals": f"view {view}"}, path=writer.path + view)
    expect.status(200, response)
    assert expect.ADMIN == set(response.json())
    assert writer.account() == response.json()


def test_an_inactive_owner_may_patch(service: Service) -> None:
    """Inactive owners may PATCH (spec 10, section 6)."""
    caller = service.new_account(is_active=False)
    assert "written" == caller.patch({"goals": "written"}).json()["goals"]


def test_a_patch_sends_no_mail(service: Service, writer: Caller) -> None:
    """A PATCH without an address sends no mail (spec 10, section 6)."""
    before = service.outbox(writer.email)
    writer.patch({"bio": "no mail"})
    assert before == service.outbox(writer.email)


# ------------------------------------------------------------------------------------------------- others


def test_strangers_are_told_nothing(learner: Caller, writer: Caller) -> None:
    """A stranger's PATCH is 404 for existing and missing usernames alike (spec 10, D1)."""
    existing = learner.patch({"bio": "x"}, path=writer.path)
    missing = learner.patch({"bio": "x"}, path=account_path(unique_name()))
    assert (404, 404) == (existing.status_code, missing.status_code)
    assert existing.content == missing.content


def test_a_superuser_who_is_not_staff_is_a_stranger(bare_superuser: Caller, writer: Caller) -> None:
    """A caller who is not staff gets 404, superuser or not (spec 10, D1)."""
    expect.status(404, bare_superuser.patch({"bio": "x"}, path=writer.path))


def test_staff_may_not_patch_others(staff: Caller, writer: Caller) -> None:
    """Staff's PATCH of another's account is 403, 404 if there is no such user (spec 10, D2)."""
    before = writer.account()
    expect.status(403, staff.patch({"bio": "x"}, path=writer.path))
    expect.status(404, staff.patch({"bio": "x"}, path=account_path(unique_name())))
    assert before == writer.account()


def test_nobody_may_not_patch(anonymous: Caller, writer: Caller) -> None:
    """No token: 401 (spec 10, section 2)."""
    expect.unauthorized(anonymous.patch({"bio": "x"}, path=writer.path))
