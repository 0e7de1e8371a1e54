"""Limits by source address and by what was typed (spec 40, section 8); off where RATE_LIMITS is off."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from chalicelib.api.errors import TooManyRequestsError
from chalicelib.api.request import Request
from chalicelib.api.routing import Exchange
from chalicelib.api.services import Services

IPV6_PREFIX = 64
"""The bits of an IPv6 address that count as one source: whoever has one address has all of those."""


def within(services: Services, what: str, subject: str, limit: int, seconds: int) -> bool:
    """Count one more `what` of `subject`; whether that is within `limit` in `seconds`, or limits are off."""
    if not services.settings.rate_limits:
        return True
    kept = services.digests.of(f"limit:{what}", subject.encode("utf-8", "surrogatepass"))
    return services.rate_limiter.allows(kept, limit, seconds, services.clock())


def limit_source(exchange: Exchange, what: str, limit: int, seconds: int, status: int = 429) -> None:
    """Count one more `what` of the source address; raises `TooManyRequestsError` with `status` beyond the limit."""
    services = exchange.services
    if not within(services, what, source_of(services, exchange.request), limit, seconds):
        raise TooManyRequestsError(status)


def source_of(services: Services, request: Request) -> str:
    """The address that a request came from, as a subject of limits.

    API Gateway tells who called it. If that is a proxy of ours, `X-Forwarded-For` says for whom: its last address
    that is not a proxy of ours, since all before it may be made up.
    """
    caller = request.source
    trusted = services.settings.trusted_proxies
    if not trusted or not _is_in(caller, trusted):
        return _subject(caller)
    for hop in reversed(request.headers.get("x-forwarded-for", "").split(",")):
        address = _without_port(hop.strip())
        if _parsed(address) is None:
            break
        caller = address
        if not _is_in(address, trusted):
            break
    return _subject(caller)


def _is_in(address: str, networks: Sequence[str]) -> bool:
    parsed = _parsed(address)
    return parsed is not None and any(parsed in ip_network(network) for network in networks)


def _without_port(hop: str) -> str:
    """An address of a hop that may have a port: `198.51.100.7:4711`, `[2001:db8::1]:4711`."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


def _subject(address: str) -> str:
    parsed = _parsed(address)
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return str(ip_network((parsed, IPV6_PREFIX), strict=False))
    return address


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(address)
    except ValueError:
        return None
