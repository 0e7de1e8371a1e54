"""What time does to retirement: a process of its own, with a clock that goes forward (spec 20, sections 5 and 7)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.http import expectations as expect
from tests.http import retirement_client as retirement
from tests.http.retirement_client import by_date, learner_of, leave, left, moved, originals, queue, row_of
from tests.http.service_client import Service
from tests.support.waiting import eventually

MINUTE, HOUR, DAY = 60, 3600, 86400
WRONG = "not-the-Passw0rd"


@pytest.fixture
def service(clock_service: Service) -> Service:
    """The service whose clock may be moved. Access tokens live an hour: ask for new ones after moving it."""
    return clock_service


def queued(service: Service, name: str, days: int) -> bool:
    """Tell whether somebody is in the queue with so many days of cool-off."""
    return name in originals(queue(retirement.worker_of(service), days=days))


def waiting(service: Service) -> str:
    """Return the original username of somebody who has just left and is in the queue by now."""
    name = left(service).username
    eventually(lambda: appears(queue(retirement.worker_of(service)), name))
    return name


def appears(response: httpx.Response, name: str) -> None:
    """Expect that somebody is listed."""
    assert name in originals(response)


def made(service: Service, name: str) -> datetime:
    """Return when somebody's row was made."""
    return datetime.fromisoformat(row_of(retirement.worker_of(service), name)["created"])


def day(moment: datetime) -> date:
    """Return the UTC day of a moment."""
    return moment.astimezone(UTC).date()


def until(service: Service, moment: datetime) -> None:
    """Move the clock forward to a moment."""
    service.advance(int((moment - service.now()).total_seconds()))


def midnight_after(moment: datetime) -> datetime:
    """Return the beginning of the next UTC day."""
    return datetime.combine(day(moment) + timedelta(days=1), datetime.min.time(), UTC)


# --- the cool-off


@pytest.mark.parametrize("days", [1, 2, 14])
def test_the_cool_off(service: Service, days: int) -> None:
    """Rows made earlier than now minus the days: not before, and from then on (spec 20, section 7)."""
    name = waiting(service)
    service.advance(days * DAY - 5 * MINUTE)
    assert (True, False) == (queued(service, name, 0), queued(service, name, days))
    service.advance(5 * MINUTE)
    assert (True, False) == (queued(service, name, days), queued(service, name, days + 1))


def test_the_cool_off_counts_from_leaving(service: Service) -> None:
    """Transitions do not begin it anew: it is `created` that counts (spec 20, section 7)."""
    name = waiting(service)
    service.advance(2 * DAY)
    worker = retirement.worker_of(service)
    moved(worker, name, "RETIRING_LMS")
    eventually(lambda: appears(queue(worker, ["RETIRING_LMS"], days=1), name))
    assert name not in originals(queue(worker, ["RETIRING_LMS"], days=3))


def test_old_and_young(service: Service) -> None:
    """Of an old and a young row only the old one is listed, and counts for the limit (spec 20, section 7)."""
    old = waiting(service)
    service.advance(3 * DAY)
    young = waiting(service)
    worker = retirement.worker_of(service)
    found = originals(queue(worker, days=3))
    assert (True, False) == (old in found, young in found)
    assert found == originals(queue(worker, days=3, limit=len(found) + 1))
    everybody = originals(queue(worker, days=0))
    assert everybody.index(old) < everybody.index(young)


def test_a_row_s_times_follow_the_clock(service: Service) -> None:
    """`created` stays, `modified` is the service's now (spec 20, sections 3 and 4.2)."""
    name = waiting(service)
    created = made(service, name)
    service.advance(5 * DAY)
    worker, now = retirement.worker_of(service), service.now()
    moved(worker, name, "LOCKING_ACCOUNT")
    row = row_of(worker, name)
    assert created == datetime.fromisoformat(row["created"])
    assert timedelta(0) <= datetime.fromisoformat(row["modified"]) - now < timedelta(minutes=1)


# --- by status and date


def test_days_are_whole(service: Service) -> None:
    """From the start of the first day to the end of the last, both whole, in UTC (spec 20, section 7)."""
    until(service, midnight_after(service.now()) + timedelta(hours=1))
    until(service, midnight_after(service.now()) - timedelta(seconds=40))
    evening = waiting(service)
    until(service, midnight_after(made(service, evening)) + timedelta(seconds=1))
    morning = waiting(service)
    first, second = day(made(service, evening)), day(made(service, morning))
    assert first + timedelta(days=1) == second, "the evening's row was made before midnight"
    worker = retirement.worker_of(service)

    def found(start: date, end: date) -> list[str]:
        return [each for each in originals(by_date(worker, start, end)) if each in (evening, morning)]

    assert [evening] == found(first, first)
    assert [morning] == found(second, second)
    assert [evening, morning] == found(first, second)
    assert [evening] == found(first - timedelta(days=400), first)
    assert [] == found(first - timedelta(days=2), first - timedelta(days=1))


def test_today_is_the_clock_s(service: Service) -> None:
    """What is later than today by the service's clock is refused, today is not (spec 20, section 7)."""
    until(service, midnight_after(service.now()) + timedelta(days=30, hours=1))
    today, worker = day(service.now()), retirement.worker_of(service)
    expect.status(200, by_date(worker, today, today))
    expect.status(200, by_date(worker, today - timedelta(days=30), today))
    for start, end in ((0, 1), (1, 1), (-1, 1), (0, 365), (1, 0)):
        retirement.refused(by_date(worker, today + timedelta(days=start), today + timedelta(days=end)))
    service.advance(DAY)
    tomorrow = today + timedelta(days=1)
    expect.status(200, by_date(retirement.worker_of(service), tomorrow, tomorrow))


def test_the_state_is_the_present_one(service: Service) -> None:
    """Rows made in those days that are in the state now, whenever they came into it (spec 20, section 7)."""
    name = waiting(service)
    created = day(made(service, name))
    service.advance(10 * DAY)
    worker = retirement.worker_of(service)
    moved(worker, name, "COMPLETE")
    eventually(lambda: appears(by_date(worker, created, created, "COMPLETE"), name))
    today = day(service.now())
    assert name not in originals(by_date(worker, today, today, "COMPLETE"))
    assert name not in originals(by_date(worker, created, today, "PENDING"))


# --- the lock of section 5


def test_the_lock_ends_after_thirty_minutes(service: Service) -> None:
    """Refused for 30 minutes after the 6th wrong password, also with the right one, then not (spec 20, section 5)."""
    caller = learner_of(service)
    for _ in range(6):
        retirement.refused(leave(caller, WRONG), 403)
    service.advance(28 * MINUTE)
    retirement.refused(leave(caller), 403)
    service.advance(2 * MINUTE + 5)
    retirement.nothing(204, leave(caller))


def test_after_a_lock_the_count_begins_anew(service: Service) -> None:
    """After the 30 minutes five wrong ones are forgiven again (spec 20, section 5)."""
    caller = learner_of(service)
    for _ in range(6):
        leave(caller, WRONG)
    service.advance(30 * MINUTE + 5)
    for _ in range(5):
        retirement.refused(leave(caller, WRONG), 403)
    retirement.nothing(204, leave(caller))


# --- a lost answer, a day later


def test_an_old_key_is_a_new_request(service: Service) -> None:
    """After 24 h a key is free: the same PATCH is judged by itself (spec 50, section 4)."""
    name, headers = waiting(service), {"Idempotency-Key": "a-day-is-over"}

    def again(**more: Any) -> httpx.Response:
        worker = retirement.worker_of(service)
        return retirement.move(worker, name, "LOCKING_ACCOUNT", headers=headers, **more)

    retirement.nothing(204, again())
    service.advance(23 * HOUR)
    retirement.nothing(204, again())
    service.advance(HOUR + 5)
    retirement.refused(again())


def test_dead_tokens_stay_dead(service: Service) -> None:
    """A refresh token of somebody who has left is dead weeks later too (R10)."""
    caller = learner_of(service)
    refresh = service.password_grant(caller.username, caller.password).json()["refresh_token"]
    expect.status(204, leave(caller))
    service.advance(20 * DAY)
    expect.oauth_error(service.refresh(refresh), "invalid_grant")
    expect.oauth_error(service.password_grant(caller.username, caller.password), "invalid_grant")
