"""Names that wait for approval, for support."""

from collections.abc import Callable

import pytest

from tests.api.pages.browsing import Browser
from tests.api.pages.supporting import ask_for_name, caught_up, pending_name
from tests.support.stage import Stage

PATH = "/staff/names"


@pytest.fixture
def staff(signed_in: Callable[[str], Browser]) -> Browser:
    """A browser of support."""
    return signed_in("staff")


@pytest.fixture
def waiting(stage: Stage, ada: str) -> str:
    """Somebody whose name waits, as the list knows."""
    ask_for_name(stage, ada, f"The & {ada}")
    caught_up(stage)
    return ada


def test_shown(staff: Browser, waiting: str):
    """Old and new name, with a link to the account; all ids differ."""
    page = staff.get(PATH)
    assert (200, "Names to approve") == (page.status, page.heading)
    assert f"The & {waiting}" in page.words
    assert [waiting] == [link.words for link in page.all("a", href=f"/staff/accounts/{waiting}")]
    ids = [each.attributes["id"] for each in page.elements if "id" in each.attributes]
    assert len(ids) == len(set(ids))


def test_approved(stage: Stage, staff: Browser, waiting: str):
    """And back to the list, from which it goes."""
    path = f"/staff/accounts/{waiting}/name/approve"
    page = staff.send(path, on=PATH)
    assert (303, f"{PATH}?done=approved") == (page.status, page.location)
    caught_up(stage)
    page = staff.follow()
    assert "approved" in page.notice
    assert not page.has_form(path)
    assert f"The & {waiting}" == stage.api.get(f"/api/user/v1/accounts/{waiting}", as_="staff").json["name"]


def test_refused(stage: Stage, staff: Browser, waiting: str):
    """With the comment."""
    path = f"/staff/accounts/{waiting}/name/refuse"
    assert f"{PATH}?done=refused" == staff.send(path, on=PATH, reason="Not a name.").location
    assert pending_name(stage, waiting) is None
    assert "Not a name." in stage.mailbox.to(f"{waiting}@example.com")[-1].text
    caught_up(stage)
    assert not staff.follow().has_form(path)


def test_a_refusal_that_cannot_be(staff: Browser, waiting: str):
    """The account's page has the form again, with what was typed and what is wrong."""
    path = f"/staff/accounts/{waiting}/name/refuse"
    page = staff.send(path, on=PATH, reason="x" * 5001)
    assert (200, waiting, ["reason"]) == (page.status, page.heading, list(page.faults))
    assert "x" * 5001 == page.form(path).values["reason"]


def test_more(stage: Stage, staff: Browser):
    """A page has twenty, and leads on and back; it is small."""
    for _ in range(21):
        ask_for_name(stage, stage.new_account("waits"), "Somebody Else")
    caught_up(stage)
    page = staff.get(PATH)
    assert 20 == len([form for form in page.forms if form.action.endswith("/name/approve")])
    assert len(page.html.encode()) < 50_000
    (more,) = [each for each in page.all("a") if "More" == each.words]
    page = staff.get(more.attributes["href"])
    assert 1 <= len([form for form in page.forms if form.action.endswith("/name/approve")])
    assert "Back to the first ones" in page.words


def test_a_cursor_that_cannot_be(staff: Browser):
    """400, in a page."""
    page = staff.get(f"{PATH}?cursor=made-up")
    assert 400 == page.status
    assert "This did not work" == page.heading
