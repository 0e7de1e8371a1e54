"""Limits by source address: where a request came from, and counting (spec 40, section 8)."""

import pytest

from chalicelib.api.limits import source_of, within
from chalicelib.api.request import Request
from chalicelib.settings import Settings
from tests.support.calls import unreachable
from tests.support.stage import Stage

PROXIES = ["10.0.0.0/8", "2001:db8:1::/48"]


class Surroundings:
    """As much of the services as a source needs."""

    def __init__(self, *proxies: str) -> None:
        self.settings = Settings(trusted_proxies=list(proxies))


def request(source: str, forwarded: str | None = None) -> Request:
    """A request that API Gateway says came from `source`."""
    headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
    return Request("POST", "/x", "/x", {}, {}, headers, {}, b"", "r", source)


@pytest.mark.parametrize("forwarded", [None, "", "203.0.113.9", "203.0.113.9, 10.0.0.1"])
def test_without_a_proxy(forwarded: str | None):
    """Nobody's `X-Forwarded-For` is believed: else everybody could have a source of their own for each request."""
    assert "198.51.100.7" == source_of(Surroundings(), request("198.51.100.7", forwarded))
    assert "198.51.100.7" == source_of(Surroundings(*PROXIES), request("198.51.100.7", forwarded))


@pytest.mark.parametrize(
    ("forwarded", "source"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("192.0.2.66, 203.0.113.9", "203.0.113.9"),
        ("10.9.9.9, 203.0.113.9", "203.0.113.9"),
        ("192.0.2.66, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("192.0.2.66, 203.0.113.9, 10.0.0.2, 10.0.0.3", "203.0.113.9"),
        ("203.0.113.9,10.0.0.2", "203.0.113.9"),
        ("  203.0.113.9  ", "203.0.113.9"),
        ("192.0.2.66, nonsense", "10.0.0.1"),
        ("192.0.2.66, nonsense, 203.0.113.9", "203.0.113.9"),
        ("192.0.2.66, nonsense, 10.0.0.2", "10.0.0.2"),
        ("", "10.0.0.1"),
        (",", "10.0.0.1"),
        ("10.0.0.2, 10.0.0.3", "10.0.0.2"),
        ("2001:db8:2::1, 10.0.0.2", "2001:db8:2::/64"),
    ],
)
def test_behind_a_proxy(forwarded: str, source: str):
    """The last address that is no proxy of ours; what stands before it may be made up; an unreadable one ends it."""
    assert source == source_of(Surroundings(*PROXIES), request("10.0.0.1", forwarded))


def test_behind_a_proxy_that_says_nothing():
    """It is its own source then."""
    assert "10.0.0.1" == source_of(Surroundings(*PROXIES), request("10.0.0.1"))


def test_an_ipv6_proxy():
    """Networks are of either family."""
    assert "203.0.113.9" == source_of(Surroundings(*PROXIES), request("2001:db8:1::5", "203.0.113.9"))


def test_ipv6_addresses_of_one_network():
    """Whoever has one address has a whole /64: all of it counts as one, in every spelling, and no more."""
    one = {
        source_of(Surroundings(), request(address))
        for address in ("2001:db8::1", "2001:0db8:0:0:ffff::2", "2001:DB8::1", "2001:db8:0:0:1:2:3:4")
    }
    assert {"2001:db8::/64"} == one
    assert "2001:db8:0:1::/64" == source_of(Surroundings(), request("2001:db8:0:1::1"))


def test_mapped_addresses_are_not_all_one():
    """IPv4 addresses in IPv6's clothes are many people's."""
    first, second = (source_of(Surroundings(), request(f"::ffff:192.0.2.{host}")) for host in (1, 2))
    assert first != second


@pytest.mark.parametrize("source", ["", "unknown", "fe80::1%eth0", "1.2.3.4.5", "\ud800"])
def test_odd_sources(source: str):
    """Nothing that stands for a source is an error."""
    assert isinstance(source_of(Surroundings(*PROXIES), request(source, source)), str)


def test_within(stage: Stage):
    """So many in a window for each subject and purpose; 0 is any."""
    services, subject = stage.wiring, stage.fresh("\ud800subject")
    assert [True, True, False] == [within(services, "a", subject, 2, 60) for _ in range(3)]
    assert within(services, "b", subject, 2, 60)
    assert within(services, "a", subject + "x", 2, 60)
    assert within(services, "a", subject, 0, 60)
    stage.clock.advance(seconds=60)
    assert within(services, "a", subject, 2, 60)


def test_a_store_out_of_reach_locks_nobody_out(stage: Stage):
    """A counter that cannot be written allows."""
    with unreachable(stage.wiring.dynamodb):
        assert [True] * 3 == [within(stage.wiring, "a", "outage", 1, 60) for _ in range(3)]


def test_counters_name_nobody(stage: Stage):
    """Neither addresses nor what was typed stand in the table."""
    within(stage.wiring, "marker", "203.0.113.77", 2, 60)
    stored = "".join(str(item.serialize()) for item in stage.wiring.tables.short_lived.scan())
    assert "203.0.113.77" not in stored
