"""Somebody with a browser of their own: its tabs, its cookies, and all that it complained of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, WebError

from tests.browser.profiles import Profiles
from tests.http.service_client import Caller, Service

BORN = 1990
LOGIN = "/api/user/v1/account/login_session/"
SIGN_IN_REFUSED = "401 /login_refresh"
"""What the console says when the page is opened without a session."""

_STATUS = re.compile(r"the server responded with a status of (\d{3})")
_TABS = 10
"""Every field of our forms is reached by so many presses of the tabulator."""


class Answer(NamedTuple):
    """What a request of the page was answered: its status, and its body as JSON or as text."""

    status: int
    body: Any


@dataclass(frozen=True)
class Place:
    """Where the test page is, and the service that it asks, both as the browser calls them."""

    page: str
    service: str

    @property
    def quiet_page(self) -> str:
        """The page beside it that sends nothing by itself."""
        return f"{self.page}quiet.html"


class Visitor:
    """A browser that knows nothing yet, and the account of whoever sits before it."""

    def __init__(self, context: BrowserContext, place: Place, account: Caller) -> None:
        self.context = context
        self.place = place
        self.account = account
        self.problems: list[str] = []
        self._expected: set[str] = set()
        self._blank_tabs = list(context.pages)
        self._listeners = {"console": self._console, "requestfailed": self._failed, "weberror": self._error}
        for event, listener in self._listeners.items():
            context.on(event, listener)

    # --- tabs

    def tab(self, address: str) -> Page:
        """Open an address in a new tab."""
        page = self._blank_tabs.pop() if self._blank_tabs else self.context.new_page()
        page.goto(address)
        return page

    def at_login(self) -> Page:
        """Open the page without a session; return the tab, which shows the login form then."""
        self.expects(SIGN_IN_REFUSED)
        page = self.tab(self.place.page)
        page.wait_for_url(f"{self.place.service}/login?next=*")
        return page

    def signed_in(self) -> Page:
        """Open the page with a session that was begun before; return the tab once it has loaded everything."""
        fields = {"email": self.account.email, "password": self.account.password}
        answer = self.context.request.post(f"{self.place.service}{LOGIN}", form=fields)
        assert 200 == answer.status, answer.text()
        page = self.tab(self.place.page)
        ready(page)
        return page

    def quiet(self) -> Page:
        """Open a tab whose page can ask everything and asks nothing by itself."""
        return self.tab(self.place.quiet_page)

    # --- cookies

    def cookies(self, address: str | None = None) -> dict[str, Any]:
        """Return the cookies that would be sent to the service (or another address), by name."""
        return {each["name"]: each for each in self.context.cookies(address or self.place.service)}

    # --- complaints

    def expects(self, *problems: str) -> None:
        """Name complaints that this visit must bring, as `STATUS PATH` or as the console words them."""
        self._expected.update(problems)

    def forgets(self) -> list[str]:
        """Forget the complaints so far, and those expected; return the former."""
        found = self.problems.copy()
        self.problems.clear()
        self._expected.clear()
        return found

    def leave(self) -> None:
        """Fail for every complaint that was not expected, or expected in vain."""
        for page in self.context.pages:
            page.title()  # what the tab complained of until now has arrived when it answers
        for event, listener in self._listeners.items():
            self.context.remove_listener(event, listener)
        unexpected, in_vain = set(self.problems) - self._expected, self._expected - set(self.problems)
        assert not unexpected, f"the browser complained of {sorted(unexpected)}"
        assert not in_vain, f"the browser did not complain of {sorted(in_vain)}"

    def _console(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        status = _STATUS.search(message.text)
        self.problems.append(
            f"{status[1] if status else message.text} {urlsplit(message.location['url']).path}".strip()
        )

    def _failed(self, request: Request) -> None:
        self.problems.append(f"{request.failure} {urlsplit(request.url).path}")

    def _error(self, error: WebError) -> None:
        self.problems.append(str(error.error))


class NewVisitor(Protocol):
    """Makes visitors; by default their page is on another origin, and their account is a new one."""

    def __call__(self, place: Place | None = None, account: Caller | None = None, *, scripts: bool = True) -> Visitor:
        """Return somebody who sits before a browser, which runs scripts or does not."""
        ...


@contextmanager
def visitors(profiles: Profiles, service: Service, usual_place: Place) -> Iterator[NewVisitor]:
    """Make visitors; when the block ends, look at what their browsers complained of."""
    with ExitStack() as stack:

        def make(place: Place | None = None, account: Caller | None = None, *, scripts: bool = True) -> Visitor:
            context = stack.enter_context(profiles.lent(scripts=scripts))
            person = account or service.new_account(profile={"year_of_birth": BORN})
            visitor = Visitor(context, place or usual_place, person)
            stack.callback(visitor.leave)
            return visitor

        yield make


def call(page: Page, name: str, *arguments: Any) -> Answer:
    """Let the page send one of its requests."""
    found = page.evaluate("([name, given]) => pages[name](...given)", [name, list(arguments)])
    return Answer(found["status"], found["body"])


def ready(page: Page) -> None:
    """Wait until the page has loaded everything; fail with what it says otherwise."""
    assert "ready" == page.locator("#status:not(:text-is('loading'))").inner_text()


def shown(page: Page, field: str) -> str:
    """Return a field or preference as the page shows it."""
    return page.locator(f'dd[data-field="{field}"]').text_content() or ""


def fill_in(page: Page, **fields: str) -> None:
    """Fill in a form by keyboard alone, send it off, and wait for the page that it leads to."""
    for name, value in fields.items():
        _reach(page, name)
        page.keyboard.press("Control+A")
        page.keyboard.type(value)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def sign_in(page: Page, name: str, password: str) -> None:
    """Fill in the login form, and send it off."""
    fill_in(page, email_or_username=name, password=password)


def _reach(page: Page, name: str) -> None:
    for _ in range(_TABS):
        if page.evaluate("document.activeElement.getAttribute('name')") == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the field {name} is not reached by the tabulator")
