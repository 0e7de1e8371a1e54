"""The description of the API (spec 50, section 5)."""

import json
import re

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from chalicelib.api.blueprint import ROUTES
from chalicelib.api.health import area as health
from chalicelib.identity.permissions import Permission
from chalicelib.images.formats import CONTENT_TYPES
from tests.support.api import PASSWORD


@pytest.fixture(scope="module")
def document(api):
    """The description, as it is served."""
    return api.get("/openapi.json").json


def operations(document):
    """(method, path) -> operation."""
    return {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_it_is_openapi_3_1(document):
    """The document is valid OpenAPI 3.1."""
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


def test_every_route(document):
    """Every route and method is there, and no other."""
    assert {(route.method, route.path) for route in ROUTES} == set(operations(document))


def test_operation_ids(document):
    """Operation ids are unique names."""
    ids = [operation["operationId"] for operation in operations(document).values()]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in ids)


def test_references_lead_somewhere(document):
    """Every reference has its schema, and every schema a reader."""
    names = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert names == set(document["components"]["schemas"])


def test_path_parameters(document):
    """Each name in a path is described."""
    for (_, path), operation in operations(document).items():
        described = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "path"}
        assert set(re.findall(r"{(\w+)}", path)) == described


def test_tokens(document):
    """What needs a token says so, and answers 401."""
    for route in ROUTES:
        operation = operations(document)[route.method, route.path]
        assert route.public == (not operation["security"])
        assert route.public or "401" in operation["responses"]


def test_the_handler_may_be_cached(api):
    """The description says nothing about anybody."""
    assert "public" in api.get("/openapi.json").headers["cache-control"]
    assert {route.path for route in health.routes} >= {"/openapi.json", "/api-docs", "/heartbeat"}


def test_the_readable_page(api):
    """The description as a page, with every path and without anything loaded from elsewhere."""
    answer = api.get("/api-docs")
    assert 200 == answer.status
    assert [] == [route.path for route in ROUTES if route.path not in answer.text]
    assert [] == re.findall(r"""(?:src|href)=["']?(https?:)?//""", answer.text)


def test_every_status_is_described(api, stage, document, ada):
    """Each status that the routes are seen to answer with is in the description."""
    account, register, admin = (
        "/api/user/v1/accounts/{username}",
        "/api/user/v2/account/registration",
        "/api/user/v1/admin/accounts",
    )
    large = b"x" * (stage.wiring.settings.body_limit_bytes + 1)
    form = {"username": "learner", "email": "a@example.com", "name": "N", "password": PASSWORD}
    mine = f"/api/user/v1/accounts/{ada}"
    merge = {"Content-Type": "application/merge-patch+json"}
    keyed = {**merge, "Idempotency-Key": "same"}
    seen = [
        ("GET", "/api/user/v1/me", api.get("/api/user/v1/me")),
        ("GET", "/api/user/v1/me", api.get("/api/user/v1/me", as_=ada, query="email=")),
        ("GET", account, api.get(mine)),
        ("GET", account, api.get(mine, as_=ada)),
        ("GET", account, api.get(mine, as_=ada, query="email=")),
        ("GET", account, api.get("/api/user/v1/accounts/nobody", as_=ada)),
        ("PATCH", account, api.patch(ada, b"{")),
        ("PATCH", account, api.patch(ada, {}, token="x")),
        ("PATCH", account, api.patch(ada, {}, as_="staff")),
        ("PATCH", account, api.patch(ada, {}, as_="learner")),
        ("PATCH", account, api.patch(ada, {}, headers={"If-Match": '"0"'})),
        ("PATCH", account, api.patch(ada, large)),
        ("PATCH", account, api.patch(ada, {}, headers={"Content-Type": "x/y"})),
        ("PATCH", account, api.patch(ada, {}, headers=keyed)),
        ("PATCH", account, api.patch(ada, {"bio": "b"}, headers=keyed)),
        ("POST", register, api.post_json(register, form)),
        ("POST", register, api.post_json(register, {})),
        ("POST", register, api.post_json(register, large)),
        ("POST", register, api.post_json(register, {}, headers={"Content-Type": "x/y"})),
        ("POST", admin, api.post_json(admin, form)),
        ("POST", admin, api.post_json(admin, form, as_="staff")),
        ("POST", admin, api.post_json(admin, form, as_="superuser")),
        ("POST", admin, api.post_json(admin, {}, as_="superuser")),
        ("POST", admin, api.post_json(admin, large, as_="superuser")),
        ("POST", admin, api.post_json(admin, {}, as_="superuser", headers={"Content-Type": "x/y"})),
        ("POST", "/oauth2/access_token", api.grant(ada)),
        ("POST", "/oauth2/access_token", api.grant(ada, "wrong")),
        ("POST", "/oauth2/access_token", api.grant(ada, client_id="x")),
        ("GET", "/activate/{key}", api.get("/activate/x")),
        ("GET", "/heartbeat", api.get("/heartbeat")),
        ("GET", "/static/images/profiles/{name}", api.get("/static/images/profiles/x")),
    ]
    described = operations(document)
    missing = [
        (method, path, answer.status)
        for method, path, answer in seen
        if str(answer.status) not in described[method, path]["responses"]
    ]
    assert [] == missing
    assert {200, 400, 401, 403, 404, 409, 412, 413, 415, 422} == {answer.status for _, _, answer in seen}
    assert all({"500", "503"} <= operation["responses"].keys() for operation in described.values())


def parameter(operation, name):
    """The schema of one parameter."""
    (found,) = (each["schema"] for each in operation["parameters"] if each["name"] == name)
    return found


def test_bounds_of_parameters(document):
    """A key and a limit are described with the bounds that they are checked by."""
    key = parameter(operations(document)["PATCH", "/api/user/v1/accounts/{username}"], "Idempotency-Key")
    assert (1, 255, "^[ -~]+$") == (key["minLength"], key["maxLength"], key["pattern"])
    for path in ("/api/user/v1/accounts/{username}/history", "/api/user/v1/admin/name_changes"):
        limit = parameter(operations(document)["GET", path], "limit")
        assert {"type": "integer", "minimum": 1, "maximum": 200} == limit


def test_an_empty_patch_of_rights_is_described(document):
    """A patch without a key is refused by messages, not by field errors."""
    answer = operations(document)["PATCH", "/api/user/v1/admin/accounts/{username}"]["responses"]["400"]
    schemas = answer["content"]["application/json"]["schema"]["anyOf"]
    assert {"$ref": "#/components/schemas/Messages"} in schemas


def test_what_must_be_there(document):
    """A body or a parameter is required exactly where a request without it is refused."""
    found = operations(document)
    optional = {
        "/password_reset",
        "/account/password",
        "/password/reset/{link}",
        "/api/user/v1/account/password_reset/token/validate",
        "/api/user/v1/validation/registration",
    }
    bodies = {path for (_, path), each in found.items() if not each.get("requestBody", {"required": True})["required"]}
    assert optional == bodies
    by_date = found["GET", "/api/user/v1/accounts/retirements_by_status_and_date"]
    assert {"start_date", "end_date", "state"} == {each["name"] for each in by_date["parameters"] if each["required"]}


def test_what_a_patch_may_hold(document):
    """Nothing at all is refused, and of rights whatever is none."""
    found = operations(document)
    for path in ("/api/user/v1/preferences/{username}", "/api/user/v1/admin/accounts/{username}"):
        (content,) = found["PATCH", path]["requestBody"]["content"].values()
        assert 1 == content["schema"]["minProperties"]
    assert content["schema"]["additionalProperties"] is False
    assert {permission.value for permission in Permission} == set(
        content["schema"]["properties"]["permissions"]["items"]["enum"]
    )


def test_types_of_pictures(document):
    """A grant names the types that it is given for."""
    assert set(CONTENT_TYPES) == set(
        document["components"]["schemas"]["UploadForm"]["properties"]["content_type"]["enum"]
    )
