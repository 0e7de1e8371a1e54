"""The pages of a history: limits and cursors (spec 50, section 1)."""

from __future__ import annotations

import pytest

from tests.http import expectations as expect
from tests.http.operations_client import WRONG_LIMITS, entries, history, other_cursors, page_of
from tests.http.service_client import Caller, Service


@pytest.fixture
def owner(service: Service) -> Caller:
    """An adult."""
    return service.new_account(profile={"year_of_birth": 1980})


@pytest.fixture(scope="module")
def busy(service: Service) -> Caller:
    """Somebody with a dozen entries, whom nobody changes any more."""
    caller = service.new_account(profile={"year_of_birth": 1980})
    for number in range(12):
        expect.status(200, caller.patch({"bio": f"bio {number}"}))
    return caller


@pytest.mark.parametrize("limit", [1, 2, 5, 200])
def test_pages(busy: Caller, limit: int) -> None:
    """`limit` bounds a page, the cursor leads to the next, the last has none (spec 50, section 1)."""
    everything, _ = page_of(history(busy, limit=200))
    first, cursor = page_of(history(busy, limit=limit))
    assert min(limit, len(everything)) == len(first)
    assert (cursor is None) == (limit == 200)
    assert everything == entries(busy, limit=limit)


def test_an_exact_last_page(busy: Caller) -> None:
    """A page that ends with the first event is the last one (spec 50, section 1)."""
    count = len(entries(busy))
    results, cursor = page_of(history(busy, limit=count))
    assert (count, None) == (len(results), cursor)


def test_fifty_by_default(service: Service) -> None:
    """A page has 50 entries unless asked otherwise (spec 50, section 1)."""
    caller = service.new_account()
    for number in range(52):
        expect.status(200, caller.patch({"goals": str(number)}))
    results, cursor = page_of(history(caller))
    assert 50 == len(results)
    assert cursor is not None


def test_a_cursor_stays_while_the_history_grows(owner: Caller) -> None:
    """What is written between two pages shifts nothing (spec 50, section 1)."""
    for number in range(3):
        expect.status(200, owner.patch({"goals": str(number)}))
    before = entries(owner)
    first, cursor = page_of(history(owner, limit=2))
    expect.status(200, owner.patch({"goals": "between"}))
    rest, _ = page_of(history(owner, limit=200, cursor=cursor))
    assert before == first + rest


@pytest.mark.parametrize("limit", WRONG_LIMITS)
def test_wrong_limits(busy: Caller, limit: str) -> None:
    """`limit` is 1 to 200 (spec 50, section 1)."""
    expect.status(400, history(busy, limit=limit))


@pytest.mark.parametrize("which", range(8))
def test_changed_cursors(busy: Caller, which: int) -> None:
    """A changed cursor is a 400 (spec 50, section 1)."""
    _, cursor = page_of(history(busy, limit=2))
    expect.status(400, history(busy, cursor=other_cursors(cursor or "")[which]))


def test_cursors_of_another_account(busy: Caller, owner: Caller, staff: Caller) -> None:
    """A cursor of another account is a 400, for staff too (spec 50, section 1)."""
    _, cursor = page_of(history(busy, limit=2))
    expect.status(400, history(owner, cursor=cursor))
    expect.status(400, history(staff, owner.username, cursor=cursor))
    expect.status(200, history(busy, cursor=cursor))
