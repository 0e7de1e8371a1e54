"""The page's settings: each kind of field is saved, and there after a reload (spec 10)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.visitor import NewVisitor, Place, Visitor, call, ready, shown
from tests.http.service_client import Service

FIELDS: dict[str, Any] = {
    "name": "Zoë Ångström",
    "gender": "f",
    "year_of_birth": 1985,
    "level_of_education": "m",
    "country": "US",
    "state": "WA",
    "goals": "to learn\nand to teach",
    "mailing_address": "1 Long Road\nSeattle",
    "phone_number": "+18005555555",
    "bio": "I like 🦉 & <b>“quotes”</b>.",
    "language_proficiencies": [{"code": "sv"}],
    "social_links": [{"platform": "linkedin", "social_link": "https://www.linkedin.com/in/zoe"}],
    "extended_profile": [{"field_name": "favorite_beatle", "field_value": "Ringo"}],
    "account_privacy": "private",
}
"""One value for each kind of field that the account page saves."""

PREFERENCES = {
    "time_zone": "Asia/Tokyo",
    "pref-lang": "sv",
    "account_privacy": "custom",
    "visibility.bio": "all_users",
    "visibility.name": "private",
}


@pytest.fixture
def visitor(new_visitor: NewVisitor, place: Place) -> Visitor:
    """Somebody with the page on either kind of origin."""
    return new_visitor(place)


@pytest.fixture
def page(visitor: Visitor) -> Page:
    """The visitor's page, signed in and loaded."""
    return visitor.signed_in()


def reloaded(page: Page) -> Page:
    """Reload the page, and wait until it has loaded everything."""
    page.reload()
    ready(page)
    return page


def as_text(value: Any) -> str:
    """Return a value as the page shows it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def test_fields_at_once(visitor: Visitor, page: Page) -> None:
    """All fields in one PATCH: the answer is the new account, and a reload shows the same."""
    answer = call(page, "patchAccount", FIELDS)
    assert 200 == answer.status
    assert FIELDS == {name: answer.body[name] for name in FIELDS}
    reloaded(page)
    assert {name: as_text(value) for name, value in FIELDS.items()} == {name: shown(page, name) for name in FIELDS}
    assert FIELDS == {name: visitor.account.account()[name] for name in FIELDS}


def test_fields_one_by_one(page: Page) -> None:
    """Each field alone, as the page saves them, and cleared again where it can be."""
    for name, value in FIELDS.items():
        assert 200 == call(page, "patchAccount", {name: value}).status, name
    reloaded(page)
    assert {name: as_text(value) for name, value in FIELDS.items()} == {name: shown(page, name) for name in FIELDS}

    for name in ("gender", "level_of_education", "country", "phone_number", "bio"):
        assert 200 == call(page, "patchAccount", {name: ""}).status, name
    for name, value in {"language_proficiencies": [], "year_of_birth": None}.items():
        assert 200 == call(page, "patchAccount", {name: value}).status, name
    account = call(page, "account").body
    assert {None} == {account[name] for name in ("gender", "country", "state", "phone_number", "bio", "year_of_birth")}
    assert [] == account["language_proficiencies"]


def test_preferences(page: Page) -> None:
    """Preferences are saved without an answer's body, and shown after a reload."""
    assert (204, "") == call(page, "patchPreferences", PREFERENCES)
    reloaded(page)
    assert PREFERENCES == {name: shown(page, name) for name in PREFERENCES}
    assert (204, "") == call(page, "patchPreferences", {"time_zone": None})
    assert "time_zone" not in call(page, "preferences").body


def test_a_new_name(visitor: Visitor, page: Page, service: Service) -> None:
    """A requested name is shown as pending until somebody approves of it (spec 10, section 8)."""
    assert (201, "") == call(page, "requestName", "Another Name")
    reloaded(page)
    assert ("Some Body", "Another Name") == (shown(page, "name"), shown(page, "pending_name_change"))
    approval = f"/api/user/v1/accounts/name_change/{visitor.account.username}/confirm"
    assert 204 == service.seed("staff").post(approval).status_code
    reloaded(page)
    assert ("Another Name", "null") == (shown(page, "name"), shown(page, "pending_name_change"))
    assert "Another Name" == page.evaluate("pages.claims()")["name"]
