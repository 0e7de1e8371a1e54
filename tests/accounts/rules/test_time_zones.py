"""Which time zones are common, and which a country has (spec 10, section 10; spec 40, section 9)."""

from zoneinfo import ZoneInfo

import pytest

from chalicelib.accounts.rules.time_zones import common_zones, zones_by_country


@pytest.mark.parametrize("zone", ["UTC", "GMT", "Asia/Tokyo", "Europe/Stockholm", "US/Pacific", "Canada/Atlantic"])
def test_common(zone):
    """What people choose is common."""
    assert zone in common_zones()


@pytest.mark.parametrize("zone", ["", "utc", "Etc/GMT+5", "EST5EDT", "posixrules", "Factory", "Asia", "asia/tokyo"])
def test_not_common(zone):
    """What is none, or is no place, is not."""
    assert zone not in common_zones()


def test_every_zone_exists():
    """Each can be loaded."""
    assert common_zones() == {ZoneInfo(zone).key for zone in common_zones()}


def test_of_countries():
    """A country's zones, sorted; every one of them is common."""
    found = zones_by_country()
    assert ("Asia/Tokyo",) == found["JP"]
    assert ("Pacific/Auckland", "Pacific/Chatham") == found["NZ"]
    assert "zz" not in found
    assert all(code.isupper() and len(code) == 2 for code in found)
    for zones in found.values():
        assert tuple(sorted(zones)) == zones
        assert set(zones) <= common_zones()
