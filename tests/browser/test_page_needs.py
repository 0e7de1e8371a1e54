"""What the page asks besides, and what it can read of refusals (spec 40, sections 9 and 10)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.visitor import NewVisitor, Place, Visitor, call

SOFT = {
    "names": "/api/edx_name_affirmation/v1/verified_name/history",
    "notifications": "/api/notifications/v2/configurations/",
    "certificates": "/api/certificates/v0/certificates/{}/",
    "enterprise": "/enterprise/api/v1/enterprise-learner/",
}


@pytest.fixture(scope="module")
def visitor(lasting_visitor: NewVisitor, place: Place) -> Visitor:
    """Somebody with the page on either kind of origin."""
    return lasting_visitor(place)


@pytest.fixture(scope="module")
def page(visitor: Visitor) -> Page:
    """The visitor's page, signed in and loaded."""
    return visitor.signed_in()


def test_what_is_asked_besides(page: Page) -> None:
    """Time zones, those of one country, the providers and the list of countries (spec 40, section 9)."""
    everywhere = {each["time_zone"] for each in call(page, "timeZones").body}
    assert everywhere >= {"Asia/Tokyo", "Europe/Stockholm"}
    assert ["Asia/Tokyo"] == [each["time_zone"] for each in call(page, "timeZones", "jp").body]
    assert everywhere == {each["time_zone"] for each in call(page, "timeZones", "").body}
    assert (200, []) == call(page, "providers")
    (country,) = [each for each in call(page, "registration").body["fields"] if each["name"] == "country"]
    assert {"value": "SE", "name": "Sweden"} in country["options"]


def test_the_language(visitor: Visitor, page: Page) -> None:
    """The language is kept in a cookie; one that there is not changes nothing (spec 40, section 9)."""
    assert (204, "") == call(page, "setLanguage", "sv")
    assert "sv" == visitor.cookies()["openedx-language-preference"]["value"]
    assert (204, "") == call(page, "setLanguage", "not a language")
    assert "sv" == visitor.cookies()["openedx-language-preference"]["value"]


def test_tracking(page: Page) -> None:
    """Events of the page are taken and dropped (spec 40, section 9)."""
    assert (204, "") == call(page, "track", "edx.user.settings.viewed", {"page": "account"})


def test_refusals_can_be_read(visitor: Visitor, page: Page) -> None:
    """The page reads what is wrong: of a field, of a preference, of a write without its CSRF token."""
    account, preferences = visitor.account.path, f"/api/user/v1/preferences/{visitor.account.username}"
    visitor.expects(f"400 {account}", f"400 {preferences}", f"403 {account}")
    status, body = call(page, "patchAccount", {"bio": "x" * 301, "gender": "?"})
    assert (400, {"bio", "gender"}) == (status, set(body["field_errors"]))
    status, body = call(page, "patchPreferences", {"time_zone": "Nowhere/Land"})
    assert (400, {"time_zone"}) == (status, set(body["field_errors"]))
    headers = {"Content-Type": "application/merge-patch+json"}
    status, body = call(page, "send", "PATCH", account, {"headers": headers, "body": '{"name": "Forged"}'})
    assert (403, {"detail"}) == (status, set(body))
    assert "Some Body" == visitor.account.account()["name"]


def test_what_may_be_missing(visitor: Visitor, page: Page) -> None:
    """What is not served is a 404 that the page can read as JSON (spec 40, section 10)."""
    for name, path in SOFT.items():
        visitor.expects(f"404 {path.format(visitor.account.username)}")
        status, body = call(page, "soft", name)
        assert (404, dict) == (status, type(body)), name
