"""Signing in by the service's own form (spec 40, sections 1 to 3)."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import SIGN_IN_REFUSED, NewVisitor, Place, Visitor, ready, shown, sign_in
from tests.http.service_client import Service

READABLE = {"edx-jwt-cookie-header-payload", "csrftoken"}
PLANTED_SCRIPT = """() => {
    const script = document.createElement("script");
    script.textContent = "window.ran = true";
    document.body.append(script);
}"""
MARKUP = '"><script>window.ran = true</script>'


def test_by_keyboard(new_visitor: NewVisitor, place: Place) -> None:
    """Without a session the page leads to the form; the form, filled in by keyboard, leads back to the page."""
    visitor = new_visitor(place)
    page = visitor.at_login()
    sign_in(page, visitor.account.username, visitor.account.password)
    ready(page)
    assert place.page == page.url
    assert visitor.account.username == shown(page, "username")
    assert visitor.account.email == shown(page, "email")


def test_back_to_the_very_address(visitor: Visitor, elsewhere: Place) -> None:
    """The form leads back to the address with its query, whatever is in it."""
    visitor.expects(SIGN_IN_REFUSED)
    address = f"{elsewhere.page}?tab=name&next=/%C3%A4%20b%26c%3Fd&x=%22%3E%3Cb%3E"
    page = visitor.tab(address)
    page.wait_for_url(f"{elsewhere.service}/login?next=*")
    sign_in(page, visitor.account.username, visitor.account.password)
    ready(page)
    assert address == page.url


def test_by_address(visitor: Visitor) -> None:
    """The address will do as well as the username."""
    page = visitor.at_login()
    sign_in(page, visitor.account.email, visitor.account.password)
    ready(page)
    assert visitor.account.username == shown(page, "username")


def test_without_scripts(new_visitor: NewVisitor, elsewhere: Place) -> None:
    """The form needs no scripts: a browser that runs none signs in and is sent on."""
    visitor = new_visitor(scripts=False)
    page = visitor.tab(f"{elsewhere.service}/login?next={elsewhere.page}quiet.html")
    page.get_by_label("Username").fill(visitor.account.username)
    page.get_by_label("Password").fill(visitor.account.password)
    page.get_by_role("button").click()
    page.wait_for_url(elsewhere.quiet_page)
    assert set(visitor.cookies()) >= READABLE


def test_a_wrong_password(visitor: Visitor) -> None:
    """A wrong password brings the form again, with a message, and no session; the right one works afterwards."""
    page = visitor.at_login()
    sign_in(page, visitor.account.username, "not-the-Passw0rd")
    expect(page.get_by_role("alert")).not_to_be_empty()
    assert {"csrftoken"} == set(visitor.cookies())
    sign_in(page, visitor.account.username, visitor.account.password)
    ready(page)


def test_an_account_that_is_not_active(new_visitor: NewVisitor, service: Service) -> None:
    """Who has not opened the activation link is told so, and has no session (spec 40, section 2)."""
    visitor = new_visitor(account=service.new_account(is_active=False))
    page = visitor.at_login()
    sign_in(page, visitor.account.username, visitor.account.password)
    expect(page.get_by_role("alert")).not_to_be_empty()
    assert {"csrftoken"} == set(visitor.cookies())


def test_what_was_typed_is_text(visitor: Visitor) -> None:
    """A name with markup comes back as text and runs nothing."""
    page = visitor.at_login()
    sign_in(page, MARKUP, "not-the-Passw0rd")
    expect(page.get_by_role("alert")).not_to_be_empty()
    assert MARKUP == page.get_by_label("Username").input_value()
    assert None is page.evaluate("window.ran")


def test_sent_on_to_the_other_name(visitor: Visitor, elsewhere: Place, service: Service) -> None:
    """The address that mails lead to is the service's own too, though the browser calls it by another name."""
    target = f"{service.url}/api-docs"
    page = visitor.tab(f"{elsewhere.service}/login?next={target}")
    sign_in(page, visitor.account.username, visitor.account.password)
    page.wait_for_url(target)


@pytest.mark.parametrize(
    "target",
    ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example", "javascript:window.ran=true"],
)
def test_nobody_is_sent_elsewhere(visitor: Visitor, elsewhere: Place, target: str) -> None:
    """An address that the service does not know is not followed (spec 40, section 2)."""
    asked: list[str] = []
    visitor.context.on("request", lambda request: asked.append(request.url))
    page = visitor.context.new_page()
    page.goto(elsewhere.service + "/login?next=" + target)
    sign_in(page, visitor.account.username, visitor.account.password)
    assert page.url.startswith(f"{elsewhere.service}/")
    assert [] == [url for url in asked if not url.startswith(f"{elsewhere.service}/")]
    assert set(visitor.cookies()) >= READABLE


def test_the_cookies(visitor: Visitor, elsewhere: Place) -> None:
    """Scripts see the readable half of the token, and neither its signature nor the refresh cookie (section 3)."""
    page = visitor.at_login()
    sign_in(page, visitor.account.username, visitor.account.password)
    ready(page)
    cookies = visitor.cookies()
    hidden = {name for name, each in cookies.items() if each["httpOnly"]}
    assert "edx-jwt-cookie-signature" in hidden
    assert READABLE == set(cookies) - hidden
    assert 2 == len(hidden)
    assert {("Lax", "/", False)} == {(each["sameSite"], each["path"], each["secure"]) for each in cookies.values()}

    seen = page.evaluate("document.cookie")
    assert READABLE == {each.partition("=")[0] for each in seen.split("; ")}
    assert [] == [name for name in hidden if cookies[name]["value"] in seen]


def test_the_token_speaks_of_the_account(visitor: Visitor) -> None:
    """The page reads from the cookie whose it is (spec 00, tokens)."""
    page = visitor.signed_in()
    claims = page.evaluate("pages.claims()")
    assert visitor.account.username == claims["preferred_username"]
    assert visitor.account.email == claims["email"]
    assert "Some Body" == claims["name"]


def test_inline_scripts_do_not_run(visitor: Visitor) -> None:
    """The form's page has no script, and its policy would not run one (spec 40, section 8)."""
    page = visitor.at_login()
    assert 0 == page.locator("script").count()
    assert [SIGN_IN_REFUSED] == visitor.forgets()
    page.evaluate(PLANTED_SCRIPT)
    assert None is page.evaluate("window.ran")
    (complaint,) = visitor.forgets()
    assert "Content Security Policy" in complaint
