"""A browser without a network: it keeps cookies, reads forms, and sends them as a person would."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.api.pages.markup import Form, Markup
from tests.support.api import FORM, PASSWORD, Api
from tests.support.gateway import HOST, Answer
from tests.support.stage import Stage

LOGIN = "/api/user/v2/account/login_session/"
OWN = ("csrfmiddlewaretoken", "once")
BOUNDARY = "----tests"

Upload = tuple[str, str, bytes]
"""A file of a form: its name, its type, its content."""


@dataclass(frozen=True)
class Page(Markup):
    """One answer of the site, read as a browser does."""

    path: str = ""
    answer: Answer = field(repr=False, default_factory=lambda: Answer(0, {}, b""))

    @property
    def status(self) -> int:
        """The status code."""
        return self.answer.status

    @property
    def location(self) -> str | None:
        """Where a redirect leads."""
        return self.answer.headers.get("location")


@dataclass
class Browser:
    """Walks the pages of a stage in this process. `page` is the one that it shows; `cookies` are those that it keeps.

    Nothing is followed by itself: a form that was accepted leaves a page with `status` 303 and a `location`, and
    `follow()` goes there.
    """

    api: Api
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    page: Page = field(default_factory=lambda: Page(""))

    @classmethod
    def of(cls, stage: Stage, **headers: str) -> "Browser":
        """A fresh browser; `headers` (names with underscores) go with every request, `Accept_Language` for one."""
        return cls(stage.api, {name.replace("_", "-"): value for name, value in headers.items()})

    def signed_in(self, username: str, password: str = PASSWORD) -> "Browser":
        """This browser, after somebody has signed in with it."""
        content = {"email_or_username": username, "password": password}
        answer = self.api.post_json(LOGIN, content)
        assert 200 == answer.status, answer.text
        self._keep(answer)
        return self

    @property
    def text(self) -> str:
        """The HTML of the page."""
        return self.page.html

    def get(self, path: str) -> Page:
        """Open a page: its path, with its query if it has one."""
        return self._ask("GET", path)

    def follow(self) -> Page:
        """Go where the answer leads."""
        assert self.page.location is not None, f"{self.page.status} leads nowhere"
        return self.get(self.page.location)

    def send(self, action: str, /, on: str | None = None, **fields: str | Upload | None) -> Page:
        """Send the form that leads to `action`, with what it shows but for `fields`; None leaves one out.

        The form is taken from the page shown, if it has it, else from the page `on`, or that at `action`. A field
        whose name is no name of Python's is given by `**{"a.b": "c"}`.
        """
        if not self.page.has_form(action):
            self.get(on or action)
        form = self.page.form(action)
        sent = {name: value for name, value in (form.values | fields).items() if value is not None}
        return self.post(action, sent, multipart=form.multipart)

    def resend(self, action: str, form: Form, /, **fields: str) -> Page:
        """Send a form that was read before: the same again, as a double click or the back button does."""
        return self.post(action, form.values | fields, multipart=form.multipart)

    def forge(self, action: str, /, **fields: str) -> Page:
        """Send fields as another site's form would: with the cookies, without the CSRF token."""
        return self.post(action, fields)

    def post(self, action: str, fields: Mapping[str, str | Upload], *, multipart: bool = False) -> Page:
        """Send exactly these fields."""
        if multipart:
            return self._ask("POST", action, _multipart(fields), f"multipart/form-data; boundary={BOUNDARY}")
        return self._ask("POST", action, urlencode(fields).encode(), FORM)

    def _ask(self, method: str, path: str, body: bytes | None = None, content_type: str = "") -> Page:
        address = urlsplit(path)
        headers = {"Accept": "text/html", **self.headers}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            headers |= {"Content-Type": content_type, "Origin": f"http://{HOST}"}
        answer = self.api.request(method, address.path, query=address.query, headers=headers, body=body)
        self._keep(answer)
        self.page = Page(answer.text, path=path, answer=answer)
        return self.page

    def _keep(self, answer: Answer) -> None:
        for header in answer.cookies:
            for name, morsel in SimpleCookie(header).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value


def _multipart(fields: Mapping[str, Any]) -> bytes:
    parts = [_part(name, value) for name, value in fields.items()]
    return b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()])


def _part(name: str, value: str | Upload) -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'
    if isinstance(value, str):
        return f"{head}\r\n\r\n{value}\r\n".encode()
    filename, content_type, content = value
    return f'{head}; filename="{filename}"\r\nContent-Type: {content_type}\r\n\r\n'.encode() + content + b"\r\n"
