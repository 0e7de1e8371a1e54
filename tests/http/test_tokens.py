"""Tokens: the three grants and the claims."""

from __future__ import annotations

import json

import pytest

from tests.http import expectations as expect
from tests.http import tokens
from tests.http.service_client import LOGIN_CLIENT, SEED_PASSWORD, TOKEN_PATH, Caller, Service, unique_name

CLAIMS = {
    "iss",
    "aud",
    "exp",
    "iat",
    "sub",
    "jti",
    "preferred_username",
    "user_id",
    "email",
    "email_verified",
    "name",
    "administrator",
    "superuser",
    "scopes",
    "filters",
    "version",
}


def test_password_grant_answer(service: Service) -> None:
    """The password grant answers the five members (spec 00, tokens; spec 40, section 6: 3600 s)."""
    response = service.password_grant("learner", SEED_PASSWORD)
    expect.status(200, response)
    body = response.json()
    assert {"access_token", "token_type", "expires_in", "scope", "refresh_token"} <= set(body)
    assert 3600 == body["expires_in"]
    assert "JWT" == body["token_type"]


def test_token_answers_are_not_stored(service: Service) -> None:
    """Token answers carry Cache-Control: no-store (spec 40, section 6)."""
    assert "no-store" in service.password_grant("learner", SEED_PASSWORD).headers["Cache-Control"]


def test_password_grant_by_email(service: Service) -> None:
    """An email address does in the place of a username (spec 00, tokens)."""
    response = service.password_grant("learner@example.com", SEED_PASSWORD)
    expect.status(200, response)
    assert "learner" == tokens.claims(response.json()["access_token"])["preferred_username"]


def test_token_type_bearer_is_the_other_one(service: Service) -> None:
    """Without `token_type=jwt` the type is Bearer (spec 00, tokens)."""
    response = service.grant(grant_type="password", client_id=LOGIN_CLIENT, username="learner", password=SEED_PASSWORD)
    expect.status(200, response)
    assert "Bearer" == response.json()["token_type"]


@pytest.mark.parametrize("prefix", ["JWT", "Bearer"])
@pytest.mark.parametrize("token_type", ["jwt", "bearer"])
def test_both_prefixes_accept_either_type(service: Service, prefix: str, token_type: str) -> None:
    """Both prefixes accept either type of token (spec 00, tokens)."""
    token = service.password_grant("learner", SEED_PASSWORD, token_type).json()["access_token"]
    response = service.me(f"{prefix} {token}")
    expect.status(200, response)
    assert {"username": "learner"} == response.json()


@pytest.mark.parametrize(
    ("client", "username"),
    [
        ("retirement-worker", "retirement_service_worker"),
        ("username-worker", "username_replacement_service_worker"),
    ],
)
def test_client_credentials(service: Service, client: str, username: str) -> None:
    """A client speaks for the service account tied to it (spec 00, tokens and seeds)."""
    response = service.grant(
        grant_type="client_credentials",
        client_id=client,
        client_secret=f"{client}-secret",
        token_type="jwt",
    )
    expect.status(200, response)
    assert {"access_token", "token_type", "expires_in", "scope"} <= set(response.json())
    assert {"username": username} == service.me(f"JWT {response.json()['access_token']}").json()


@pytest.mark.parametrize("secret", ["wrong", "", "username-worker-secret"])
def test_client_credentials_with_a_wrong_secret(service: Service, secret: str) -> None:
    """A wrong secret is refused as RFC 6749 says (spec 00, tokens)."""
    response = service.grant(
        grant_type="client_credentials", client_id="retirement-worker", client_secret=secret, token_type="jwt"
    )
    expect.oauth_error(response, "invalid_client", "invalid_request")


def test_a_public_client_has_no_credentials(service: Service) -> None:
    """The login client may not use client_credentials (spec 00, clients)."""
    response = service.grant(grant_type="client_credentials", client_id=LOGIN_CLIENT, token_type="jwt")
    expect.oauth_error(response, "unauthorized_client", "invalid_client", "invalid_request")


def test_a_worker_client_has_no_password_grant(service: Service) -> None:
    """A worker's client may not use the password grant (spec 00, clients)."""
    response = service.grant(
        grant_type="password",
        client_id="retirement-worker",
        client_secret="retirement-worker-secret",
        username="learner",
        password=SEED_PASSWORD,
    )
    expect.oauth_error(response, "unauthorized_client", "invalid_client")


def test_unknown_client(service: Service) -> None:
    """An unknown client is refused (spec 00, tokens)."""
    response = service.grant(grant_type="password", client_id="nobody", username="learner", password=SEED_PASSWORD)
    expect.oauth_error(response, "invalid_client", "unauthorized_client")


@pytest.mark.parametrize("missing", ["username", "password", "client_id", "grant_type"])
def test_password_grant_with_a_field_missing(service: Service, missing: str) -> None:
    """A missing field is an OAuth error, not a crash (spec 00, tokens)."""
    fields = {
        "grant_type": "password",
        "client_id": LOGIN_CLIENT,
        "username": unique_name(),
        "password": "irrelevant-here",
    }
    del fields[missing]
    response = service.grant(**fields)
    expect.oauth_error(response, "invalid_request", "invalid_client", "unsupported_grant_type", "invalid_grant")


def test_unknown_grant(service: Service) -> None:
    """A grant that is not served is unsupported_grant_type (spec 00, tokens)."""
    expect.oauth_error(service.grant(grant_type="magic", client_id=LOGIN_CLIENT), "unsupported_grant_type")


def test_wrong_password_and_unknown_user_answer_alike(service: Service) -> None:
    """A wrong password and an unknown name give the same invalid_grant (spec 00; spec 40, B7)."""
    known = service.new_account()
    wrong = service.password_grant(known.username, "not-the-passw0rd")
    unknown = service.password_grant(unique_name(), "not-the-passw0rd")
    expect.oauth_error(wrong, "invalid_grant")
    assert (wrong.status_code, wrong.json()) == (unknown.status_code, unknown.json())


def test_passwords_are_exact(service: Service) -> None:
    """A password in other capitals, or with a blank more, is a wrong one."""
    known = service.new_account()
    for near in (known.password.upper(), f"{known.password} ", f" {known.password}", known.password[:-1]):
        expect.oauth_error(service.password_grant(known.username, near), "invalid_grant")


def test_token_endpoint_serves_post_only(anonymous: Caller) -> None:
    """GET on the token endpoint is 405 (spec 10, section 2)."""
    expect.status(405, anonymous.get(TOKEN_PATH))


def test_claims_of_an_ordinary_account(service: Service, learner: Caller) -> None:
    """A token has the claims of spec 00, and of spec 40, section 6, with the account's values."""
    seen = tokens.claims(learner.token or "")
    account = learner.account()
    assert CLAIMS | {"grant_type", "is_restricted"} <= set(seen)
    assert "learner" == seen["preferred_username"]
    assert account["id"] == seen["user_id"]
    assert account["email"] == seen["email"]
    assert account["name"] == seen["name"]
    assert (False, False) == (seen["administrator"], seen["superuser"])
    assert 3600 == seen["exp"] - seen["iat"]
    assert isinstance(seen["sub"], str)


def test_claims_of_flags(staff: Caller, superuser: Caller, bare_superuser: Caller) -> None:
    """`administrator` is staff and `superuser` is superuser (spec 00, tokens)."""
    flags = [tokens.claims(each.token or "") for each in (staff, superuser, bare_superuser)]
    assert [(True, False), (True, True), (False, True)] == [
        (each["administrator"], each["superuser"]) for each in flags
    ]


def test_each_token_has_its_own_jti(service: Service) -> None:
    """Two logins give two `jti` (spec 40, section 6)."""
    both = [service.password_grant("learner", SEED_PASSWORD).json()["access_token"] for _ in range(2)]
    first, second = (tokens.claims(each)["jti"] for each in both)
    assert first != second


def test_no_secret_in_the_claims(learner: Caller) -> None:
    """The claims hold neither a password nor its hash."""
    text = json.dumps(tokens.claims(learner.token or ""))
    assert SEED_PASSWORD not in text
    assert "argon2" not in text
