"""The token endpoint (spec 00, "Tokens"; RFC 6749)."""

import base64

import jwt
import pytest

from tests.support.api import FORM, LOGIN_CLIENT, PASSWORD
from tests.support.calls import unreachable
from tests.support.oauth import TOKEN_PATH as PATH
from tests.support.oauth import claims_of, refused

PASSWORD_GRANT = {"grant_type": "password", "client_id": LOGIN_CLIENT, "username": "learner", "password": PASSWORD}
WORKER_GRANT = {
    "grant_type": "client_credentials",
    "client_id": "retirement-worker",
    "client_secret": "retirement-worker-secret",
}
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


def basic(client_id, secret):
    """HTTP Basic."""
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


@pytest.mark.parametrize(("wanted", "given"), [("jwt", "JWT"), ("JWT", "JWT"), ("bearer", "Bearer"), (None, "Bearer")])
def test_the_password_grant(api, wanted, given):
    """200 with token, type, lifetime, scope, and a refresh token; never stored by caches."""
    fields = PASSWORD_GRANT | ({"token_type": wanted} if wanted else {})
    answer = api.post_form(PATH, fields)
    assert (200, "no-store", "no-cache") == (
        answer.status,
        answer.headers["cache-control"],
        answer.headers["pragma"],
    )
    assert {"access_token", "token_type", "expires_in", "scope", "refresh_token"} == answer.json.keys()
    assert (given, 3600) == (answer.json["token_type"], answer.json["expires_in"])


@pytest.mark.parametrize("name", ["learner", "learner@example.com", "LEARNER@Example.com"])
def test_by_name_or_address(api, name):
    """By username or address; addresses in any capitalisation."""
    assert "learner" == claims_of(api.grant(name).json["access_token"])["preferred_username"]


def test_the_claims(api, stage, new_account):
    """The claims of spec 00, of the account as it is."""
    username = new_account(is_active=False, is_staff=True)
    claims = claims_of(api.token(username))
    assert CLAIMS <= claims.keys()
    assert (stage.id_of(username), username, f"{username}@example.com", False, True, False) == tuple(
        claims[name] for name in ("sub", "preferred_username", "email", "email_verified", "administrator", "superuser")
    )
    assert 3600 == claims["exp"] - claims["iat"]
    assert int(stage.clock().timestamp()) == claims["iat"]


def test_the_client_credentials_grant(api):
    """The service account tied to the client; no refresh token; form fields or HTTP Basic."""
    for fields, headers in (
        (WORKER_GRANT, {}),
        ({"grant_type": "client_credentials"}, basic("retirement-worker", "retirement-worker-secret")),
    ):
        answer = api.post_form(PATH, fields, headers=headers)
        assert {"access_token", "token_type", "expires_in", "scope"} == answer.json.keys()
        me = api.get("/api/user/v1/me", token=answer.json["access_token"])
        assert {"username": "retirement_service_worker"} == me.json


def test_another_client_cannot_refresh(api, stage):
    """A refresh token is of no use to another client, and goes on for its own (RFC 6749, section 6)."""
    stage.wiring.clients.register("other-client", None, ["refresh_token"], None)
    first = api.grant("learner").json
    fields = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    answer = api.post_form(PATH, {**fields, "client_id": "other-client"})
    assert (400, "invalid_grant") == (answer.status, answer.json["error"])
    assert 200 == api.post_form(PATH, {**fields, "client_id": LOGIN_CLIENT}).status


def test_the_refresh_grant(api):
    """The same account, with a new pair; the new token works."""
    first = api.grant("learner").json
    fields = {"grant_type": "refresh_token", "client_id": LOGIN_CLIENT, "refresh_token": first["refresh_token"]}
    second = api.post_form(PATH, fields).json
    assert second["refresh_token"] != first["refresh_token"]
    assert claims_of(first["access_token"])["sub"] == claims_of(second["access_token"])["sub"]
    assert 200 == api.get("/api/user/v1/me", token=second["access_token"]).status


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        ({}, 400, "invalid_request"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"grant_type": "magic"}, 400, "unsupported_grant_type"),
        ({"grant_type": "password"}, 401, "invalid_client"),
        (PASSWORD_GRANT | {"client_id": "nobody"}, 401, "invalid_client"),
        (PASSWORD_GRANT | {"client_id": "x" * 1000}, 401, "invalid_client"),
        (PASSWORD_GRANT | {"client_id": "\0"}, 401, "invalid_client"),
        (PASSWORD_GRANT | {"username": ""}, 400, "invalid_request"),
        ({k: v for k, v in PASSWORD_GRANT.items() if k != "password"}, 400, "invalid_request"),
        (PASSWORD_GRANT | {"password": "wrong"}, 400, "invalid_grant"),
        (PASSWORD_GRANT | {"password": "x" * 100_000}, 400, "invalid_grant"),
        (PASSWORD_GRANT | {"username": "nobody"}, 400, "invalid_grant"),
        (PASSWORD_GRANT | {"username": "LEARNER"}, 400, "invalid_grant"),
        (PASSWORD_GRANT | {"username": "x" * 5000}, 400, "invalid_grant"),
        (PASSWORD_GRANT | {"username": "\0"}, 400, "invalid_grant"),
        (PASSWORD_GRANT | {"client_id": "retirement-worker"}, 401, "invalid_client"),
        (WORKER_GRANT | PASSWORD_GRANT | {"client_id": "retirement-worker"}, 400, "unauthorized_client"),
        (WORKER_GRANT | {"client_secret": "wrong"}, 401, "invalid_client"),
        (WORKER_GRANT | {"client_secret": ""}, 401, "invalid_client"),
        (WORKER_GRANT | {"client_id": "username-worker"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": LOGIN_CLIENT}, 400, "unauthorized_client"),
        ({"grant_type": "refresh_token", "client_id": LOGIN_CLIENT}, 400, "invalid_request"),
        ({"grant_type": "refresh_token", "client_id": LOGIN_CLIENT, "refresh_token": "x"}, 400, "invalid_grant"),
    ],
    ids=lambda value: None if not isinstance(value, dict) else "-".join(f"{k}={v[:9]!a}" for k, v in value.items()),
)
def test_errors(api, fields, status, error):
    """The errors of RFC 6749, section 5.2."""
    answer = api.post_form(PATH, fields)
    assert refused(answer, status, error), answer.text
    assert (401 == status) == ("www-authenticate" in answer.headers)


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", ""])
def test_forms_only(api, content_type):
    """Anything but a form is an invalid request."""
    answer = api.request("POST", PATH, headers={"Content-Type": content_type}, body=b"{}")
    assert refused(answer, 400, "invalid_request")


@pytest.mark.parametrize("body", [b"\xff", b"grant_type=%FF", b"a=b&" * 300, b"x" * 2_000_000])
def test_forms_that_cannot_be_read(api, body):
    """Bytes that are no text, and too many of them."""
    assert refused(api.request("POST", PATH, headers={"Content-Type": FORM}, body=body), 400, "invalid_request")


@pytest.mark.parametrize(
    "header", ["Basic", "Basic !", "Basic " + base64.b64encode(b"\xff\xfe").decode(), "Basic eA=="]
)
def test_basic_that_cannot_be_read(api, header):
    """HTTP Basic that says nothing."""
    answer = api.post_form(PATH, {"grant_type": "client_credentials"}, headers={"Authorization": header})
    assert refused(answer, 401, "invalid_client")


def test_the_store_is_away(api, stage):
    """503 with `Retry-After`, never "wrong password"."""
    with unreachable(stage.wiring.dynamodb):
        answer = api.grant("learner")
    assert (503, True) == (answer.status, "retry-after" in answer.headers)


@pytest.mark.parametrize("path", ["/oauth2/jwks", "/.well-known/jwks.json"])
def test_the_key_set(api, path):
    """Public parts only, cacheable, and PyJWT verifies a token with them."""
    answer = api.get(path)
    assert "public" in answer.headers["cache-control"]
    (key,) = answer.json["keys"]
    assert {"kty", "kid", "n", "e"} <= key.keys()
    assert not {"d", "p", "q"} & key.keys()
    token = api.token("learner")
    decoded = jwt.decode(
        token,
        jwt.PyJWK(key).key,
        algorithms=[key["alg"]],
        audience="rollcall",
        options={"verify_exp": False, "verify_iat": False},
    )
    assert "learner" == decoded["preferred_username"]
