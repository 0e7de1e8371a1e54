"""Tokens: the refresh grant (spec 00; spec 40, section 6)."""

from __future__ import annotations

import pytest

from tests.http import expectations as expect
from tests.http import tokens
from tests.http.case_names import brief
from tests.http.service_client import SEED_PASSWORD, Caller, Service


def test_refresh_gives_a_token_of_the_same_account(service: Service) -> None:
    """The refresh grant speaks for the same account (spec 00, tokens)."""
    refresh = service.password_grant("learner", SEED_PASSWORD).json()["refresh_token"]
    response = service.refresh(refresh)
    expect.status(200, response)
    assert {"access_token", "token_type", "expires_in", "scope"} <= set(response.json())
    assert {"username": "learner"} == service.me(f"JWT {response.json()['access_token']}").json()


def test_refresh_shows_the_present_name(service: Service) -> None:
    """A refreshed token shows the account as it is now (spec 40, section 3)."""
    caller = service.new_account()
    refresh = service.password_grant(caller.username, caller.password).json()["refresh_token"]
    expect.status(200, caller.patch({"name": "Another Name"}))
    response = service.refresh(refresh)
    assert "Another Name" == tokens.claims(response.json()["access_token"])["name"]


def test_each_refresh_gives_a_new_refresh_token(service: Service) -> None:
    """Each use of a refresh token gives a new one, which works (spec 40, section 6)."""
    refresh = service.password_grant("learner", SEED_PASSWORD).json()["refresh_token"]
    seen = {refresh}
    for _ in range(3):
        response = service.refresh(refresh)
        expect.status(200, response)
        refresh = response.json()["refresh_token"]
        assert refresh not in seen
        seen.add(refresh)


def test_the_refresh_token_before_stays_good_for_a_while(service: Service) -> None:
    """The one before works for 60 s: two tabs, a lost answer (spec 40, section 6)."""
    refresh = service.password_grant("learner", SEED_PASSWORD).json()["refresh_token"]
    for _ in range(2):
        expect.status(200, service.refresh(refresh))


@pytest.mark.parametrize("refresh", ["", "unknown", "a.b.c", "\x00", "é" * 50, "A" * 5000], ids=brief)
def test_what_is_no_refresh_token_is_refused(service: Service, refresh: str) -> None:
    """An unknown refresh token is invalid_grant (spec 40, section 6)."""
    response = service.refresh(refresh)
    expect.oauth_error(response, "invalid_grant", "invalid_request")


def test_an_access_token_is_no_refresh_token(service: Service, learner: Caller) -> None:
    """An access token can't be refreshed (spec 40, section 6)."""
    response = service.refresh(learner.token or "")
    expect.oauth_error(response, "invalid_grant", "invalid_request")


def test_a_refresh_token_belongs_to_its_client(service: Service) -> None:
    """Another client can't use it (RFC 6749, section 6; spec 00, tokens)."""
    refresh = service.password_grant("learner", SEED_PASSWORD).json()["refresh_token"]
    response = service.grant(
        grant_type="refresh_token",
        client_id="retirement-worker",
        client_secret="retirement-worker-secret",
        refresh_token=refresh,
    )
    expect.oauth_error(response, "invalid_grant", "unauthorized_client", "invalid_client")
