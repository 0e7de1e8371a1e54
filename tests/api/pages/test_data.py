"""One's data as a page."""

import json
from collections.abc import Iterator

import pytest

from tests.api.pages.browsing import Browser
from tests.support.calls import unreachable
from tests.support.stage import Stage, running_stage

PATH = "/my/data"
DOWNLOAD = "/my/data/download"


@pytest.fixture
def small() -> Iterator[Stage]:
    """A stage that gives no document directly."""
    with running_stage(export_direct_bytes=10) as running:
        yield running


def test_shown(browser: Browser):
    """What is in it, and the link."""
    page = browser.get(PATH)
    assert (200, "Your data") == (page.status, page.heading)
    assert 1 == len(page.all("a", href=DOWNLOAD))


def test_downloaded(stage: Stage, browser: Browser, ada: str):
    """The API's own answer, as a file."""
    page = browser.get(DOWNLOAD)
    own = stage.api.get(f"/api/user/v1/accounts/{ada}/export", as_=ada)
    assert 200 == page.status
    assert f'attachment; filename="{ada}-account.json"' == page.answer.headers["content-disposition"]
    assert "application/json" == page.answer.headers["content-type"]
    assert own.json["account"] == json.loads(page.html)["account"]


def test_a_large_one(small: Stage):
    """The way to where it lies."""
    page = Browser.of(small).signed_in("learner").get(DOWNLOAD)
    assert 303 == page.status
    assert "learner-account.json" in (page.location or "")


def test_while_the_store_is_away(stage: Stage, browser: Browser):
    """A page that says so."""
    with unreachable(stage.wiring.dynamodb, "Query"):
        page = browser.get(DOWNLOAD)
    assert 503 == page.status
    assert "busy" in page.words
