"""Somebody before a browser that shows the site: signing in, filling in forms, and all that went wrong meanwhile."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, Response

from tests.http.service_client import Caller, Service

LANGUAGE_COOKIE = "openedx-language-preference"
PATIENCE_MILLISECONDS = 15_000
LOGIN = "/api/user/v2/account/login_session/"


@dataclass
class Person:
    """A browser of their own, and the account of whoever sits before it, if they have one."""

    context: BrowserContext
    service: Service
    account: Caller | None = None
    problems: list[str] = field(default_factory=list)
    asked: list[Response] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page: Page = self.context.pages[0] if self.context.pages else self.context.new_page()
        self.page.set_default_timeout(PATIENCE_MILLISECONDS)
        self._listeners = {"console": self._console, "request": self._request, "response": self._response}
        for event, listener in self._listeners.items():
            self.context.on(event, listener)  # type: ignore[call-overload]

    @property
    def url(self) -> str:
        """The service as the browser calls it, and as its mails do."""
        return self.service.url

    @property
    def path(self) -> str:
        """The path of the page that is shown."""
        return urlsplit(self.page.url).path

    def signed_in(self, account: Caller | None = None) -> Person:
        """This person, after signing in."""
        self.account = account or self.account
        assert self.account is not None
        content = {"email_or_username": self.account.username, "password": self.account.password}
        answer = self.context.request.post(f"{self.url}{LOGIN}", form=content)
        assert 200 == answer.status, answer.text()
        return self

    def reads(self, language: str) -> Person:
        """This person, who has chosen a language in this browser."""
        self.context.add_cookies([{"name": LANGUAGE_COOKIE, "value": language, "url": self.url}])
        return self

    def open(self, path: str) -> Page:
        """Open a page of the site."""
        self.page.goto(path if path.startswith("http") else self.url + path)
        return self.page

    def fill(self, action: str, **typed: str) -> None:
        """Type into the form that leads to `action`; names are the fields' own."""
        for name, value in typed.items():
            self._field(action, name, value)

    def send(self, action: str, **typed: str) -> Page:
        """Fill the form that leads to `action` in, and send it off as it is, whatever the browser thinks of it."""
        self.fill(action, **typed)
        form = self.form(action)
        form.evaluate("form => { form.noValidate = true }")
        with self.page.expect_navigation():
            form.locator("button[type=submit]").first.click()
        return self.page

    def says(self, text: str) -> None:
        """Expect a text on the page."""
        assert text in self.page.locator("main").inner_text(), self.page.locator("main").inner_text()

    def done(self, path: str) -> None:
        """Expect to have come to a page that says that something was done."""
        assert path == self.path, self.page.locator("main").inner_text()
        assert self.page.get_by_role("status").inner_text().strip()

    def mailed_link(self, address: str, part: str) -> str:
        """The newest link with `part` in it that was mailed to an address."""
        links = [link for mail in self.service.outbox(address) for link in mail["links"] if part in link]
        assert links, self.service.outbox(address)
        return links[-1]

    def form(self, action: str) -> Locator:
        """The form that leads to `action`."""
        return self.page.locator(f'form[action="{action}"]').first

    def _field(self, action: str, name: str, value: str) -> None:
        one = self.form(action).locator(f'[name="{name}"]')
        one.first.evaluate("each => each.closest('details')?.setAttribute('open', '')")
        kind = one.first.evaluate("each => each.tagName === 'SELECT' ? 'select' : each.type")
        if kind == "select":
            one.select_option(value)
        elif kind == "radio":
            self.form(action).locator(f'[name="{name}"][value="{value}"]').check()
        elif kind == "checkbox":
            one.check()
        else:
            one.fill(value)

    def leave(self) -> None:
        """Fail for everything that the browser complained of, and for every request to somebody else."""
        self.page.title()
        for event, listener in self._listeners.items():
            self.context.remove_listener(event, listener)
        assert [] == self.problems

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not re.search(r"responded with a status of (403|404|409)", message.text):
            self.problems.append(message.text)

    def _response(self, response: Response) -> None:
        self.asked.append(response)

    def _request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.url}/", "blob:", "about:", "data:")):
            self.problems.append(f"asked elsewhere: {request.url}")
