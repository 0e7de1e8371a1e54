"""Forms in real life: by keyboard, sent twice, gone back to, without scripts, without a session."""

from __future__ import annotations

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.site.conftest import NewPerson
from tests.browser.site.looking import complaints
from tests.browser.site.person import Person
from tests.http.service_client import Caller, Service, new_password, unique_name
from tests.support.pictures import picture

ACCOUNT, BIO = "/my/account", "[name=bio]"
TABS = 60
FOCUSED = """() => {
    const each = document.activeElement, style = getComputedStyle(each);
    return {name: each.getAttribute("name"), tag: each.tagName, type: each.getAttribute("type"),
            action: each.form && each.form.getAttribute("action"),
            outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2}
}"""
SESSION = ("edx-jwt-cookie-header-payload", "edx-jwt-cookie-signature")


@pytest.fixture
def account(service: Service) -> Caller:
    """An adult with a new account."""
    return service.new_account(profile={"year_of_birth": 1990})


def history(account: Caller) -> list[str]:
    """The types of the account's events, as the API tells them."""
    answer = account.get(f"{account.path}/history")
    assert answer.is_success, answer.text
    return [event["type"] for event in answer.json()["results"]]


def reached(page: Page, action: str, name: str | None) -> None:
    """Go on with the tabulator to a field of a form, or to its button; whatever has the focus shows it."""
    for _ in range(TABS):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        assert focused["outlined"], focused
        wanted = focused["name"] == name if name else focused["tag"] == "BUTTON"
        if wanted and focused["action"] == action:
            return
    raise AssertionError(f"{name or 'the button'} of {action} is not reached by the tabulator")


def test_the_content_is_one_key_away(new_person: NewPerson, account: Caller) -> None:
    """The first thing that the keyboard reaches leads past all navigation."""
    page = new_person(account).open(ACCOUNT)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_signing_up_by_keyboard(new_person: NewPerson) -> None:
    """Tab, type, Enter: nobody needs a mouse, and sees at each step where they are."""
    page, name = new_person().open("/signup"), unique_name("keys")
    typed = {"username": name, "email": f"{name}@example.com", "name": "Key Board", "password": new_password()}
    for field, value in typed.items():
        reached(page, "/signup", field)
        page.keyboard.type(value)
    reached(page, "/signup", None)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mail")


def test_going_back_and_sending_again(new_person: NewPerson, account: Caller) -> None:
    """The back button and the same form again: saved once."""
    person = new_person(account)
    person.open(ACCOUNT)
    person.send(ACCOUNT, bio="Said once.")
    person.done(ACCOUNT)
    person.page.go_back()
    person.send(ACCOUNT, bio="Said once.")
    assert "Said once." == person.page.locator(BIO).input_value()
    assert 1 == history(account).count("ProfileUpdated")


def test_a_form_that_is_older_than_the_account(new_person: NewPerson, account: Caller) -> None:
    """What another window has saved is not overwritten unseen; what was typed stays, and counts if sent again."""
    person = new_person(account)
    person.open(ACCOUNT)
    assert account.patch({"bio": "From elsewhere."}).is_success
    person.send(ACCOUNT, bio="From here.")
    expect(person.page.get_by_role("alert")).to_contain_text("From elsewhere.")
    assert "From here." == person.page.locator(BIO).input_value()
    assert "From elsewhere." == account.account()["bio"]
    person.send(ACCOUNT)
    person.done(ACCOUNT)
    assert "From here." == account.account()["bio"]


def test_a_double_click(new_person: NewPerson, account: Caller) -> None:
    """Two clicks are one change."""
    person = new_person(account)
    person.open(ACCOUNT)
    person.fill(ACCOUNT, bio="Clicked twice.")
    with person.page.expect_navigation():
        person.form(ACCOUNT).locator("button[type=submit]").dblclick()
    person.done(ACCOUNT)
    assert 1 == history(account).count("ProfileUpdated")


def test_a_token_that_has_run_out(new_person: NewPerson, account: Caller) -> None:
    """The session goes on by its refresh cookie, and nobody notices; a form, too."""
    person = new_person(account)
    person.open(ACCOUNT)
    for name in SESSION:
        person.context.clear_cookies(name=name)
    person.send(ACCOUNT, bio="Still here.")
    person.done(ACCOUNT)
    assert set(SESSION) <= {cookie["name"] for cookie in person.context.cookies(person.url)}
    assert "Still here." == account.account()["bio"]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_session_that_is_dead(new_person: NewPerson, account: Caller, scripts: bool) -> None:
    """What was typed waits until somebody has signed in again in another tab, and is saved then."""
    person = new_person(account, scripts=scripts)
    person.open(ACCOUNT)
    ended = account.request("DELETE", f"{account.path}/sessions")
    assert ended.is_success, ended.text
    person.send(ACCOUNT, bio='Worth "keeping" <b>.')
    expect(person.page.get_by_role("heading", level=1)).to_have_text("Your session has ended")
    assert not scripts or [] == complaints(person.page)
    with person.context.expect_page() as opened:
        person.page.get_by_role("link", name="Sign in").click()
    tab = Person(person.context, person.service)
    tab.page = opened.value
    tab.send("/login", email_or_username=account.username, password=account.password)
    tab.page.close()
    person.send(ACCOUNT)
    person.done(ACCOUNT)
    assert 'Worth "keeping" <b>.' == person.page.locator(BIO).input_value()


def test_without_scripts(new_person: NewPerson) -> None:
    """Signing up, a fault on the way, and the profile need no scripts."""
    person, name = new_person(scripts=False), unique_name("plain")
    person.open("/signup")
    typed = {"username": name, "email": f"{name}@example.com", "name": "No Script", "year_of_birth": "1990"}
    person.send("/signup", **typed, password="short")
    assert name == person.page.locator("[name=username]").input_value()
    expect(person.page.locator("#password-fault")).not_to_be_empty()
    password = new_password()
    person.send("/signup", password=password)
    person.open(person.mailed_link(typed["email"], "/activate/"))
    person.open("/login")
    person.send("/login", email_or_username=name, password=password)
    person.send(ACCOUNT, bio="Plain.", speaks_sv="on")
    person.done(ACCOUNT)
    assert "Plain." == person.page.locator(BIO).input_value()


def test_the_language_is_chosen_at_the_foot(new_person: NewPerson, account: Caller) -> None:
    """The choice holds for this browser, and leads back to the page."""
    person = new_person(account)
    person.open(ACCOUNT)
    person.send("/language", language="ar")
    assert ACCOUNT == person.path
    assert ("ar", "rtl") == tuple(person.page.evaluate("[document.documentElement.lang, document.dir]"))


def test_deletion_by_keyboard(new_person: NewPerson, account: Caller) -> None:
    """Password, tick, Enter."""
    page = new_person(account).open("/my/deletion")
    reached(page, "/my/deletion", "password")
    page.keyboard.type(account.password)
    reached(page, "/my/deletion", "agreed")
    page.keyboard.press("Space")
    reached(page, "/my/deletion", None)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("status")).not_to_be_empty()
    assert 401 == account.get(account.path).status_code


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_one_name_is_asked_for_once(new_person: NewPerson, account: Caller, scripts: bool) -> None:
    """Two clicks are one wish; going back, and the same again, does no harm."""
    person = new_person(account, scripts=scripts)
    person.open("/my/name")
    person.fill("/my/name", name="Once Only")
    with person.page.expect_navigation():
        person.form("/my/name").locator("button[type=submit]").dblclick()
    person.done("/my/name")
    assert 1 == history(account).count("NameChangeRequested")
    person.page.go_back()
    person.send("/my/name", name="Once Only")
    person.done("/my/name")
    assert "Once Only" == account.account()["pending_name_change"]


def test_picture_and_deletion_without_scripts(new_person: NewPerson, account: Caller) -> None:
    """A picture is sent and removed, and the account deleted, where no scripts run."""
    person = new_person(account, scripts=False)
    page = person.open("/my/picture")
    file = FilePayload(name="me.png", mimeType="image/png", buffer=picture("PNG"))
    page.locator("[name=file]").set_input_files(file)
    person.send("/my/picture")
    person.done("/my/picture")
    assert account.account()["profile_image"]["has_image"]
    person.send("/my/picture/removal")
    person.done("/my/picture")
    assert not account.account()["profile_image"]["has_image"]
    person.open("/my/deletion")
    person.send("/my/deletion", password=account.password)
    expect(page.locator("#agreed-fault")).not_to_be_empty()
    person.send("/my/deletion", password=account.password, agreed="yes")
    assert "/" == person.path
    assert 401 == account.get(account.path).status_code
