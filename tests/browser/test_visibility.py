"""Who sees what, chosen on the page and seen by somebody else's page (spec 10, section 5)."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from tests.browser.visitor import NewVisitor, Visitor, call

BIO = "I keep owls."
PUBLIC = {"account_privacy", "profile_image", "username"}


def seen(page: Page, visitor: Visitor) -> dict[str, Any]:
    """Return somebody's account as another one's page gets it."""
    answer = call(page, "account", visitor.account.username)
    assert 200 == answer.status
    fields: dict[str, Any] = answer.body
    return fields


def test_seen_by_another(new_visitor: NewVisitor) -> None:
    """Each change of visibility is seen by a second account at once."""
    visitor, other = new_visitor(), new_visitor()
    own, others = visitor.signed_in(), other.signed_in()
    assert 200 == call(own, "patchAccount", {"bio": BIO}).status
    assert BIO == seen(others, visitor)["bio"]

    assert 204 == call(own, "patchPreferences", {"account_privacy": "private"}).status
    assert set(seen(others, visitor)) == PUBLIC

    chosen = {"account_privacy": "custom", "visibility.name": "all_users", "visibility.bio": "private"}
    assert 204 == call(own, "patchPreferences", chosen).status
    assert PUBLIC | {"name"} == set(seen(others, visitor))
    assert "Some Body" == seen(others, visitor)["name"]

    assert 204 == call(own, "patchPreferences", {"visibility.bio": "all_users"}).status
    assert BIO == seen(others, visitor)["bio"]
    assert BIO == call(own, "account").body["bio"]


def test_not_written_by_another(new_visitor: NewVisitor) -> None:
    """A second account can neither write the first one nor read its preferences (spec 10, sections 1 and 10)."""
    visitor, other = new_visitor(), new_visitor()
    page = other.signed_in()
    preferences = f"/api/user/v1/preferences/{visitor.account.username}"
    other.expects(f"404 {visitor.account.path}", f"403 {preferences}")
    patch = {"headers": {"Content-Type": "application/merge-patch+json"}, "body": '{"bio": "mine now"}'}
    assert 404 == call(page, "ask", "PATCH", visitor.account.path, patch).status
    assert 403 == call(page, "ask", "GET", preferences).status
    assert None is visitor.account.account()["bio"]
