"""What depends on AWS when AWS is away (spec 50, sections 5 and 8), and what a request costs."""

import re
import threading
import time

import pytest

import chalicelib.wiring.health as health
from chalicelib.api.blueprint import ROUTES
from chalicelib.deadlines import request_time
from tests.support.calls import recorded, sent, unreachable


def path(username):
    """Where an account is."""
    return f"/api/user/v1/accounts/{username}"


def unavailable(answer):
    """Whether it says: try again in a moment."""
    return (503, {"detail"}, True) == (answer.status, answer.json.keys(), answer.headers["retry-after"].isdecimal())


def test_the_store_is_away(api, stage, ada):
    """DynamoDB away: 503 with `Retry-After`, for reading and writing."""
    token = api.token(ada)
    with unreachable(stage.wiring.dynamodb):
        assert unavailable(api.get(path(ada), token=token))
        assert unavailable(api.patch(ada, {"bio": "b"}, token=token))


def test_only_writing_is_away(api, stage, ada):
    """A transaction that cannot be sent: 503, no event."""
    token = api.token(ada)
    before = stage.events_of(ada)
    with unreachable(stage.wiring.dynamodb, "TransactWriteItems"):
        assert unavailable(api.patch(ada, {"bio": "b"}, token=token))
    assert before == stage.events_of(ada)


def test_the_key_service_is_away(api, stage, ada):
    """KMS away: 503, never "erased" or "unknown"; afterwards all is well."""
    token = api.token(ada)
    keys = stage.wiring.keys
    keys._cache.clear()
    keys._keks.clear()
    with unreachable(stage.wiring.kms):
        assert unavailable(api.get(path(ada), token=token))
    assert 200 == api.get(path(ada), token=token).status


def test_heartbeat(api, stage):
    """200 `{"status": "ok"}` while all is well."""
    assert (200, {"status": "ok"}) == ((answer := api.get("/heartbeat")).status, answer.json)


@pytest.mark.parametrize(
    ("client", "expected"),
    [("dynamodb", ["ledger", "keys"]), ("kms", ["keys"]), ("_s3", ["images"])],
)
def test_heartbeat_names_what_fails(api, stage, client, expected):
    """503 naming each dependency that fails."""
    with unreachable(getattr(stage.wiring, client)):
        answer = api.get("/heartbeat")
    assert (503, expected) == (answer.status, answer.json["failing"])


class TestEconomy:
    """DynamoDB requests of a request, with keys in memory and without."""

    def test_own_account(self, api, stage, ada):
        """GET own account: two at most."""
        token = api.token(ada)
        for _ in range(2):
            with recorded(stage.wiring.dynamodb) as calls:
                assert 200 == api.get(path(ada), token=token).status
            assert ["BatchGetItem"] == calls
        stage.wiring.keys._cache.clear()
        with recorded(stage.wiring.dynamodb) as calls:
            assert 200 == api.get(path(ada), token=token).status
        assert ["BatchGetItem"] == calls

    def test_patch(self, api, stage, ada):
        """PATCH: three at most, with a key of idempotency too."""
        token = api.token(ada)
        for headers in ({}, {"Idempotency-Key": f"economy-{ada}"}):
            stage.wiring.keys._cache.clear()
            with recorded(stage.wiring.dynamodb) as calls:
                assert 200 == api.patch(ada, {"bio": f"{len(headers)}"}, token=token, headers=headers).status
            assert ["BatchGetItem", "TransactWriteItems"] == calls

    def test_a_patch_that_changes_nothing(self, api, stage, ada):
        """Nothing changes: nothing is written."""
        token = api.token(ada)
        with recorded(stage.wiring.dynamodb) as calls:
            assert 200 == api.patch(ada, {"name": "Ada"}, token=token).status
        assert ["BatchGetItem"] == calls

    def test_another_account(self, api, stage, ada):
        """GET of another's account: two, and one for a name that nobody has."""
        token = api.token("learner")
        stage.wiring.keys._cache.clear()
        with recorded(stage.wiring.dynamodb) as calls:
            assert 200 == api.get(path(ada), token=token).status
        assert 2 == len(calls), calls
        with recorded(stage.wiring.dynamodb) as calls:
            assert 404 == api.get(path("nobody"), token=token).status
        assert 1 == len(calls), calls

    def test_no_token(self, api, stage):
        """Without a token nothing is read at all, nor with a forged one."""
        with recorded(stage.wiring.dynamodb) as calls:
            assert [401, 401] == [api.get(path("learner"), token=token).status for token in (None, "a.b.c")]
        assert [] == calls

    def test_history_costs_nothing(self, api, stage, ada):
        """The requests stay the same however long the history is."""
        token = api.token(ada)
        for number in range(30):
            api.patch(ada, {"bio": str(number)}, token=token)
        with recorded(stage.wiring.dynamodb) as calls:
            api.patch(ada, {"bio": "last"}, token=token)
        assert ["BatchGetItem", "TransactWriteItems"] == calls


def test_heartbeat_waits_once_for_all_that_hang(stage, monkeypatch):
    """Dependencies that hang are waited for together, not one after the other (spec 50, section 5: within 2 s)."""
    released = threading.Event()
    monkeypatch.setattr(health, "HEALTH_SECONDS", 2)
    for probe in ("_probe_ledger", "_probe_keys", "_probe_images"):
        monkeypatch.setattr(stage.wiring, probe, released.wait)
    began = time.monotonic()
    try:
        assert ["ledger", "keys", "images"] == stage.wiring.failing_dependencies()
    finally:
        released.set()
    assert 3 * 2 > time.monotonic() - began


def test_the_time_is_over(api, stage, ada):
    """A request without time left for another call asks AWS for nothing more: 503 with `Retry-After`, no event."""
    token = api.token(ada)
    before = stage.events_of(ada)
    with sent(stage.wiring.dynamodb) as requests, request_time(0):
        assert unavailable(api.get(path(ada), token=token))
        assert unavailable(api.patch(ada, {"bio": "b"}, token=token))
    assert [] == requests
    assert before == stage.events_of(ada)
    with sent(stage.wiring.dynamodb) as requests:
        assert 200 == api.get(path(ada), token=token).status
    assert requests


HURRIED = [route for route in ROUTES if route.path != "/heartbeat"]
"""All but the one that asks from threads, each of which it waits for no longer than 1.5 seconds."""


@pytest.mark.parametrize("route", HURRIED, ids=lambda route: f"{route.method} {route.path}")
def test_no_route_falls_over_for_want_of_time(api, stage, ada, route):
    """Whatever is asked without time left: no call, and 503 with `Retry-After` unless no call was needed; never 500."""
    path = re.sub(r"{\w+}", lambda found: ada if found[0] == "{username}" else "x", route.path)
    token = None if route.public else api.token("superuser")
    headers = {"Content-Type": "application/json"}
    with sent(stage.wiring.dynamodb) as requests, request_time(0):
        answer = api.request(route.method, path, token=token, headers=headers, body=b"{}")
    assert [] == requests
    assert answer.status != 500, answer.text
    assert route.public or unavailable(answer)
