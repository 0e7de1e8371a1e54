"""Published keys, and the tokens of browsers and grants that they verify (spec 40, section 6)."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.http import expectations as expect
from tests.http import tokens
from tests.http.browser_client import PAYLOAD, REFRESH, SIGNATURE, Browser
from tests.http.reset_client import sessions_path
from tests.http.retirement_client import worker_of
from tests.http.service_client import ME, Caller, Service

PATHS = ["/oauth2/jwks", "/oauth2/jwks/", "/.well-known/jwks.json", "/.well-known/jwks.json/"]
PUBLIC = {"kty", "use", "alg", "kid", "n", "e"}
SMALLEST_BITS = 2048


@pytest.fixture(scope="module")
def person(service: Service) -> Caller:
    """An account of one's own."""
    return service.new_account()


@pytest.fixture
def browser(service: Service, person: Caller) -> Browser:
    """That account's browser."""
    return Browser(service).logged_in(person)


def published(service: Service) -> list[dict[str, Any]]:
    """Return the keys as they are published."""
    keys: list[dict[str, Any]] = service.http.get("/oauth2/jwks").json()["keys"]
    return keys


def verified(service: Service, token: str) -> dict[str, Any]:
    """Return the claims of a token whose signature fits the key that it names."""
    (key,) = [each for each in published(service) if each["kid"] == tokens.header(token)["kid"]]
    assert key["alg"] == tokens.header(token)["alg"]
    found: dict[str, Any] = jwt.decode(token, jwt.PyJWK(key), algorithms=[key["alg"]], options={"verify_aud": False})
    return found


def cookies_of(token: str) -> dict[str, str]:
    """Return a token as its two cookies."""
    readable, _, signature = token.rpartition(".")
    return {PAYLOAD: readable, SIGNATURE: signature}


# --- the keys


@pytest.mark.parametrize("path", PATHS)
def test_the_keys(service: Service, path: str) -> None:
    """Each address gives the same, to anybody, and nothing but public parts (section 1)."""
    response = service.http.get(path)
    expect.status(200, response)
    assert ["keys"] == list(response.json())
    assert published(service) == response.json()["keys"]
    assert [PUBLIC] * len(published(service)) == [set(each) for each in response.json()["keys"]]


@pytest.mark.parametrize("path", PATHS)
def test_cacheable_for_an_hour_at_most(service: Service, path: str) -> None:
    """Cacheable by anybody, at most an hour."""
    response = service.http.get(path)
    control = {each.strip() for each in response.headers["Cache-Control"].split(",")}
    assert not {"no-store", "no-cache", "private"} & control
    (age,) = [int(each.removeprefix("max-age=")) for each in control if each.startswith("max-age=")]
    assert 0 < age <= 3600


def test_strong_keys(service: Service) -> None:
    """Each key has its own `kid`, the usual exponent and at least 2048 bits."""
    keys = published(service)
    assert len(keys) == len({each["kid"] for each in keys})
    for each in keys:
        modulus = base64.urlsafe_b64decode(each["n"] + "=" * (-len(each["n"]) % 4))
        assert len(modulus) * 8 >= SMALLEST_BITS
        assert "AQAB" == each["e"]
        assert "=" not in each["n"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_keys_are_read_only(service: Service, method: str) -> None:
    """Other methods: 405."""
    expect.status(405, service.http.request(method, "/oauth2/jwks"))


def test_a_token_makes_no_difference(service: Service, person: Caller) -> None:
    """Who asks does not matter, not even with a token that is none."""
    expected = service.http.get("/oauth2/jwks").content
    assert expected == person.get("/oauth2/jwks").content
    assert expected == service.http.get("/oauth2/jwks", headers={"Authorization": "JWT x"}).content


# --- the tokens


def test_every_token_verifies(service: Service, person: Caller, browser: Browser) -> None:
    """Tokens of each grant and of each login are signed by a published key, and live 3600 s."""
    granted = service.password_grant(person.username, person.password).json()
    refreshed = service.refresh(granted["refresh_token"]).json()
    first = browser.token
    expect.status(200, browser.post(REFRESH))
    found = [granted["access_token"], refreshed["access_token"], first, browser.token, worker_of(service).token or ""]
    claims = [verified(service, each) for each in found]
    assert [3600] * len(found) == [each["exp"] - each["iat"] for each in claims]
    assert len(found) == len({each["jti"] for each in claims})
    assert 1 == len({each["iss"] for each in claims})
    assert [False] * len(found) == [each["is_restricted"] for each in claims]


def test_grant_types(service: Service, person: Caller, browser: Browser) -> None:
    """`grant_type` tells how a token came about; a browser's came by a password."""
    worker = worker_of(service).token or ""
    assert "password" == verified(service, person.token or "")["grant_type"]
    assert "client_credentials" == verified(service, worker)["grant_type"]
    assert "password" == verified(service, browser.token)["grant_type"]


def test_a_cookie_s_token_is_a_token(service: Service, person: Caller, browser: Browser) -> None:
    """The JWT of the cookies has the claims of a granted one, and opens by `Authorization` as well."""
    granted, cookie = (verified(service, each) for each in (person.token or "", browser.token))
    assert set(granted) <= set(cookie)
    for name in ("sub", "aud", "user_id", "preferred_username", "email", "email_verified", "name", "version"):
        assert granted[name] == cookie[name]
    expect.status(200, service.me(f"JWT {browser.token}"))


def test_tokens_name_their_session(service: Service, person: Caller) -> None:
    """A session's tokens have its id in common, which no other session's have."""
    granted = service.password_grant(person.username, person.password).json()
    refreshed = service.refresh(granted["refresh_token"]).json()["access_token"]
    claims = [verified(service, each) for each in (granted["access_token"], refreshed, person.token or "")]
    asking = {"Authorization": f"JWT {refreshed}"}
    sessions = service.http.get(sessions_path(person.username), headers=asking).json()
    (number,) = [each["id"] for each in sessions if each["current"]]
    assert [True, True, False] == [number in each.values() for each in claims]


def test_a_cookie_s_token_names_its_session(person: Caller, browser: Browser) -> None:
    """A browser's tokens name the browser's session, before and after a renewal."""
    (number,) = [each["id"] for each in browser.get(sessions_path(person.username)).json() if each["current"]]
    assert number in tokens.claims(browser.token).values()
    expect.status(200, browser.post(REFRESH))
    assert number in tokens.claims(browser.token).values()


# --- forgeries in cookies


FORGERIES: dict[str, Callable[[str], str]] = {
    "none": lambda token: tokens.unsigned(token, "none"),
    "unknown kid": lambda token: tokens.with_header(token, kid="unknown"),
    "no kid": lambda token: tokens.with_header(token, kid=None),
    "another algorithm": lambda token: tokens.with_header(token, alg="RS384"),
    "another issuer": lambda token: tokens.with_claims(token, iss="https://elsewhere.example"),
    "another audience": lambda token: tokens.with_claims(token, aud="elsewhere"),
    "never past": lambda token: tokens.with_claims(token, exp=9999999999),
    "another account": lambda token: tokens.with_claims(token, sub="0" * 32, preferred_username="superuser"),
    "a right": lambda token: tokens.with_claims(token, administrator=True, superuser=True),
    "a critical header": lambda token: tokens.with_header(token, crit=["b64"], b64=False),
    "keys of elsewhere": lambda token: tokens.with_header(token, jku="http://evil.example/jwks"),
}


def is_refused(service: Service, browser: Browser, token: str) -> None:
    """Expect 401 for a token, as a cookie and as a header, where the true one opens."""
    expect.status(200, browser.get(ME, cookies=cookies_of(browser.token)))
    expect.status(401, browser.get(ME, cookies=cookies_of(token)))
    expect.unauthorized(service.me(f"JWT {token}"))


@pytest.mark.parametrize("kind", FORGERIES)
def test_forgeries(service: Service, browser: Browser, kind: str) -> None:
    """A forged token is 401."""
    is_refused(service, browser, FORGERIES[kind](browser.token))


@pytest.mark.parametrize("algorithm", ["HS256", "HS512"])
def test_the_public_key_is_no_shared_secret(service: Service, browser: Browser, algorithm: str) -> None:
    """HS256 with the public key is 401."""
    key = jwt.PyJWK(published(service)[0]).key
    public = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    is_refused(service, browser, tokens.signed_by_hmac(browser.token, public, algorithm))


def test_past(clock_service: Service) -> None:
    """`exp` past: 401, as a cookie and as a header; the keys are still published."""
    person = clock_service.new_account()
    browser = Browser(clock_service).logged_in(person)
    clock_service.advance(3600 - 60)
    expect.status(200, browser.get(ME, cookies=cookies_of(browser.token)))
    clock_service.advance(65)
    expect.status(401, browser.get(ME, cookies=cookies_of(browser.token)))
    expect.unauthorized(clock_service.me(f"JWT {browser.token}"))
    assert tokens.header(browser.token)["kid"] in [each["kid"] for each in published(clock_service)]
