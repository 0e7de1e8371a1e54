"""A new password by the mailed link, in the real form (spec 40, section 7)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visitor import SIGN_IN_REFUSED, NewVisitor, Place, Visitor, call, fill_in, ready, shown, sign_in
from tests.http.address_changes import links
from tests.http.service_client import Service, new_password

RESET_LINK = "/password_reset_confirm/"
COMPLETE = "**/password_reset_complete/"


@pytest.fixture
def page(visitor: Visitor) -> Page:
    """The visitor's page, signed in and loaded."""
    return visitor.signed_in()


def reset_link(page: Page, visitor: Visitor, service: Service) -> str:
    """Ask for a reset on the page; return the link that was mailed."""
    answer = call(page, "resetPassword", visitor.account.email)
    assert (200, True) == (answer.status, answer.body["success"])
    return links(service, visitor.account.email, RESET_LINK)[-1]


def choose(form: Page, password: str, again: str | None = None) -> None:
    """Fill in the form of the link."""
    fill_in(form, new_password1=password, new_password2=password if again is None else again)


def test_a_new_password(page: Page, visitor: Visitor, service: Service, elsewhere: Place) -> None:
    """The form sets the password and ends the sessions; the old password is refused then, the new one signs in."""
    wanted = new_password()
    form = visitor.tab(reset_link(page, visitor, service))
    choose(form, wanted)
    form.wait_for_url(COMPLETE)
    expect(form.get_by_role("heading")).not_to_be_empty()

    page.reload()
    page.wait_for_url(f"{elsewhere.service}/login?next=*")
    visitor.expects(SIGN_IN_REFUSED)
    sign_in(page, visitor.account.username, visitor.account.password)
    expect(page.get_by_role("alert")).not_to_be_empty()
    sign_in(page, visitor.account.username, wanted)
    ready(page)
    assert visitor.account.username == shown(page, "username")


def test_faults_are_told(page: Page, visitor: Visitor, service: Service) -> None:
    """Two that differ, and one that is too short, bring the form again with a message; the link stays good."""
    wanted = new_password()
    form = visitor.tab(reset_link(page, visitor, service))
    for password, again in ((wanted, f"{wanted}x"), ("short", "short")):
        choose(form, password, again)
        expect(form.get_by_role("alert")).not_to_be_empty()
        assert ["", ""] == [each.input_value() for each in form.locator("input[type=password]").all()]
    choose(form, wanted)
    form.wait_for_url(COMPLETE)


def test_a_used_link(page: Page, visitor: Visitor, service: Service) -> None:
    """A used link offers no form."""
    link = reset_link(page, visitor, service)
    form = visitor.tab(link)
    choose(form, new_password())
    form.wait_for_url(COMPLETE)
    visitor.expects(f"404 {link.removeprefix(service.url)}")
    form.goto(link)
    expect(form.get_by_role("heading")).not_to_be_empty()
    assert 0 == form.locator("input[type=password]").count()


def test_without_scripts_or_traces(page: Page, visitor: Visitor, service: Service) -> None:
    """The form has no script, and tells nobody the address with the token in it (spec 40, sections 7 and 8)."""
    form = visitor.tab(reset_link(page, visitor, service))
    assert 0 == form.locator("script").count()
    with form.expect_request(COMPLETE) as request:
        choose(form, new_password())
    form.wait_for_url(COMPLETE)
    assert None is request.value.header_value("referer")


def test_a_browser_that_runs_no_scripts(
    page: Page, visitor: Visitor, service: Service, new_visitor: NewVisitor
) -> None:
    """The form works in another browser, which has never been here and runs no scripts."""
    wanted = new_password()
    link = reset_link(page, visitor, service)
    other = new_visitor(account=visitor.account, scripts=False)
    form = other.tab(link)
    form.get_by_label("New password").fill(wanted)
    form.get_by_label("again").fill(wanted)
    form.get_by_role("button").click()
    form.wait_for_url(COMPLETE)
    assert 200 == service.password_grant(visitor.account.username, wanted).status_code
