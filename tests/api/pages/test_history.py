"""One's history as a page."""

from tests.api.pages.browsing import Browser
from tests.support.stage import Stage

PATH = "/my/history"


def happened(browser: Browser) -> list[str]:
    """The sentences of the page's entries."""
    return [each.words for each in browser.page.all("strong") if each.words.endswith(".")]


def test_shown(stage: Stage, browser: Browser, ada: str):
    """Newest first: what, when, by whom, and what it changed."""
    stage.api.patch(ada, {"bio": "<b>I am", "country": "NZ"})
    page = browser.get(PATH)
    assert (200, "History") == (page.status, page.heading)
    assert "The profile was changed." == happened(browser)[0]
    assert "The account was made by the platform." == happened(browser)[-1]
    assert "By you" in page.words
    changes = [each.words for each in page.all("th", scope="row")], [each.words for each in page.all("td")]
    assert ["Country", "About me"] == changes[0][:2]
    assert ["(nothing)", "New Zealand", "(nothing)", "<b>I am"] == changes[1][:4]
    assert "<b>" not in page.html
    assert "Older" not in page.words


def test_by_support(stage: Stage, browser: Browser, ada: str):
    """Who of support it was is not told."""
    browser.send("/my/name", name="Ada King")
    stage.api.post_json(f"/api/user/v1/accounts/name_change/{ada}/confirm", {}, as_="staff")
    page = browser.get(PATH)
    assert "The name that was asked for was approved." == happened(browser)[0]
    assert "By support" in page.words
    assert "By staff" not in page.words


def test_older(stage: Stage, browser: Browser, ada: str):
    """25 on a page; the rest one link further, and the way back; no entry is lost or shown twice."""
    for number in range(30):
        assert 200 == stage.api.patch(ada, {"city": f"City {number}"} | {"bio": f"{number}"}).status
    count = len(stage.events_of(ada))
    page = browser.get(PATH)
    assert 25 == len(happened(browser))
    assert len(page.html.encode()) < 50_000
    (older,) = [each.attributes["href"] or "" for each in page.all("a", rel="next")]
    page = browser.get(older)
    assert count - 25 == len(happened(browser))
    assert [] == page.all("a", rel="next")
    assert ["Newest"] == [each.words for each in page.all("a", href=PATH) if each.words != "History"]


def test_a_cursor_that_cannot_be(browser: Browser):
    """A page that says so, with a way on."""
    page = browser.get(f"{PATH}?cursor=%3Cb%3E")
    assert 400 == page.status
    assert "cursor" in page.words
    assert "<b>" not in page.html
