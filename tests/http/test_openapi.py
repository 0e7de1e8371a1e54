"""The service's description of itself (spec 50, section 5)."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.http import expectations as expect
from tests.http.openapi_document import Operation, operations, response_schema, shape
from tests.http.service_client import ADMIN_ACCOUNTS, ME, TOKEN_PATH, Caller, Service

ACCOUNT = "/api/user/v1/accounts/{username}"
ROUTES = [
    ("GET", "/heartbeat"),
    ("GET", "/openapi.json"),
    ("GET", "/api-docs"),
    ("POST", TOKEN_PATH),
    ("GET", "/oauth2/jwks"),
    ("GET", "/.well-known/jwks.json"),
    ("GET", ME),
    ("GET", ACCOUNT),
    ("PATCH", ACCOUNT),
    ("POST", "/api/user/v2/account/registration"),
    ("GET", "/activate/{key}"),
    ("POST", ADMIN_ACCOUNTS),
]
STATUSES = [
    ("GET", ME, {200, 401, 403}),
    ("GET", ACCOUNT, {200, 401, 403, 404}),
    ("PATCH", ACCOUNT, {200, 400, 401, 403, 404, 412, 415, 422}),
    ("POST", ADMIN_ACCOUNTS, {201, 400, 401, 403, 415, 422}),
    ("POST", TOKEN_PATH, {200, 400, 401}),
    ("POST", "/api/user/v2/account/registration", {200, 400, 415}),
    ("GET", "/heartbeat", {200, 503}),
    ("GET", "/oauth2/jwks", {200}),
]


@pytest.fixture(scope="module")
def document(service: Service) -> dict[str, Any]:
    """The description."""
    response = service.http.get("/openapi.json")
    expect.status(200, response)
    found: dict[str, Any] = response.json()
    return found


@pytest.fixture(scope="module")
def described(document: dict[str, Any]) -> dict[tuple[str, str], Operation]:
    """The described operations by method and shape of path."""
    return {(each.method, shape(each.path)): each for each in operations(document)}


def test_it_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    """The document is valid OpenAPI 3.1 (spec 50, section 5)."""
    assert document["openapi"].startswith("3.1")
    assert [] == list(OpenAPIV31SpecValidator(document).iter_errors())


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_is_described(described: dict[tuple[str, str], Operation], method: str, path: str) -> None:
    """Every route is described (spec 50, section 5)."""
    assert (method, shape(path)) in described


@pytest.mark.parametrize(("method", "path", "statuses"), STATUSES)
def test_every_status_is_described(
    described: dict[tuple[str, str], Operation], method: str, path: str, statuses: set[int]
) -> None:
    """Every status of a route is described (spec 50, section 5)."""
    operation = described[method, shape(path)]
    assert [] == [each for each in sorted(statuses) if not operation.documents(each)]


def test_answers_fit_their_schemas(document: dict[str, Any], service: Service, learner: Caller) -> None:
    """Answers are as described (spec 50, section 5)."""
    caller = service.new_account(profile={"year_of_birth": 1990, "country": "SE"})
    samples = [
        ("GET", ME, caller.get(ME)),
        ("GET", ACCOUNT, caller.get(caller.path)),
        ("GET", ACCOUNT, learner.get(caller.path)),
        ("GET", ACCOUNT, service.anonymous.get(caller.path)),
        ("PATCH", ACCOUNT, caller.patch({"bio": "x"})),
        ("PATCH", ACCOUNT, caller.patch({"country": "ZZ", "gender": "x"})),
        ("PATCH", ACCOUNT, caller.patch([])),
        ("POST", TOKEN_PATH, service.password_grant(caller.username, caller.password)),
        ("POST", TOKEN_PATH, service.grant(grant_type="x")),
        ("GET", "/heartbeat", service.http.get("/heartbeat")),
        ("GET", "/oauth2/jwks", service.http.get("/oauth2/jwks")),
    ]
    for method, path, response in samples:
        schema = response_schema(document, method, path, response.status_code)
        jsonschema.Draft202012Validator(schema).validate(response.json())


class Loading(HTMLParser):
    """Collects the addresses that a page loads from by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element loads."""
        loading = {"src", "srcset", "poster", "data", "background"} | ({"href"} if tag in ("link", "use") else set())
        self.addresses += [value for name, value in attrs if name in loading and value]


def test_the_page_loads_nothing_from_elsewhere(service: Service) -> None:
    """/api-docs is HTML and loads nothing from elsewhere (spec 50, section 5)."""
    response = service.http.get("/api-docs", headers={"Accept": "text/html"})
    expect.status(200, response)
    assert response.headers["Content-Type"].startswith("text/html")
    page = Loading()
    page.feed(response.text)
    base = f"{service.url}/api-docs"
    hosts = {urlsplit(urljoin(base, each)).netloc for each in page.addresses if not each.startswith("data:")}
    assert hosts <= {urlsplit(service.url).netloc}
    for text in ("@import", "url(http", "url(//", "url('http", 'url("http', 'from "http', "import('http"):
        assert text not in response.text
    for address in page.addresses:
        if not address.startswith("data:"):
            expect.status(200, service.http.get(urljoin(base, address)))


def test_the_page_is_readable(service: Service) -> None:
    """/api-docs is that document, readable: without scripts or with, the routes are to be found."""
    text = service.http.get("/api-docs").text
    assert ME in text or "/openapi.json" in text
