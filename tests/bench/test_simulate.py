"""The arithmetic of the simulation, by what is known in closed form."""

import math
import xml.etree.ElementTree as ET
from random import Random

import pytest

from bench.charts import Chart, Series, svg
from bench.simulate import (
    Heat,
    birthday,
    conflict_probability,
    heads_a_second,
    heat,
    queue_wait,
    simulated_birthday,
    simulated_wait,
)


@pytest.mark.parametrize("load", [0.3, 0.6, 0.8])
def test_a_simulated_queue_waits_as_long_as_theory_says(load: float) -> None:
    """
    M/D/1: load / (2 (1 - load)) service times in the mean.
    """
    assert queue_wait(load) == pytest.approx(simulated_wait(load, 60_000, Random(1)), rel=0.08)


def test_a_queue_at_half_load_waits_half_a_service_time() -> None:
    """
    The closed form at a point that is easily worked out.
    """
    assert 0.5 == queue_wait(0.5)


def test_twenty_three_birthdays() -> None:
    """
    Of 23 people two share a birthday in 50.7 % of cases; tried out it comes to the same.
    """
    assert pytest.approx(0.5073, abs=1e-4) == birthday(23, 365)
    assert birthday(23, 365) == pytest.approx(simulated_birthday(23, 365, 20_000, Random(2)), abs=0.02)
    assert 1.0 == birthday(366, 365)
    assert 0.0 == birthday(1, 365)


def test_a_conflict_is_a_commit_in_the_window_of_ones_own() -> None:
    """
    Poisson: with one commit a second and a window of a second, 1 - 1/e; without others never.
    """
    assert pytest.approx(1 - 1 / math.e) == conflict_probability(1.0, 1000.0)
    assert 0.0 == conflict_probability(0.0)


def test_heat_is_spread_and_none_is_lost() -> None:
    """
    All writes are somewhere; with equal accounts no partition has much more than its share.
    """
    even = heat(0.0, 50_000, writes=1000.0, partitions=10)

    assert 1000.0 == pytest.approx(sum(even.partitions))
    assert 10 == len(even.partitions)
    assert even.partitions[0] == pytest.approx(100.0, rel=0.05)
    assert 1000.0 / 50_000 == pytest.approx(even.busiest_account)


def test_the_busiest_account_has_its_share_of_zipfs_law() -> None:
    """
    With exponent 1 and three accounts: 6 of 11 writes.
    """
    assert 6.0 == pytest.approx(heat(1.0, 3, writes=11.0, partitions=2).busiest_account)


def test_the_first_limit_follows_from_the_busiest_partition() -> None:
    """
    A partition at 500 of its 1,000 units allows twice the load of 10,000 commits.
    """
    assert 20_000 == Heat(0.0, [500.0, 20.0], 1.0).first_limit


def test_what_lanes_get_through() -> None:
    """
    A hundred heads in a tenth of a second: a thousand a second and lane.
    """
    assert 2000 == pytest.approx(heads_a_second(2, record_ms=0.4, wait_ms=60.0))


def test_a_chart_is_a_picture_with_its_words() -> None:
    """
    Well-formed SVG that has colours for dark ground, a line for each series and the limit.
    """
    made = svg(Chart("a-b", "A & B", "x", "y", [Series("one", [(1, 2), (2, 4)]), Series("two", [(1, 1)])], 3))
    root = ET.fromstring(made)  # noqa: S314 - our own

    assert 2 == len(root.findall("{http://www.w3.org/2000/svg}polyline"))
    assert {"A & B", "one", "two", "limit 3"} <= {text.strip() for text in root.itertext()}
    assert "prefers-color-scheme: dark" in made
