"""The time zones to choose from (spec 10, section 1; spec 40, section 9)."""

from __future__ import annotations

import re

import pytest

from tests.http import expectations as expect
from tests.http.preference_writing import nothing, patch
from tests.http.service_client import Service

ZONES = "/api/user/v1/preferences/time_zones"


def zones(service: Service, query: str = "") -> dict[str, str]:
    """Return what there is to choose: zone -> description, in the order of the answer."""
    response = service.http.get(ZONES + query)
    expect.status(200, response)
    assert all({"time_zone", "description"} == set(each) for each in response.json())
    return {each["time_zone"]: each["description"] for each in response.json()}


def test_all_zones(service: Service) -> None:
    """Anonymous: 200, all common zones, sorted by name (spec 40, section 9)."""
    found = list(zones(service))
    assert 400 < len(found) < 480
    assert sorted(found) == found
    assert {"Asia/Tokyo", "UTC", "US/Pacific", "Europe/Stockholm", "America/Argentina/Buenos_Aires"} <= set(found)
    assert not {"EST5EDT", "Etc/GMT+5", "posixrules", "Factory"} & set(found)


def test_descriptions(service: Service) -> None:
    """A description has the name, the abbreviation and the offset (spec 40, section 9)."""
    found = zones(service)
    assert "Asia/Tokyo (JST, UTC+0900)" == found["Asia/Tokyo"]
    assert "UTC (UTC, UTC+0000)" == found["UTC"]
    for zone, description in found.items():
        assert re.fullmatch(rf"{re.escape(zone)} \([A-Za-z0-9+-]+, UTC[+-]\d{{4}}\)", description)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("JP", ["Asia/Tokyo"]),
        ("jp", ["Asia/Tokyo"]),
        ("SE", ["Europe/Stockholm"]),
        ("NZ", ["Pacific/Auckland", "Pacific/Chatham"]),
    ],
)
def test_of_one_country(service: Service, code: str, expected: list[str]) -> None:
    """`?country_code=XX`: that country's zones, case ignored (spec 40, section 9)."""
    assert expected == list(zones(service, f"?country_code={code}"))


@pytest.mark.parametrize("code", ["", "ZZ", "XX", "Sweden", "%00", "%C3%A9"])
def test_unknown_country(service: Service, code: str) -> None:
    """An unknown or empty code: all of them, never 404 (spec 40, section 9)."""
    assert zones(service) == zones(service, f"?country_code={code}")


def test_each_can_be_chosen(service: Service) -> None:
    """Whatever is offered is accepted as the preference `time_zone` (spec 10, section 10)."""
    caller = service.new_account()
    for zone in [*list(zones(service))[::40], "US/Hawaii", "GMT"]:
        nothing(204, patch(caller, {"time_zone": zone}))


def test_slash_and_tokens(service: Service) -> None:
    """With a trailing slash, and with a token that does not count, the same answer (spec 10, section 1)."""
    plain = service.http.get(ZONES).content
    assert plain == service.http.get(f"{ZONES}/").content
    assert plain == service.http.get(ZONES, headers={"Authorization": "JWT nonsense"}).content
