"""The lockout after wrong passwords (spec 40, sections 2 and 8)."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import EndpointConnectionError

from chalicelib.identity.lockout import Lockout
from chalicelib.tables import Tables, bind_tables

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SUBJECT = "5d41402abc4b2a76b9719d911017c592"
LIMIT = 6
LOCK = timedelta(minutes=30)
SECOND = timedelta(seconds=1)


@pytest.fixture
def lockout(tables: Tables) -> Lockout:
    return Lockout(tables.short_lived, LIMIT, 30)


def fail(lockout: Lockout, times: int, now: datetime = NOW) -> list[int]:
    return [lockout.failed(SUBJECT, now) for _ in range(times)]


def test_failures_are_counted(lockout: Lockout):
    """Each failure answers the failures so far."""
    assert [1, 2, 3, 4, 5, 6] == fail(lockout, LIMIT)


def test_locked_from_the_limit_on(lockout: Lockout):
    """Five failures leave the subject free, the sixth locks it (spec 40, section 2)."""
    fail(lockout, LIMIT - 1)
    assert not lockout.locked(SUBJECT, NOW)
    fail(lockout, 1)
    assert lockout.locked(SUBJECT, NOW)


def test_nobody_is_locked_at_first(lockout: Lockout):
    """A subject without failures is free and may succeed."""
    assert (False, True) == (lockout.locked(SUBJECT, NOW), lockout.succeeded(SUBJECT, NOW))


def test_subjects_are_apart(lockout: Lockout):
    """One subject's lock is nobody else's."""
    fail(lockout, LIMIT)
    assert not lockout.locked("another", NOW)


def test_the_lock_ends(lockout: Lockout):
    """A lock lasts for thirty minutes, to the second."""
    fail(lockout, LIMIT)
    assert lockout.locked(SUBJECT, NOW + LOCK - SECOND)
    assert not lockout.locked(SUBJECT, NOW + LOCK)


def test_the_lock_begins_with_the_failure_that_reached_the_limit(lockout: Lockout):
    """Earlier failures do not shorten the lock."""
    fail(lockout, LIMIT - 1)
    later = NOW + timedelta(hours=20)
    fail(lockout, 1, later)
    assert lockout.locked(SUBJECT, later + LOCK - SECOND)


def test_attempts_do_not_extend_the_lock(lockout: Lockout):
    """Failures while locked answer the limit and change nothing."""
    fail(lockout, LIMIT)
    assert [LIMIT, LIMIT] == fail(lockout, 2, NOW + LOCK - SECOND)
    assert not lockout.locked(SUBJECT, NOW + LOCK)


def test_after_the_lock_the_count_starts_at_zero(lockout: Lockout):
    """The first failure after a lock is the first."""
    fail(lockout, LIMIT)
    assert [1, 2] == fail(lockout, 2, NOW + LOCK)
    assert not lockout.locked(SUBJECT, NOW + LOCK)


def test_failures_are_forgotten_after_a_day(lockout: Lockout):
    """A count below the limit lasts for a day from its last failure."""
    fail(lockout, 3)
    assert [4] == fail(lockout, 1, NOW + timedelta(hours=24) - SECOND)
    assert [1] == fail(lockout, 1, NOW + timedelta(hours=48))


def test_success_sets_the_count_to_zero(lockout: Lockout):
    """A right password forgets the failures before it (spec 40, section 2)."""
    fail(lockout, LIMIT - 1)
    assert lockout.succeeded(SUBJECT, NOW)
    assert [1] == fail(lockout, 1)


def test_a_right_password_does_not_open_a_lock(lockout: Lockout):
    """Success is refused while the subject is locked, and the lock stays."""
    fail(lockout, LIMIT)
    assert not lockout.succeeded(SUBJECT, NOW)
    assert lockout.locked(SUBJECT, NOW)


def test_success_after_the_lock(lockout: Lockout):
    """Once the lock has ended a right password counts again."""
    fail(lockout, LIMIT)
    assert lockout.succeeded(SUBJECT, NOW + LOCK)


def test_clear_ends_a_lock(lockout: Lockout):
    """A completed password reset sets the count to zero, even of a locked subject (spec 40, section 2)."""
    fail(lockout, LIMIT)
    lockout.clear(SUBJECT)
    assert not lockout.locked(SUBJECT, NOW)


def test_a_lock_may_be_longer_than_a_day(tables: Tables):
    """The memory of a counter is never shorter than its lock."""
    lockout = Lockout(tables.short_lived, LIMIT, 3 * 24 * 60)
    fail(lockout, LIMIT)
    assert lockout.locked(SUBJECT, NOW + timedelta(days=3) - SECOND)
    assert not lockout.locked(SUBJECT, NOW + timedelta(days=3))


def together(work: Callable[[int], int], times: int = 20) -> list[int]:
    barrier = threading.Barrier(times)

    def at_once(number: int) -> int:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(at_once, range(times)))


def test_failures_at_once_all_count(lockout: Lockout):
    """Twenty wrong passwords at once: five are counted, the sixth and all others are told the limit."""
    counts = together(lambda _: lockout.failed(SUBJECT, NOW))
    assert [1, 2, 3, 4, 5] + 15 * [LIMIT] == sorted(counts)
    assert lockout.locked(SUBJECT, NOW)


def test_failures_at_once_after_a_lock_all_count(lockout: Lockout):
    """The same when an old lock has just ended: exactly one of them is the first."""
    fail(lockout, LIMIT)
    counts = together(lambda _: lockout.failed(SUBJECT, NOW + LOCK))
    assert [1, 2, 3, 4, 5] + 15 * [LIMIT] == sorted(counts)


def told(before_success: int | None) -> list[int]:
    """What nineteen wrong guesses are told when a right one comes after so many of them, or is refused."""
    if before_success is None:
        return [1, 2, 3, 4, 5] + 14 * [LIMIT]
    first, rest = range(1, before_success + 1), 19 - before_success
    return sorted([*first, 1, 2, 3, 4, 5, *(rest - 5) * [LIMIT]])


def test_a_right_guess_among_many_at_once_does_not_beat_the_lock(lockout: Lockout):
    """Twenty guesses that all saw the subject free: the right one counts only if no six failed before it."""
    for right in (0, 5, 10, 19):
        lockout.clear(SUBJECT)

        def guess(number: int, right: int = right) -> int:
            if number == right:
                return lockout.succeeded(SUBJECT, NOW)
            return lockout.failed(SUBJECT, NOW)

        answers = together(guess)
        let_in = answers.pop(right)
        possible = [told(before) for before in range(LIMIT)] if let_in else [told(None)]
        assert sorted(answers) in possible
        assert lockout.locked(SUBJECT, NOW)


def test_after_the_lock_no_guess_of_the_batch_succeeds(lockout: Lockout):
    """A right guess that was checked before the lock and is told of it after it is refused."""
    seen_free = not lockout.locked(SUBJECT, NOW)
    together(lambda _: lockout.failed(SUBJECT, NOW), 19)
    assert (True, False) == (seen_free, lockout.succeeded(SUBJECT, NOW))


class UnreachableClient:
    """A DynamoDB client whose every call fails."""

    class meta:  # noqa: N801 - botocore's name
        region_name = "eu-west-1"

    def __getattr__(self, operation: str) -> Callable[..., object]:
        raise EndpointConnectionError(endpoint_url="https://dynamodb.example")


@pytest.fixture
def unreachable() -> Lockout:
    return Lockout(bind_tables("test", UnreachableClient()).short_lived, LIMIT, 30)


def test_a_counter_that_cannot_be_used_locks_nobody_out(unreachable: Lockout):
    """Without DynamoDB nobody is locked, a failure is the first, and a right password counts (section 8)."""
    assert not unreachable.locked(SUBJECT, NOW)
    assert [1] * 10 == fail(unreachable, 10)
    assert unreachable.succeeded(SUBJECT, NOW)
    unreachable.clear(SUBJECT)


def test_logs_do_not_name_the_subject(unreachable: Lockout, caplog: pytest.LogCaptureFixture):
    """What is logged about a broken counter says nothing about whose it is."""
    fail(unreachable, 1)
    assert ["failure counter cannot be written"] == [record.getMessage() for record in caplog.records]
