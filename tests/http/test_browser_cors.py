"""Which pages on other origins may read answers (spec 40, section 5)."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.http import expectations as expect
from tests.http import service_process
from tests.http.browser_client import (
    CSRF_TOKEN,
    LOGIN_PAGE,
    LOGOUT,
    PAGE,
    PAGES,
    REFRESH,
    V2_LOGIN,
    Browser,
    answers,
    statuses_fit,
    words,
)
from tests.http.case_names import brief
from tests.http.conftest import ended, started
from tests.http.service_client import ME, TOKEN_PATH, Caller, Service

METHODS = {"get", "post", "put", "patch", "delete"}
HEADERS = {"use-jwt-cookie", "x-csrftoken", "content-type", "authorization"}
UNKNOWN = [
    "http://evil.example",
    "https://evil.example",
    "null",
    "*",
    "http://localhost:1997.evil.example",
    "http://evil.example/http://localhost:1997",
    "http://evil.example#http://localhost:1997",
    "http://localhost:1997@evil.example",
    "http://xlocalhost:1997",
    "http://localhost:19970",
    "http://localhost:1998",
    "http://localhost:199",
    "http://localhost",
    "http://127.0.0.1",
    "https://localhost:1997",
    "localhost:1997",
    "http://[::1]:1997",
    "http://localhost:1997 http://evil.example",
    "http://localhost:1997, http://evil.example",
    "http://evil.example, http://localhost:1997",
    "file://",
    "é",
    "x" * 4000,
]
PATHS = [
    ME,
    "/api/user/v1/accounts/learner",
    "/api/user/v1/accounts/learner/image",
    "/api/user/v1/preferences/learner",
    "/api/user/v1/preferences/learner/time_zone",
    "/api/user/v1/accounts/deactivate_logout/",
    "/api/user/v1/accounts/name_change/",
    "/user_api/v1/preferences/time_zones/",
    "/user_api/v1/account/registration/",
    "/api/third_party_auth/v0/providers/user_status",
    "/api/edx_name_affirmation/v1/verified_name/history",
    "/api/certificates/v0/certificates/learner/",
    "/event",
    "/i18n/setlang/",
    "/nothing",
    "/password_reset/",
    V2_LOGIN,
    REFRESH,
    CSRF_TOKEN,
    LOGOUT,
    LOGIN_PAGE,
    TOKEN_PATH,
]


@pytest.fixture(scope="module")
def account(service: Service) -> Caller:
    """Somebody with a page on another origin."""
    return service.new_account()


def preflight(browser: Browser, path: str, method: str = "PATCH", asked: str = "use-jwt-cookie") -> httpx.Response:
    """Ask, as a browser does, whether a request may be sent: without cookies or a token."""
    headers = {
        "USE-JWT-COOKIE": None,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": asked,
    }
    return browser.request("OPTIONS", path, headers=headers, cookies={})


def readable(response: httpx.Response, origin: str) -> bool:
    """Tell whether a page of an origin may read an answer, and no cache mixes origins up."""
    seen = [response.headers.get_list(f"Access-Control-Allow-{name}") for name in ("Origin", "Credentials")]
    return seen == [[origin], ["true"]] and "origin" in words(response.headers, "Vary")


def unreadable(response: httpx.Response) -> bool:
    """Tell whether an answer has no CORS header."""
    return not [name for name in response.headers if name.lower().startswith("access-control-")]


# --- preflight


@pytest.mark.parametrize("path", PATHS)
def test_preflight(service: Service, path: str) -> None:
    """200 or 204 without a token, with everything that the pages need (section 5)."""
    for form in (path.rstrip("/"), f"{path.rstrip('/')}/"):
        response = preflight(Browser(service, PAGE), form)
        assert response.status_code in (200, 204), response.text
        assert readable(response, PAGE), response.headers
        assert METHODS <= words(response.headers, "Access-Control-Allow-Methods")
        assert HEADERS <= words(response.headers, "Access-Control-Allow-Headers")
        assert int(response.headers["Access-Control-Max-Age"]) > 0


@pytest.mark.parametrize("origin", PAGES)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_preflight_of_each_origin(service: Service, origin: str, method: str) -> None:
    """Each configured origin gets itself back, whatever is asked for (section 5)."""
    for asked in ("use-jwt-cookie,x-csrftoken", "content-type", "authorization", "x-unheard-of", ""):
        response = preflight(Browser(service, origin), ME, method, asked)
        assert response.status_code in (200, 204), response.text
        assert readable(response, origin), response.headers
        assert "*" not in words(response.headers, "Access-Control-Allow-Headers")


@pytest.mark.parametrize("origin", UNKNOWN, ids=brief)
def test_preflight_of_unknown_origins(service: Service, origin: str) -> None:
    """An unknown origin gets no CORS header (section 5)."""
    for path in (ME, V2_LOGIN, REFRESH, "/nothing"):
        response = preflight(Browser(service, origin), path)
        assert response.status_code < 500, response.text
        assert unreadable(response), response.headers


def test_a_preflight_with_a_bad_token(service: Service) -> None:
    """A preflight is answered whatever it carries (section 5)."""
    headers = {
        "Authorization": "JWT nonsense",
        "Cookie": "edx-jwt-cookie-signature=x",
        "Access-Control-Request-Method": "PATCH",
    }
    response = Browser(service, PAGE).request("OPTIONS", ME, headers=headers)
    assert response.status_code in (200, 204), response.text
    assert readable(response, PAGE)


# --- answers


@pytest.mark.parametrize("origin", PAGES)
def test_every_answer_is_readable(service: Service, account: Caller, origin: str) -> None:
    """Both headers and `Vary: Origin` on every answer to a configured origin, errors included (section 5)."""
    browser = Browser(service, origin).logged_in(account)
    found = answers(browser, account)
    statuses_fit(found)
    assert {} == {sort: dict(each.headers) for sort, each in found.items() if not readable(each, origin)}


@pytest.mark.parametrize("origin", UNKNOWN, ids=brief)
def test_no_answer_is_readable(service: Service, account: Caller, origin: str) -> None:
    """No CORS header for an unknown origin on any answer; safe requests are answered all the same (section 5)."""
    browser = Browser(service).logged_in(account)
    browser.origin = origin
    found = answers(browser, account)
    assert {} == {sort: dict(each.headers) for sort, each in found.items() if not unreadable(each)}
    safe = ("200 heartbeat", "200 CSRF token", "200 by cookie", "200 by token", "200 preferences", "200 login form")
    statuses_fit({sort: found[sort] for sort in safe})


def test_without_an_origin(service: Service, account: Caller) -> None:
    """Whoever sends no `Origin` is told of none: neither `*` nor one of the list (section 5)."""
    browser = Browser(service).logged_in(account)
    found = answers(browser, account)
    statuses_fit(found)
    assert {} == {
        sort: each.headers["Access-Control-Allow-Origin"]
        for sort, each in found.items()
        if "Access-Control-Allow-Origin" in each.headers
    }


def test_logging_in_and_refreshing(service: Service, account: Caller) -> None:
    """The answers that set cookies are readable too (section 5)."""
    browser = Browser(service, PAGE)
    browser.fetch_csrf()
    for response in (browser.login(account), browser.post(REFRESH)):
        expect.status(200, response)
        assert readable(response, PAGE), response.headers


def test_a_write_is_readable(service: Service, account: Caller) -> None:
    """200 and 204 of writes are readable (section 5)."""
    browser = Browser(service, PAGE).logged_in(account)
    written = browser.request("PUT", f"/api/user/v1/preferences/{account.username}/colour", json="red")
    deleted = browser.request("DELETE", f"/api/user/v1/preferences/{account.username}/colour")
    patched = browser.patch(account)
    assert (204, 204, 200) == tuple(each.status_code for each in (written, deleted, patched))
    assert all(readable(each, PAGE) for each in (written, deleted, patched))


def test_a_picture_far_too_large(service: Service, account: Caller) -> None:
    """A body that is refused before anybody looks at it: the page reads that too (section 5)."""
    browser = Browser(service, PAGE).logged_in(account)
    response = browser.post(f"{account.path}/image", files={"file": ("a.png", b"x" * 11_000_000, "image/png")})
    assert response.status_code in (400, 413), response.text
    assert readable(response, PAGE), response.headers


@pytest.mark.parametrize("path", ["/%ff", "/api/user/v1/accounts/%ff", "/%zz", "/a//b", f"/{'x' * 9000}"], ids=brief)
def test_paths_that_nobody_serves(service: Service, path: str) -> None:
    """The 404 of a path that can't be one is readable as well (section 5)."""
    response = Browser(service, PAGE).get(f"{service.url}{path}")
    expect.status(404, response)
    assert readable(response, PAGE), response.headers


@pytest.mark.parametrize("path", [ME, "/nothing", "/heartbeat"])
def test_two_origins_in_one_request(service: Service, path: str) -> None:
    """Two `Origin` headers are no configured origin, or the one of them that is (section 5)."""
    headers = [("Origin", "http://evil.example"), ("Origin", PAGE), ("Origin", "http://evil.example")]
    response = httpx.get(f"{service.url}{path}", headers=headers, trust_env=False)
    assert response.status_code < 500
    assert response.headers.get("Access-Control-Allow-Origin", PAGE) == PAGE


# --- more origins


@pytest.fixture(scope="module")
def wider() -> Iterator[Service]:
    """A service that was started with one origin more."""
    usual = service_process.environment
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            service_process,
            "environment",
            lambda port, aws_port: {**usual(port, aws_port), "CORS_ORIGINS": "https://pages.example"},
        )
        process = started()
    own = Service(process.url)
    yield own
    own.close()
    ended(process)


def test_an_origin_of_the_setting(wider: Service) -> None:
    """`CORS_ORIGINS` adds to those of the local stage (section 5; spec 00)."""
    account = wider.new_account()
    for origin in ("https://pages.example", *PAGES):
        browser = Browser(wider, origin).logged_in(account)
        expect.status(200, browser.patch(account))
        response = browser.get(ME)
        expect.status(200, response)
        assert readable(response, origin)
        assert readable(preflight(browser, ME), origin)


@pytest.mark.parametrize("origin", ["http://pages.example", "https://pages.example:8443", "https://a.pages.example"])
def test_its_neighbours_are_unknown(wider: Service, origin: str) -> None:
    """Another scheme, port or host is another origin (section 5)."""
    assert unreadable(preflight(Browser(wider, origin), ME))
    response = Browser(wider, origin).get(CSRF_TOKEN)
    expect.status(200, response)
    assert unreadable(response)


def test_it_is_followed_after_a_login(wider: Service) -> None:
    """`next` may lead to it (section 2)."""
    account = wider.new_account()
    for target in ("https://pages.example/profile/u/x", "http://localhost:1997/"):
        fields = {"email_or_username": account.username, "password": account.password, "next": target}
        response = Browser(wider).post(V2_LOGIN, json=fields)
        expect.status(200, response)
        assert target == response.json()["redirect_url"]
