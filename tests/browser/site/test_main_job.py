"""What the site is for, from signing up to coming back: one person's whole way."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import FilePayload, expect

from tests.browser.site.conftest import NewPerson
from tests.browser.site.person import Person
from tests.http.service_client import Caller, Service, new_password, unique_email, unique_name
from tests.support.pictures import picture

PROFILE = {
    "bio": "I collect old maps.\nAnd <b>new</b> ones.",
    "country": "US",
    "state": "CA",
    "level_of_education": "m",
    "gender": "f",
    "year_of_birth": "1990",
    "speaks_sv": "on",
    "speaks_ar": "on",
    "link_linkedin": "lena",
    "goals": "To see more.",
    "phone_number": "+1 (555) 010-0",
    "mailing_address": "1 Long Street",
    "extended_0": "Ringo",
}


def signed_up(person: Person) -> Caller:
    """Sign up, open the link in the mail, sign in; return whose account it is."""
    name, password = unique_name("new"), new_password()
    email = f"{name}@example.com"
    person.open("/").get_by_role("link", name="Sign up").click()
    person.send("/signup", username=name, email=email, name="Lena Learner", password=password, year_of_birth="1990")
    assert "/signup/done" == person.path, person.page.locator("main").inner_text()
    person.open(person.mailed_link(email, "/activate/"))
    person.open("/login")
    person.send("/login", email_or_username=name, password=password)
    assert "/my/account" == person.path
    return Caller(person.service.http, username=name, email=email, password=password)


def profile_filled_in(person: Person) -> None:
    """Fill in every field of the profile; it comes back as it was typed, but for what is normalised."""
    person.open("/my/account")
    person.send("/my/account", **PROFILE)
    person.done("/my/account")
    page = person.page
    assert PROFILE["bio"] == page.locator("[name=bio]").input_value()
    assert "https://www.linkedin.com/in/lena" == page.locator("[name=link_linkedin]").input_value()
    assert page.locator("[name=speaks_sv]").is_checked()
    assert "+15550100" == page.locator("[name=phone_number]").input_value()


def looked_at(person: Person) -> None:
    """Choose field by field who sees what; the preview is what somebody else sees."""
    person.open("/my/privacy")
    person.send("/my/privacy", account_privacy="custom", **{"visibility.bio": "on"})
    person.done("/my/privacy")
    person.open("/my/preview")
    person.says("And <b>new</b> ones.")
    assert "Ringo" not in person.page.locator("main").inner_text()
    person.open("/my/settings")
    person.send("/my/settings", time_zone="America/New_York")
    person.done("/my/settings")


def address_changed(person: Person, account: Caller) -> Caller:
    """Ask for another address; it counts once the link in its mail was opened."""
    email = unique_email("moved")
    person.open("/my/address")
    person.send("/my/address", email=email)
    person.done("/my/address")
    person.says(email)
    assert account.email in person.page.locator("main").inner_text()
    person.open(person.mailed_link(email, "/email_confirm"))
    person.open("/my/address")
    assert account.email not in person.page.locator("main").inner_text()
    return Caller(account.http, username=account.username, email=email, password=account.password)


def picture_sent(person: Person) -> None:
    """Choose a picture, see it before it is sent, send it, and see it where it is kept."""
    page = person.open("/my/picture")
    file = FilePayload(name="me.jpg", mimeType="image/jpeg", buffer=picture())
    page.locator("[name=file]").set_input_files(file)
    expect(page.locator("#preview")).to_be_visible()
    person.send("/my/picture")
    person.done("/my/picture")
    assert 240 <= page.locator("img.portrait").first.evaluate("async each => (await each.decode(), each.naturalWidth)")


def history_read(person: Person) -> None:
    """All of it is told: what changed, when, and by whom."""
    text = person.open("/my/history").locator("main").inner_text()
    assert "I collect old maps." in text


def data_downloaded(person: Person, account: Caller) -> None:
    """One document, which the browser keeps as a file."""
    page = person.open("/my/data")
    with page.expect_download() as download:
        page.locator("main a.button").click()
    content = json.loads(Path(download.value.path()).read_text())
    assert account.email == content["account"]["email"]


def deletion_asked_for(person: Person, account: Caller) -> None:
    """With one's password and a tick; afterwards the session is over, and the password does not work."""
    person.open("/my/deletion")
    person.send("/my/deletion", password=account.password, agreed="yes")
    assert "/" == person.path
    assert person.page.get_by_role("status").inner_text()
    person.open("/login")
    person.send("/login", email_or_username=account.username, password=account.password)
    expect(person.page.get_by_role("alert")).not_to_be_empty()


def deletion_cancelled(board: Person, account: Caller) -> None:
    """Found by its address, as support does who is asked for it."""
    board.open(f"/staff?q={account.email}")
    board.page.get_by_role("link", name="Take it back").click()
    board.send(board.path)
    assert board.page.get_by_role("status").inner_text()


def come_back(person: Person, account: Caller) -> None:
    """By a new password, as somebody who forgot it; everything is there."""
    person.open("/login").get_by_role("link", name="Forgot").click()
    person.send("/forgotten", email=account.email)
    assert "/forgotten/done" == person.path
    page, password = person.open(person.mailed_link(account.email, "/password_reset_confirm/")), new_password()
    for name in ("new_password1", "new_password2"):
        page.locator(f"[name={name}]").fill(password)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    person.open("/login")
    person.send("/login", email_or_username=account.email, password=password)
    assert "/my/account" == person.path
    assert PROFILE["bio"] == page.locator("[name=bio]").input_value()


def test_a_whole_life(new_person: NewPerson, service: Service) -> None:
    """Sign up, fill in, show, change, read, take away, leave, and come back."""
    person, board = new_person(), new_person(service.seed("superuser"))
    account = signed_up(person)
    profile_filled_in(person)
    looked_at(person)
    account = address_changed(person, account)
    picture_sent(person)
    history_read(person)
    data_downloaded(person, account)
    deletion_asked_for(person, account)
    deletion_cancelled(board, account)
    come_back(person, account)
