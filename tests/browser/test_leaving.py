"""Deleting one's account on the page (spec 20, section 5)."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.visitor import SIGN_IN_REFUSED, NewVisitor, Place, Visitor, call, sign_in

DELETION = "/api/user/v1/accounts/deactivate_logout/"


def test_a_wrong_password(visitor: Visitor) -> None:
    """A wrong password is refused with a message that the page can read; the session goes on."""
    page = visitor.signed_in()
    visitor.expects(f"403 {DELETION}")
    status, body = call(page, "deleteAccount", "not-the-Passw0rd")
    assert (403, str) == (status, type(body))
    assert 200 == call(page, "account").status


def test_deleting_the_account(new_visitor: NewVisitor, place: Place) -> None:
    """The right password deletes it: no cookies are left, other tabs are 401, and signing in is refused."""
    visitor = new_visitor(place)
    page, quiet = visitor.signed_in(), visitor.quiet()
    assert (204, "") == call(page, "deleteAccount", visitor.account.password)
    assert {"csrftoken"} == set(visitor.cookies())
    visitor.expects(f"401 {visitor.account.path}")
    assert 401 == call(quiet, "send", "GET", visitor.account.path).status

    visitor.expects(SIGN_IN_REFUSED)
    page.evaluate("pages.logout()")
    page.wait_for_url(f"{place.service}/login?next=*")
    sign_in(page, visitor.account.username, visitor.account.password)
    expect(page.get_by_role("alert")).not_to_be_empty()
    assert {"csrftoken"} == set(visitor.cookies())


def test_other_browsers_are_logged_out(new_visitor: NewVisitor) -> None:
    """A second browser of the same account finds no session when it renews it."""
    visitor = new_visitor()
    other = new_visitor(account=visitor.account)
    page, others = visitor.signed_in(), other.signed_in()
    assert 204 == call(page, "deleteAccount", visitor.account.password).status
    others.reload()
    others.wait_for_url(f"{other.place.service}/login?next=*")
    other.expects(SIGN_IN_REFUSED)
