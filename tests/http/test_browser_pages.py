"""What else the two pages ask, the plain login page, and what is not there (spec 40, sections 1, 9 and 10)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.http import expectations as expect
from tests.http.address_changes import page
from tests.http.browser_client import (
    CSRF_COOKIE,
    CSRF_TOKEN,
    FOLLOWED,
    LOGIN_PAGE,
    LOGOUT,
    NOT_FOLLOWED,
    PAGE,
    PAYLOAD,
    REFRESH,
    SIGNATURE,
    V1_LOGINS,
    V2_LOGINS,
    Browser,
    Form,
    given,
    refresh_name,
    same_place,
    set_cookies,
    words,
)
from tests.http.case_names import brief
from tests.http.conftest import ended, started
from tests.http.preference_writing import nothing
from tests.http.service_client import ME, Caller, Service, unique_name

ZONES = ["/user_api/v1/preferences/time_zones", "/api/user/v1/preferences/time_zones"]
USER_STATUS = "/api/third_party_auth/v0/providers/user_status"
REGISTRATIONS = [
    "/user_api/v1/account/registration",
    "/api/user/v1/account/registration",
    "/api/user/v2/account/registration",
]
EVENT = "/event"
SET_LANGUAGE = "/i18n/setlang/"
LANGUAGE_COOKIE = "openedx-language-preference"
SOFT = [
    "/api/edx_name_affirmation/v1/verified_name/history",
    "/api/notifications/",
    "/api/notifications/count/",
    "/api/notifications/configurations/",
    "/api/certificates/v0/certificates/learner/",
    "/api/certificates/v0/certificates/no_such_user/",
    "/enterprise/api/",
    "/enterprise/api/v1/enterprise-learner/?username=learner",
]
NOT_SERVED = [
    "/auth/login/google-oauth2/",
    "/auth/complete/google-oauth2/",
    "/auto_auth",
    "/courses/x/about",
    "/sso/edx",
]
WRONG = "not-the-Passw0rd"


@pytest.fixture(scope="module")
def account(service: Service) -> Caller:
    """Somebody who looks at the pages."""
    return service.new_account()


@pytest.fixture
def browser(service: Service, account: Caller) -> Browser:
    """Their browser, logged in, on the page's origin."""
    return Browser(service, PAGE).logged_in(account)


# --- with and without a slash (section 1)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        *(("GET", path, 200) for path in (*V1_LOGINS, *V2_LOGINS, *REGISTRATIONS, *ZONES)),
        *(("POST", path, 400) for path in (*V1_LOGINS, *V2_LOGINS)),
        ("GET", "/oauth2/jwks", 200),
        ("GET", "/.well-known/jwks.json", 200),
        ("POST", "/oauth2/access_token", 400),
        ("POST", "/oauth2/revoke_token", 401),
        ("POST", REFRESH, 401),
        ("GET", USER_STATUS, 401),
        ("GET", "/api/user/v1/accounts/learner/sessions", 401),
        ("DELETE", "/api/user/v1/accounts/learner/sessions", 401),
        ("DELETE", "/api/user/v1/accounts/learner/sessions/x", 401),
        ("GET", LOGOUT, 302),
        ("POST", LOGOUT, 302),
        ("POST", "/password_reset", 200),
        ("POST", "/account/password", 400),
        ("GET", "/password_reset_confirm/x-y", 404),
        ("POST", "/password/reset/x-y", 200),
        ("POST", "/api/user/v1/account/password_reset/token/validate", 200),
        ("POST", EVENT, 204),
        ("POST", SET_LANGUAGE, 204),
        *(("GET", path, 404) for path in SOFT if "?" not in path),
    ],
)
def test_both_forms(service: Service, method: str, path: str, status: int) -> None:
    """Every path is served with and without its trailing slash, with the same answer (section 1; spec 00)."""
    fields = {"data": {"token": "x-y", "new_password1": "x", "new_password2": "x"}} if method == "POST" else {}
    both = [Browser(service).request(method, form, **fields) for form in (path.rstrip("/"), f"{path.rstrip('/')}/")]
    assert [status, status] == [each.status_code for each in both], both[0].text
    assert both[0].content == both[1].content
    assert both[0].headers.get("Location") == both[1].headers.get("Location")


@pytest.mark.parametrize("path", [CSRF_TOKEN, LOGIN_PAGE])
def test_both_forms_of_what_is_new_each_time(service: Service, path: str) -> None:
    """The token and the page have both forms too (section 1)."""
    for form in (path, f"{path}/"):
        response = Browser(service).get(form)
        expect.status(200, response)
        assert CSRF_COOKIE in given(response)


# --- the account page's needs (section 9)


def test_time_zones(service: Service, browser: Browser) -> None:
    """The same list for everybody under both paths; a country's zones by its code (section 9)."""
    first, second = (browser.get(f"{path}/") for path in ZONES)
    expect.status(200, first)
    assert first.json() == second.json() == Browser(service).get(ZONES[0]).json()
    names = [each["time_zone"] for each in first.json()]
    assert sorted(names) == names
    assert {"time_zone": "Asia/Tokyo", "description": "Asia/Tokyo (JST, UTC+0900)"} in first.json()


@pytest.mark.parametrize("path", ZONES)
def test_time_zones_of_a_country(browser: Browser, path: str) -> None:
    """`country_code` in any capitals; an unknown or empty one gives all of them (section 9)."""
    everything = browser.get(path).json()
    for code in ("SE", "se", "Se"):
        assert ["Europe/Stockholm"] == [each["time_zone"] for each in browser.get(f"{path}?country_code={code}").json()]
    for code in ("", "XX", "Sweden", "%00"):
        assert everything == browser.get(f"{path}?country_code={code}").json()


def test_user_status(account: Caller, browser: Browser) -> None:
    """`[]` by cookie and by token, 401 without (section 9)."""
    for response in (browser.get(USER_STATUS), account.get(f"{USER_STATUS}/")):
        expect.status(200, response)
        assert [] == response.json()
    expect.unauthorized(browser.get(USER_STATUS, cookies={}))
    expect.unauthorized(browser.get(USER_STATUS, headers={"USE-JWT-COOKIE": None}))


@pytest.mark.parametrize("path", REGISTRATIONS)
def test_the_registration_form(service: Service, browser: Browser, path: str) -> None:
    """The description of the form, with the countries to choose from (section 9)."""
    response = browser.get(path)
    expect.status(200, response)
    body = response.json()
    assert "post" == body["method"]
    assert isinstance(body["submit_url"], str)
    assert {"username", "email", "name", "password", "country"} <= {each["name"] for each in body["fields"]}
    (country,) = (each for each in body["fields"] if each["name"] == "country")
    assert "select" == country["type"]
    first, *others = country["options"]
    assert "" == first["value"]
    assert {"value": "SE", "name": "Sweden"}.items() <= next(each for each in others if each["value"] == "SE").items()
    codes = [each["value"] for each in others]
    assert len(set(codes)) == len(codes) > 200
    assert all(each["name"] and len(each["value"]) == 2 for each in others)
    assert body == Browser(service).get(path).json()


def test_its_countries_can_be_chosen(account: Caller, browser: Browser) -> None:
    """Whatever is offered is accepted as one's country (section 9; spec 10, section 7)."""
    fields = browser.get(REGISTRATIONS[0]).json()["fields"]
    (country,) = (each for each in fields if each["name"] == "country")
    for option in country["options"][1::25]:
        expect.status(200, account.patch({"country": option["value"]}))


@pytest.mark.parametrize(
    "arguments",
    [
        {"data": {"event_type": "edx.bi.page", "event": '{"a": "b"}', "page": "http://localhost:1997/"}},
        {"data": {}},
        {"json": {"event_type": "x"}},
        {"content": b"\xff\x00", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
    ],
)
def test_events(service: Service, browser: Browser, arguments: dict[str, Any]) -> None:
    """204, whoever sends it and whatever it is: it is dropped (section 9)."""
    for anybody in (browser, Browser(service), Browser(service, "http://evil.example")):
        nothing(204, anybody.post(EVENT, **arguments))


def test_events_are_not_logged() -> None:
    """Nothing of an event is in what the service writes, for it holds personal data (section 9)."""
    process = started()
    own, mark = Service(process.url), unique_name("Zq7marked")
    nothing(204, Browser(own).post(EVENT, data={"event_type": mark, "event": f'{{"a": "{mark}"}}', "page": f"/{mark}"}))
    nothing(204, Browser(own).post(EVENT, json={"event": mark}))
    own.close()
    output = process.output()
    ended(process)
    assert mark not in output


@pytest.mark.parametrize("language", ["en", "EN"])
@pytest.mark.parametrize("how", ["data", "files"])
def test_the_language(service: Service, browser: Browser, language: str, how: str) -> None:
    """204 and the cookie, by a plain form and by multipart (section 9)."""
    field: Any = {"language": language} if how == "data" else {"language": (None, language)}
    for anybody in (browser, Browser(service)):
        response = anybody.post(SET_LANGUAGE, **{how: field})
        nothing(204, response)
        if language == "en":
            assert [LANGUAGE_COOKIE] == list(given(response))
            cookie = given(response)[LANGUAGE_COOKIE]
            assert ("en", "/") == (cookie.value, cookie.get("path"))
            assert not {"secure", "domain"} & set(cookie.names)


@pytest.mark.parametrize(
    "language", ["", "xx-unheard-of", "klingon", "en\r\nSet-Cookie: planted=yes", "en; Path=/x", "é", "../en"]
)
def test_an_unknown_language(browser: Browser, language: str) -> None:
    """204 without a cookie (section 9)."""
    for arguments in ({"data": {"language": language}}, {"files": {"language": (None, language)}}):
        response = browser.post(SET_LANGUAGE, **arguments)
        nothing(204, response)
        assert [] == set_cookies(response)


@pytest.mark.parametrize("content", [b"", b"x", b"\xff", b"--edge\r\n", b"--edge--"], ids=brief)
@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=edge", "application/json", ""])
def test_a_language_that_is_not_there(browser: Browser, content: bytes, kind: str) -> None:
    """A body without a language sets no cookie, and is no crash (spec 50, section 8)."""
    response = browser.post(SET_LANGUAGE, content=content, headers={"Content-Type": kind})
    assert response.status_code in (204, 400, 415), response.text
    assert [] == set_cookies(response)


# --- the plain login page (sections 1 and 2)


def login_form(browser: Browser, **query: str) -> Form:
    """Open the login page; return its form."""
    response = browser.get(LOGIN_PAGE, params=query, headers={"Accept": "text/html"})
    page(200, response)
    form = Form(response.text)
    assert "post" == form.method
    assert {"email_or_username", "password", "csrfmiddlewaretoken"} <= set(form.fields)
    return form


def sent(browser: Browser, form: Form, typed: str, password: str, **changed: str) -> httpx.Response:
    """Fill in the form and send it, as a browser does that runs no scripts."""
    headers = {"USE-JWT-COOKIE": None, "X-CSRFToken": None, "Accept": "text/html", "Origin": browser.service.url}
    fields = {**form.fields, "email_or_username": typed, "password": password, **changed}
    return browser.post(form.action or LOGIN_PAGE, headers=headers, data=fields)


@pytest.mark.parametrize("by", ["username", "email"])
def test_the_login_page(service: Service, account: Caller, by: str) -> None:
    """A form that signs in and then follows `next` (section 1)."""
    browser = Browser(service)
    response = sent(browser, login_form(browser, next="/account"), getattr(account, by), account.password)
    expect.status(302, response)
    assert same_place(service, response.headers["Location"], "/account")
    assert {PAYLOAD, SIGNATURE, refresh_name(response)} == set(given(response)) - {CSRF_COOKIE}
    assert account.username == browser.get(ME).json()["username"]


@pytest.mark.parametrize("target", FOLLOWED, ids=brief)
def test_it_leads_on(service: Service, account: Caller, target: str) -> None:
    """By the rule of section 2."""
    browser = Browser(service)
    response = sent(browser, login_form(browser, next=target), account.username, account.password)
    expect.status(302, response)
    assert same_place(service, response.headers["Location"], target)


@pytest.mark.parametrize("target", NOT_FOLLOWED, ids=ascii)
def test_it_leads_nowhere_else(service: Service, account: Caller, target: str) -> None:
    """A `next` elsewhere counts as none, in the address or written into the form (section 2)."""
    browser = Browser(service)
    default = sent(browser, login_form(browser), account.username, account.password).headers["Location"]
    assert urlsplit(default).netloc in ("", urlsplit(service.url).netloc)
    by_address = Browser(service)
    answered = sent(by_address, login_form(by_address, next=target), account.username, account.password)
    by_form = Browser(service)
    written = sent(by_form, login_form(by_form), account.username, account.password, next=target)
    for response in (answered, written):
        expect.status(302, response)
        assert default == response.headers["Location"]
        assert "planted" not in given(response)


def test_a_wrong_password_there(service: Service) -> None:
    """200 with the page, a message, and what was typed but the password (section 1)."""
    account, browser = service.new_account(), Browser(service)
    response = sent(browser, login_form(browser, next="/account"), account.username, WRONG)
    page(200, response)
    assert not {PAYLOAD, SIGNATURE} & set(given(response))
    assert WRONG not in response.text
    assert account.email not in response.text
    again = Form(response.text)
    assert "/account" == again.fields["next"]
    expect.status(302, sent(browser, again, account.username, account.password))


def test_the_page_needs_its_token(service: Service, account: Caller) -> None:
    """Another site can't send the form, with or without a token, nor ours without one (section 4)."""
    browser = Browser(service)
    form = login_form(browser)
    for wrong in ("", "x", Browser(service).fetch_csrf()):
        response = sent(browser, form, account.username, account.password, csrfmiddlewaretoken=wrong)
        assert response.status_code in (200, 403), response.text
        assert not {PAYLOAD, SIGNATURE} & set(given(response))
    fields = {**form.fields, "email_or_username": account.username, "password": account.password}
    for origin in ("http://evil.example", "null"):
        response = browser.post(LOGIN_PAGE, data=fields, headers={"Origin": origin})
        assert response.status_code in (200, 403), response.text
        assert not {PAYLOAD, SIGNATURE} & set(given(response))
    expect.status(302, sent(browser, form, account.username, account.password))


def test_nothing_is_echoed_raw(service: Service) -> None:
    """What comes in the address or the form is escaped (section 3)."""
    browser, odd = Browser(service), '"><script>alert(1)</script>'
    response = browser.get(LOGIN_PAGE, params={"next": f"/{odd}", "email_or_username": odd, "error": odd})
    page(200, response)
    assert "<script>alert" not in response.text
    response = sent(browser, Form(response.text), odd, WRONG, next=f"/{odd}")
    page(200, response)
    assert "<script>alert" not in response.text


@pytest.mark.parametrize(
    "content", [b"", b"%", b"\xff=\xff", b"next=%ff", b"&" * 5000, b"{}", b"x" * 100_000], ids=brief
)
def test_forms_that_say_nothing(service: Service, content: bytes) -> None:
    """A form without what it needs logs nobody in, and is no crash (spec 50, section 8)."""
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data", "application/json", ""):
        response = Browser(service).post(LOGIN_PAGE, content=content, headers={"Content-Type": kind})
        assert response.status_code in (200, 400, 403, 415), response.text
        assert not {PAYLOAD, SIGNATURE} & set(given(response))


def test_the_page_is_nobody_else_s(service: Service) -> None:
    """It holds a token, so that nobody may keep it (section 8)."""
    assert "no-store" in words(Browser(service).get(LOGIN_PAGE).headers, "Cache-Control")


# --- soft ones (section 10)


@pytest.mark.parametrize("accept", ["application/json", "text/html", "*/*"])
@pytest.mark.parametrize("path", SOFT)
def test_soft_ones(service: Service, account: Caller, browser: Browser, path: str, accept: str) -> None:
    """404 with a JSON body, readable by the pages, logged in or not (section 10)."""
    token = {"Authorization": f"JWT {account.token}"}
    for response in (
        browser.get(path, headers={"Accept": accept}),
        browser.get(path, headers={"Accept": accept, **token}, cookies={}),
        Browser(service, PAGE).get(path, headers={"Accept": accept}),
    ):
        expect.status(404, response)
        assert response.headers["Content-Type"].startswith("application/json")
        assert isinstance(response.json(), dict)
        assert PAGE == response.headers["Access-Control-Allow-Origin"]
        assert "true" == response.headers["Access-Control-Allow-Credentials"]


@pytest.mark.parametrize("path", NOT_SERVED)
def test_what_is_not_served(browser: Browser, path: str) -> None:
    """Third-party login, `auto_auth`, course redirects, single sign-on: 404 (section 10)."""
    for method in ("GET", "POST"):
        expect.status(404, browser.request(method, path))
