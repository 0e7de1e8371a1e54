"""The CSRF token: which requests need it, and what fits (spec 40, sections 0 B2 and 4)."""

from __future__ import annotations

from collections.abc import Mapping

import httpx
import pytest

from tests.http import expectations as expect
from tests.http.browser_client import (
    CSRF_COOKIE,
    CSRF_TOKEN,
    DAY,
    PAGE,
    PAGES,
    PAYLOAD,
    REFRESH,
    SAFE_METHODS,
    SIGNATURE,
    V1_LOGIN,
    V1_LOGINS,
    V2_LOGIN,
    V2_LOGINS,
    Browser,
    given,
    words,
)
from tests.http.case_names import brief
from tests.http.preference_writing import key_path, put
from tests.http.retirement_client import LEAVE, refused
from tests.http.service_client import LOGIN_CLIENT, MERGE_PATCH, TOKEN_PATH, Caller, Service

WRITES = {"PATCH": 200, "PUT": 204, "POST": 201, "DELETE": 204}
HOSTILE = [
    "http://evil.example",
    "https://evil.example",
    "null",
    "http://localhost:1997.evil.example",
    "http://evil.example/http://localhost:1997",
    "http://localhost:1997@evil.example",
    "http://xlocalhost:1997",
    "http://localhost:19970",
    "http://localhost:1998",
    "http://localhost",
    "http://127.0.0.1",
    "https://localhost:1997",
    "localhost:1997",
    "http://localhost:1997 http://evil.example",
    "http://localhost:1997, http://evil.example",
    "*",
    "é",
]


@pytest.fixture
def account(service: Service) -> Caller:
    """Somebody with a preference that may be deleted."""
    fresh = service.new_account(profile={"year_of_birth": 1990})
    expect.status(204, put(fresh, "colour", "red"))
    return fresh


@pytest.fixture
def browser(service: Service, account: Caller) -> Browser:
    """The browser of an account, logged in."""
    return Browser(service).logged_in(account)


def write(
    browser: Browser, account: Caller, method: str, headers: Mapping[str, str | None] | None = None, **arguments: object
) -> httpx.Response:
    """Send a write of one method that changes the account in a way to be seen."""
    colour = key_path(account.username, "colour")
    path, kind, content = {
        "PATCH": (account.path, MERGE_PATCH, b'{"goals": "by cookie"}'),
        "PUT": (colour, "application/json", b'"blue"'),
        "POST": ("/api/user/v1/accounts/name_change", "application/json", b'{"name": "By Cookie"}'),
        "DELETE": (colour, "application/json", b""),
    }[method]
    return browser.request(
        method, path, headers={"Content-Type": kind, **(headers or {})}, content=content, **arguments
    )


def state(account: Caller) -> tuple[object, ...]:
    """Return what the writes would change."""
    fields, colour = account.account(), account.get(key_path(account.username, "colour"))
    return fields["goals"], fields["pending_name_change"], colour.status_code, colour.text


def forbidden(account: Caller, browser: Browser, **arguments: object) -> None:
    """Expect of every write a 403 that changes nothing."""
    before = state(account)
    for method in WRITES:
        expect.detail(403, write(browser, account, method, **arguments))
    assert before == state(account)


def allowed(account: Caller, browser: Browser, **arguments: object) -> None:
    """Expect every write to be done."""
    before = state(account)
    for method, done in WRITES.items():
        expect.status(done, write(browser, account, method, **arguments))
    assert not set(before[:2]) & set(state(account))


# --- the token


def test_the_token(service: Service) -> None:
    """200 `{"csrfToken": str}`, the cookie, and no storing (section 4)."""
    for path in (CSRF_TOKEN, f"{CSRF_TOKEN}/"):
        response = Browser(service).get(path)
        expect.status(200, response)
        assert {"csrfToken"} == set(response.json())
        assert isinstance(response.json()["csrfToken"], str)
        assert [CSRF_COOKIE] == list(given(response))
        assert "no-store" in words(response.headers, "Cache-Control")


def test_each_browser_has_its_own(service: Service) -> None:
    """Two browsers get two tokens, of at least 128 bits each (section 4)."""
    one, other = Browser(service), Browser(service)
    assert one.fetch_csrf() != other.fetch_csrf()
    assert one.cookies[CSRF_COOKIE] != other.cookies[CSRF_COOKIE]
    assert min(len(each.csrf or "") for each in (one, other)) >= 22


def test_a_token_is_asked_for_by_anybody(service: Service, browser: Browser) -> None:
    """With a session, a bad one or a bad token, from any origin: 200 (section 1)."""
    expect.status(200, browser.get(CSRF_TOKEN))
    for headers in ({"Authorization": "JWT x"}, {"Origin": "http://evil.example"}, {"Cookie": f"{CSRF_COOKIE}=x"}):
        expect.status(200, Browser(service).get(CSRF_TOKEN, headers=headers))


def test_a_bad_cookie_is_replaced(service: Service, account: Caller, browser: Browser) -> None:
    """Whoever comes with a cookie that is not of this service gets one that is (section 4)."""
    browser.cookies[CSRF_COOKIE] = "planted"
    browser.fetch_csrf()
    assert "planted" != browser.cookies[CSRF_COOKIE]
    allowed(account, browser)


# --- writes by cookie


def test_with_a_fitting_token(account: Caller, browser: Browser) -> None:
    """Cookie and header of one browser: the writes are done (section 4)."""
    allowed(account, browser)


def test_without_the_header(account: Caller, browser: Browser) -> None:
    """No `X-CSRFToken`: 403 (section 4)."""
    forbidden(account, browser, headers={"X-CSRFToken": None})


def test_without_the_cookie(account: Caller, browser: Browser) -> None:
    """No `csrftoken` cookie: 403 (section 4)."""
    forbidden(account, browser, cookies=browser.without(CSRF_COOKIE))


@pytest.mark.parametrize("value", ["", "x", "null", "é", "0" * 32, "A" * 64, "a.b.c", "A" * 4000, "%00"], ids=brief)
def test_a_header_that_does_not_fit(account: Caller, browser: Browser, value: str) -> None:
    """Any other header: 403 (section 4)."""
    forbidden(account, browser, headers={"X-CSRFToken": value})


@pytest.mark.parametrize(
    "value", ["", "x", "é", "0" * 32, "A" * 64, "aB3" * 21 + "x", "a.b", "a:b", "A" * 4000], ids=brief
)
def test_planted_cookies(account: Caller, browser: Browser, value: str) -> None:
    """A cookie that somebody planted is worthless, with a header that equals it too (section 4)."""
    cookies = {**browser.cookies, CSRF_COOKIE: value}
    forbidden(account, browser, cookies=cookies)
    forbidden(account, browser, cookies=cookies, headers={"X-CSRFToken": value})


def test_planted_cookies_of_the_right_form(account: Caller, browser: Browser) -> None:
    """A real cookie or token with one character changed is worthless, with a header that equals it too (section 4)."""
    for real in (browser.cookies[CSRF_COOKIE], browser.csrf or ""):
        for place in (1, len(real) // 2, len(real) - 3):
            forged = real[:place] + ("A" if real[place] != "A" else "B") + real[place + 1 :]
            cookies = {**browser.cookies, CSRF_COOKIE: forged}
            forbidden(account, browser, cookies=cookies, headers={"X-CSRFToken": forged})
            forbidden(account, browser, cookies=cookies)


def test_a_planted_cookie_beside_the_real_one(account: Caller, browser: Browser) -> None:
    """Two cookies of the name: the planted one is worthless in either place (section 4)."""
    real = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    for header in (f"{CSRF_COOKIE}=planted; {real}", f"{real}; {CSRF_COOKIE}=planted"):
        forbidden(account, browser, headers={"Cookie": header, "X-CSRFToken": "planted"})


def test_a_token_nearly_right(account: Caller, browser: Browser) -> None:
    """A character more, less or another: 403 (section 4)."""
    real = browser.csrf or ""
    other = ("A" if real[4] != "A" else "B").join((real[:4], real[5:]))
    for value in (real[:-1], real[1:], f"{real}A", other, real.swapcase(), real * 2):
        forbidden(account, browser, headers={"X-CSRFToken": value})


def test_another_browser_s_token(service: Service, account: Caller, browser: Browser) -> None:
    """The token of another browser does not fit this one's cookie (section 4)."""
    forbidden(account, browser, headers={"X-CSRFToken": Browser(service).fetch_csrf()})


def test_old_tokens_stay_good(account: Caller, browser: Browser) -> None:
    """A token asked for earlier still fits, also from before the login (section 4)."""
    first = browser.csrf
    for _ in range(3):
        browser.fetch_csrf()
    browser.post(REFRESH)
    browser.csrf = first
    allowed(account, browser)
    browser.logged_in(account)
    browser.csrf = first
    expect.status(200, browser.patch(account))


def test_they_are_good_for_as_long_as_the_cookie(clock_service: Service) -> None:
    """After most of a year the token still fits (sections 3 and 4)."""
    account = clock_service.new_account()
    browser = Browser(clock_service)
    browser.fetch_csrf()
    clock_service.advance(350 * DAY)
    expect.status(200, browser.login(account))
    expect.status(200, browser.patch(account))


def test_the_token_is_not_read_from_elsewhere(account: Caller, browser: Browser) -> None:
    """A token in the query is none: addresses stand in logs (section 4)."""
    path = f"{account.path}?csrfmiddlewaretoken={browser.csrf}&X-CSRFToken={browser.csrf}"
    headers = {"X-CSRFToken": None, "Content-Type": MERGE_PATCH}
    expect.detail(403, browser.request("PATCH", path, headers=headers, content=b'{"goals": "x"}'))


def test_pictures(account: Caller, browser: Browser) -> None:
    """Sending a picture and removing one need the token like every write (section 4)."""
    path, nothing = f"{account.path}/image", {"X-CSRFToken": None}
    parts = {"file": ("a.png", b"no picture", "image/png")}
    expect.detail(403, browser.post(path, files=parts, headers=nothing))
    expect.detail(403, browser.request("DELETE", path, headers=nothing))
    expect.status(400, browser.post(path, files=parts))
    expect.status(204, browser.request("DELETE", path))


def test_form_posts(account: Caller, browser: Browser) -> None:
    """A form may bring the token as `csrfmiddlewaretoken`: then the form itself is looked at (section 4)."""
    nothing: dict[str, str | None] = {"X-CSRFToken": None}
    refused(browser.post(LEAVE, headers=nothing, data={"csrfmiddlewaretoken": browser.csrf}), 400)
    for wrong in ("", "x", Browser(browser.service).fetch_csrf()):
        expect.detail(403, browser.post(LEAVE, headers=nothing, data={"csrfmiddlewaretoken": wrong}))
    expect.detail(403, browser.post(LEAVE, headers=nothing, data={"other": "x"}))


# --- where a request comes from


@pytest.mark.parametrize("origin", PAGES)
def test_configured_origins(account: Caller, browser: Browser, origin: str) -> None:
    """From the pages' origins, with a fitting token: done; without one: 403 (section 4)."""
    forbidden(account, browser, headers={"Origin": origin, "X-CSRFToken": None})
    allowed(account, browser, headers={"Origin": origin})


def test_our_own_origin(service: Service, account: Caller, browser: Browser) -> None:
    """From this service's own pages: done (section 4)."""
    forbidden(account, browser, headers={"Origin": service.url, "X-CSRFToken": None})
    allowed(account, browser, headers={"Origin": service.url})


@pytest.mark.parametrize("origin", HOSTILE)
def test_other_origins(account: Caller, browser: Browser, origin: str) -> None:
    """From anywhere else: 403 even with a fitting token (section 4)."""
    forbidden(account, browser, headers={"Origin": origin})


def test_the_host_header_makes_no_origin_ours(account: Caller, browser: Browser) -> None:
    """What a client says in forwarding headers does not make its origin ours (section 4)."""
    forwarded = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http", "Forwarded": "host=evil.example"}
    forbidden(account, browser, headers={"Origin": "http://evil.example", **forwarded})


def test_referers_over_http(account: Caller, browser: Browser) -> None:
    """`Referer` is looked at over https only (section 4)."""
    allowed(account, browser, headers={"Referer": "http://evil.example/"})


# --- logging in


def credentials(account: Caller, path: str) -> dict[str, str]:
    """Return the fields of a login under one of its paths."""
    if path in V1_LOGINS:
        return {"email": account.email, "password": account.password}
    return {"email_or_username": account.username, "password": account.password}


@pytest.mark.parametrize("path", [*V1_LOGINS, *V2_LOGINS])
def test_plain_clients_log_in_without(service: Service, account: Caller, path: str) -> None:
    """Without cookies of ours and without an `Origin` no token is needed (section 0, B2)."""
    fields = credentials(account, path)
    expect.status(200, Browser(service).post(path, json=fields))
    expect.status(200, Browser(service).post(path, data=fields, cookies={"theme": "dark", "lang": "sv"}))


@pytest.mark.parametrize("path", [*V1_LOGINS, *V2_LOGINS])
def test_browsers_need_it_to_log_in(service: Service, account: Caller, path: str) -> None:
    """With an `Origin` or a cookie of ours the token is needed, and with it they log in (section 4)."""
    browser, fields = Browser(service, PAGE), credentials(account, path)
    response = browser.post(path, json=fields)
    expect.detail(403, response)
    assert {} == given(response)
    browser.fetch_csrf()
    expect.detail(403, browser.post(path, json=fields, headers={"X-CSRFToken": None}))
    expect.detail(403, browser.post(path, json=fields, headers={"X-CSRFToken": None, "Origin": None}))
    expect.status(200, browser.post(path, json=fields))


def test_any_cookie_of_ours_makes_a_browser(service: Service, account: Caller, browser: Browser) -> None:
    """One of the cookies is enough, dead or alive (section 4)."""
    names = (PAYLOAD, SIGNATURE, browser.refresh_cookie, CSRF_COOKIE)
    fields = credentials(account, V2_LOGIN)
    for cookies in ({name: value} for name in names for value in (browser.cookies[name], "x")):
        expect.detail(403, Browser(service).post(V2_LOGIN, json=fields, cookies=cookies))


def test_logging_in_by_a_form(service: Service, account: Caller) -> None:
    """A form's `csrfmiddlewaretoken` will do (section 4)."""
    for path in (V1_LOGIN, V2_LOGIN):
        browser = Browser(service, PAGE)
        token, browser.csrf = browser.fetch_csrf(), None
        for wrong in ("", "x", Browser(service).fetch_csrf()):
            expect.detail(403, browser.post(path, data={**credentials(account, path), "csrfmiddlewaretoken": wrong}))
        expect.status(200, browser.post(path, data={**credentials(account, path), "csrfmiddlewaretoken": token}))


@pytest.mark.parametrize("origin", HOSTILE)
def test_logging_in_from_elsewhere(service: Service, account: Caller, origin: str) -> None:
    """Another site logs nobody in, with a fitting token either (section 4)."""
    browser = Browser(service, origin)
    browser.fetch_csrf()
    response = browser.login(account)
    expect.detail(403, response)
    assert {} == given(response)


@pytest.mark.parametrize("value", ["x", "0" * 32, "A" * 64])
def test_planted_cookies_log_nobody_in(service: Service, account: Caller, value: str) -> None:
    """A planted cookie and a header that equals it are worthless (section 4)."""
    response = Browser(service).login(account, cookies={CSRF_COOKIE: value}, headers={"X-CSRFToken": value})
    expect.detail(403, response)
    assert {} == given(response)


# --- what needs none


@pytest.mark.parametrize("origin", [None, PAGE, "http://evil.example", "null"])
def test_tokens_need_none(account: Caller, browser: Browser, origin: str | None) -> None:
    """With `Authorization` no check applies, whatever cookies come along (sections 3, 4)."""
    headers = {"Authorization": f"JWT {account.token}", "X-CSRFToken": None, "Origin": origin}
    allowed(account, browser, headers=headers)


@pytest.mark.parametrize("origin", [None, PAGE, "http://evil.example", "null"])
def test_endpoints_that_need_none(browser: Browser, origin: str | None) -> None:
    """Refreshing, asking for a reset, and the token endpoints (section 4)."""
    headers = {"X-CSRFToken": None, "Origin": origin}
    account = browser.service.seed("learner")
    grant = {"grant_type": "password", "client_id": LOGIN_CLIENT, "username": "learner", "password": account.password}
    expect.status(200, browser.post("/password_reset/", headers=headers, data={"email": "nobody@example.com"}))
    expect.status(200, browser.post(TOKEN_PATH, headers=headers, data=grant))
    revoked = {"client_id": LOGIN_CLIENT, "token": "unknown"}
    expect.status(200, browser.post("/oauth2/revoke_token", headers=headers, data=revoked))
    expect.status(200, browser.post(REFRESH, headers=headers))


@pytest.mark.parametrize("origin", [None, PAGE, "http://evil.example", "null"])
@pytest.mark.parametrize("method", SAFE_METHODS)
def test_reading_needs_none(account: Caller, browser: Browser, method: str, origin: str | None) -> None:
    """GET, HEAD and OPTIONS need none, and change nothing (section 4)."""
    before = state(account)
    for path in (account.path, V2_LOGIN, CSRF_TOKEN, REFRESH):
        response = browser.request(method, path, headers={"Origin": origin})
        assert response.status_code in (200, 204, 405 if path == REFRESH else 200), response.text
    assert before == state(account)
    expect.status(200, browser.post(REFRESH))
