"""The retirement board, and taking a retirement back."""

from collections.abc import Callable

import pytest

from chalicelib.api import retirement_rows
from tests.api.pages.browsing import Browser
from tests.api.pages.supporting import caught_up, left, moved, row_of
from tests.support.stage import Stage

PATH = "/staff/retirements"


@pytest.fixture(scope="module")
def rows(stage: Stage) -> dict[str, str]:
    """Usernames by the state that their rows are in; the views know."""
    found = {}
    for state in ("PENDING", "ERRORED", "RETIRING_LMS", "COMPLETE"):
        found[state] = stage.new_account(state.lower()[:8])
        left(stage, found[state])
        if state != "PENDING":
            moved(stage, found[state], state)
    caught_up(stage)
    # The queue has what is older than now.
    stage.clock.advance(minutes=5)
    return found


@pytest.fixture
def root(signed_in: Callable[[str], Browser]) -> Browser:
    """A browser of a superuser."""
    return signed_in("superuser")


def test_shown(stage: Stage, root: Browser, rows: dict[str, str]):
    """Every state in order with its rows; the one that failed is told in words, a table says the same as the chart."""
    page = root.get(PATH)
    assert (200, "Retirement board") == (page.status, page.heading)
    states = list(stage.wiring.states.names)
    assert states == [heading.words.split()[0] for heading in page.all("h3")]
    assert states == [heading.words for heading in page.all("th", scope="row")]
    assert all(username in page.words for username in rows.values())
    assert "Failed: needs somebody" in page.words
    assert "ERRORED: 1 (one marked)." in page.by_id("chart-text").words
    assert " style=" not in page.html
    assert len(page.html.encode()) < 50_000


def test_who_may_not_cancel(root: Browser, signed_in: Callable[[str], Browser], stage: Stage, rows: dict[str, str]):
    """Whoever drives retirements sees the board, but not the way back."""
    driver = stage.new_account("driver", permissions=["can_retire_user"])
    assert "Take back" in root.get(PATH).words
    browser = signed_in(driver)
    page = browser.get(PATH)
    assert (200, False) == (page.status, "Take back" in page.words)
    assert rows["PENDING"] in page.words
    assert 403 == browser.get(f"{PATH}/{row_of(stage, rows['PENDING'])}/cancel").status


def test_too_much_for_one_answer(root: Browser, rows: dict[str, str], monkeypatch: pytest.MonkeyPatch):
    """The page says so, and shows what fits."""
    monkeypatch.setattr(retirement_rows, "MOST_ROWS", 2)
    monkeypatch.setattr("chalicelib.api.pages.retirement_board.LIMIT", 2)
    page = root.get(PATH)
    assert 200 == page.status
    assert "Only the 2 oldest" in page.alert


def test_one_state(root: Browser, rows: dict[str, str]):
    """Alone, with the way back to all; one that there is not is a 404."""
    page = root.get(f"{PATH}?state=ERRORED")
    assert ["ERRORED 1"] == [heading.words for heading in page.all("h3")]
    assert 404 == root.get(f"{PATH}?state=NEVER").status


def test_taken_back(stage: Stage, root: Browser, ada: str):
    """Asked once more, by whose it is; the person has the address again, and a double click does no harm."""
    left(stage, ada)
    path = f"{PATH}/{row_of(stage, ada)}/cancel"
    page = root.get(f"{path}?username={ada}")
    assert f"{ada}@example.com" in page.words
    form = page.form(path)
    page = root.resend(path, form)
    assert (303, f"{PATH}?done=cancelled") == (page.status, page.location)
    assert f"{ada}@example.com" == stage.api.get(f"/api/user/v1/accounts/{ada}", as_="staff").json["email"]
    assert root.resend(path, form).status in (200, 303)
    assert "taken back" in root.get(f"{PATH}?done=cancelled").notice


def test_too_late(stage: Stage, root: Browser, ada: str):
    """The words of the contract; nothing changes."""
    left(stage, ada)
    path = f"{PATH}/{row_of(stage, ada)}/cancel"
    form = root.get(f"{path}?username={ada}").form(path)
    moved(stage, ada, "LOCKING_ACCOUNT")
    page = root.resend(path, form)
    assert 200 == page.status
    assert page.alert
    assert "RetirementCancelled" not in stage.events_of(ada)


def test_another_number(stage: Stage, root: Browser, rows: dict[str, str]):
    """A number that is not this person's is a 404, as is what is no number."""
    assert 404 == root.get(f"{PATH}/{row_of(stage, rows['ERRORED'])}/cancel?username={rows['PENDING']}").status
    assert 404 == root.get(f"{PATH}/x/cancel").status


def test_forged(stage: Stage, root: Browser, rows: dict[str, str]):
    """Nothing is taken back."""
    assert 403 == root.forge(f"{PATH}/{row_of(stage, rows['PENDING'])}/cancel").status
