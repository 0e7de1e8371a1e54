"""The headers that keep a browser from harm, and errors in the form that was asked for (spec 40, section 8)."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import httpx
import pytest

from tests.http import expectations as expect
from tests.http.browser_client import (
    CSRF_TOKEN,
    LOGIN_PAGE,
    LOGOUT,
    PAGE,
    REFRESH,
    V1_LOGIN,
    V2_LOGIN,
    Browser,
    answers,
    reset_token,
    set_cookies,
    statuses_fit,
    words,
)
from tests.http.service_client import ME, Caller, Service

WITH_A_TOKEN = ["/activate/unknown", "/email_confirm/x", "/activate_secondary_email/x", "/password_reset_confirm/x-y/"]
"""Pages whose address holds a token, dead ones."""
HTML = [f"{LOGIN_PAGE}?next=/", "/api-docs", *WITH_A_TOKEN]


@pytest.fixture(scope="module")
def account(service: Service) -> Caller:
    """Somebody with a browser."""
    return service.new_account()


@pytest.fixture(scope="module")
def found(service: Service, account: Caller) -> dict[str, httpx.Response]:
    """One answer of each sort, to a page on another origin."""
    browser = Browser(service, PAGE).logged_in(account)
    login = Browser(service).login(account)
    seen = {**answers(browser, account), "200 login": login, "200 refresh": browser.post(REFRESH)}
    statuses_fit(seen)
    return seen


@pytest.fixture(scope="module")
def reset_page(service: Service, account: Caller) -> list[httpx.Response]:
    """What opening a living link for a new password shows, every step of it."""
    browser = Browser(service)
    path = f"/password_reset_confirm/{reset_token(service, account.email)}/"
    responses = [browser.get(path)]
    if responses[0].is_redirect:
        responses.append(browser.get(responses[0].headers["Location"]))
    expect.status(200, responses[-1])
    return responses


def unlike(found: dict[str, httpx.Response], name: str, *expected: str) -> dict[str, list[str]]:
    """Return the answers whose header is not there once, with one of the expected values."""
    seen = {sort: each.headers.get_list(name) for sort, each in found.items()}
    return {sort: values for sort, values in seen.items() if values not in [[each] for each in expected]}


# --- on everything


def test_nosniff(found: dict[str, httpx.Response]) -> None:
    """X-Content-Type-Options: nosniff on everything (section 8)."""
    assert {} == unlike(found, "X-Content-Type-Options", "nosniff")


def test_frames(found: dict[str, httpx.Response]) -> None:
    """X-Frame-Options: DENY on everything (section 8)."""
    assert {} == unlike(found, "X-Frame-Options", "DENY")


def test_referrers(found: dict[str, httpx.Response]) -> None:
    """Referrer-Policy: same-origin on everything, no-referrer on pages whose address holds a token (section 8)."""
    secret = {sort: each for sort, each in found.items() if sort.endswith(" link")}
    assert 2 == len(secret)
    assert {} == unlike(secret, "Referrer-Policy", "no-referrer")
    others = {sort: each for sort, each in found.items() if sort not in secret}
    assert {} == unlike(others, "Referrer-Policy", "same-origin")


def test_strict_transport_over_http(found: dict[str, httpx.Response]) -> None:
    """Strict-Transport-Security over https only, and this is http (section 8)."""
    assert [] == [sort for sort, each in found.items() if "Strict-Transport-Security" in each.headers]


def test_nothing_is_secure_over_http(found: dict[str, httpx.Response]) -> None:
    """No cookie is `Secure` over http: it would not come back (section 3)."""
    cookies = [cookie for each in found.values() for cookie in set_cookies(each)]
    assert cookies
    assert [] == [cookie for cookie in cookies if "secure" in cookie.names]


def test_preflights(service: Service) -> None:
    """Preflights have the headers as well (section 8)."""
    headers = {"Access-Control-Request-Method": "PATCH"}
    seen = {path: Browser(service, PAGE).request("OPTIONS", path, headers=headers) for path in (ME, V2_LOGIN)}
    assert {} == unlike(seen, "X-Content-Type-Options", "nosniff")
    assert {} == unlike(seen, "X-Frame-Options", "DENY")
    assert {} == unlike(seen, "Referrer-Policy", "same-origin")


def test_stack_traces(found: dict[str, httpx.Response]) -> None:
    """Never a stack trace (section 8)."""
    assert [] == [sort for sort, each in found.items() if "Traceback" in each.text or 'File "' in each.text]


# --- over https, as the gateway tells it

HTTPS = {"X-Forwarded-Proto": "https"}


def test_strict_transport(service: Service) -> None:
    """Strict-Transport-Security on what came over https (section 8)."""
    for path, headers in ((CSRF_TOKEN, HTTPS), (ME, {**HTTPS, "Origin": PAGE}), (f"{LOGIN_PAGE}?next=/", HTTPS)):
        response = Browser(service).get(path, headers=headers)
        assert re.match(r"max-age=[1-9]\d+", response.headers["Strict-Transport-Security"])


def test_cookies_are_secure(service: Service, account: Caller) -> None:
    """Every cookie that is set over https is `Secure`, and otherwise as it was (section 3)."""
    plain = {each.name: each.names for each in set_cookies(Browser(service).login(account))}
    seen = {each.name: each.names for each in set_cookies(Browser(service).login(account, headers=HTTPS))}
    assert {name: sorted([*each, "secure"]) for name, each in plain.items()} == seen
    (token,) = set_cookies(Browser(service).get(CSRF_TOKEN, headers=HTTPS))
    assert "secure" in token.names


@pytest.mark.parametrize(
    ("referer", "status"),
    [
        (None, 200),
        (f"{PAGE}/", 200),
        (f"{PAGE}/account?a=b#c", 200),
        ("http://evil.example/", 403),
        (f"http://evil.example/?{PAGE}/", 403),
        (f"{PAGE}.evil.example/", 403),
        ("http://localhost:1997@evil.example/", 403),
        ("http://localhost:19970/", 403),
        ("https://localhost:1997/", 403),
        ("null", 403),
        ("/", 403),
    ],
)
def test_referers(service: Service, account: Caller, referer: str | None, status: int) -> None:
    """Over https a `Referer` that is neither ours nor configured is refused, even with a fitting token (section 4)."""
    browser = Browser(service).logged_in(account)
    expect.status(status, browser.patch(account, headers={**HTTPS, "Referer": referer}))


def test_our_own_referer(service: Service, account: Caller) -> None:
    """Our own pages are ours over https too (section 4)."""
    ours = service.url.replace("http://", "https://")
    browser = Browser(service).logged_in(account)
    expect.status(200, browser.patch(account, headers={**HTTPS, "Referer": f"{ours}/account"}))
    expect.status(200, browser.patch(account, headers={**HTTPS, "Origin": ours}))


# --- what may be kept


def kept(response: httpx.Response) -> bool:
    """Tell whether a cache that others use, or the history, may give an answer again unasked."""
    seen = words(response.headers, "Cache-Control")
    return "no-store" not in seen and not {"private", "no-cache"} <= seen


def test_what_depends_on_who_asks_is_not_kept(found: dict[str, httpx.Response]) -> None:
    """no-store, or private and no-cache, wherever the answer depends on who asks (section 8)."""
    personal = [
        "200 CSRF token",
        "200 by cookie",
        "200 by token",
        "200 preferences",
        "200 user status",
        "200 login page",
        "200 login",
        "200 refresh",
        "302 logout",
        "400 login",
        "401 without",
        "401 refresh",
        "403 CSRF",
    ]
    assert [] == [sort for sort in personal if kept(found[sort])]


def test_whatever_sets_a_cookie_is_not_kept(found: dict[str, httpx.Response]) -> None:
    """An answer with a cookie in it is nobody else's (section 8)."""
    setting = {sort: each for sort, each in found.items() if set_cookies(each)}
    assert {"200 login", "200 refresh", "200 CSRF token"} <= set(setting)
    assert [] == [sort for sort, each in setting.items() if kept(each)]


# --- pages


class Scripts(HTMLParser):
    """Finds what a page would run that stands in the page itself."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of scripts without an address, of handlers, and of addresses that are scripts."""
        for name, value in attrs:
            if name.startswith("on") or (value or "").strip().lower().startswith("javascript:"):
                self.inline.append(f"<{tag} {name}>")
        if tag == "script" and "src" not in dict(attrs):
            self.inline.append("<script>")


def safe_page(response: httpx.Response) -> None:
    """Expect a page with a policy that forbids inline scripts, and without any."""
    assert response.headers["Content-Type"].startswith("text/html"), response.headers
    (policy,) = response.headers.get_list("Content-Security-Policy")
    directives = {name: values for name, *values in (each.split() for each in policy.split(";") if each.strip())}
    allowed = directives.get("script-src", directives.get("default-src", ["*"]))
    assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "data:", "http:", "https:"} & set(allowed), policy
    assert [] == Scripts(response.text).inline


@pytest.mark.parametrize("path", HTML)
def test_pages(service: Service, path: str) -> None:
    """HTML has a Content-Security-Policy without inline scripts (section 8)."""
    safe_page(Browser(service).get(path, headers={"Accept": "text/html"}))


def test_the_page_of_a_living_link(reset_page: list[httpx.Response]) -> None:
    """The form for a new password is such a page, and nobody may keep it (section 8)."""
    safe_page(reset_page[-1])
    assert not kept(reset_page[-1])


@pytest.mark.parametrize("path", WITH_A_TOKEN)
def test_pages_whose_address_holds_a_token(service: Service, path: str) -> None:
    """Referrer-Policy: no-referrer (section 8)."""
    response = Browser(service).get(path, headers={"Accept": "text/html"})
    assert ["no-referrer"] == response.headers.get_list("Referrer-Policy")


def test_a_living_link_does_not_leak(reset_page: list[httpx.Response]) -> None:
    """Referrer-Policy: no-referrer on the living link, and on what it leads to (section 8)."""
    assert "no-referrer" == reset_page[0].headers["Referrer-Policy"]
    assert reset_page[-1].headers["Referrer-Policy"] in ("no-referrer", "same-origin")


# --- errors in the form that was asked for

JSON_ERRORS = [
    ("GET", ME, 401),
    ("GET", "/nothing", 404),
    ("GET", "/api/notifications/count/", 404),
    ("POST", REFRESH, 401),
    ("POST", V1_LOGIN, 400),
    ("POST", V2_LOGIN, 400),
    ("DELETE", V2_LOGIN, 405),
    ("DELETE", CSRF_TOKEN, 405),
    ("PUT", LOGOUT, 405),
]


@pytest.mark.parametrize("accept", ["application/json", "application/json, text/plain, */*", "*/*", ""])
@pytest.mark.parametrize(("method", "path", "status"), JSON_ERRORS)
def test_json(service: Service, method: str, path: str, status: int, accept: str) -> None:
    """Whoever asks for JSON gets JSON (section 8)."""
    response = Browser(service).request(method, path, headers={"Accept": accept}, data={"other": "x"})
    expect.status(status, response)
    assert response.headers["Content-Type"].startswith("application/json")
    assert isinstance(response.json(), dict | str)


@pytest.mark.parametrize(("method", "path", "status"), JSON_ERRORS)
def test_html(service: Service, method: str, path: str, status: int) -> None:
    """Whoever asks for HTML gets the same status, in HTML or JSON (section 8)."""
    accept = {"Accept": "text/html,application/xhtml+xml;q=0.9"}
    response = Browser(service).request(method, path, headers=accept, data={"other": "x"})
    expect.status(status, response)
    assert re.match(r"(text/html|application/json)\b", response.headers["Content-Type"])
    assert "Traceback" not in response.text
    if response.headers["Content-Type"].startswith("text/html"):
        safe_page(response)


@pytest.mark.parametrize(
    "value", ["/x\r\nX-Planted: yes", "/x\nX-Planted: yes", "/x\rX-Planted: yes", "/%0d%0aX-Planted:yes"]
)
def test_no_header_is_smuggled_in(service: Service, value: str) -> None:
    """What comes back in a header can't end it (section 8)."""
    for path in (LOGOUT, LOGIN_PAGE):
        for name in ("next", "redirect_url"):
            response = Browser(service).get(path, params={name: value})
            assert response.status_code in (200, 302), response.text
            assert "X-Planted" not in response.headers
