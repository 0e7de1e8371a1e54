"""A new address, asked for on the page and confirmed by the mailed link in the browser (spec 10, section 9)."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.visitor import Visitor, call, ready, shown
from tests.http.address_changes import EMAIL_LINK, SECONDARY_LINK, links
from tests.http.service_client import Service, unique_email


def test_a_new_address(visitor: Visitor, service: Service) -> None:
    """The address changes when the link is opened; the page and its token then show the new one."""
    page, wanted = visitor.signed_in(), unique_email("new")
    answer = call(page, "changeEmail", wanted)
    assert (200, visitor.account.email) == (answer.status, answer.body["email"])

    (link,) = links(service, wanted, EMAIL_LINK)
    confirmation = visitor.tab(link)
    expect(confirmation.get_by_role("heading")).not_to_be_empty()
    page.reload()
    ready(page)
    assert wanted == shown(page, "email")
    assert wanted == page.evaluate("pages.claims()")["email"]


def test_the_link_works_once(visitor: Visitor, service: Service) -> None:
    """A used link is a page that says so, and changes nothing."""
    page, wanted = visitor.signed_in(), unique_email("new")
    assert 200 == call(page, "changeEmail", wanted).status
    (link,) = links(service, wanted, EMAIL_LINK)
    confirmation = visitor.tab(link)
    visitor.expects(f"404 {link.removeprefix(service.url)}")
    confirmation.reload()
    expect(confirmation.get_by_role("heading")).not_to_be_empty()
    assert wanted == call(page, "account").body["email"]


def test_a_recovery_address(visitor: Visitor, service: Service) -> None:
    """A recovery address is shown at once, and confirmed by its own link."""
    page, wanted = visitor.signed_in(), unique_email("second")
    answer = call(page, "patchAccount", {"secondary_email": wanted})
    assert (200, wanted) == (answer.status, answer.body["secondary_email"])
    (link,) = links(service, wanted, SECONDARY_LINK)
    expect(visitor.tab(link).get_by_role("heading")).not_to_be_empty()
    page.reload()
    ready(page)
    assert wanted == shown(page, "secondary_email")
