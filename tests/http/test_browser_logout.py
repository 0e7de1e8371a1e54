"""`/logout`, and the other ends of a session (spec 40, sections 0 B5, B6, and 3)."""

from __future__ import annotations

import httpx
import pytest

from tests.http import expectations as expect
from tests.http.browser_client import (
    CSRF_COOKIE,
    FOLLOWED,
    LOGOUT,
    NOT_FOLLOWED,
    PAYLOAD,
    REFRESH,
    SIGNATURE,
    Browser,
    given,
    password_set,
    reset_token,
    same_place,
    set_cookies,
)
from tests.http.case_names import brief
from tests.http.retirement_client import LEAVE, learner_of
from tests.http.service_client import ME, Caller, Service, new_password


@pytest.fixture(scope="module")
def account(service: Service) -> Caller:
    """Somebody with a browser."""
    return service.new_account()


@pytest.fixture
def browser(service: Service, account: Caller) -> Browser:
    """The browser of an account, logged in."""
    return Browser(service).logged_in(account)


def navigated(browser: Browser, path: str = LOGOUT, **arguments: object) -> httpx.Response:
    """Open an address as a browser does: with cookies, and none of the headers that scripts send."""
    headers = {"USE-JWT-COOKIE": None, "X-CSRFToken": None, "Accept": "text/html"}
    return browser.get(path, headers=headers, **arguments)


def leads_to(service: Service, response: httpx.Response, target: str) -> None:
    """Expect a 302 to a place."""
    expect.status(302, response)
    (location,) = response.headers.get_list("Location")
    assert same_place(service, location, target), location


def dead(browser: Browser, cookies: dict[str, str]) -> None:
    """Expect that neither the JWT, by cookies or as a token, nor the refresh cookie is good for anything."""
    expect.unauthorized(browser.get(ME, cookies=cookies))
    token = f"{cookies[PAYLOAD]}.{cookies[SIGNATURE]}"
    expect.unauthorized(browser.service.me(f"JWT {token}"))
    expect.unauthorized(browser.service.me(f"Bearer {token}"))
    response = browser.post(REFRESH, cookies=cookies)
    expect.status(401, response)
    assert {} == given(response)


def alive(browser: Browser) -> None:
    """Expect that a session goes on."""
    expect.status(200, browser.get(ME))
    expect.status(200, browser.post(REFRESH))


# --- the session ends


def test_by_a_link(service: Service, browser: Browser) -> None:
    """GET ends the session: its refresh cookie and its JWT are dead at once (sections 0 B5, 3)."""
    before = dict(browser.cookies)
    leads_to(service, navigated(browser), "/")
    dead(browser, before)


def test_by_a_form(service: Service, browser: Browser) -> None:
    """POST does the same (section 3)."""
    before = dict(browser.cookies)
    leads_to(service, browser.post(LOGOUT), "/")
    dead(browser, before)


def test_the_cookies_are_deleted(browser: Browser) -> None:
    """Every cookie but `csrftoken` is deleted, for the path that it was set for (section 3)."""
    response = navigated(browser)
    deleted = {each.name: each for each in set_cookies(response) if each.deletes}
    assert {PAYLOAD, SIGNATURE, browser.refresh_cookie} <= set(deleted)
    assert {"/"} == {each.get("path") for each in deleted.values()}
    assert not {"domain"} & {name for each in deleted.values() for name in each.names}
    assert CSRF_COOKIE not in deleted
    assert [CSRF_COOKIE] == list(browser.cookies)


def test_the_jwt_need_not_live_any_more(browser: Browser) -> None:
    """The refresh cookie alone says which session ends (section 3)."""
    before = dict(browser.cookies)
    expect.status(302, navigated(browser, cookies=browser.only(browser.refresh_cookie)))
    dead(browser, before)


def test_the_refresh_cookie_before_is_dead_too(browser: Browser) -> None:
    """The one before the present one, good for a while otherwise, ends with its session (sections 3, 6)."""
    before = dict(browser.cookies)
    expect.status(200, browser.post(REFRESH))
    now = dict(browser.cookies)
    navigated(browser)
    dead(browser, before)
    dead(browser, now)


def test_other_sessions_go_on(service: Service, account: Caller, browser: Browser) -> None:
    """Another browser of the same account, and its tokens, are not logged out (section 6)."""
    other = Browser(service).logged_in(account)
    navigated(browser)
    alive(other)
    expect.status(200, account.get(ME))


@pytest.mark.parametrize("cookies", [{}, {PAYLOAD: "x"}, {PAYLOAD: "x", SIGNATURE: "y", "sessionid": "é"}])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_whoever_is_not_logged_in(service: Service, method: str, cookies: dict[str, str]) -> None:
    """Without a session, or with dead cookies, it is the same answer (section 3)."""
    browser = Browser(service)
    browser.fetch_csrf()
    leads_to(service, browser.request(method, LOGOUT, cookies={**cookies, **browser.cookies}), "/")


def test_twice(service: Service, browser: Browser) -> None:
    """A second time does no harm (section 3)."""
    before = dict(browser.cookies)
    for _ in range(2):
        leads_to(service, navigated(browser, cookies=before), "/")
    dead(browser, before)


def test_logging_in_again(account: Caller, browser: Browser) -> None:
    """After it the same browser can log in again, and the dead session stays dead."""
    before = dict(browser.cookies)
    navigated(browser)
    alive(browser.logged_in(account))
    dead(browser, before)


def test_a_preflight_logs_nobody_out(browser: Browser) -> None:
    """OPTIONS changes nothing (section 4)."""
    assert browser.request("OPTIONS", LOGOUT).status_code in (200, 204)
    alive(browser)


def test_other_methods(browser: Browser) -> None:
    """Only GET and POST are served (section 1)."""
    for method in ("PUT", "PATCH", "DELETE"):
        expect.detail(405, browser.request(method, LOGOUT))
    alive(browser)


# --- where it leads


@pytest.mark.parametrize("name", ["redirect_url", "next"])
@pytest.mark.parametrize("target", FOLLOWED, ids=brief)
def test_it_leads_on(service: Service, name: str, target: str) -> None:
    """`redirect_url` or `next`: a path of this service, or on a configured origin (section 3)."""
    leads_to(service, navigated(Browser(service), params={name: target}), target)


@pytest.mark.parametrize("name", ["redirect_url", "next"])
@pytest.mark.parametrize("target", NOT_FOLLOWED, ids=ascii)
def test_it_leads_nowhere_else(service: Service, name: str, target: str) -> None:
    """Anything else leads to `/`, and nothing of it is smuggled into the headers (section 3)."""
    response = navigated(Browser(service), params={name: target})
    leads_to(service, response, "/")
    assert "planted" not in {each.name for each in set_cookies(response)}


@pytest.mark.parametrize("name", ["redirect_url", "next"])
def test_it_leads_on_by_post(service: Service, browser: Browser, name: str) -> None:
    """The query of a POST counts too, by the same rule (section 3)."""
    leads_to(service, browser.post(LOGOUT, params={name: "/account"}), "/account")
    leads_to(service, browser.post(LOGOUT, params={name: "//evil.example"}), "/")


def test_it_is_never_echoed_raw(service: Service) -> None:
    """What was sent is never echoed unescaped (section 3)."""
    for sent in ('"><script>alert(1)</script>', "javascript:alert(1)//<blink>", '/"><script>alert(1)</script>'):
        response = navigated(Browser(service), params={"redirect_url": sent, "next": sent})
        assert response.status_code in (200, 302), response.text
        assert "<script>alert" not in response.text
        assert "<blink>" not in response.text
        assert "<" not in response.headers.get("Location", "")


# --- the other ends


def leaving(browser: Browser, account: Caller, **arguments: object) -> httpx.Response:
    """Leave by cookies, with a form as the pages send it."""
    return browser.post(LEAVE, data={"password": account.password}, **arguments)


def test_leaving_deletes_the_cookies(service: Service) -> None:
    """`deactivate_logout` by cookies: 204, and the login cookies are removed (spec 20, section 5)."""
    account = learner_of(service)
    browser, other = (Browser(service).logged_in(account) for _ in range(2))
    before = dict(browser.cookies)
    response = leaving(browser, account)
    expect.status(204, response)
    deleted = {each.name: each.get("path") for each in set_cookies(response) if each.deletes}
    assert dict.fromkeys((PAYLOAD, SIGNATURE, browser.refresh_cookie), "/").items() <= deleted.items()
    dead(browser, before)
    dead(other, other.cookies)


def test_leaving_needs_the_csrf_token(service: Service) -> None:
    """Without the CSRF token nobody leaves (section 4)."""
    account = learner_of(service)
    browser = Browser(service).logged_in(account)
    expect.detail(403, leaving(browser, account, headers={"X-CSRFToken": None}))
    alive(browser)


def test_a_new_password_ends_all_sessions(service: Service) -> None:
    """After the password is set by a mail's link, every session is dead (sections 0 B5, 6)."""
    account = service.new_account()
    browser, other = (Browser(service).logged_in(account) for _ in range(2))
    changed = new_password()
    password_set(service, account, changed)
    dead(browser, browser.cookies)
    dead(other, other.cookies)
    expect.unauthorized(account.get(ME))
    expect.status(400, Browser(service).login(account))
    account.password = changed
    alive(Browser(service).logged_in(account))


@pytest.mark.parametrize("how", ["data", "json"])
@pytest.mark.parametrize("path", ["/password_reset/", "/account/password"])
def test_asking_for_a_reset_ends_nothing(service: Service, path: str, how: str) -> None:
    """A mere request, by form or JSON, logs nobody out: anybody could send it (section 0, B1 and B6)."""
    account = service.new_account()
    browser = Browser(service).logged_in(account)
    expect.status(200, Browser(service).post(path, **{how: {"email": account.email}}))
    reset_token(service, account.email)
    alive(browser)
    expect.status(200, account.get(ME))
