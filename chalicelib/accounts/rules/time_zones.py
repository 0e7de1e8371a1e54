"""Time zones: which are common, and which a country has (spec 10, section 10; spec 40, section 9).

The table is IANA's `zone.tab`, as the package tzdata brings it. Common are the zones that it lists, and those that
people in America look for under their older names.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

WORLD = ("GMT", "UTC")
CANADA = ("Atlantic", "Central", "Eastern", "Mountain", "Newfoundland", "Pacific")
UNITED_STATES = ("Alaska", "Arizona", "Central", "Eastern", "Hawaii", "Mountain", "Pacific")


@cache
def common_zones() -> frozenset[str]:
    """The names of all common time zones."""
    listed = {zone for zones in zones_by_country().values() for zone in zones}
    older = {f"Canada/{name}" for name in CANADA} | {f"US/{name}" for name in UNITED_STATES}
    return frozenset(listed | older | set(WORLD))


@cache
def zones_by_country() -> Mapping[str, tuple[str, ...]]:
    """Country code (ISO 3166-1 alpha-2) -> its zones, in alphabetical order."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for line in table.splitlines():
        if line and not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            found.setdefault(country, []).append(zone)
    return {country: tuple(sorted(zones)) for country, zones in found.items()}
