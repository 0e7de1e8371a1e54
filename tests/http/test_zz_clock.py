"""What time does: a process of its own, whose clock goes forward test by test."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

import pytest

from tests.http import expectations as expect
from tests.http import tokens
from tests.http.service_client import ME, SEED_PASSWORD, Service, unique_name

MINUTE, HOUR, DAY = 60, 3600, 86400
WRONG = "not-the-Passw0rd"


@pytest.fixture
def service(clock_service: Service) -> Service:
    """The service whose clock may be moved."""
    return clock_service


def test_the_clock_moves(service: Service) -> None:
    """`advance_seconds` moves the service's clock forward (spec 00, local-only helpers)."""
    before = service.now()
    service.advance(1000)
    passed = (service.now() - before).total_seconds()
    assert 1000 <= passed < 1060


def test_new_accounts_are_of_the_service_s_time(service: Service) -> None:
    """`date_joined` follows the service's clock (spec 00; spec 10, section 5.2)."""
    service.advance(2 * HOUR)
    joined = datetime.fromisoformat(service.new_account().account()["date_joined"])
    assert abs(service.now() - joined) < timedelta(minutes=1)
    assert joined - datetime.now(UTC) > timedelta(hours=1)


@pytest.mark.parametrize(
    "body",
    [
        b'{"advance_seconds": -1}',
        b'{"advance_seconds": "x"}',
        b'{"advance_seconds": null}',
        b'{"advance_seconds": []}',
        b'{"advance_seconds": 1e400}',
        b'{"advance_seconds": NaN}',
        b'{"advance_seconds": 1e300}',
        b'{"advance_seconds": 999999999999999999999999}',
        b"{}",
        b"[]",
        b"",
        b"{",
        b"\xff",
    ],
)
def test_the_clock_never_goes_back(service: Service, body: bytes) -> None:
    """Backwards, or not a number: 4xx, and the clock stays (spec 00, local-only helpers)."""
    before = service.now()
    response = service.http.post("/_local/clock", content=body, headers={"Content-Type": "application/json"})
    assert 400 <= response.status_code < 500, response.text
    assert timedelta(0) <= service.now() - before < timedelta(minutes=1)


def test_the_lockout_ends_after_thirty_minutes(service: Service) -> None:
    """Everything is refused for 30 minutes after the 6th wrong password, then not (spec 40, section 2)."""
    caller = service.new_account()
    for _ in range(6):
        service.password_grant(caller.username, WRONG)
    service.advance(28 * MINUTE)
    expect.oauth_error(service.password_grant(caller.username, caller.password), "invalid_grant")
    service.advance(2 * MINUTE + 5)
    expect.status(200, service.password_grant(caller.username, caller.password))


def test_after_a_lockout_the_count_begins_anew(service: Service) -> None:
    """After the 30 minutes five wrong ones are forgiven again (spec 40, section 2)."""
    caller = service.new_account()
    for _ in range(6):
        service.password_grant(caller.username, WRONG)
    service.advance(30 * MINUTE + 5)
    expect.status(200, service.password_grant(caller.username, caller.password))
    for _ in range(5):
        service.password_grant(caller.username, WRONG)
    expect.status(200, service.password_grant(caller.username, caller.password))


def test_unknown_names_are_unlocked_alike(service: Service) -> None:
    """A name that nobody has answers as an account does, during the lockout and after it (spec 40, B7)."""
    known, unknown = service.new_account().username, unique_name()
    seen: dict[str, list[object]] = {known: [], unknown: []}
    for _ in range(7):
        for name, answers in seen.items():
            response = service.password_grant(name, WRONG)
            answers.append((response.status_code, response.json()))
    service.advance(30 * MINUTE + 5)
    for name, answers in seen.items():
        response = service.password_grant(name, WRONG)
        answers.append((response.status_code, response.json()))
    assert seen[known] == seen[unknown]


def test_access_tokens_run_out(service: Service) -> None:
    """An access token lives 3600 s (spec 40, section 6)."""
    caller = service.new_account()
    service.advance(HOUR - 2 * MINUTE)
    expect.status(200, caller.get(ME))
    service.advance(2 * MINUTE + 5)
    expect.unauthorized(caller.get(ME))
    expect.unauthorized(caller.patch({"bio": "too late"}))


def test_a_refresh_token_outlives_its_access_token(service: Service) -> None:
    """Refresh lives four weeks (spec 40, section 6)."""
    refresh = service.password_grant("learner", SEED_PASSWORD).json()["refresh_token"]
    service.advance(26 * DAY)
    response = service.refresh(refresh)
    expect.status(200, response)
    claims = tokens.claims(response.json()["access_token"])
    assert 3600 == claims["exp"] - claims["iat"]
    expect.status(200, service.me(f"JWT {response.json()['access_token']}"))


def test_refreshing_slides(service: Service) -> None:
    """Four weeks are counted from the last refresh (spec 40, section 6)."""
    refresh = service.password_grant("learner", SEED_PASSWORD).json()["refresh_token"]
    for _ in range(3):
        service.advance(20 * DAY)
        response = service.refresh(refresh)
        expect.status(200, response)
        refresh = response.json()["refresh_token"]


def test_refresh_tokens_run_out(service: Service) -> None:
    """A refresh token that nobody used for four weeks is invalid_grant (spec 40, section 6)."""
    refresh = service.password_grant("learner", SEED_PASSWORD).json()["refresh_token"]
    service.advance(28 * DAY + 5)
    expect.oauth_error(service.refresh(refresh), "invalid_grant")


def test_idempotency_keys_are_forgotten_after_a_day(service: Service) -> None:
    """Within 24 h a key is known, after them it is free (spec 50, section 4)."""
    first = service.new_account()
    headers = {"Idempotency-Key": secrets.token_hex(8)}
    expect.status(200, first.patch({"goals": "first"}, headers=headers))
    service.advance(23 * HOUR)
    again = service.login(first.username, first.password)
    assert "true" == again.patch({"goals": "first"}, headers=headers).headers["Idempotent-Replayed"]
    expect.status(422, again.patch({"goals": "second"}, headers=headers))
    service.advance(HOUR + 5)
    later = service.login(first.username, first.password)
    response = later.patch({"goals": "second"}, headers=headers)
    expect.status(200, response)
    assert "true" != response.headers.get("Idempotent-Replayed")
    assert "second" == later.account()["goals"]


def test_the_heartbeat_does_not_mind(service: Service) -> None:
    """After weeks on the clock the service is well, and its published key still verifies."""
    expect.status(200, service.http.get("/heartbeat"))
    kids = {key["kid"] for key in service.http.get("/oauth2/jwks").json()["keys"]}
    assert tokens.header(service.login("learner").token or "")["kid"] in kids


def test_children_grow_up(service: Service) -> None:
    """Born this year minus 13: next year on the service's clock it is 14 (spec 10, section 5.1)."""
    now = service.now()
    caller = service.new_account(profile={"year_of_birth": now.year - 13}, preferences={"account_privacy": "all_users"})
    assert "private" == caller.account()["account_privacy"]
    new_year = datetime(now.year + 1, 1, 1, tzinfo=UTC)
    service.advance(int((new_year - now).total_seconds()) + HOUR)
    grown = service.login(caller.username, caller.password)
    account = grown.account()
    assert (False, "all_users") == (account["requires_parental_consent"], account["account_privacy"])
    assert expect.SHARED == set(service.seed("learner").account(caller.username))
