"""Deleting one's account as a page."""

from collections.abc import Iterator

import pytest

from tests.api.pages.browsing import Browser
from tests.support.api import PASSWORD
from tests.support.calls import unreachable
from tests.support.stage import Stage, running_stage

PATH = "/my/deletion"


@pytest.fixture
def kept() -> Iterator[Stage]:
    """A stage where nobody deletes an account."""
    with running_stage(account_deletion_allowed=False) as running:
        yield running


def test_shown(stage: Stage, browser: Browser):
    """What happens, until when there is a way back, and the form, whose double click is caught by the script."""
    page = browser.get(PATH)
    assert (200, "Delete your account") == (page.status, page.heading)
    assert f"Write to support within {stage.wiring.settings.cool_off_days} days." in page.words
    assert ["What happens", "What is kept", "The way back", "Delete it"] == [each.words for each in page.all("h2")]
    assert "required" in page.by_id("agreed").attributes
    assert 1 == len(page.all("script"))


def test_deleted(stage: Stage, browser: Browser, ada: str):
    """To the front page, signed out everywhere."""
    page = browser.send(PATH, password=PASSWORD, agreed="yes")
    assert (303, "/?done=left") == (page.status, page.location)
    assert not [name for name in browser.cookies if "jwt" in name.lower()]
    assert "Your account is closed, and it will be deleted." == browser.follow().notice
    assert "/login?next=%2Fmy%2Fdeletion" == browser.get(PATH).location
    assert 400 == stage.api.grant(ada).status


def test_a_wrong_password(stage: Stage, browser: Browser, ada: str):
    """Beside its field, without what was typed; the tick stays."""
    page = browser.send(PATH, password="Wr0ng-one", agreed="yes")
    assert (200, {"password": "The password is not right."}) == (page.status, page.faults)
    assert "Wr0ng-one" not in page.html
    assert "checked" in page.by_id("agreed").attributes
    assert "RetirementRequested" not in stage.events_of(ada)


@pytest.mark.parametrize("agreed", [None, "", "no"])
def test_without_the_tick(stage: Stage, browser: Browser, ada: str, agreed: str | None):
    """Nothing is asked for, whatever a browser lets through."""
    page = browser.send(PATH, password=PASSWORD, agreed=agreed)
    assert (200, {"agreed"}) == (page.status, page.faults.keys())
    assert "checked" not in page.by_id("agreed").attributes
    assert PASSWORD not in page.html
    assert "RetirementRequested" not in stage.events_of(ada)


def test_while_mail_or_store_are_away(stage: Stage, browser: Browser, ada: str):
    """Nothing has changed, and the page says so above the form."""
    stage.mailbox.down = True
    try:
        page = browser.send(PATH, password=PASSWORD, agreed="yes")
    finally:
        stage.mailbox.down = False
    assert "The notice could not be sent" in page.alert
    with unreachable(stage.wiring.dynamodb, "TransactWriteItems"):
        page = browser.send(PATH, password=PASSWORD, agreed="yes")
    assert "busy" in page.alert
    assert "RetirementRequested" not in stage.events_of(ada)


def test_switched_off(kept: Stage):
    """A sentence in place of the form; no tab leads there."""
    browser = Browser.of(kept).signed_in("learner")
    page = browser.get(PATH)
    assert "Accounts cannot be deleted here." in page.words
    assert not page.has_form(PATH)
    assert not page.all("a", href=PATH)
