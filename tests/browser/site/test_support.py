"""What support does on the site: finding somebody, reading, disabling, names, and the retirement board."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.site.conftest import NewPerson
from tests.browser.site.person import Person
from tests.browser.site.world import NAME_CHANGE
from tests.http.retirement_client import left, move, row_of, worker_of
from tests.http.service_client import Caller, Service
from tests.support.waiting import eventually


@pytest.fixture
def account(service: Service) -> Caller:
    """Somebody whom support looks for."""
    return service.new_account(profile={"year_of_birth": 1990})


@pytest.fixture
def staff(new_person: NewPerson, service: Service) -> Person:
    """Support before a browser."""
    return new_person(service.seed("staff"))


def found(staff: Person, asked: str, username: str) -> None:
    """Find somebody by the form, and open their account."""
    staff.open("/staff")
    staff.page.get_by_role("searchbox").or_(staff.page.locator("[name=q]")).first.fill(asked)
    with staff.page.expect_navigation():
        staff.page.keyboard.press("Enter")
    staff.page.get_by_role("link", name=username).click()
    assert f"/staff/accounts/{username}" == staff.path


def test_disabling_and_enabling(new_person: NewPerson, staff: Person, account: Caller) -> None:
    """Found by address, read, disabled: their session is dead with the next click; enabled, they sign in again."""
    person = new_person(account)
    person.open("/my/account")
    found(staff, account.email, account.username)
    path = f"/staff/accounts/{account.username}"
    staff.page.get_by_role("link", name="History of this account").click()
    staff.page.wait_for_url(f"**{path}/history")
    staff.open(path)
    staff.send(f"{path}/disable", comment="Asked for on the phone.")
    staff.done(path)
    staff.says("Asked for on the phone.")

    person.open("/my/account")
    assert "/login" == person.path
    person.send("/login", email_or_username=account.username, password=account.password)
    expect(person.page.get_by_role("alert")).not_to_be_empty()

    staff.send(f"{path}/enable", comment="It was them.")
    staff.done(path)
    person.send("/login", email_or_username=account.username, password=account.password)
    assert "/my/account" == person.path


def test_names(staff: Person, service: Service) -> None:
    """One name is approved from the list, another refused with a comment that its owner is mailed."""
    pleased, displeased = (service.new_account(profile={"year_of_birth": 1990}) for _ in range(2))
    for each, name in ((pleased, "Ada Approved"), (displeased, "Rex Refused")):
        assert each.post(NAME_CHANGE, json={"name": name}).is_success

    def are_listed() -> None:
        text = staff.open("/staff/names").locator("main").inner_text()
        assert "Ada Approved" in text
        assert "Rex Refused" in text

    eventually(are_listed)
    staff.send(f"/staff/accounts/{pleased.username}/name/approve")
    staff.done("/staff/names")
    staff.open(f"/staff/accounts/{displeased.username}")
    staff.page.locator("summary", has_text="Refuse").click()
    staff.send(f"/staff/accounts/{displeased.username}/name/refuse", reason="A name, please.")
    staff.done(f"/staff/accounts/{displeased.username}")
    assert "Ada Approved" == pleased.account()["name"]
    assert "Rex Refused" != displeased.account()["name"]
    assert any("A name, please." in mail["text"] for mail in service.outbox(displeased.email))


def test_the_board_while_ten_leave(new_person: NewPerson, service: Service) -> None:
    """Ten people go through the states, and the board shows each where they are; one is taken back."""
    worker, superuser = worker_of(service), service.seed("superuser")
    people = [left(service) for _ in range(10)]
    for each in people[1:]:
        moved_to(worker, each, "RETIRING_FORUMS")
    for each in people[2:]:
        moved_to(worker, each, "FORUMS_COMPLETE")
    moved_to(worker, people[9], "ERRORED")
    board = new_person(superuser)

    def in_column(state: str, caller: Caller) -> None:
        board.open("/staff/retirements")
        column = board.page.locator("section.column", has=board.page.locator("h3", has_text=state))
        assert caller.username in column.inner_text()

    for state, caller in (
        ("PENDING", people[0]),
        ("RETIRING_FORUMS", people[1]),
        ("FORUMS_COMPLETE", people[2]),
        ("ERRORED", people[9]),
    ):
        eventually(lambda state=state, caller=caller: in_column(state, caller))
    expect(board.page.locator("figure.chart svg")).to_be_visible()
    board.says("Failed: needs somebody")

    row = row_of(superuser, people[0].username)
    board.page.get_by_role("link", name=f"Take back {people[0].username}").click()
    board.says(people[0].email)
    board.send(f"/staff/retirements/{row['id']}/cancel")
    board.done("/staff/retirements")
    assert 200 == superuser.get(people[0].path).status_code


def moved_to(worker: Caller, caller: Caller, state: str) -> None:
    """Let the pipeline go on with somebody."""
    answer = move(worker, caller.username, state, force=True)
    assert 204 == answer.status_code, answer.text
