"""Tokens: their signature, the JWKS, and forgeries."""

from __future__ import annotations

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.http import expectations as expect
from tests.http import tokens
from tests.http.case_names import brief
from tests.http.service_client import SEED_PASSWORD, Caller, Service


def published_keys(service: Service) -> dict[str, jwt.PyJWK]:
    """Return the service's public keys by their `kid`."""
    return {key["kid"]: jwt.PyJWK(key) for key in service.http.get("/oauth2/jwks").json()["keys"]}


def test_jwks(service: Service) -> None:
    """The JWKS has RSA signature keys, public parts only (spec 40, section 6)."""
    response = service.http.get("/oauth2/jwks")
    expect.status(200, response)
    keys = response.json()["keys"]
    assert keys
    for key in keys:
        assert {"kty", "use", "alg", "kid", "n", "e"} <= set(key)
        assert ("RSA", "sig") == (key["kty"], key["use"])
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & set(key)
        assert key["alg"] in ("RS512", "RS256")


def test_jwks_is_cacheable_for_an_hour_at_most(service: Service) -> None:
    """The JWKS is cacheable, at most an hour (spec 40, section 6)."""
    control = service.http.get("/oauth2/jwks").headers["Cache-Control"].replace(" ", "").split(",")
    ages = [int(each.removeprefix("max-age=")) for each in control if each.startswith("max-age=")]
    assert "no-store" not in control
    assert ages
    assert 0 < ages[0] <= 3600


def test_well_known_jwks_is_the_same(service: Service) -> None:
    """Both addresses of the JWKS answer the same (spec 40, section 1)."""
    assert service.http.get("/oauth2/jwks").json() == service.http.get("/.well-known/jwks.json").json()


def test_tokens_verify_with_the_published_key(service: Service, learner: Caller) -> None:
    """A token's signature fits the published key that its `kid` names (spec 40, section 6)."""
    token = learner.token or ""
    key = published_keys(service)[tokens.header(token)["kid"]]
    assert tokens.header(token)["alg"] in ("RS512", "RS256")
    verified = jwt.decode(token, key, algorithms=["RS512", "RS256"], options={"verify_aud": False})
    assert "learner" == verified["preferred_username"]


@pytest.mark.parametrize("spelling", ["none", "None", "NONE", "nOnE", ""])
def test_unsigned_tokens_are_refused(service: Service, learner: Caller, spelling: str) -> None:
    """Algorithm `none` is 401 (spec 40, section 6)."""
    expect.unauthorized(service.me(f"JWT {tokens.unsigned(learner.token or '', spelling)}"))


@pytest.mark.parametrize("algorithm", ["HS256", "HS512"])
def test_the_public_key_is_no_shared_secret(service: Service, learner: Caller, algorithm: str) -> None:
    """HS256 with the public key is 401 (spec 40, section 6)."""
    token = learner.token or ""
    public = published_keys(service)[tokens.header(token)["kid"]].key
    for secret in (
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.PEM, PublicFormat.PKCS1),
        b"",
    ):
        expect.unauthorized(service.me(f"JWT {tokens.signed_by_hmac(token, secret, algorithm)}"))


@pytest.mark.parametrize("kid", ["unknown", "", "../../etc/passwd", None, 5, ["a"], {"a": 1}, "\x00", "é"])
def test_unknown_kid_is_refused(service: Service, learner: Caller, kid: object) -> None:
    """An unknown `kid`, whatever it is, is 401 (spec 40, section 6)."""
    expect.unauthorized(service.me(f"JWT {tokens.with_header(learner.token or '', kid=kid)}"))


@pytest.mark.parametrize(
    "changed",
    [
        {"preferred_username": "superuser"},
        {"superuser": True, "administrator": True},
        {"exp": 9999999999},
        {"iss": "https://elsewhere.example"},
        {"aud": "elsewhere"},
        {"sub": "0" * 32},
        {"user_id": 1},
        {"exp": "soon"},
        {"exp": 1e308},
        {"sub": None},
        {"sub": ["a"]},
    ],
)
def test_changed_claims_break_the_signature(service: Service, learner: Caller, changed: dict[str, object]) -> None:
    """A token with other claims and the old signature is 401 (spec 40, section 6)."""
    expect.unauthorized(service.me(f"JWT {tokens.with_claims(learner.token or '', **changed)}"))


@pytest.mark.parametrize(
    "value",
    [
        "",
        "JWT",
        "Bearer",
        "Bearer a b",
        "JWT a.b",
        "JWT a.b.c",
        "JWT a.b.c.d.e",
        "JWT ...",
        "JWT e30.e30.e30",
        "JWT bnVsbA.bnVsbA.",
        "JWT W10.W10.W10",
        "JWT IiI.IiI.IiI",
        "Basic bGVhcm5lcjpsb2NhbC1QYXNzdzByZA==",
        "JWT " + "A" * 6000,
        "JWT %00.%00.%00",
        "JWT ____.____.____",
        "Negotiate",
    ],
    ids=brief,
)
def test_what_is_no_token_is_refused(service: Service, value: str) -> None:
    """No token, or a bad one, is 401 with its challenge (spec 10, section 2)."""
    expect.unauthorized(service.me(value))


@pytest.mark.parametrize("position", ["head", "payload", "signature"])
def test_a_cut_token_is_refused(service: Service, learner: Caller, position: str) -> None:
    """A token without its beginning, middle or end is 401 (spec 10, section 2)."""
    head, payload, signature = (learner.token or "").split(".")
    cut = {
        "head": f"{head[1:]}.{payload}.{signature}",
        "payload": f"{head}.{payload[:-3]}.{signature}",
        "signature": f"{head}.{payload}.{signature[:-8]}",
    }
    expect.unauthorized(service.me(f"JWT {cut[position]}"))


def test_a_refresh_token_is_no_access_token(service: Service) -> None:
    """A refresh token does not open the API (spec 10, section 2)."""
    refresh = service.password_grant("learner", SEED_PASSWORD).json()["refresh_token"]
    expect.unauthorized(service.me(f"JWT {refresh}"))
    expect.unauthorized(service.me(f"Bearer {refresh}"))
