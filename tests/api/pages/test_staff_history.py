"""What happened to an account, for support."""

from collections.abc import Callable

import pytest

from tests.api.pages.browsing import Browser
from tests.api.pages.supporting import ADMIN, left, moved
from tests.support.stage import Stage


@pytest.fixture
def staff(signed_in: Callable[[str], Browser]) -> Browser:
    """A browser of support."""
    return signed_in("staff")


def test_shown(stage: Stage, staff: Browser, ada: str):
    """Newest first, with who did it; what changed is text."""
    stage.api.patch(ada, {"bio": "<b>Hello"})
    stage.api.post_json(f"{ADMIN}/{ada}/disable", {"comment": ""}, as_="superuser")
    page = staff.get(f"/staff/accounts/{ada}/history")
    assert (200, f"History of {ada}") == (page.status, page.heading)
    said = [each.words for each in page.all("strong")][1:]
    assert ["The account was disabled by support.", "The profile was changed."] == said[:2]
    assert "By superuser" in page.words
    assert f"By {ada}" in page.words
    assert "<b>Hello" in page.words
    assert "<b>Hello" not in page.html


def test_as_it_was(stage: Stage, staff: Browser, ada: str):
    """Each entry leads to the account after it."""
    stage.api.patch(ada, {"country": "NZ"})
    stage.api.patch(ada, {"country": "AU"})
    page = staff.get(f"/staff/accounts/{ada}/history")
    newest = int(page.all("a")[-1].attributes["href"].rsplit("=", 1)[-1]) if page.all("a") else 0
    assert 1 == newest
    version = len(stage.events_of(ada)) - 1
    page = staff.get(f"/staff/accounts/{ada}/at?version={version}")
    assert (200, f"{ada} at version {version}") == (page.status, page.heading)
    assert "New Zealand" in page.words
    assert "Australia" not in page.words


def test_older_entries(stage: Stage, staff: Browser, ada: str):
    """A page has 25 entries, and leads to the ones before and back."""
    for number in range(26):
        stage.api.patch(ada, {"bio": f"number {number}"})
    page = staff.get(f"/staff/accounts/{ada}/history")
    assert 25 == len(page.all("li", class_="entry"))
    (older,) = [each for each in page.all("a") if "Older entries" == each.words]
    page = staff.get(older.attributes["href"])
    assert "number 0" in page.words
    assert "Back to the newest" in page.words
    assert [] == [each for each in page.all("a") if "Older entries" == each.words]


def test_an_erased_account(stage: Stage, staff: Browser, ada: str):
    """Entries stay, without what they changed; how the account was nobody can see any more."""
    stage.api.patch(ada, {"bio": "Hello from Ada"})
    left(stage, ada)
    moved(stage, ada, "RETIRING_LMS")
    for step in ("retire_misc", "retire"):
        content = {"username": ada}
        assert 204 == stage.api.post_json(f"/api/user/v1/accounts/{step}", content, as_="superuser").status
    status = stage.api.get(f"/api/user/v1/accounts/{ada}/retirement_status", as_="superuser").json
    path = f"/staff/accounts/{status['retired_username']}"
    page = staff.get(f"{path}/history")
    assert 200 == page.status
    assert "What it changed is erased." in page.words
    assert "Hello from Ada" not in page.html
    page = staff.get(f"{path}/at?version=1")
    assert 410 == page.status
    assert "This account has been erased." in page.words


@pytest.mark.parametrize(
    ("query", "status"), [("", 400), ("?version=x", 400), ("?version=9999", 400), ("?version=0", 404)]
)
def test_versions_that_cannot_be(staff: Browser, ada: str, query: str, status: int):
    """A page says what is wrong, and leads back."""
    assert status == staff.get(f"/staff/accounts/{ada}/at{query}").status


def test_what_cannot_be(staff: Browser, ada: str):
    """A cursor of somebody else's, and nobody."""
    assert 400 == staff.get(f"/staff/accounts/{ada}/history?cursor=made-up").status
    assert 404 == staff.get("/staff/accounts/nobody-at-all/history").status
    assert 404 == staff.get("/staff/accounts/nobody-at-all/at?version=1").status
