"""Sessions in the browser: two tabs, a token that ran out, logging out, the Back button (spec 40, sections 3 and 6)."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.visitor import SIGN_IN_REFUSED, NewVisitor, Place, Visitor, call, ready

TOKEN = ("edx-jwt-cookie-header-payload", "edx-jwt-cookie-signature")
BEGIN = "() => { window.answer = pages.refresh(); }"
END = "() => window.answer"
FROM_CACHE = """async ([address, headers]) => {
    const response = await fetch(address, { credentials: "include", cache: "force-cache", headers });
    return response.status;
}"""


def refused(visitor: Visitor, page: Page) -> None:
    """Expect that the page can ask nothing any more."""
    visitor.expects(f"401 {visitor.account.path}")
    assert 401 == call(page, "send", "GET", visitor.account.path).status


def logged_out(page: Page, visitor: Visitor) -> None:
    """Log out on the page; wait for where that leads: the page, which finds no session and leads to the form."""
    visitor.expects(SIGN_IN_REFUSED)
    page.evaluate("pages.logout()")
    page.wait_for_url(f"{visitor.place.service}/login?next=*")


def test_two_tabs_refresh_at_once(visitor: Visitor) -> None:
    """Two tabs renew the session at the same moment; both go on, and so does the session."""
    tabs = [visitor.signed_in(), visitor.tab(visitor.place.page)]
    ready(tabs[1])
    for _ in range(3):
        for tab in tabs:
            tab.evaluate(BEGIN)
        claims = [tab.evaluate(END) for tab in tabs]
        assert [visitor.account.username] * 2 == [each["preferred_username"] for each in claims]
        for tab in tabs:
            assert 200 == call(tab, "account").status
    for tab in tabs:
        tab.reload()
        ready(tab)
        assert 204 == call(tab, "patchPreferences", {"pref-lang": "sv"}).status


def test_a_token_that_ran_out(visitor: Visitor) -> None:
    """When the browser has dropped the token after its hour, the next request renews it first."""
    page = visitor.signed_in()
    for name in TOKEN:
        visitor.context.clear_cookies(name=name)
    assert None is page.evaluate("pages.claims()")
    assert 200 == call(page, "patchAccount", {"bio": "still here"}).status
    assert set(visitor.cookies()) >= set(TOKEN)


def test_half_a_token(visitor: Visitor) -> None:
    """The half that scripts can read opens nothing without the other one (spec 40, section 3)."""
    page = visitor.signed_in()
    visitor.context.clear_cookies(name="edx-jwt-cookie-signature")
    refused(visitor, page)


def test_cookies_without_the_header(visitor: Visitor) -> None:
    """Cookies alone, without USE-JWT-COOKIE, are nobody's (B9)."""
    page = visitor.signed_in()
    visitor.expects(f"401 {visitor.account.path}")
    asked = "path => fetch(path, { credentials: 'include' }).then(response => response.status)"
    assert 401 == page.evaluate(asked, visitor.place.service + visitor.account.path)


def test_logging_out(new_visitor: NewVisitor, place: Place) -> None:
    """Logging out leads back, without cookies; Back shows nothing of the account, and requests are 401."""
    visitor = new_visitor(place)
    page = visitor.signed_in()
    quiet = visitor.quiet()
    logged_out(page, visitor)
    assert {"csrftoken"} == set(visitor.cookies())
    refused(visitor, quiet)

    page.go_back(wait_until="commit")
    page.wait_for_url(f"{place.service}/login?next=*")
    assert visitor.account.email not in page.content()


def test_nothing_is_kept(visitor: Visitor) -> None:
    """After logging out not even the browser's own cache has the account (spec 40, section 8)."""
    page, quiet = visitor.signed_in(), visitor.quiet()
    address = visitor.place.service + visitor.account.path
    question = [address, {"USE-JWT-COOKIE": "true"}]
    assert 200 == quiet.evaluate(FROM_CACHE, question)
    logged_out(page, visitor)
    visitor.expects(f"401 {visitor.account.path}")
    assert 401 == quiet.evaluate(FROM_CACHE, question)


def test_stolen_cookies_are_dead(visitor: Visitor) -> None:
    """Cookies that somebody copied before are worth nothing after logging out (B5)."""
    page, quiet = visitor.signed_in(), visitor.quiet()
    stolen: Any = list(visitor.cookies().values())
    logged_out(page, visitor)
    visitor.context.add_cookies(stolen)
    refused(visitor, quiet)
    assert None is quiet.evaluate("pages.refresh()")


def test_other_browsers_stay(new_visitor: NewVisitor) -> None:
    """Logging out ends this browser's session alone (spec 40, section 6)."""
    visitor = new_visitor()
    other = new_visitor(account=visitor.account)
    page, others = visitor.signed_in(), other.signed_in()
    logged_out(page, visitor)
    others.reload()
    ready(others)


def test_ending_ones_other_sessions(new_visitor: NewVisitor) -> None:
    """The page lists the account's sessions and ends all but its own (spec 40, section 6)."""
    visitor = new_visitor()
    other = new_visitor(account=visitor.account)
    page, others = visitor.signed_in(), other.signed_in()
    sessions = f"{visitor.account.path}/sessions"
    found = call(page, "ask", "GET", sessions).body
    assert ["browser", "browser", "token"] == sorted(each["kind"] for each in found)
    assert 1 == sum(each["current"] for each in found)
    assert (204, "") == call(page, "ask", "DELETE", sessions)
    assert [True] == [each["current"] for each in call(page, "ask", "GET", sessions).body]
    refused(other, others)
    assert 200 == call(page, "account").status


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"])
def test_logging_out_leads_nowhere_else(visitor: Visitor, target: str) -> None:
    """An address that the service does not know is not followed (spec 40, section 3)."""
    visitor.signed_in()
    asked: list[str] = []
    visitor.context.on("request", lambda request: asked.append(request.url))
    page = visitor.tab(f"{visitor.place.service}/logout?redirect_url={target}")
    assert page.url.startswith(f"{visitor.place.service}/")
    assert [] == [url for url in asked if not url.startswith(f"{visitor.place.service}/")]
    assert set(TOKEN).isdisjoint(visitor.cookies())


def test_no_session_no_answer(visitor: Visitor) -> None:
    """A browser that never signed in gets a 401 that the page can read."""
    page = visitor.quiet()
    visitor.expects(SIGN_IN_REFUSED)
    assert None is page.evaluate("pages.refresh()")
    refused(visitor, page)
