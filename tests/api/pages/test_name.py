"""One's name as a page."""

import pytest

from tests.api.pages.browsing import Browser
from tests.support.calls import unreachable
from tests.support.stage import Stage

PATH = "/my/name"


def values(browser: Browser) -> list[str]:
    """The name, and the one that waits."""
    return [each.words for each in browser.get(PATH).all("dd")]


def test_shown(browser: Browser):
    """The name; none waits."""
    page = browser.get(PATH)
    assert (200, "Name") == (page.status, page.heading)
    assert ["Ada", "(nothing)"] == [each.words for each in page.all("dd")]
    assert "waiting already" not in page.words


def test_asked_for(stage: Stage, browser: Browser, ada: str):
    """It waits, since when; a later one takes its place; once it is approved it is the name."""
    page = browser.send(PATH, name="Ada King")
    assert (303, f"{PATH}?done=asked") == (page.status, page.location)
    page = browser.follow()
    assert "Your wish is noted." in page.notice
    assert "waiting already" in page.words
    assert "Ada King Asked for on" in values(browser)[1]
    assert 303 == browser.send(PATH, name="Ada Lovelace").status
    assert values(browser)[1].startswith("Ada Lovelace")
    answer = stage.api.post_json(f"/api/user/v1/accounts/name_change/{ada}/confirm", {}, as_="staff")
    assert 204 == answer.status
    assert ["Ada Lovelace", "(nothing)"] == values(browser)


def test_twice(stage: Stage, browser: Browser, ada: str):
    """A double click counts once."""
    form = browser.get(PATH).form(PATH)
    assert [303, 303] == [browser.resend(PATH, form, name="Ada King").status for _ in range(2)]
    assert 1 == stage.events_of(ada).count("NameChangeRequested")


@pytest.mark.parametrize(
    ("typed", "message"),
    [("Ada", "This is your name already."), ("", ""), ("<b>Ada</b>", ""), ("x" * 256, "")],
)
def test_refused(stage: Stage, browser: Browser, ada: str, typed: str, message: str):
    """The message of the contract stands beside the field, with what was typed."""
    page = browser.send(PATH, name=typed)
    assert (200, {"name"}) == (page.status, page.faults.keys())
    assert message in page.faults["name"] != ""
    assert typed == page.form(PATH).values["name"]
    assert "<b>" not in page.html
    assert "NameChangeRequested" not in stage.events_of(ada)


def test_while_the_store_is_away(stage: Stage, browser: Browser):
    """What was typed is kept."""
    with unreachable(stage.wiring.dynamodb, "TransactWriteItems"):
        page = browser.send(PATH, name="Ada King")
    assert "busy" in page.alert
    assert "Ada King" == page.form(PATH).values["name"]
