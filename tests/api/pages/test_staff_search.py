"""Finding a person, for support."""

from collections.abc import Callable

import pytest

from tests.api.pages.browsing import Browser
from tests.api.pages.supporting import left, moved, row_of
from tests.support.api import PASSWORD
from tests.support.calls import unreachable
from tests.support.stage import Stage

PATH = "/staff"


@pytest.fixture
def staff(signed_in: Callable[[str], Browser]) -> Browser:
    """A browser of support."""
    return signed_in("staff")


def found(browser: Browser, asked: str) -> list[str]:
    """The usernames that a search finds."""
    page = browser.get(f"{PATH}?q={asked}")
    assert 200 == page.status
    return [cell.words for cell in page.all("th", scope="row")]


def test_shown(staff: Browser):
    """A form; nothing was looked for yet."""
    page = staff.get(PATH)
    assert (200, "Find a person", "") == (page.status, page.heading, page.notice)
    assert {"q": ""} == page.form(PATH).values


def test_found(stage: Stage, staff: Browser, ada: str):
    """By username, by address in any capitals, and by number; a link leads to the account."""
    number = stage.api.get(f"/api/user/v1/accounts/{ada}", as_="staff").json["id"]
    assert [ada] == found(staff, ada)
    assert [ada] == found(staff, f"%20{ada}%20")
    assert [ada] == found(staff, f"{ada.upper()}@Example.com")
    assert [ada] == found(staff, str(number))
    assert [ada] == [link.words for link in staff.page.all("a", href=f"/staff/accounts/{ada}")]


def test_a_username_of_digits(stage: Stage, staff: Browser, ada: str):
    """It is found besides the account with this number."""
    number = stage.api.get(f"/api/user/v1/accounts/{ada}", as_="staff").json["id"]
    digits = f"{number:04}"
    form = {"username": digits, "email": f"{digits}@example.com", "name": "Digits", "password": PASSWORD}
    assert 201 == stage.api.post_json("/api/user/v1/admin/accounts", form, as_="superuser").status
    assert [ada, digits] == found(staff, digits)


@pytest.mark.parametrize("asked", ["nobody-at-all", "ad", "nobody@example.com", "999999999999"])
def test_nobody(staff: Browser, ada: str, asked: str):
    """The page says so; what was typed is kept."""
    assert [] == found(staff, asked)
    assert "Nobody was found" in staff.page.notice
    assert asked == staff.page.form(PATH).values["q"]


def test_escaped(staff: Browser):
    """What was typed is text."""
    assert [] == found(staff, "%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script>alert" not in staff.text
    assert "<script>alert(1)</script>" == staff.page.form(PATH).values["q"]


def test_too_many(staff: Browser):
    """The message of the contract stands beside the field."""
    page = staff.get(f"{PATH}?q={','.join(f'u{number}' for number in range(5001))}")
    assert {"q": "At most 5000 accounts at a time."} == page.faults


def test_a_retired_address(stage: Stage, staff: Browser, signed_in: Callable[[str], Browser], ada: str):
    """It is said in words; who holds the rights is led on to taking it back and to the board, others are not."""
    left(stage, ada)
    number = row_of(stage, ada)
    page = staff.get(f"{PATH}?q={ada}@example.com")
    assert "the retirement can be taken back" in page.notice
    assert f"retirement number {number}" in page.notice
    assert [] == page.all("a", href="/staff/retirements")
    page = signed_in("superuser").get(f"{PATH}?q={ada}@example.com")
    assert 1 == len(page.all("a", href=f"/staff/retirements/{number}/cancel"))
    assert ["To the retirement board"] == [
        each.words for each in page.all("a", href="/staff/retirements") if "aria-current" not in each.attributes
    ][1:]


def test_an_address_that_is_retired_for_good(stage: Stage, staff: Browser, ada: str):
    """No way back is offered."""
    left(stage, ada)
    moved(stage, ada, "LOCKING_ACCOUNT")
    page = staff.get(f"{PATH}?q={ada}@example.com")
    assert "too late" in page.notice
    assert "number" not in page.notice


def test_while_the_store_is_away(stage: Stage, staff: Browser):
    """The page says so."""
    staff.get(PATH)
    with unreachable(stage.wiring.dynamodb, "BatchGetItem"):
        page = staff.get(f"{PATH}?q=ada")
    assert 503 == page.status
    assert "busy" in page.words
