"""docs/browsers.md tells cookies, limits, cases and differences as they are, and its commands are run."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from chalicelib.api import response_headers
from chalicelib.api.blueprint import ROUTES
from chalicelib.settings import Settings
from local.stage import PAGES
from tests.docs.pages import by_name, page, rows
from tests.http.service_process import ServiceProcess
from tests.tour.tour import fits, run, steps

BROWSERS = page("docs/browsers.md")
COMMANDS = steps(f"\n## Tour\n{re.sub('^## ', '### ', BROWSERS.text, flags=re.MULTILINE)}\n## ")
AREAS = {"Logging in", "Passwords", "Sessions", "Pages"}
TOLD_ELSEWHERE = {"/", "/favicon.ico", "/password_reset_complete"}
OF_BROWSERS = re.compile(
    r"cookie|cors|origin|landing|csrf|proxies|signing_key|(?:login|reset|token)_\w*(?:limit|window)|password_reset"
)


def told_settings() -> set[str]:
    """Every setting that the page names."""
    named = {name.lower() for name in re.findall(r"`([A-Z][A-Z_]+)`", BROWSERS.text)}
    return named & set(Settings.model_fields)


@pytest.fixture(scope="module")
def printed() -> Iterator[list[str]]:
    """What each of the page's shell blocks prints on a service of its own."""
    service = ServiceProcess()
    try:
        service.wait_until_ready()
        yield run(COMMANDS, f"127.0.0.1:{service.port}")
    finally:
        service.interrupt()


@pytest.mark.server
@pytest.mark.parametrize("number", range(len(COMMANDS)))
def test_a_command(printed: list[str], number: int) -> None:
    """Each shell block prints what the page shows after it."""
    assert number < len(printed), "the shell ended before this step"
    assert fits(COMMANDS[number].shown, printed[number]), f"{COMMANDS[number].command}\nprinted:\n{printed[number]}"


@pytest.mark.parametrize(
    "part", ["csrf/api/v1/token", "login_session", "login_refresh", "/sessions", "/logout", "/password_reset/"]
)
def test_the_commands_are_whole(part: str) -> None:
    """Signing in, writing, renewing, logging out and a new password are among the commands."""
    assert any(part in each.command for each in COMMANDS)


def test_every_setting_is_told() -> None:
    """Each setting about cookies, origins, limits of logins and resets, proxies and signing keys is on the page."""
    wanted = {name for name in Settings.model_fields if OF_BROWSERS.search(name)}
    assert {"cookie_domain", "cors_origins", "reset_link_limit", "trusted_proxies"} <= wanted
    assert set() == wanted - told_settings()


def test_every_cookie_is_told() -> None:
    """The table of cookies has each by its default name, with the setting of that name."""
    told = by_name(BROWSERS.section("The cookies"))
    names = {name: field for name, field in Settings.model_fields.items() if re.fullmatch(r"cookie_\w+_name", name)}
    assert {str(field.default): f"`{name.upper()}`" for name, field in names.items()} == {
        cookie: cells[0] for cookie, cells in told.items()
    }


def test_every_limit_is_told() -> None:
    """The table of limits has the settings of each, and no default is another than the setting's."""
    limits = rows(BROWSERS.section("Limits"))[1:]
    named = {name.lower() for cells in limits for name in re.findall(r"`([A-Z_]+)`", cells[2])}
    wanted = {name for name in Settings.model_fields if re.fullmatch(r"(login|reset|token)_\w*?(limit|seconds)", name)}
    assert wanted | {"login_failure_limit", "login_lockout_minutes"} == named
    for cells in limits:
        first = re.findall(r"`([A-Z_]+)`", cells[2])[0].lower()
        assert str(Settings.model_fields[first].default) == cells[3].split()[0].rstrip(",")


def test_every_route_is_told() -> None:
    """Each path of logins, sessions, passwords and what the pages ask stands on the page."""
    paths = {route.path for route in ROUTES if route.tag in AREAS} - TOLD_ELSEWHERE
    endings = {re.sub(r"\{[^}]*\}", "", path.removeprefix("/api/user/v1/accounts/{username}")) for path in paths}
    endings = {re.sub(r"^/(?:api/user|user_api)/v\d/account", "", ending).rstrip("/") for ending in endings}
    assert [] == sorted(ending for ending in endings if ending not in BROWSERS.text)


def test_every_header_is_told() -> None:
    """Each header that all answers have is in the table."""
    section = BROWSERS.section("Headers")
    assert [] == [name for name, value in response_headers.ALWAYS.items() if f"`{name}: {value}`" not in section]


def test_the_local_origins_are_told() -> None:
    """The origins that the local stage trusts by itself are named, or have a host that is."""
    section = BROWSERS.section("On your machine")
    hosts = {origin for origin in PAGES if f"`{origin}`" in section}
    assert {origin for origin in PAGES if "localhost" in origin} == hosts
    assert "`127.0.0.1`" in section


def test_every_difference_is_told() -> None:
    """Each question where upstream is unsafe or unsettled has its row: spec 40, B1 to B9 (section 0)."""
    told = [cells[0] for cells in rows(BROWSERS.section("Differences to Open edX"))]
    assert [f"B{number}" for number in range(1, 10)] == told[1:]
