"""Errors that every route has in common, and paths with and without a slash (spec 10, section 2; spec 00)."""

from __future__ import annotations

import pytest

from tests.http import expectations as expect
from tests.http.service_client import (
    ADMIN_ACCOUNTS,
    ME,
    MERGE_PATCH,
    REGISTRATION,
    Caller,
    Service,
    new_password,
)

UNMATCHED = [
    "/nothing",
    "/api",
    "/api/user/v1",
    "/api/user/v1/nothing",
    "/api/user/v3/me",
    "/oauth2",
    "/_local",
]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ME),
        ("GET", "/api/user/v1/accounts/learner"),
        ("GET", "/api/user/v1/accounts/no_such_user"),
        ("PATCH", "/api/user/v1/accounts/learner"),
        ("POST", ADMIN_ACCOUNTS),
    ],
)
@pytest.mark.parametrize("authorization", [None, "JWT bad", "Bearer bad", "Basic YTpi", "JWT"])
def test_401(service: Service, method: str, path: str, authorization: str | None) -> None:
    """No token or a bad one is 401 with `detail` and the challenge, never 403 (spec 10, section 2)."""
    headers = {"Authorization": authorization} if authorization else {}
    expect.unauthorized(service.http.request(method, path, headers=headers))


@pytest.mark.parametrize("path", UNMATCHED)
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "PUT", "DELETE"])
def test_unmatched_routes(service: Service, learner: Caller, method: str, path: str) -> None:
    """A route that is not served is 404 in JSON, with a token and without (spec 10, section 2)."""
    for caller in (service.anonymous, learner):
        response = caller.request(method, path)
        expect.status(404, response)
        assert response.headers["Content-Type"].startswith("application/json")
        assert isinstance(response.json(), dict)


def test_an_unmatched_route_does_not_echo_the_token(service: Service) -> None:
    """A bad Authorization header is not given back by the 404 (spec 10, section 2)."""
    response = service.http.get("/nothing/here", headers={"Authorization": "secret-of-mine"})
    expect.status(404, response)
    assert "secret-of-mine" not in response.text


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_405_on_an_account(learner: Caller, method: str) -> None:
    """PUT, POST, DELETE on an account are 405 with `detail` (spec 10, section 2)."""
    expect.detail(405, learner.request(method, learner.path))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", ME),
        ("DELETE", ME),
        ("PATCH", ME),
        ("GET", ADMIN_ACCOUNTS),
        ("PUT", ADMIN_ACCOUNTS),
        ("DELETE", REGISTRATION),
        ("POST", "/heartbeat"),
        ("DELETE", "/openapi.json"),
        ("PUT", "/oauth2/access_token"),
        ("POST", "/oauth2/jwks"),
    ],
)
def test_405_elsewhere(superuser: Caller, method: str, path: str) -> None:
    """A method that is not served there is 405 with `detail` (spec 10, section 2)."""
    expect.detail(405, superuser.request(method, path))


def test_404_of_an_account_is_no_html(learner: Caller) -> None:
    """A 404 has no body, or one in JSON (spec 10, section 2)."""
    response = learner.get("/api/user/v1/accounts/no_such_user")
    expect.status(404, response)
    assert not response.content or isinstance(response.json(), dict)


@pytest.mark.parametrize("accept", ["text/html", "*/*", "application/json", "image/png", "", "q=;;,"])
def test_any_accept_header_is_answered(learner: Caller, accept: str) -> None:
    """Whatever the client accepts, the account comes as JSON."""
    response = learner.get(learner.path, headers={"Accept": accept})
    expect.status(200, response)
    assert "learner" == response.json()["username"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "bogus", ""])
def test_the_content_type_of_a_get_does_not_matter(learner: Caller, content_type: str) -> None:
    """A GET has no body, so its content type is no fault."""
    expect.status(200, learner.get(learner.path, headers={"Content-Type": content_type}))


# --- both forms of each path (spec 00, paths)


@pytest.mark.parametrize(
    "path",
    [
        "/heartbeat",
        "/openapi.json",
        "/api-docs",
        "/oauth2/jwks",
        "/.well-known/jwks.json",
        ME,
        "/api/user/v1/accounts/learner",
        "/api/user/v1/accounts/learner?view=shared",
        "/api/user/v1/accounts/no_such_user",
        "/api/user/v1/nothing",
    ],
)
def test_get_with_and_without_a_slash(learner: Caller, path: str) -> None:
    """Both forms give the same answer, never a redirect (spec 00, paths)."""
    base, _, query = path.partition("?")
    both = [learner.get(form + (f"?{query}" if query else "")) for form in (base, f"{base}/")]
    assert both[0].status_code == both[1].status_code
    assert both[0].status_code not in range(300, 400)
    assert both[0].content == both[1].content
    assert both[0].headers.get("ETag") == both[1].headers.get("ETag")


def test_patch_with_and_without_a_slash(writer: Caller) -> None:
    """PATCH works on both forms (spec 00, paths)."""
    for path in (writer.path, f"{writer.path}/"):
        expect.status(200, writer.patch({"goals": path}, path=path))
        assert path == writer.account()["goals"]
        expect.status(415, writer.request("PATCH", path))


def test_tokens_with_and_without_a_slash(service: Service) -> None:
    """The token endpoint works on both forms (spec 00, paths)."""
    caller = service.new_account()
    fields = {
        "grant_type": "password",
        "client_id": "login-service-client-id",
        "username": caller.username,
        "password": caller.password,
    }
    for path in ("/oauth2/access_token", "/oauth2/access_token/"):
        expect.status(200, service.http.post(path, data=fields))


def test_registration_and_admin_with_and_without_a_slash(service: Service, superuser: Caller) -> None:
    """Registration and provisioning work on both forms (spec 00, paths)."""
    for path in (REGISTRATION, REGISTRATION.rstrip("/")):
        expect.status(200, service.http.post(path, json=service.registration()))
    for path in (ADMIN_ACCOUNTS, f"{ADMIN_ACCOUNTS}/"):
        fields = {**service.registration(), "password": new_password()}
        expect.status(201, superuser.post(path, json=fields))


def test_methods_that_nobody_serves(service: Service, learner: Caller) -> None:
    """A method that is not HTTP's is a 4xx, not a crash (spec 50, section 8)."""
    for method in ("BREW", "TRACE", "PROPFIND", "LOCK"):
        response = learner.request(method, learner.path, headers={"Content-Type": MERGE_PATCH})
        assert 400 <= response.status_code < 500, (method, response.status_code)
        assert response.headers["X-Request-ID"]
    expect.status(200, service.http.get("/heartbeat"))
