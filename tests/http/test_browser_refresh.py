"""`POST /login_refresh`: fresh JWT cookies for a refresh cookie (spec 40, sections 0 B4, 3 and 6)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from email.utils import parsedate_to_datetime

import httpx
import pytest

from tests.http import expectations as expect
from tests.http import tokens
from tests.http.address_changes import email_changed
from tests.http.browser_client import (
    CSRF_COOKIE,
    DAY,
    HOUR,
    LOGOUT,
    PAYLOAD,
    REFRESH,
    SIGNATURE,
    Browser,
    given,
    set_cookies,
)
from tests.http.case_names import brief
from tests.http.retirement_client import deactivate_path, learner_of, leave
from tests.http.service_client import ME, Caller, Service

ANSWER = {
    "success",
    "user_id",
    "response_epoch_seconds",
    "response_http_date",
    "expires",
    "expires_epoch_seconds",
}


@pytest.fixture(scope="module")
def account(service: Service) -> Caller:
    """Somebody with a browser."""
    return service.new_account()


@pytest.fixture
def browser(service: Service, account: Caller) -> Browser:
    """The browser of an account, logged in."""
    return Browser(service).logged_in(account)


def refreshed(browser: Browser, response: httpx.Response) -> None:
    """Expect fresh cookies of all three kinds."""
    expect.status(200, response)
    assert response.json()["success"] is True
    assert {PAYLOAD, SIGNATURE, browser.refresh_cookie} == set(given(response)) - {CSRF_COOKIE}


def unauthorized(response: httpx.Response) -> None:
    """Expect 401, the JSON string, and no JWT cookie."""
    expect.status(401, response)
    assert "Unauthorized" == response.json()
    assert response.headers["Content-Type"].startswith("application/json")
    assert {} == given(response)


def with_refresh(browser: Browser, value: str) -> httpx.Response:
    """Refresh by a refresh cookie as given, and nothing else."""
    return browser.post(REFRESH, cookies={browser.refresh_cookie: value})


def moment(text: str) -> float:
    """Return the seconds of an ISO or an HTTP date."""
    date = datetime.fromisoformat(text) if text[:1].isdigit() else parsedate_to_datetime(text)
    return date.timestamp()


# --- what it gives


def test_the_answer(service: Service, account: Caller, browser: Browser) -> None:
    """200 with who it is, the present time, and when the new JWT ends (section 3)."""
    response = browser.post(REFRESH)
    refreshed(browser, response)
    body = response.json()
    assert ANSWER == set(body)
    assert account.account()["id"] == body["user_id"]
    claims = tokens.claims(browser.token)
    assert abs(body["response_epoch_seconds"] - claims["iat"]) <= 5
    assert abs(moment(body["response_http_date"]) - body["response_epoch_seconds"]) <= 1
    assert body["response_http_date"].endswith("GMT")
    assert abs(body["expires_epoch_seconds"] - claims["exp"]) <= 1
    assert abs(moment(body["expires"]) - body["expires_epoch_seconds"]) <= 1


def test_the_new_cookies_count(account: Caller, browser: Browser) -> None:
    """The JWT cookies are other ones, and count; so does the next refresh cookie (sections 0 B4, 3)."""
    seen = {tuple(browser.cookies.values())}
    for turn in range(1, 4):
        refreshed(browser, browser.post(REFRESH))
        seen.add(tuple(browser.cookies.values()))
        assert turn + 1 == len(seen)
        assert account.username == browser.get(ME).json()["username"]


def test_the_refresh_cookie_is_replaced(browser: Browser) -> None:
    """The refresh cookie is another one after each use (section 0, B4)."""
    seen = {browser.cookies[browser.refresh_cookie]}
    for turn in range(1, 4):
        browser.post(REFRESH)
        seen.add(browser.cookies[browser.refresh_cookie])
        assert turn + 1 == len(seen)


def test_the_attributes_are_those_of_a_login(service: Service, account: Caller, browser: Browser) -> None:
    """The cookies are set as the login sets them (section 3)."""
    login, refresh = given(Browser(service).login(account)), given(browser.post(REFRESH))
    expected = {name: each.attributes for name, each in login.items() if name != CSRF_COOKIE}
    seen = {name: each.attributes for name, each in refresh.items() if name != CSRF_COOKIE}
    assert {name: dict(each) for name, each in expected.items()} == {name: dict(each) for name, each in seen.items()}
    ages = (HOUR, HOUR, 28 * DAY)
    assert ages == tuple(refresh[name].max_age for name in (PAYLOAD, SIGNATURE, browser.refresh_cookie))


def test_the_refresh_cookie_alone_is_enough(browser: Browser) -> None:
    """Neither JWT cookies, nor a CSRF token, nor `USE-JWT-COOKIE`, nor a body is needed (sections 3, 4)."""
    headers = {"USE-JWT-COOKIE": None, "X-CSRFToken": None}
    response = browser.post(REFRESH, cookies=browser.only(browser.refresh_cookie), headers=headers)
    refreshed(browser, response)


@pytest.mark.parametrize("content", [b"{}", b"{", b"null", b"\xff\x00", b"x" * 1000], ids=brief)
@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", "bogus"])
def test_a_body_does_not_matter(browser: Browser, content: bytes, kind: str) -> None:
    """There is no body to it; one that is sent is not read (section 3)."""
    refreshed(browser, browser.post(REFRESH, content=content, headers={"Content-Type": kind}))


def test_authorization_does_not_matter(account: Caller, browser: Browser) -> None:
    """It is the refresh cookie that counts: a bad token is no fault, a good one no help (section 3)."""
    refreshed(browser, browser.post(REFRESH, headers={"Authorization": "JWT nonsense"}))
    unauthorized(browser.post(REFRESH, headers={"Authorization": f"JWT {account.token}"}, cookies={}))


def test_it_shows_the_present_account(service: Service) -> None:
    """The new JWT has the present name and address (section 3)."""
    account = service.new_account()
    browser = Browser(service).logged_in(account)
    expect.status(200, account.patch({"name": "Another Name"}))
    address = email_changed(service, account)
    refreshed(browser, browser.post(REFRESH))
    claims = tokens.claims(browser.token)
    assert ("Another Name", address) == (claims["name"], claims["email"])


def test_it_shows_the_flags(service: Service) -> None:
    """The new JWT has the flags (section 3)."""
    account = service.new_account(is_staff=True, is_superuser=True)
    browser = Browser(service).logged_in(account)
    refreshed(browser, browser.post(REFRESH))
    claims = tokens.claims(browser.token)
    assert (True, True) == (claims["administrator"], claims["superuser"])


# --- without a good refresh cookie


def test_no_cookies(browser: Browser) -> None:
    """No refresh cookie: 401, the JSON string "Unauthorized", no JWT cookie (section 3)."""
    unauthorized(browser.post(REFRESH, cookies={}))
    unauthorized(browser.post(REFRESH, cookies=browser.without(browser.refresh_cookie)))


GARBAGE = ["", "x", "null", "é", "a.b.c", '""', "%00", "0" * 22, "A" * 4000, "../..", "C#x", "{}"]


@pytest.mark.parametrize("value", GARBAGE, ids=brief)
def test_garbage(browser: Browser, value: str) -> None:
    """A refresh cookie that this service never gave: 401 (section 3)."""
    unauthorized(with_refresh(browser, value))


def test_nearly_right(browser: Browser) -> None:
    """A character more, less or another: 401; the right one is not hurt by that (section 3)."""
    good = browser.cookies[browser.refresh_cookie]
    other = "A" if good[-5] != "A" else "B"
    for value in (good[:-1], good[1:], f"{good}A", f"{good[:-5]}{other}{good[-4:]}", good.swapcase()):
        unauthorized(with_refresh(browser, value))
    refreshed(browser, browser.post(REFRESH))


def test_tokens_are_no_refresh_cookies(account: Caller, browser: Browser) -> None:
    """Neither an access token nor a half of one refreshes (section 3)."""
    for value in (account.token or "", browser.token, browser.cookies[PAYLOAD], browser.cookies[SIGNATURE]):
        unauthorized(with_refresh(browser, value))


def test_twice_in_one_header(account: Caller, browser: Browser) -> None:
    """The cookie twice, one of them bad: the account's own session or nobody, never a crash."""
    name, good = browser.refresh_cookie, browser.cookies[browser.refresh_cookie]
    for header in (f"{name}={good}; {name}=x", f"{name}=x; {name}={good}"):
        response = browser.post(REFRESH, headers={"Cookie": header})
        assert response.status_code in (200, 401), response.text
        assert (PAYLOAD in given(response)) == (response.status_code == 200)


def test_methods(browser: Browser) -> None:
    """Only POST is served: nothing is refreshed by a mere link (section 1)."""
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        response = browser.request(method, REFRESH)
        expect.detail(405, response)
        assert [] == set_cookies(response)


# --- who may no longer


def test_whoever_left(service: Service) -> None:
    """Leaving ends the refresh cookie and the JWT (sections 0 B5, 3, 6)."""
    account = learner_of(service)
    browser = Browser(service).logged_in(account)
    expect.status(204, leave(account))
    unauthorized(browser.post(REFRESH))
    expect.unauthorized(browser.get(ME))


def test_whoever_is_deactivated(service: Service) -> None:
    """`deactivate` ends the refresh cookie and the JWT (sections 0 B5, 3, 6)."""
    account = learner_of(service)
    browser = Browser(service).logged_in(account)
    worker = service.new_account(permissions=["can_deactivate_user"])
    expect.status(200, worker.post(deactivate_path(account.username)))
    expect.unauthorized(browser.get(ME))
    unauthorized(browser.post(REFRESH))


# --- two tabs


def test_two_tabs(browser: Browser) -> None:
    """The refresh cookie before stays good for a while, and each of its children counts (section 6)."""
    before = dict(browser.cookies)
    for _ in range(3):
        response = browser.post(REFRESH, cookies=before)
        refreshed(browser, response)
        child = {name: each.value for name, each in given(response).items()}
        expect.status(200, browser.get(ME, cookies=child))
        refreshed(browser, with_refresh(browser, child[browser.refresh_cookie]))


def test_many_tabs_at_once(browser: Browser) -> None:
    """Tabs that refresh at the same moment all go on, as one session: one logout ends them all (section 6)."""
    before = dict(browser.cookies)
    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(lambda _: browser.post(REFRESH, cookies=before), range(8)))
    for response in responses:
        refreshed(browser, response)
    children = [{name: each.value for name, each in given(response).items()} for response in responses]
    for child in children:
        expect.status(200, browser.get(ME, cookies=child))
    browser.get(LOGOUT, cookies=children[3])
    for child in children:
        expect.unauthorized(browser.get(ME, cookies=child))
        unauthorized(with_refresh(browser, child[browser.refresh_cookie]))


# --- time goes by


@pytest.fixture
def later(clock_service: Service) -> Browser:
    """A browser, logged in to the service whose clock may be moved."""
    return Browser(clock_service).logged_in(clock_service.new_account())


def test_after_the_hour(clock_service: Service, later: Browser) -> None:
    """When the JWT cookies have run out, the refresh cookie gives new ones, of an hour from now (section 3)."""
    clock_service.advance(HOUR + 5)
    expect.unauthorized(later.get(ME))
    response = later.post(REFRESH)
    refreshed(later, response)
    expect.status(200, later.get(ME))
    assert abs(clock_service.now().timestamp() - response.json()["response_epoch_seconds"]) < 60
    assert abs(clock_service.now().timestamp() + HOUR - response.json()["expires_epoch_seconds"]) < 60


def test_four_weeks(clock_service: Service, later: Browser) -> None:
    """A refresh cookie that nobody used for four weeks is dead (section 3)."""
    other = Browser(clock_service).logged_in(clock_service.new_account())
    clock_service.advance(27 * DAY)
    refreshed(later, later.post(REFRESH))
    clock_service.advance(DAY + 5)
    unauthorized(other.post(REFRESH))


def test_it_slides(clock_service: Service, later: Browser) -> None:
    """Four weeks are counted from the last use (section 6)."""
    for _ in range(3):
        clock_service.advance(20 * DAY)
        refreshed(later, later.post(REFRESH))


def test_a_stolen_cookie_ends_the_session(clock_service: Service, later: Browser) -> None:
    """Using the one before again after 60 s ends the whole session, the newest cookies too (section 6)."""
    first = later.cookies[later.refresh_cookie]
    refreshed(later, later.post(REFRESH))
    clock_service.advance(65)
    unauthorized(with_refresh(later, first))
    expect.unauthorized(later.get(ME))
    unauthorized(later.post(REFRESH))


def test_theft_ends_no_other_session(clock_service: Service, later: Browser) -> None:
    """The account's other sessions go on (section 6)."""
    account = clock_service.new_account()
    one, other = (Browser(clock_service).logged_in(account) for _ in range(2))
    first = one.cookies[one.refresh_cookie]
    refreshed(one, one.post(REFRESH))
    clock_service.advance(65)
    unauthorized(with_refresh(one, first))
    expect.status(200, other.get(ME))
    refreshed(other, other.post(REFRESH))
