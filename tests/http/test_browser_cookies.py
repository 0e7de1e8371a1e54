"""The cookies of a login: their attributes, and when they count (spec 40, sections 0 and 3)."""

from __future__ import annotations

import re

import pytest

from tests.http import expectations as expect
from tests.http import tokens
from tests.http.browser_client import (
    CSRF_COOKIE,
    CSRF_TOKEN,
    DAY,
    HOUR,
    PAYLOAD,
    REFRESH,
    SIGNATURE,
    V1_LOGIN,
    Browser,
    SetCookie,
    expires_within,
    given,
    refresh_name,
)
from tests.http.case_names import brief
from tests.http.service_client import ME, Caller, Service

LASTING = (["max-age", "path", "samesite"], ["expires", "max-age", "path", "samesite"])
HTTP_ONLY = tuple(sorted([*each, "httponly"]) for each in LASTING)
"""The attributes over plain http: no `Secure`, no `Domain`, nothing twice."""


@pytest.fixture(scope="module")
def account(service: Service) -> Caller:
    """Somebody with a browser."""
    return service.new_account()


@pytest.fixture(scope="module")
def stranger(service: Service) -> Caller:
    """Somebody else with a browser."""
    return service.new_account()


@pytest.fixture
def browser(service: Service, account: Caller) -> Browser:
    """The browser of an account, logged in."""
    return Browser(service).logged_in(account)


@pytest.fixture(scope="module")
def cookies(service: Service, account: Caller) -> dict[str, SetCookie]:
    """What a login sets, with the refresh cookie under the name `refresh`."""
    response = Browser(service).login(account)
    expect.status(200, response)
    found = given(response)
    return {**found, "refresh": found[refresh_name(response)]}


def somebody(browser: Browser, cookies: dict[str, str]) -> str:
    """Return the username that some cookies count for."""
    response = browser.get(ME, cookies=cookies)
    expect.status(200, response)
    name: str = response.json()["username"]
    return name


def nobody(browser: Browser, cookies: dict[str, str]) -> None:
    """Expect that some cookies count for nobody, in reading and in writing."""
    expect.unauthorized(browser.get(ME, cookies=cookies))
    expect.unauthorized(browser.request("PUT", "/api/user/v1/preferences/x/y", cookies=cookies, json="z"))


# --- what is set


def test_lax_and_for_every_path(cookies: dict[str, SetCookie]) -> None:
    """Path=/, SameSite=Lax, neither Secure over http nor a Domain (section 3)."""
    assert {"/"} == {each.get("path") for each in cookies.values()}
    assert {"Lax"} == {each.get("samesite") for each in cookies.values()}
    assert not {"secure", "domain"} & {name for each in cookies.values() for name in each.names}


def test_the_readable_half(cookies: dict[str, SetCookie]) -> None:
    """Header and payload of the access JWT: readable by scripts, one hour (section 3)."""
    cookie = cookies[PAYLOAD]
    assert cookie.names in LASTING
    assert HOUR == cookie.max_age
    assert 1 == cookie.value.count(".")
    assert tokens.header(cookie.value)["kid"]


def test_the_signature(cookies: dict[str, SetCookie]) -> None:
    """Its signature: HttpOnly, one hour (section 3)."""
    cookie = cookies[SIGNATURE]
    assert cookie.names in HTTP_ONLY
    assert HOUR == cookie.max_age
    assert re.fullmatch(r"[A-Za-z0-9_-]{300,}", cookie.value)


def test_the_refresh_cookie(service: Service, account: Caller, cookies: dict[str, SetCookie]) -> None:
    """Opaque, at least 128 random bits, HttpOnly, four weeks (section 3)."""
    cookie = cookies["refresh"]
    assert cookie.names in HTTP_ONLY
    assert 28 * DAY == cookie.max_age
    assert len(cookie.value) >= 22
    assert account.username not in cookie.value
    other = Browser(service).logged_in(account)
    assert cookie.value != other.cookies[other.refresh_cookie]


def test_the_csrf_cookie(service: Service) -> None:
    """`csrftoken`: Path=/, a year (section 3)."""
    response = Browser(service).get(CSRF_TOKEN)
    assert [CSRF_COOKIE] == list(given(response))
    cookie = given(response)[CSRF_COOKIE]
    assert cookie.names in LASTING + HTTP_ONLY
    assert ("/", "Lax") == (cookie.get("path"), cookie.get("samesite"))
    expires_within(cookie, 364 * DAY, 366 * DAY)


def test_v1_sets_the_same(service: Service, account: Caller, cookies: dict[str, SetCookie]) -> None:
    """A login of v1 sets the cookies of v2 (sections 2 and 3)."""
    fields = {"email": account.email, "password": account.password}
    found = given(Browser(service).post(V1_LOGIN, json=fields))
    expected = {each.name: each.attributes for each in cookies.values() if each.name != CSRF_COOKIE}
    assert expected == {name: each.attributes for name, each in found.items() if name != CSRF_COOKIE}


def test_the_cookies_of_marketing_sites(cookies: dict[str, SetCookie]) -> None:
    """`edxloggedin` and `edx-user-info` are not set; nothing but the four of the table is (section 3)."""
    refresh = cookies["refresh"].name
    assert {PAYLOAD, SIGNATURE, refresh, "refresh"} == set(cookies) - {CSRF_COOKIE}


def test_together_they_are_the_jwt(service: Service, account: Caller, browser: Browser) -> None:
    """Both halves are an access JWT of one hour that counts in `Authorization` too (section 3)."""
    claims = tokens.claims(browser.token)
    assert (account.username, HOUR) == (claims["preferred_username"], claims["exp"] - claims["iat"])
    for prefix in ("JWT", "Bearer"):
        assert {"username": account.username} == service.me(f"{prefix} {browser.token}").json()


# --- when they count


def test_both_count(account: Caller, browser: Browser) -> None:
    """With the header and both JWT cookies a request is as good as with a token (section 3)."""
    assert account.username == somebody(browser, browser.only(PAYLOAD, SIGNATURE))
    assert account.email == browser.get(account.path).json()["email"]


def test_other_cookies_do_not_matter(account: Caller, browser: Browser) -> None:
    """Cookies of somebody else's beside them are passed over (section 3)."""
    others = {"sessionid": "x", "edxloggedin": "true", "edx-user-info": '"{}"', "a b": "ü", "": "x"}
    assert account.username == somebody(browser, {**others, **browser.cookies})


@pytest.mark.parametrize("value", [None, "", "false", "0"])
def test_without_the_header_they_do_not_count(browser: Browser, value: str | None) -> None:
    """Cookies without `USE-JWT-COOKIE: true` are ignored (sections 0 B9, 3)."""
    expect.unauthorized(browser.get(ME, headers={"USE-JWT-COOKIE": value}))
    expect.unauthorized(browser.request("PUT", "/api/user/v1/preferences/x/y", headers={"USE-JWT-COOKIE": value}))


def test_authorization_wins(service: Service, account: Caller, stranger: Caller, browser: Browser) -> None:
    """A token in `Authorization` counts, whoever the cookies belong to, and good or bad (section 3)."""
    headers = {"Authorization": f"JWT {stranger.token}"}
    assert {"username": stranger.username} == browser.get(ME, headers=headers).json()
    expect.unauthorized(browser.get(ME, headers={"Authorization": "JWT nonsense"}))
    assert {"username": stranger.username} == browser.get(ME, headers=headers, cookies={PAYLOAD: "x"}).json()


@pytest.mark.parametrize("missing", [PAYLOAD, SIGNATURE])
def test_one_of_the_two_is_missing(browser: Browser, missing: str) -> None:
    """401 (section 3)."""
    nobody(browser, browser.without(missing))
    nobody(browser, {**browser.cookies, missing: ""})


def test_mixed_from_two_accounts(service: Service, stranger: Caller, browser: Browser) -> None:
    """One half of each of two accounts: 401 (section 3)."""
    other = Browser(service).logged_in(stranger)
    nobody(browser, {**browser.cookies, PAYLOAD: other.cookies[PAYLOAD]})
    nobody(browser, {**browser.cookies, SIGNATURE: other.cookies[SIGNATURE]})


def test_mixed_from_two_logins(service: Service, account: Caller, browser: Browser) -> None:
    """One half of each of two logins of one account: 401 (section 3)."""
    other = Browser(service).logged_in(account)
    nobody(browser, {**browser.cookies, PAYLOAD: other.cookies[PAYLOAD]})
    nobody(browser, {**browser.cookies, SIGNATURE: other.cookies[SIGNATURE]})


def test_the_refresh_cookie_is_no_half(browser: Browser) -> None:
    """The refresh cookie opens nothing but `/login_refresh` (section 3)."""
    refresh = browser.cookies[browser.refresh_cookie]
    nobody(browser, browser.only(browser.refresh_cookie))
    nobody(browser, {**browser.cookies, SIGNATURE: refresh})
    nobody(browser, {**browser.cookies, PAYLOAD: refresh})


def test_forged_claims(browser: Browser) -> None:
    """Other claims under the old signature, or under none: 401 (sections 3 and 6)."""
    token = browser.token
    for forged in (
        tokens.with_claims(token, preferred_username="superuser"),
        tokens.with_claims(token, exp=9_999_999_999),
        tokens.with_header(token, alg="HS256"),
        tokens.unsigned(token, "none"),
        tokens.unsigned(token, "NONE"),
        tokens.signed_by_hmac(token, b""),
    ):
        payload, _, signature = forged.rpartition(".")
        nobody(browser, {PAYLOAD: payload, SIGNATURE: signature})


GARBAGE = ["x", ".", "..", "a.b", "a.b.c", "é", '"', "%00", "null", "A" * 4000, "e30.e30", "=", "{}", "-1"]


@pytest.mark.parametrize("value", GARBAGE, ids=brief)
def test_garbage(browser: Browser, value: str) -> None:
    """Cookies that are no half of a token: 401, never a crash (section 3; spec 50, section 8)."""
    nobody(browser, {**browser.cookies, PAYLOAD: value})
    nobody(browser, {**browser.cookies, SIGNATURE: value})
    nobody(browser, {PAYLOAD: value, SIGNATURE: value})


@pytest.mark.parametrize(
    "header",
    [
        "",
        ";",
        "=",
        "; ;",
        PAYLOAD,
        f"{PAYLOAD}=",
        f"{PAYLOAD}; {SIGNATURE}",
        "a=b=c;;d",
        ",".join("abc"),
        "=; =x",
        "é=ü",
    ],
)
def test_odd_cookie_headers(browser: Browser, header: str) -> None:
    """A Cookie header of any form is no crash: 401 (spec 50, section 8)."""
    expect.unauthorized(browser.get(ME, headers={"Cookie": header}))
    expect.status(401, browser.post(REFRESH, headers={"Cookie": header}))


@pytest.mark.parametrize("name", [PAYLOAD, SIGNATURE])
def test_a_cookie_twice(account: Caller, browser: Browser, name: str) -> None:
    """A cookie sent twice counts as one of the two, so the account is the right one or nobody."""
    good = "; ".join(f"{each}={value}" for each, value in browser.cookies.items())
    for header in (f"{good}; {name}=x", f"{name}=x; {good}"):
        response = browser.get(ME, headers={"Cookie": header})
        assert (response.status_code, response.json().get("username")) in ((200, account.username), (401, None))


def test_many_cookies(account: Caller, browser: Browser) -> None:
    """A hundred foreign cookies do not hide the right ones."""
    others = {f"c{number}": "x" * 20 for number in range(100)}
    assert account.username == somebody(browser, {**others, **browser.cookies})


def test_planted_cookies_of_somebody_else(service: Service, account: Caller, stranger: Caller) -> None:
    """Whoever logs in over cookies that a stranger planted gets a session of their own, and the stranger keeps his."""
    other = Browser(service).logged_in(stranger)
    planted, refresh = dict(other.cookies), other.cookies[other.refresh_cookie]
    browser = Browser(service)
    browser.cookies = dict(planted)
    browser.logged_in(account)
    assert not set(browser.without(CSRF_COOKIE).values()) & set(planted.values())
    response = browser.post(REFRESH, cookies={other.refresh_cookie: refresh})
    assert response.status_code == 401 or stranger.account()["id"] == response.json()["user_id"]
    assert account.username == browser.get(ME).json()["username"]


# --- an hour later


def test_they_run_out(clock_service: Service) -> None:
    """JWT cookies are good for one hour, even where a browser keeps them: then 401 (section 3)."""
    account = clock_service.new_account()
    browser = Browser(clock_service).logged_in(account)
    clock_service.advance(HOUR - 120)
    assert account.username == somebody(browser, browser.cookies)
    clock_service.advance(125)
    nobody(browser, browser.cookies)
    expect.unauthorized(browser.patch(account))
