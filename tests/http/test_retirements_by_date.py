"""GET retirements_by_status_and_date: what is asked, what is refused (spec 20, section 7)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.http import expectations as expect
from tests.http import retirement_client as retirement
from tests.http.case_names import brief
from tests.http.retirement_client import BY_DATE, STATES, by_date, left, moved, originals, row_of, rows
from tests.http.service_client import Caller, Service
from tests.support.waiting import eventually

GOOD = {"start_date": "2018-01-01", "end_date": "2018-12-31", "state": "PENDING"}
BAD_DATES = [
    "",
    "10/21/2001",
    "2018-14-25",
    "5",
    "2018-02-30",
    "2019-02-29",
    "2018-00-10",
    "2018-01-00",
    "2018/01/01",
    "01-01-2018",
    "20180101",
    "2018-01",
    "2018-W01-1",
    "2018-001",
    "2018-01-01T00:00:00Z",
    "2018-01-01 00:00",
    "0000-01-01",
    "-2018-01-01",
    "12018-01-01",
    "yesterday",
    "null",
    "\x00",
    "שלום",
    "x" * 1000,
]


@pytest.fixture(scope="module")
def worker(service: Service) -> Caller:
    """The retirement worker."""
    return retirement.worker_of(service)


@pytest.fixture(scope="module")
def people(service: Service, worker: Caller) -> list[str]:
    """The original usernames of three who have left one after the other and are now in ENROLLMENTS_COMPLETE."""
    names = [left(service).username for _ in range(3)]
    for each in reversed(names):
        moved(worker, each, "ENROLLMENTS_COMPLETE")
    return names


def days_of(worker: Caller, names: list[str]) -> tuple[str, str]:
    """Return the days on which the first and the last of the rows were made."""
    first, *_, last = [row_of(worker, each)["created"][:10] for each in names]
    return first, last


def test_rows_in_that_state(worker: Caller, people: list[str]) -> None:
    """Rows in that state now, made in those days, ordered by id (spec 20, section 7)."""
    start, end = days_of(worker, people)

    def listed() -> None:
        found = originals(by_date(worker, start, end, "ENROLLMENTS_COMPLETE"))
        assert people == [each for each in found if each in people]

    def unlisted() -> None:
        for state in STATES:
            if state != "ENROLLMENTS_COMPLETE":
                assert set(people).isdisjoint(originals(by_date(worker, start, end, state)))

    eventually(listed)
    eventually(unlisted)


def test_the_elements_are_rows(worker: Caller, people: list[str]) -> None:
    """Each element is exactly what `retirement_status` gives (spec 20, section 3)."""
    start, end = days_of(worker, people)

    def whole() -> None:
        found = {each["original_username"]: each for each in rows(by_date(worker, start, end, "ENROLLMENTS_COMPLETE"))}
        assert [row_of(worker, each) for each in people] == [found.get(each) for each in people]

    eventually(whole)


def test_both_forms_of_the_path(worker: Caller, people: list[str]) -> None:
    """With and without the trailing slash, with a driver's content type (spec 20, sections 1 and 16)."""
    start, end = days_of(worker, people)
    query = {"start_date": start, "end_date": end, "state": "ENROLLMENTS_COMPLETE"}
    headers = {"Content-Type": "application/json"}
    answers = [
        rows(worker.get(path, params=query, headers=headers)) for path in (BY_DATE, retirement.without_slash(BY_DATE))
    ]
    assert answers[0] == answers[1]


def test_other_days(worker: Caller, people: list[str]) -> None:
    """Rows made on other days are not listed; none at all: `[]` (spec 20, sections 2 and 7)."""
    expect.status(200, by_date(worker, "2018-01-01", "2018-12-31", "ENROLLMENTS_COMPLETE"))
    assert [] == by_date(worker, "2018-01-01", "2018-12-31", "ENROLLMENTS_COMPLETE").json()


@pytest.mark.parametrize("start", ["0001-01-01", "1900-01-01", "1970-01-01", "2000-02-29"])
def test_long_ranges(service: Service, worker: Caller, people: list[str], start: str) -> None:
    """Any range of days, however long (spec 20, section 7)."""
    today = service.now().date()

    def listed() -> None:
        assert set(people) <= set(originals(by_date(worker, start, today, "ENROLLMENTS_COMPLETE")))

    eventually(listed)


@pytest.mark.parametrize("date", ["2018-01-01", "2016-02-29", "2018-12-31"])
def test_one_day(worker: Caller, date: str) -> None:
    """The first and the last day may be the same (spec 20, section 7)."""
    assert [] == by_date(worker, date, date).json()


@pytest.mark.parametrize("state", STATES)
def test_every_state_may_be_asked_for(worker: Caller, state: str) -> None:
    """Dead ends included (spec 20, section 7)."""
    assert [] == by_date(worker, "2018-01-01", "2018-01-01", state).json()


# --- refused


@pytest.mark.parametrize("key", GOOD)
def test_missing(worker: Caller, key: str) -> None:
    """One missing or empty: 400 with a JSON string (spec 20, section 7)."""
    query = {name: value for name, value in GOOD.items() if name != key}
    retirement.refused(worker.get(BY_DATE, params=query))
    retirement.refused(worker.get(BY_DATE, params={**query, key: ""}))


def test_nothing_at_all(worker: Caller) -> None:
    """All missing: 400 (spec 20, section 7)."""
    retirement.refused(worker.get(BY_DATE))


@pytest.mark.parametrize("key", ["start_date", "end_date"])
@pytest.mark.parametrize("value", BAD_DATES, ids=brief)
def test_dates_in_another_form(worker: Caller, key: str, value: str) -> None:
    """A date in another form or impossible: 400 with a JSON string (spec 20, section 7)."""
    retirement.refused(worker.get(BY_DATE, params={**GOOD, key: value}))


@pytest.mark.parametrize("value", ["NO_SUCH_STATE", "pending", " PENDING", "PENDING ", "PENDING,COMPLETE", "1", "\x00"])
def test_unknown_states(worker: Caller, value: str) -> None:
    """Unknown state: 400 with a JSON string (spec 20, section 7)."""
    retirement.refused(worker.get(BY_DATE, params={**GOOD, "state": value}))


@pytest.mark.parametrize(("start", "end"), [("2018-01-02", "2018-01-01"), ("2018-12-31", "2018-01-01")])
def test_start_after_end(worker: Caller, start: str, end: str) -> None:
    """Start after end: 400 with a JSON string (spec 20, section 7)."""
    retirement.refused(by_date(worker, start, end))


@pytest.mark.parametrize("days", [2, 30, 36500])
def test_later_than_today(service: Service, worker: Caller, days: int) -> None:
    """Either date later than today: 400 with a JSON string (spec 20, section 7)."""
    later = service.now().date() + timedelta(days=days)
    for start, end in (("2018-01-01", later), (later, later), (later, "2018-01-01")):
        retirement.refused(by_date(worker, start, end))
    retirement.refused(by_date(worker, "2018-01-01", "9999-12-31"))


@pytest.mark.parametrize("query", ["%", "&&", "start_date=%ff&end_date=%00&state=%ed%a0%80", "start_date[]=2018-01-01"])
def test_odd_queries(worker: Caller, query: Any) -> None:
    """Whatever stands in the query is a 400, no crash (spec 50, section 8)."""
    expect.status(400, worker.get(f"{BY_DATE}?{query}"))
