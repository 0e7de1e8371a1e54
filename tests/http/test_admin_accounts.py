"""Provisioning accounts as a superuser."""

from __future__ import annotations

import pytest

from tests.http import expectations as expect
from tests.http import tokens
from tests.http.service_client import (
    ADMIN_ACCOUNTS,
    ME,
    Caller,
    Service,
    new_password,
    unique_email,
    unique_name,
)

PERMISSIONS = ["can_retire_user", "can_deactivate_user", "can_cancel_retirement", "can_replace_username"]


def body() -> dict[str, str]:
    """Return an acceptable body of unique values."""
    name = unique_name("adm")
    return {"username": name, "email": f"{name}@example.com", "name": "Ad Min", "password": new_password()}


def test_answer_is_the_full_account(service: Service) -> None:
    """201 with the full account, active by default (spec 00, creating accounts)."""
    fields = body()
    response = service.provision(**fields)
    expect.status(201, response)
    account = response.json()
    assert expect.ADMIN == set(account)
    assert (fields["username"], fields["email"], fields["name"]) == (
        account["username"],
        account["email"],
        account["name"],
    )
    assert account["is_active"] is True
    assert fields["password"] not in response.text


def test_the_account_can_log_in(service: Service) -> None:
    """The password given works (spec 00, creating accounts)."""
    caller = service.new_account()
    assert {"username": caller.username} == caller.get(ME).json()


def test_no_mail_is_needed(service: Service) -> None:
    """An account that is made active has no activation link in its mail."""
    caller = service.new_account()
    assert [] == [link for mail in service.outbox(caller.email) for link in mail["links"] if "activate" in link]


def test_inactive_on_demand(service: Service) -> None:
    """`is_active` false makes an inactive account, which can log in (spec 00, tokens)."""
    assert service.new_account(is_active=False).account()["is_active"] is False


def test_without_a_password_nobody_can_log_in(service: Service) -> None:
    """The password is optional; without one no password fits (spec 00, creating accounts)."""
    response = service.provision()
    expect.status(201, response)
    for password in ("", "None", "null", "local-Passw0rd"):
        assert service.password_grant(response.json()["username"], password).status_code in (400, 401)


def test_last_login_is_null_before_the_first(service: Service, staff: Caller) -> None:
    """`last_login` is null = never, and a time after a login (spec 10, section 5.2)."""
    fields = body()
    created = service.provision(**fields).json()
    assert created["last_login"] is None
    assert staff.account(fields["username"])["last_login"] is None


@pytest.mark.parametrize(("is_staff", "is_superuser"), [(True, False), (False, True), (True, True)])
def test_flags(service: Service, is_staff: bool, is_superuser: bool) -> None:
    """`is_staff` and `is_superuser` are in force at the first login (spec 00, creating accounts)."""
    caller = service.new_account(is_staff=is_staff, is_superuser=is_superuser)
    claims = tokens.claims(caller.token or "")
    assert (is_staff, is_superuser) == (claims["administrator"], claims["superuser"])


def test_permissions_are_accepted(service: Service) -> None:
    """The four permissions are accepted (spec 00, creating accounts)."""
    expect.status(201, service.provision(permissions=PERMISSIONS))


def test_an_unknown_permission_is_refused(service: Service) -> None:
    """A permission that does not exist is a fault with its key (spec 00, creating accounts)."""
    response = service.provision(permissions=["can_fly"])
    assert "permissions" in expect.refused_registration(response)


def test_profile(service: Service) -> None:
    """Any profile field may be given (spec 00, creating accounts)."""
    profile = {
        "year_of_birth": 1985,
        "gender": "f",
        "country": "US",
        "state": "MA",
        "bio": "hello",
        "goals": "goals",
        "mailing_address": "1 Street",
        "level_of_education": "p",
        "phone_number": "+1 (800) 555-5555",
        "language_proficiencies": [{"code": "sv"}, {"code": "en"}],
        "social_links": [{"platform": "x", "social_link": "somebody"}],
    }
    response = service.provision(profile=profile)
    expect.status(201, response)
    seen = response.json()
    assert {
        **profile,
        "phone_number": "+18005555555",
        "language_proficiencies": [{"code": "en"}, {"code": "sv"}],
        "social_links": [{"platform": "x", "social_link": "https://www.x.com/somebody"}],
    } == {field: seen[field] for field in profile}


def test_profile_with_a_fault_makes_no_account(service: Service, staff: Caller) -> None:
    """A fault in the profile is a 400 and makes nothing; the name stays free."""
    fields = body()
    response = service.provision(**fields, profile={"bio": "x" * 301, "country": "ZZ"})
    expect.refused_registration(response)
    expect.status(404, staff.get(f"/api/user/v1/accounts/{fields['username']}"))
    expect.status(201, service.provision(**fields))


def test_preferences(service: Service, learner: Caller) -> None:
    """`preferences` are in force from the start (spec 00, creating accounts)."""
    caller = service.new_account(
        profile={"year_of_birth": 1990}, preferences={"account_privacy": "private", "pref-lang": "sv"}
    )
    assert "private" == caller.account()["account_privacy"]
    assert "sv" == caller.account()["language"]
    assert expect.PUBLIC == set(learner.account(caller.username))


def test_orgs_and_social_logins_are_kept_and_not_shown(service: Service, staff: Caller) -> None:
    """`orgs` and `social_logins` are taken and are in no view (spec 00; spec 10, section 5.1)."""
    fields = body()
    response = service.provision(
        **fields,
        orgs=["mb_coaching"],
        social_logins=[{"provider": "google-oauth2", "uid": "uid-of-it", "extra_data": {"k": 1}}],
    )
    expect.status(201, response)
    assert expect.ADMIN == set(response.json())
    assert "uid-of-it" not in staff.get(f"/api/user/v1/accounts/{fields['username']}").text


def test_ids_are_numbers_of_their_own(service: Service) -> None:
    """`id` is a whole number from 1 on, never the same twice (spec 10, section 5.2)."""
    numbers = [service.provision().json()["id"] for _ in range(5)]
    assert 5 == len(set(numbers))
    assert all(type(number) is int and number >= 1 for number in numbers)


def test_superusers_only(service: Service, staff: Caller, learner: Caller, bare_superuser: Caller) -> None:
    """Superusers only, staff or not; others 403, nobody 401 (spec 00; spec 10, section 2)."""
    fields = body()
    expect.unauthorized(service.anonymous.post(ADMIN_ACCOUNTS, json=fields))
    expect.status(403, learner.post(ADMIN_ACCOUNTS, json=fields))
    expect.status(403, staff.post(ADMIN_ACCOUNTS, json=fields))
    expect.status(201, bare_superuser.post(ADMIN_ACCOUNTS, json=fields))


@pytest.mark.parametrize("field", ["username", "email", "name"])
def test_required_fields(superuser: Caller, field: str) -> None:
    """Errors as for registration: a missing field has its key (spec 00, creating accounts)."""
    fields = body()
    del fields[field]
    assert field in expect.refused_registration(superuser.post(ADMIN_ACCOUNTS, json=fields))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "a"),
        ("username", "a" * 31),
        ("username", "a b"),
        ("username", "name_change"),
        ("email", "no-address"),
        ("email", "ab"),
        ("name", ""),
        ("name", "a<b>"),
        ("password", "short"),
        ("password", "x7!" * 26),
    ],
)
def test_refused_values(service: Service, field: str, value: str) -> None:
    """Errors as for registration: a malformed field has its key (spec 00, creating accounts)."""
    assert field in expect.refused_registration(service.provision(**{field: value}))


def test_taken_username_and_address(service: Service) -> None:
    """Errors as for registration: both taken fields have their key (spec 00, creating accounts)."""
    response = service.provision(username="learner", email="STAFF@example.com")
    assert {"username", "email"} <= set(expect.refused_registration(response))


def test_all_faults_at_once(service: Service) -> None:
    """Errors as for registration: all faults at once (spec 00, creating accounts)."""
    response = service.provision(username="a", email="b", name="<", password="c")
    assert {"username", "email", "name", "password"} <= set(expect.refused_registration(response))


@pytest.mark.parametrize("content", [b"[]", b'"a"', b"7", b"null", b"{", b"", b"\xff\xfe"])
def test_bad_json(superuser: Caller, content: bytes) -> None:
    """Malformed JSON, or JSON that is no object, is 400 with `detail` (spec 10, section 2)."""
    response = superuser.post(ADMIN_ACCOUNTS, content=content, headers={"Content-Type": "application/json"})
    expect.detail(400, response)


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "text/html"])
def test_other_content_types(superuser: Caller, content_type: str) -> None:
    """A content type other than JSON is 415 (spec 00, creating accounts; spec 10, section 2)."""
    response = superuser.post(ADMIN_ACCOUNTS, content=b"{}", headers={"Content-Type": content_type})
    expect.detail(415, response)


def test_an_email_address_of_the_new_account_works_for_login(service: Service) -> None:
    """The address given works in the password grant (spec 00, tokens)."""
    password, email = new_password(), unique_email()
    expect.status(201, service.provision(email=email, password=password))
    expect.status(200, service.password_grant(email, password))
