"""A client of a browser's kind: a jar of cookies, the headers that the pages send, and Set-Cookie read exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import urljoin

import httpx

from tests.http import expectations as expect
from tests.http.service_client import MERGE_PATCH, Caller, Service
from tests.support.waiting import eventually

V1_LOGIN = "/api/user/v1/account/login_session/"
V2_LOGIN = "/api/user/v2/account/login_session/"
V1_LOGINS = (V1_LOGIN, "/user_api/v1/account/login_session/", "/login_ajax")
V2_LOGINS = (V2_LOGIN, "/user_api/v2/account/login_session/")
LOGIN_PAGE = "/login"
LOGOUT = "/logout"
REFRESH = "/login_refresh"
CSRF_TOKEN = "/csrf/api/v1/token"

PAYLOAD = "edx-jwt-cookie-header-payload"
SIGNATURE = "edx-jwt-cookie-signature"
CSRF_COOKIE = "csrftoken"
PAGE = "http://localhost:1997"
PAGES = ("http://localhost:1995", PAGE, "http://127.0.0.1:1995", "http://127.0.0.1:1997")
"""The origins that are configured in the local stage (spec 40, section 5)."""

HOUR, DAY = 3600, 86400
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

_http = httpx.Client(
    timeout=60,
    trust_env=False,
    limits=httpx.Limits(max_keepalive_connections=0),
    cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
)
"""Keeps no cookies: each browser has its own jar."""


# --- cookies as they come


@dataclass(frozen=True)
class SetCookie:
    """One Set-Cookie header, taken apart: its attributes in order, names in lower case."""

    name: str
    value: str
    attributes: tuple[tuple[str, str], ...]

    @property
    def names(self) -> list[str]:
        """The names of the attributes, sorted, each as often as it is there."""
        return sorted(name for name, _ in self.attributes)

    def get(self, name: str) -> str | None:
        """Return the value of an attribute; None without it."""
        return dict(self.attributes).get(name)

    @property
    def http_only(self) -> bool:
        """Whether scripts can't read it."""
        return "httponly" in self.names

    @property
    def max_age(self) -> int:
        """How many seconds the cookie is to be kept."""
        age = self.get("max-age")
        assert age is not None, self
        return int(age)

    @property
    def deletes(self) -> bool:
        """Whether it ends the cookie, by Max-Age (which wins) or by a date long past."""
        age, expires = self.get("max-age"), self.get("expires")
        if age is not None:
            return int(age) <= 0
        return expires is not None and parsedate_to_datetime(expires).year < 2020


def _read(header: str) -> SetCookie:
    pair, *rest = header.split(";")
    name, _, value = pair.partition("=")
    attributes = tuple((key.strip().lower(), text.strip()) for key, _, text in (each.partition("=") for each in rest))
    return SetCookie(name.strip(), value.strip(), attributes)


def set_cookies(response: httpx.Response) -> list[SetCookie]:
    """Return the Set-Cookie headers of an answer, in their order."""
    return [_read(each) for each in response.headers.get_list("Set-Cookie")]


def given(response: httpx.Response) -> dict[str, SetCookie]:
    """Return the cookies that an answer sets, each at most once; those that it deletes are left out."""
    found = [each for each in set_cookies(response) if not each.deletes]
    assert len({each.name for each in found}) == len(found), found
    return {each.name: each for each in found}


def refresh_name(response: httpx.Response) -> str:
    """Return the name of a login's refresh cookie: the one HttpOnly cookie that is not the signature."""
    (name,) = (name for name, each in given(response).items() if each.http_only and name != SIGNATURE)
    return name


def expires_within(cookie: SetCookie, shortest: int, longest: int) -> None:
    """Expect a life between two numbers of seconds."""
    assert shortest <= cookie.max_age <= longest, cookie


# --- somebody with a browser


class Browser:
    """One browser: its jar, where its page comes from, and the CSRF token that the page holds."""

    def __init__(self, service: Service, origin: str | None = None) -> None:
        self.service = service
        self.origin = origin
        self.cookies: dict[str, str] = {}
        self.csrf: str | None = None
        self.refresh_cookie = ""

    def _defaults(self, method: str, cookies: Mapping[str, str]) -> dict[str, str | None]:
        return {
            "USE-JWT-COOKIE": "true",
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()) or None,
            "Origin": self.origin,
            "X-CSRFToken": None if method in SAFE_METHODS else self.csrf,
        }

    def request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str | None] | None = None,
        cookies: Mapping[str, str] | None = None,
        **arguments: Any,
    ) -> httpx.Response:
        """Send a request; `headers` win, and None drops one. With `cookies` the jar is neither sent nor changed."""
        sent = {**self._defaults(method, self.cookies if cookies is None else cookies), **(headers or {})}
        encoded = {name: value.encode() for name, value in sent.items() if value is not None}
        url = urljoin(f"{self.service.url}/", path)
        response = _http.request(method, url, headers=encoded, **arguments)  # type: ignore[arg-type]
        if cookies is None:
            self._keep(response)
        return response

    def _keep(self, response: httpx.Response) -> None:
        for each in set_cookies(response):
            self.cookies.pop(each.name, None)
            if not each.deletes:
                self.cookies[each.name] = each.value

    def get(self, path: str, **arguments: Any) -> httpx.Response:
        """GET a path."""
        return self.request("GET", path, **arguments)

    def post(self, path: str, **arguments: Any) -> httpx.Response:
        """POST to a path."""
        return self.request("POST", path, **arguments)

    def patch(self, account: Caller, fields: bytes = b'{"goals": "by cookie"}', **arguments: Any) -> httpx.Response:
        """PATCH an account."""
        headers = {"Content-Type": MERGE_PATCH, **arguments.pop("headers", {})}
        return self.request("PATCH", account.path, headers=headers, content=fields, **arguments)

    def fetch_csrf(self) -> str:
        """Ask for a CSRF token, as a page does, and hold it."""
        response = self.get(CSRF_TOKEN)
        expect.status(200, response)
        self.csrf = response.json()["csrfToken"]
        return self.csrf or ""

    def login(self, account: Caller, **arguments: Any) -> httpx.Response:
        """Try to log an account in, by its username."""
        fields = {"email_or_username": account.username, "password": account.password}
        return self.post(V2_LOGIN, json=fields, **arguments)

    def logged_in(self, account: Caller) -> Browser:
        """Log an account in with a CSRF token that is held from then on."""
        self.fetch_csrf()
        response = self.login(account)
        expect.status(200, response)
        self.refresh_cookie = refresh_name(response)
        return self

    @property
    def token(self) -> str:
        """The JWT that the two cookies hold."""
        return f"{self.cookies[PAYLOAD]}.{self.cookies[SIGNATURE]}"

    def only(self, *names: str) -> dict[str, str]:
        """Return some of the cookies."""
        return {name: self.cookies[name] for name in names}

    def without(self, *names: str) -> dict[str, str]:
        """Return all cookies but some."""
        return {name: value for name, value in self.cookies.items() if name not in names}


# --- forms on pages


class Form(HTMLParser):
    """The first form of a page: where it leads, and its fields with their values."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action: str | None = None
        self.method = ""
        self.fields: dict[str, str] = {}
        self._over = False
        self.feed(page)

    def handle_endtag(self, tag: str) -> None:
        """Read no further than to the end of the form."""
        self._over = self._over or tag == "form"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of the form and of what is to be filled in."""
        if self._over:
            return
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form" and not self.method:
            self.action, self.method = attributes.get("action"), attributes.get("method", "get").lower()
        if tag == "input" and attributes.get("name"):
            self.fields[attributes["name"]] = attributes.get("value", "")


# --- passwords by mail


def reset_token(service: Service, address: str) -> str:
    """Ask for a new password; return the `{uid}-{token}` of the link that is mailed."""

    def newest() -> str:
        mails = service.outbox(address)
        links = [link for mail in mails for link in mail["links"] if "/password_reset_confirm/" in link]
        assert links, mails
        return str(links[-1])

    expect.status(200, Browser(service).post("/password_reset/", data={"email": address}))
    return eventually(newest).rstrip("/").rsplit("/", 1)[-1]


def password_set(service: Service, account: Caller, password: str) -> None:
    """Give an account a new password by the link in a mail."""
    token = reset_token(service, account.email)
    fields = {"new_password1": password, "new_password2": password}
    response = Browser(service).post(f"/password/reset/{token}/", data=fields)
    expect.status(200, response)
    assert response.json()["reset_status"] is True, response.text


# --- where `next` may lead (spec 40, section 2)

FOLLOWED = [
    "/",
    "/account",
    "/a/b.c?d=e&f=%20g#h",
    "/search?q=http://evil.example/",
    "http://localhost:1997/profile/u/learner",
    "http://localhost:1995/?a=b#c",
    "http://127.0.0.1:1995/x",
    "http://localhost:1997",
]
NOT_FOLLOWED = [
    "",
    "account",
    "./account",
    "?next=/",
    "#account",
    "//evil.example",
    "///evil.example",
    "////evil.example/a",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/a\\b",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    "\x01//evil.example",
    "/a\x00b",
    "/a\x1fb",
    "/a\x7fb",
    "/a\x85b",
    "/x\r\nSet-Cookie: planted=yes",
    "/x\nLocation: http://evil.example/",
    " //evil.example",
    " http://evil.example/",
    "http://evil.example/",
    "https://evil.example/",
    "HTTPS://EVIL.EXAMPLE/",
    "http:evil.example",
    "http:/evil.example",
    "http:///evil.example",
    "http:\\\\evil.example",
    "h\nttp://evil.example/",
    "http://evil.example/http://localhost:1997/",
    "http://evil.example/?http://localhost:1997",
    "http://evil.example#http://localhost:1997/",
    "http://localhost:1997@evil.example/",
    "http://localhost:1997:1997@evil.example/",
    "http://localhost:1997\\@evil.example/",
    "http://evil.example\\@localhost:1997/",
    "http://localhost:1997.evil.example/",
    "http://localhost:1997\t.evil.example/",
    "http://localhost:1997%2eevil.example/",
    "http://localhost.evil.example:1997/",
    "http://xlocalhost:1997/",
    "http://localhost:19970/",
    "http://localhost:1998/",
    "http://localhost/",
    "https://localhost:1997/",
    "ftp://localhost:1997/",
    "http://[::1]:1997/",
    "http://[localhost:1997/",
    "javascript:alert(1)",
    "JaVaScRiPt://localhost:1997/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "\ufeff//evil.example",
    "http://ⓔvil.example/",
]


def same_place(service: Service, one: str, other: str) -> bool:
    """Tell whether two references of the service's pages lead to one address."""
    first, second = (urljoin(f"{service.url}/", each).removesuffix("/") for each in (one, other))
    return first == second


# --- one answer of each sort


def answers(browser: Browser, account: Caller) -> dict[str, httpx.Response]:
    """Return answers of every status and kind, by cookie, by token and without either. Logs nobody out."""
    token = {"Authorization": f"JWT {account.token}"}
    unknown = "/api/user/v1/accounts/no_such_user"
    asked: dict[str, Callable[[], httpx.Response]] = {
        "200 heartbeat": lambda: browser.get("/heartbeat", cookies={}),
        "200 keys": lambda: browser.get("/oauth2/jwks", cookies={}),
        "200 CSRF token": lambda: browser.get(CSRF_TOKEN, cookies={}),
        "200 by cookie": lambda: browser.get(account.path),
        "200 by token": lambda: browser.get(account.path, cookies={}, headers=token),
        "200 preferences": lambda: browser.get(f"/api/user/v1/preferences/{account.username}"),
        "200 time zones": lambda: browser.get("/user_api/v1/preferences/time_zones/"),
        "200 registration": lambda: browser.get("/user_api/v1/account/registration/"),
        "200 user status": lambda: browser.get("/api/third_party_auth/v0/providers/user_status"),
        "200 login form": lambda: browser.get(V2_LOGIN),
        "200 login page": lambda: browser.get(f"{LOGIN_PAGE}?next=/", cookies={}),
        "200 password reset": lambda: browser.post("/password_reset/", cookies={}, data={"email": "x"}),
        "204 event": lambda: browser.post("/event", cookies={}, data={"event_type": "x"}),
        "302 logout": lambda: browser.get(LOGOUT, cookies={}),
        "400 login": lambda: browser.post(V2_LOGIN, json={}),
        "400 field": lambda: browser.patch(account, b'{"country": "ZZ"}'),
        "400 malformed": lambda: browser.patch(account, b"{"),
        "400 token": lambda: browser.post("/oauth2/access_token", cookies={}, data={"grant_type": "x"}),
        "401 without": lambda: browser.get(account.path, cookies={}),
        "401 bad token": lambda: browser.get(account.path, headers={"Authorization": "JWT x"}),
        "401 refresh": lambda: browser.post(REFRESH, cookies={}),
        "403 CSRF": lambda: browser.patch(account, headers={"X-CSRFToken": "x"}),
        "404 account": lambda: browser.get(unknown),
        "404 unmatched": lambda: browser.get("/nothing"),
        "404 soft": lambda: browser.get("/api/notifications/count/"),
        "404 link": lambda: browser.get("/activate/unknown"),
        "404 reset link": lambda: browser.get("/password_reset_confirm/x-y/", cookies={}),
        "405": lambda: browser.request("DELETE", account.path),
        "405 login": lambda: browser.request("DELETE", V2_LOGIN),
        "415": lambda: browser.request("PATCH", account.path, content=b"{}"),
    }
    return {sort: ask() for sort, ask in asked.items()}


def statuses_fit(found: Mapping[str, httpx.Response]) -> None:
    """Expect of each answer the status that its name begins with."""
    wrong = {sort: (each.status_code, each.text[:200]) for sort, each in found.items() if not _fits(sort, each)}
    assert {} == wrong


def _fits(sort: str, response: httpx.Response) -> bool:
    return response.status_code == int(sort.split()[0])


def words(headers: httpx.Headers, name: str) -> set[str]:
    """Return the values of a header that is a list, in lower case."""
    return _stripped(",".join(headers.get_list(name)).split(","))


def _stripped(texts: Iterable[str]) -> set[str]:
    return {each.strip().lower() for each in texts} - {""}
