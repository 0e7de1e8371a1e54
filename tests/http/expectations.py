"""What answers of the contract look like, in one place."""

from __future__ import annotations

from typing import Any

import httpx

PUBLIC = frozenset({"account_privacy", "profile_image", "username"})
SHARED = PUBLIC | {
    "bio",
    "course_certificates",
    "country",
    "date_joined",
    "language_proficiencies",
    "level_of_education",
    "social_links",
    "time_zone",
}
CUSTOM = SHARED | {"name"}
ADMIN = CUSTOM | {
    "email",
    "extended_profile",
    "gender",
    "goals",
    "id",
    "is_active",
    "language",
    "last_login",
    "mailing_address",
    "pending_name_change",
    "phone_number",
    "requires_parental_consent",
    "secondary_email",
    "secondary_email_enabled",
    "state",
    "verified_name",
    "year_of_birth",
}


def status(expected: int, response: httpx.Response) -> None:
    """Fail with the body in sight unless the status is the expected one."""
    seen = response.status_code
    assert seen == expected, f"{expected} expected, {seen} seen: {response.text[:2000]}"


def detail(expected: int, response: httpx.Response) -> None:
    """Expect an error whose body says `detail` (spec 10, section 2)."""
    status(expected, response)
    assert isinstance(response.json()["detail"], str), response.text


def unauthorized(response: httpx.Response) -> None:
    """Expect the 401 of spec 10, section 2."""
    detail(401, response)
    assert response.headers["WWW-Authenticate"] == 'JWT realm="api"'


def field_errors(response: httpx.Response) -> set[str]:
    """Expect a refused PATCH; return the fields at fault."""
    status(400, response)
    faults: dict[str, Any] = response.json()["field_errors"]
    for fault in faults.values():
        assert isinstance(fault["developer_message"], str), response.text
        assert isinstance(fault["user_message"], str), response.text
    return set(faults)


def refused_on_storing(field: str, response: httpx.Response) -> None:
    """Expect a 400 in the storing shape, or under the field (spec 10, sections 2 and 7)."""
    status(400, response)
    body = response.json()
    if "field_errors" in body:
        assert field_errors(response) == {field}
        return
    assert isinstance(body["developer_message"], str), response.text
    assert isinstance(body["user_message"], str | None), response.text


def refused_registration(response: httpx.Response) -> dict[str, Any]:
    """Expect a refused registration; return the body, which has a key for each field at fault."""
    assert response.status_code in (400, 409), f"{response.status_code}: {response.text[:2000]}"
    body: dict[str, Any] = response.json()
    return body


def oauth_error(response: httpx.Response, *codes: str) -> None:
    """Expect an error of RFC 6749, section 5.2 (spec 00, tokens)."""
    assert response.status_code in (400, 401), response.text
    assert response.json()["error"] in codes, response.text
