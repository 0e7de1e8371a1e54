"""Rate limits (spec 10, sections 2 and 11; spec 40, section 8)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import botocore.session
import pytest
from botocore.exceptions import EndpointConnectionError

from chalicelib.identity.rate_limits import RateLimiter
from chalicelib.tables import Tables, bind_tables

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = 3600


@pytest.fixture
def limiter(tables: Tables) -> RateLimiter:
    return RateLimiter(tables.short_lived)


def used(limiter: RateLimiter, times: int, *, limit: int = 3, now: datetime = NOW, subject: str = "ada") -> list[bool]:
    return [limiter.allows(subject, limit, HOUR, now) for _ in range(times)]


def test_up_to_the_limit(limiter: RateLimiter):
    """So many are allowed as the limit says, and no more."""
    assert [True, True, True, False, False] == used(limiter, 5)


def test_0_is_no_limit(limiter: RateLimiter):
    """0 allows any, and counts nothing."""
    assert [True] * 5 == used(limiter, 5, limit=0)
    assert [True] == used(limiter, 1, limit=1)


def test_subjects_are_apart(limiter: RateLimiter):
    """One subject's requests are nobody else's."""
    used(limiter, 4)
    assert [True] == used(limiter, 1, subject="bob")


def test_the_next_window(limiter: RateLimiter):
    """A window ends to the second, by the service's clock."""
    used(limiter, 4)
    assert [False] == used(limiter, 1, now=NOW + timedelta(seconds=HOUR - 1))
    assert [True, True, True, False] == used(limiter, 4, now=NOW + timedelta(seconds=HOUR))


def test_a_limit_of_one_holds_for_the_whole_window(limiter: RateLimiter):
    """A window begins with the first request, wherever in a minute that falls, and refused ones do not prolong it."""
    late = NOW + timedelta(seconds=HOUR - 1)
    assert [True] == used(limiter, 1, limit=1, now=late)
    assert [False] == used(limiter, 1, limit=1, now=late + timedelta(seconds=2))
    assert [False] * 5 == used(limiter, 5, limit=1, now=late + timedelta(seconds=HOUR - 1))
    assert [True] == used(limiter, 1, limit=1, now=late + timedelta(seconds=HOUR))


def test_refused_requests_do_not_prolong_a_window(limiter: RateLimiter, tables: Tables):
    """Whoever goes on asking gets in again when whoever has stopped does."""
    used(limiter, 4)
    used(limiter, 20, now=NOW + timedelta(seconds=HOUR - 1))
    (item,) = tables.short_lived.scan()
    assert int(NOW.timestamp()) + HOUR == item.expires


def test_windows_of_different_lengths(limiter: RateLimiter):
    """A window keeps the length with which it began."""
    assert limiter.allows("ada", 1, HOUR, NOW)
    assert not limiter.allows("ada", 1, 1, NOW + timedelta(seconds=2))
    assert limiter.allows("ada", 1, 1, NOW + timedelta(seconds=HOUR))
    assert limiter.allows("ada", 1, HOUR, NOW + timedelta(seconds=HOUR + 1))


def test_threads_that_begin_a_window(limiter: RateLimiter):
    """Of many that find the old window over, one begins the new one, and the others are counted in it."""
    used(limiter, 4)
    later = NOW + timedelta(seconds=HOUR)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: limiter.allows("ada", 3, HOUR, later), range(16)))
    assert 3 == answers.count(True)


def test_counters_run_out(limiter: RateLimiter, tables: Tables):
    """A counter expires with its window, and its key is opaque (spec 50, section 8)."""
    used(limiter, 1)
    (item,) = tables.short_lived.scan()
    assert (1, int(NOW.timestamp()) + HOUR) == (item.tally, item.expires)


def test_threads_lose_no_count(limiter: RateLimiter):
    """Of many at once exactly the limit is allowed."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: limiter.allows("ada", 10, HOUR, NOW), range(24)))
    assert 10 == answers.count(True)


def test_out_of_reach_locks_nobody_out(caplog: pytest.LogCaptureFixture):
    """A counter that cannot be written allows, and says so in the log without the subject."""

    def fail(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://nowhere.invalid")

    client = botocore.session.get_session().create_client(
        "dynamodb", region_name="eu-west-1", aws_access_key_id="test", aws_secret_access_key="test"
    )
    client.meta.events.register("before-call.dynamodb", fail)
    limiter = RateLimiter(bind_tables("test", client).short_lived)
    assert [True, True] == used(limiter, 2, limit=1)
    assert 2 == len(caplog.records)
    assert "ada" not in caplog.text
