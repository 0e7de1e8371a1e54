"""The limits with RATE_LIMITS=on, in a service of its own, and that they are off without it (spec 40, section 8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.http import expectations as expect
from tests.http.browser_client import V1_LOGIN, V2_LOGIN, Browser
from tests.http.reset_client import (
    FORM_HEADERS,
    REQUEST,
    REQUEST_OF_OLD,
    VALIDATE,
    ask,
    confirm_path,
    done,
    link_token,
    next_token,
    reset_mails,
    reset_path,
    set_by,
    valid,
)
from tests.http.service_client import (
    ME,
    REGISTRATION,
    TOKEN_PATH,
    Caller,
    Service,
    new_password,
    unique_email,
    unique_name,
)
from tests.http.service_process import CHEAP_PASSWORDS, CLEAN_EXITS, ServiceProcess
from tests.http.test_concurrency import at_once
from tests.support.waiting import eventually

MINUTE, HOUR, DAY = 60, 3600, 86400
LOGINS_AN_ADDRESS, LOGINS_A_NAME, CONFIRMS, GRANTS, REGISTRATIONS = 100, 30, 30, 120, 60
WRONG = "not-the-Passw0rd"
ELSEWHERE = {"X-Forwarded-For": "203.0.113.7", "Forwarded": "for=203.0.113.7", "X-Real-IP": "203.0.113.7"}
"""What a client says of its address; it is not believed, and gives no new count."""


@pytest.fixture(scope="module")
def limited_process() -> Iterator[ServiceProcess]:
    """A service with all limits on; nobody else uses it."""
    process = ServiceProcess({**CHEAP_PASSWORDS, "RATE_LIMITS": "on"})
    process.wait_until_ready()
    yield process
    status = process.interrupt()
    assert status in CLEAN_EXITS, f"exit status {status}\n{process.output()}"
    assert "Traceback" not in process.output(), process.output()


@pytest.fixture(scope="module")
def limited_service(limited_process: ServiceProcess) -> Iterator[Service]:
    """A client of the service with limits."""
    own = Service(limited_process.url)
    yield own
    own.close()


@pytest.fixture
def limited(limited_service: Service) -> Service:
    """The service with limits, all windows over: each test begins anew."""
    limited_service.advance(8 * DAY)
    return limited_service


def login(
    service: Service,
    name: str,
    password: str = WRONG,
    path: str = V2_LOGIN,
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    """Try a login as a plain client, one without cookies (B2)."""
    fields = {"email" if path == V1_LOGIN else "email_or_username": name, "password": password}
    return Browser(service).post(path, json=fields, headers={**FORM_HEADERS, **(headers or {})})


def refused_login(response: httpx.Response) -> None:
    """Expect the 400 of a limit, which has no `error_code`."""
    expect.status(400, response)
    body = response.json()
    assert body["success"] is False
    assert isinstance(body["value"], str)
    assert "error_code" not in body
    assert [] == response.headers.get_list("Set-Cookie")


def refused_request(response: httpx.Response) -> None:
    """Expect the 403 of a limit on requests."""
    expect.status(403, response)
    body = response.json()
    assert {"success", "value"} == set(body)
    assert body["success"] is False
    assert isinstance(body["value"], str)


def in_turn(call: Callable[[], httpx.Response], times: int) -> list[int]:
    """Make one call so often; return the statuses."""
    return [call().status_code for _ in range(times)]


def idle_account(service: Service) -> Caller:
    """Return an account whose making, which is a login too, is forgotten by all short windows."""
    account = service.new_account()
    service.advance(5 * MINUTE + 5)
    return account


# --- logins


def test_logins_of_one_address(limited: Service) -> None:
    """The 101st login of a source address in 5 minutes: 400 without `error_code`, whoever it is for."""
    known = idle_account(limited)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: login(limited, unique_name()), range(LOGINS_AN_ADDRESS)))
    assert {"incorrect-email-or-password"} == {each.json().get("error_code") for each in answers}
    refused_login(login(limited, known.username, known.password))
    refused_login(login(limited, unique_name(), headers=ELSEWHERE))
    limited.advance(5 * MINUTE + 5)
    expect.status(200, login(limited, known.username, known.password))


def test_logins_of_one_name(limited: Service) -> None:
    """The 31st login of a typed name in 5 minutes: 400 without `error_code`, with the right password too."""
    known = idle_account(limited)
    statuses = in_turn(lambda: login(limited, known.username, known.password), LOGINS_A_NAME)
    assert [200] * LOGINS_A_NAME == statuses
    refused_login(login(limited, known.username, known.password))
    refused_login(login(limited, known.username, WRONG))
    other = limited.new_account()
    expect.status(200, login(limited, other.username, other.password))
    limited.advance(5 * MINUTE + 5)
    expect.status(200, login(limited, known.username, known.password))


def test_logins_of_an_unknown_name(limited: Service) -> None:
    """A name that nobody has is limited alike (B7)."""
    nobody = unique_name()
    first = [login(limited, nobody).json().get("error_code") for _ in range(LOGINS_A_NAME)]
    assert None not in first
    refused_login(login(limited, nobody))


def test_the_versions_are_counted_together(limited: Service) -> None:
    """v1 and v2 are one login: neither gives 30 more."""
    known = idle_account(limited)
    half = LOGINS_A_NAME // 2
    assert [200] * half == in_turn(lambda: login(limited, known.email, known.password, V1_LOGIN), half)
    assert [200] * half == in_turn(lambda: login(limited, known.email, known.password), half)
    for path in (V1_LOGIN, V2_LOGIN):
        refused_login(login(limited, known.email, known.password, path))


def test_the_lockout_comes_first(limited: Service) -> None:
    """The lockout after six wrong passwords is there as well, and ends after 30 minutes."""
    known = idle_account(limited)
    codes = [login(limited, known.username).json()["error_code"] for _ in range(6)]
    assert "account-locked-out" == codes[-1]
    limited.advance(30 * MINUTE + 5)
    expect.status(200, login(limited, known.username, known.password))


# --- asking for a link


@pytest.mark.parametrize("path", [REQUEST, REQUEST_OF_OLD])
def test_requests_of_one_address(limited: Service, path: str) -> None:
    """One a minute a source address: the second is a 403 and mails nothing, whoever it is for."""
    first, second = limited.new_account(), limited.new_account()
    expect.status(200, ask(limited, first.email, path))
    response = ask(limited, second.email, path)
    expect.status(403, response)
    if path == REQUEST:
        refused_request(response)
    expect.status(403, ask(limited, unique_email(), path, headers=ELSEWHERE))
    limited.advance(MINUTE + 2)
    link_token(limited, first.email, path)
    assert [] == reset_mails(limited, second.email)


def test_the_two_endpoints_are_counted_together(limited: Service) -> None:
    """`/account/password` is a request as well."""
    known = limited.new_account()
    expect.status(200, ask(limited, known.email, REQUEST_OF_OLD))
    refused_request(ask(limited, known.email))


@pytest.mark.parametrize("known", [True, False])
def test_requests_for_one_address(limited: Service, known: bool) -> None:
    """Two an hour an address, in any capitals, alike for known and unknown ones; then free again."""
    address = limited.new_account().email if known else unique_email()
    for _ in range(2):
        expect.status(200, ask(limited, address))
        limited.advance(MINUTE + 2)
    refused_request(ask(limited, address))
    limited.advance(MINUTE + 2)
    refused_request(ask(limited, address.upper()))
    limited.advance(HOUR)
    expect.status(200, ask(limited, address))


def test_refusals_tell_nothing(limited: Service) -> None:
    """Known and unknown addresses get the same refusal."""
    expect.status(200, ask(limited, unique_email()))
    answers = [ask(limited, each) for each in (limited.new_account().email, unique_email(), "@", "")]
    for each in answers:
        refused_request(each)
    assert 1 == len({each.content for each in answers})


def test_requests_at_once(limited: Service) -> None:
    """Of eight at once one is accepted."""
    known = limited.new_account()
    answers = at_once([lambda: ask(limited, known.email)] * 8)
    assert [200] + [403] * 7 == sorted(each.status_code for each in answers)
    next_token(limited, known.email, 0)
    assert 1 == len(reset_mails(limited, known.email))


# --- links


def form(token: str) -> dict[str, str]:
    """Return the fields of a form that is refused for its password."""
    return {"token": token, "new_password1": "short", "new_password2": "short"}


@pytest.mark.parametrize("path", [VALIDATE, reset_path("a-b")])
def test_confirms_of_one_address(limited: Service, path: str) -> None:
    """30 in 7 days a source address: then 429, also with a good link; after 7 days it is free again."""
    statuses = in_turn(lambda: limited.http.post(path, data=form("a-b")), CONFIRMS)
    assert [200] * CONFIRMS == statuses
    expect.status(429, limited.http.post(path, data=form("a-b")))
    expect.status(429, limited.http.post(path, data=form("a-b"), headers=ELSEWHERE))
    limited.advance(6 * DAY)
    expect.status(429, limited.http.post(path, data=form("a-b")))
    limited.advance(DAY + 5)
    expect.status(200, limited.http.post(path, data=form("a-b")))


def test_a_good_link_beyond_the_limit(limited: Service) -> None:
    """Beyond the limit nothing is set; the link is not used up by it."""
    known, password = limited.new_account(), new_password()
    in_turn(lambda: set_by(limited, "a-b", password), CONFIRMS)
    limited.advance(5 * DAY)
    token = link_token(limited, known.email)
    expect.status(429, set_by(limited, token, password))
    expect.oauth_error(limited.password_grant(known.username, password), "invalid_grant")
    limited.advance(2 * DAY + 5)
    assert valid(limited, token)
    done(set_by(limited, token, password))


def test_the_page_beyond_the_limit(limited: Service) -> None:
    """Sending the page's form is a confirmation as well: 429 beyond."""
    browser_form = {"new_password1": "short", "new_password2": "short"}
    statuses = in_turn(lambda: limited.http.post(confirm_path("a-b"), data=browser_form), CONFIRMS + 1)
    assert 429 == statuses[-1]
    assert 429 not in statuses[:CONFIRMS]


# --- the token endpoint


def test_grants_of_one_address(limited: Service) -> None:
    """120 a minute a source address: then 429, whatever is asked; after the minute it is free again."""
    person = idle_account(limited)
    statuses = in_turn(lambda: limited.http.post(TOKEN_PATH, data={"grant_type": "magic"}), GRANTS)
    assert {400} == set(statuses)
    refused = limited.password_grant(person.username, person.password)
    expect.status(429, refused)
    assert "no-store" in refused.headers["Cache-Control"]
    expect.status(429, limited.http.post(TOKEN_PATH, data={"grant_type": "magic"}, headers=ELSEWHERE))
    expect.status(200, person.get(ME))
    limited.advance(MINUTE + 2)
    expect.status(200, limited.password_grant(person.username, person.password))


def registration(service: Service, password: str = "a-fine-Passw0rd", **headers: str) -> httpx.Response:
    """Try to register somebody new."""
    form = {"username": unique_name(), "email": unique_email(), "name": "New", "password": password}
    return service.http.post(REGISTRATION, data=form, headers=headers)


def test_registrations_of_one_address(limited: Service) -> None:
    """Sixty in seven days, as upstream, tries that are refused among them; then 403, on the site too."""
    for _ in range(REGISTRATIONS - 1):
        expect.status(400, registration(limited, password="short"))
    expect.status(200, registration(limited))
    beyond = registration(limited, **ELSEWHERE)
    expect.status(403, beyond)
    assert {"error"} == set(beyond.json())
    page = Browser(limited)
    form = {"username": unique_name(), "email": unique_email(), "name": "New", "password": "a-fine-Passw0rd"}
    shown = page.post("/signup", data={**form, "csrfmiddlewaretoken": page.fetch_csrf()})
    expect.status(200, shown)
    assert beyond.json()["error"] in shown.text
    limited.advance(7 * DAY)
    expect.status(200, registration(limited))


def test_grants_at_once(limited: Service) -> None:
    """Threads do not slip through the count."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: limited.grant(grant_type="magic"), range(GRANTS + 20)))
    assert 429 in {each.status_code for each in answers}
    assert {400, 429} == {each.status_code for each in answers}
    assert sum(each.status_code == 400 for each in answers) <= GRANTS


# --- off


def test_requests_are_not_limited_without_the_setting(service: Service) -> None:
    """Off in the local stage: five requests for one address in a moment, five mails."""
    person: Caller = service.new_account()
    for _ in range(5):
        expect.status(200, ask(service, person.email))
    eventually(lambda: _has_mails(service, person.email, 5))


def _has_mails(service: Service, address: str, count: int) -> None:
    assert count == len(reset_mails(service, address))


def test_links_and_grants_are_not_limited_without_the_setting(service: Service) -> None:
    """Off in the local stage: validations and grants beyond their limits."""
    assert [200] * (CONFIRMS + 2) == in_turn(lambda: service.http.post(VALIDATE, data={"token": "a"}), CONFIRMS + 2)
    assert {400} == set(in_turn(lambda: service.grant(grant_type="magic"), GRANTS + 2))


def test_logins_are_not_limited_without_the_setting(service: Service) -> None:
    """Off in the local stage: a name's 32nd login in a moment is a login."""
    person = service.new_account()
    statuses = in_turn(lambda: login(service, person.username, person.password), LOGINS_A_NAME + 2)
    assert [200] * (LOGINS_A_NAME + 2) == statuses
