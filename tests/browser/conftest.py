"""Browser tests: a real Chromium, a small page of our own, and the service as a process of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser import page_server
from tests.browser.profiles import Profiles
from tests.browser.visitor import NewVisitor, Place, Visitor, visitors
from tests.http import service_process
from tests.http.service_client import Service
from tests.http.service_process import CLEAN_EXITS, ServiceProcess, free_ports

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MILLISECONDS = 20_000
_running: list[ServiceProcess] = []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Show what the service wrote beside each failure."""
    report = yield
    if report.failed:
        for process in _running:
            report.sections.append((f"output of the service at {process.url}", process.output()))
    return report


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    assert found is not None, "there is no Chromium; tests/browser/install-chromium.sh installs it"
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_MILLISECONDS)
        chromium = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def profiles(browser: Browser) -> Profiles:
    """The browser's profiles."""
    return Profiles(browser)


@pytest.fixture(scope="session")
def page_port() -> int:
    """The port of the page: one that the local stage trusts by itself, if one is free."""
    return page_server.known_port() or free_ports(1)[0]


@pytest.fixture(scope="session")
def process(page_port: int) -> Iterator[ServiceProcess]:
    """The service; told to trust the page's origin where it does not by itself."""
    with pytest.MonkeyPatch.context() as patch:
        if page_port not in page_server.KNOWN_PORTS:
            patch.setattr(service_process, "environment", _trusting(f"http://localhost:{page_port}"))
        started = ServiceProcess()
    _running.append(started)
    started.wait_until_ready()
    yield started
    status = started.interrupt()
    _running.remove(started)
    assert status in CLEAN_EXITS, f"exit status {status}\n{started.output()}"
    assert "Traceback" not in started.output(), started.output()


@pytest.fixture(scope="session")
def service(process: ServiceProcess) -> Iterator[Service]:
    """A client of the service, to provision accounts and to read mails."""
    client = Service(process.url)
    yield client
    client.close()


@pytest.fixture(scope="session")
def url(process: ServiceProcess) -> str:
    """The service as the browser calls it: on the site of the page."""
    return f"http://localhost:{process.port}"


@pytest.fixture(scope="session")
def elsewhere(url: str, page_port: int) -> Iterator[Place]:
    """The page as the real ones stand: same site as the service, another origin."""
    with page_server.beside(url, page_port) as origin:
        yield Place(f"{origin}/", url)


@pytest.fixture(scope="session")
def within(process: ServiceProcess) -> Iterator[Place]:
    """The page on the service's own origin."""
    with page_server.before(process.port) as origin:
        yield Place(f"{origin}{page_server.OWN_PATH}", origin)


@pytest.fixture(scope="session")
def hostile(url: str) -> Iterator[Place]:
    """The page on an origin that the service was not told of."""
    with page_server.beside(url) as origin:
        yield Place(f"{origin}/", url)


@pytest.fixture(scope="module", params=["elsewhere", "within"])
def place(request: pytest.FixtureRequest) -> Place:
    """The page on each kind of origin in turn."""
    chosen: Place = request.getfixturevalue(request.param)
    return chosen


@pytest.fixture
def new_visitor(profiles: Profiles, service: Service, elsewhere: Place) -> Iterator[NewVisitor]:
    """Make visitors with a browser and an account of their own."""
    with visitors(profiles, service, elsewhere) as make:
        yield make


@pytest.fixture(scope="module")
def lasting_visitor(profiles: Profiles, service: Service, elsewhere: Place) -> Iterator[NewVisitor]:
    """Make visitors who stay for all tests of a module."""
    with visitors(profiles, service, elsewhere) as make:
        yield make


@pytest.fixture
def visitor(new_visitor: NewVisitor) -> Visitor:
    """Somebody whose page is on another origin."""
    return new_visitor()


def _trusting(origin: str) -> Callable[[int, int], dict[str, str]]:
    usual = service_process.environment
    return lambda port, aws_port: {**usual(port, aws_port), "CORS_ORIGINS": origin}
