"""Generated garbage to every route of the description: never a 5xx (spec 50, section 8)."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.http import expectations as expect
from tests.http.openapi_document import Operation, operations
from tests.http.service_client import MERGE_PATCH, Caller, Service

GARBAGE = settings(
    max_examples=100,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
KNOWN_KEYS = [
    "username",
    "email",
    "name",
    "password",
    "bio",
    "country",
    "year_of_birth",
    "social_links",
    "language_proficiencies",
    "extended_profile",
    "account_privacy",
    "profile",
    "preferences",
    "permissions",
    "orgs",
    "social_logins",
    "is_active",
    "grant_type",
    "client_id",
    "refresh_token",
    "client_secret",
]
SEGMENTS = ["learner", "no_such_user", "%", "\x00", "é", " "]
CONTENT_TYPES = ["application/json", MERGE_PATCH, "application/x-www-form-urlencoded", "text/plain", "", ";"]

text = st.text(max_size=30)
segment = st.text(min_size=1, max_size=30).filter(lambda chosen: "/" not in chosen and chosen.strip(".") != "")
keys = st.sampled_from(KNOWN_KEYS) | text
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)
bodies = (
    st.binary(max_size=200)
    | values.map(lambda value: json.dumps(value).encode())
    | st.dictionaries(keys, values, max_size=8).map(lambda value: json.dumps(value).encode())
    | st.dictionaries(keys, text, max_size=8).map(lambda value: urlencode(value).encode())
)
queries = st.dictionaries(st.sampled_from(["view", "email", "lms_user_id", "to"]) | text, text, max_size=3)
headers = st.dictionaries(
    st.sampled_from(["Idempotency-Key", "If-Match", "X-Request-ID", "Accept", "Origin", "Cookie"]),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40),
    max_size=3,
)


@pytest.fixture(scope="module")
def described(service: Service) -> list[Operation]:
    """Every operation of the description but the stage's own helpers, which move the clock."""
    response = service.http.get("/openapi.json")
    expect.status(200, response)
    return [each for each in operations(response.json()) if not each.path.startswith("/_local")]


@pytest.fixture(scope="module")
def mighty(service: Service) -> Caller:
    """A superuser whom nobody misses."""
    return service.new_account(is_superuser=True, is_staff=True)


def filled(draw: Any, path: str) -> str:
    """Return a path with something in the place of each parameter."""
    start, brace, rest = path.partition("{")
    if not brace:
        return path
    _, _, tail = rest.partition("}")
    return start + quote(draw(st.sampled_from(SEGMENTS) | segment), safe="") + filled(draw, tail)


def send(draw: Any, operation: Operation, mighty: Caller) -> httpx.Response:
    """Send one piece of garbage to an operation."""
    types = st.sampled_from([*operation.body_types, *CONTENT_TYPES])
    chosen = {**draw(headers), "Content-Type": draw(types)}
    caller = mighty if draw(st.booleans()) else Caller(mighty.http)
    return caller.request(
        operation.method,
        filled(draw, operation.path),
        headers=chosen,
        params=draw(queries),
        content=draw(bodies) if operation.method != "GET" else None,
    )


@GARBAGE
@given(data=st.data())
def test_no_garbage_makes_a_500(data: st.DataObject, described: list[Operation], mighty: Caller) -> None:
    """Generated garbage to any route: never 500 and more (spec 50, section 8)."""
    operation = data.draw(st.sampled_from(described))
    response = send(data.draw, operation, mighty)
    assert response.status_code < 500, (str(operation), response.text)


@settings(GARBAGE, max_examples=50)
@given(data=st.data())
def test_every_status_is_described(data: st.DataObject, described: list[Operation], mighty: Caller) -> None:
    """What garbage is answered with is described for its route (spec 50, section 5)."""
    operation = data.draw(st.sampled_from(described))
    response = send(data.draw, operation, mighty)
    unmatched = response.status_code == 404 and "{" in operation.path
    assert unmatched or operation.documents(response.status_code), (str(operation), response.status_code)


def test_every_operation_survives_nothing(described: list[Operation], mighty: Caller) -> None:
    """Every route answers an empty request, with a token and without, below 500 (spec 50, section 8)."""
    for operation in described:
        path = operation.path.replace("{", "").replace("}", "")
        for caller in (mighty, Caller(mighty.http)):
            assert caller.request(operation.method, path).status_code < 500, str(operation)
