"""Who may do what in retirement, and which refusal comes first (spec 20, sections 1 and 2)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.http import expectations as expect
from tests.http import retirement_client as retirement
from tests.http.retirement_endpoints import (
    ENDPOINTS,
    NOBODY,
    OTHER_RIGHTS,
    READING_A_USERNAME,
    READING_JSON,
    RETIRE_READS,
    RETIRE_WITH_A_LIST,
    RETIRE_WITH_AN_OBJECT,
    RETIRE_WITH_ANYTHING,
    Endpoint,
    named,
)
from tests.http.service_client import Caller, Service

RETIRE, DEACTIVATE, CANCEL, REPLACE = (
    "can_retire_user",
    "can_deactivate_user",
    "can_cancel_retirement",
    "can_replace_username",
)
EVERY_RIGHT = {RETIRE, DEACTIVATE, CANCEL, REPLACE}
SUPERUSERS = {RETIRE, DEACTIVATE, CANCEL}
HOLDS: dict[str, set[str]] = {
    "learner": set(),
    "inactive learner": set(),
    "staff": set(),
    "superuser": SUPERUSERS,
    "superuser who is not staff": SUPERUSERS,
    "retirement worker": {RETIRE},
    "retirement worker by password": {RETIRE},
    "username worker": {REPLACE},
    "username worker by password": {REPLACE},
    **{right: {right} for right in EVERY_RIGHT},
    "staff with can_retire_user": {RETIRE},
    "staff with can_cancel_retirement": {CANCEL},
    "inactive with can_retire_user": {RETIRE},
    "every permission": EVERY_RIGHT,
    "superuser with can_replace_username": EVERY_RIGHT,
    "retirement worker's namesake": set(),
}
"""What each kind of caller holds (spec 20, section 2; R4, R5, R14)."""

READING_A_ROW = ("GET", retirement.status_path, DEACTIVATE)
DEACTIVATING = ("POST", retirement.deactivate_path, RETIRE)
"""A method, the path that it is for, and a right that is not the one it needs."""


@pytest.fixture(scope="module")
def callers(service: Service) -> dict[str, Caller]:
    """One caller of each kind."""
    new = service.new_account
    return {
        "learner": service.seed("learner"),
        "inactive learner": new(is_active=False),
        "staff": service.seed("staff"),
        "superuser": service.seed("superuser"),
        "superuser who is not staff": new(is_superuser=True, is_staff=False),
        "retirement worker": retirement.worker_of(service),
        "retirement worker by password": service.seed("retirement_service_worker"),
        "username worker": retirement.username_worker_of(service),
        "username worker by password": service.seed("username_replacement_service_worker"),
        **{right: new(permissions=[right]) for right in EVERY_RIGHT},
        "staff with can_retire_user": new(is_staff=True, permissions=[RETIRE]),
        "staff with can_cancel_retirement": new(is_staff=True, permissions=[CANCEL]),
        "inactive with can_retire_user": new(is_active=False, permissions=[RETIRE]),
        "every permission": new(permissions=sorted(EVERY_RIGHT)),
        "superuser with can_replace_username": new(is_superuser=True, permissions=[REPLACE]),
        "retirement worker's namesake": new(name="retirement_service_worker"),
    }


@pytest.fixture(scope="module")
def holders(callers: dict[str, Caller]) -> dict[str, Caller]:
    """Somebody who holds this right and, but for superusers' three, no other."""
    return {RETIRE: callers["retirement worker"], **{right: callers[right] for right in EVERY_RIGHT - {RETIRE}}}


def both_forms(endpoint: Endpoint) -> tuple[str, str]:
    """Return the path with its trailing slash and without."""
    return endpoint.path, retirement.without_slash(endpoint.path)


# --- who


@pytest.mark.parametrize("kind", HOLDS)
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
def test_who_may(callers: dict[str, Caller], endpoint: Endpoint, kind: str) -> None:
    """Holders of the right are answered, all others are 403 with `detail`; both forms of the path (section 2)."""
    for path in both_forms(endpoint):
        response = endpoint.ask(callers[kind], path)
        if endpoint.right in HOLDS[kind]:
            expect.status(endpoint.harmless, response)
        else:
            expect.detail(403, response)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
@pytest.mark.parametrize("authorization", [None, "JWT bad", "Bearer bad", "Basic YTpi", "JWT"])
def test_nobody_may(service: Service, endpoint: Endpoint, authorization: str | None) -> None:
    """No token or a bad one: 401, both forms of the path (spec 20, section 2)."""
    headers = {"Authorization": authorization} if authorization else {}
    for path in both_forms(endpoint):
        expect.unauthorized(service.http.request(endpoint.method, path, headers=headers))


@pytest.mark.parametrize("prefix", ["JWT", "Bearer"])
def test_the_worker_by_either_prefix(service: Service, prefix: str) -> None:
    """Both prefixes accept the worker's token (spec 00, tokens)."""
    token = retirement.worker_of(service).token
    headers = {"Authorization": f"{prefix} {token}"}
    for endpoint in RETIRE_READS:
        expect.status(endpoint.harmless, service.http.get(endpoint.path, headers=headers))


def test_the_worker_by_a_bearer_token(service: Service) -> None:
    """A token that is no JWT counts too (spec 00, tokens)."""
    response = service.grant(
        grant_type="client_credentials", client_id="retirement-worker", client_secret="retirement-worker-secret"
    )
    expect.status(200, response)
    assert "Bearer" == response.json()["token_type"]
    headers = {"Authorization": f"Bearer {response.json()['access_token']}"}
    for endpoint in RETIRE_READS:
        expect.status(endpoint.harmless, service.http.get(endpoint.path, headers=headers))


@pytest.mark.parametrize("kind", ["learner", "staff", "superuser", "retirement worker", "inactive learner"])
def test_anybody_may_leave(callers: dict[str, Caller], kind: str) -> None:
    """`deactivate_logout` is for the account itself, whatever it holds: no 403 before the password (section 1)."""
    for path in (retirement.LEAVE, retirement.without_slash(retirement.LEAVE)):
        retirement.refused(callers[kind].post(path, json={}))


# --- a 403 tells nothing about who exists


@pytest.mark.parametrize("kind", ["learner", "staff", "username worker", "holder of another right"])
@pytest.mark.parametrize(("method", "make", "other"), [READING_A_ROW, DEACTIVATING], ids=["status", "deactivate"])
def test_a_403_tells_nothing(
    service: Service, callers: dict[str, Caller], method: str, make: Callable[[str], str], other: str, kind: str
) -> None:
    """403 before anything about the target is looked at: existing, missing and leaving ones alike (section 2)."""
    caller = callers.get(kind, callers[other])
    names = ["learner", NOBODY, retirement.left(service).username, "retired__user_" + "0" * 40]
    answers = [caller.request(method, make(name)) for name in names]
    for each in answers:
        expect.detail(403, each)
    assert 1 == len({each.text for each in answers})


@pytest.mark.parametrize("kind", ["learner", "staff"])
def test_a_403_of_a_write_tells_nothing(service: Service, callers: dict[str, Caller], kind: str) -> None:
    """A PATCH of a row that exists and of one that does not: the same 403 (spec 20, section 2)."""
    there = retirement.left(service).username
    answers = [retirement.move(callers[kind], name, "LOCKING_ACCOUNT") for name in (there, NOBODY)]
    for each in answers:
        expect.detail(403, each)
    assert answers[0].text == answers[1].text
    assert "PENDING" == retirement.state_of(retirement.worker_of(service), there)


def test_nobody_else_sees_a_row(service: Service, callers: dict[str, Caller]) -> None:
    """Not even staff, nor whoever may deactivate or cancel, read a row (spec 20, section 2)."""
    username = retirement.left(service).username
    expect.status(200, retirement.status_of(callers["retirement worker"], username))
    for kind in ("staff", DEACTIVATE, CANCEL, REPLACE, "username worker"):
        response = retirement.status_of(callers[kind], username)
        expect.detail(403, response)
        assert username not in response.text


# --- precedence


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
@pytest.mark.parametrize("content_type", ["text/plain", "application/json"])
@pytest.mark.parametrize("content", [b"{", b"[]", b'"x"', b""])
def test_401_comes_first(anonymous: Caller, endpoint: Endpoint, content_type: str, content: bytes) -> None:
    """Without a token everything is 401 (spec 20, section 2)."""
    expect.unauthorized(endpoint.send(anonymous, content, content_type))


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
def test_401_before_405(anonymous: Caller, endpoint: Endpoint) -> None:
    """Without a token another method is 401 (spec 20, section 2)."""
    for method in endpoint.unserved:
        expect.unauthorized(endpoint.ask(anonymous, method=method))


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
def test_403_before_405(learner: Caller, endpoint: Endpoint) -> None:
    """Without the right another method is 403 (spec 20, section 2)."""
    for method in endpoint.unserved:
        expect.detail(403, endpoint.ask(learner, method=method))


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
@pytest.mark.parametrize("content_type", ["text/plain", "application/merge-patch+json", "application/json"])
@pytest.mark.parametrize("content", [b"{", b"[]", b"{}"])
def test_403_before_415_400_and_404(learner: Caller, endpoint: Endpoint, content_type: str, content: bytes) -> None:
    """Without the right it does not matter what is in the request (spec 20, section 2)."""
    expect.detail(403, endpoint.send(learner, content, content_type))


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
def test_405(holders: dict[str, Caller], endpoint: Endpoint) -> None:
    """Another method is 405 with `detail`, both forms of the path (spec 20, section 2)."""
    for method in endpoint.unserved:
        for path in both_forms(endpoint):
            expect.detail(405, holders[endpoint.right].request(method, path))


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_405_on_leaving(learner: Caller, method: str) -> None:
    """`deactivate_logout` is a POST; a path of its own, no username (spec 20, sections 1 and 2)."""
    for path in (retirement.LEAVE, retirement.without_slash(retirement.LEAVE)):
        expect.detail(405, learner.request(method, path))


@pytest.mark.parametrize("endpoint", READING_JSON, ids=named)
@pytest.mark.parametrize("content_type", ["text/plain", "application/merge-patch+json"])
@pytest.mark.parametrize("content", [b"{", b"[]"])
def test_405_before_415_and_400(
    holders: dict[str, Caller], endpoint: Endpoint, content_type: str, content: bytes
) -> None:
    """Another method is 405 whatever the body (spec 20, section 2)."""
    for method in endpoint.unserved:
        headers = {"Content-Type": content_type}
        expect.detail(405, holders[endpoint.right].request(method, endpoint.path, headers=headers, content=content))


@pytest.mark.parametrize("endpoint", READING_JSON, ids=named)
@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/merge-patch+json",
        "application/json-patch+json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "text/json",
        "text/plain; application/json",
    ],
)
@pytest.mark.parametrize("content", [b"{", b"{}", b"[]", b'"x"'])
def test_415(holders: dict[str, Caller], endpoint: Endpoint, content_type: str, content: bytes) -> None:
    """RETIRE endpoints that read a body take `application/json` only, and say so before they read it (section 2)."""
    expect.detail(415, endpoint.send(holders[RETIRE], content, content_type))


@pytest.mark.parametrize("endpoint", READING_JSON, ids=named)
def test_415_without_a_type(holders: dict[str, Caller], endpoint: Endpoint) -> None:
    """A body without a type is not `application/json` (spec 20, section 2)."""
    expect.detail(415, endpoint.send(holders[RETIRE], b'{"username": "x"}', None))


@pytest.mark.parametrize("endpoint", READING_JSON, ids=named)
@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "application/json;charset=UTF-8"])
def test_a_charset_may_follow(holders: dict[str, Caller], endpoint: Endpoint, content_type: str) -> None:
    """`application/json` with a charset is fine (spec 20, section 2)."""
    content = b"[]" if isinstance(endpoint.body, list) else b"{}"
    response = endpoint.send(holders[RETIRE], content, content_type)
    assert response.status_code in (400, 404), response.text


@pytest.mark.parametrize("endpoint", RETIRE_READS, ids=named)
@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded"])
def test_a_get_without_a_body_may_have_any_type(
    holders: dict[str, Caller], endpoint: Endpoint, content_type: str
) -> None:
    """A driver sends `Content-Type: application/json` with every GET (spec 20, section 16)."""
    expect.status(endpoint.harmless, endpoint.send(holders[RETIRE], b"", content_type))


@pytest.mark.parametrize("endpoint", RETIRE_WITH_ANYTHING, ids=named)
@pytest.mark.parametrize("content_type", [None, "application/json", "text/plain", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("content", [b"", b"{}", b"not read"])
def test_the_partner_list_reads_no_body(
    holders: dict[str, Caller], endpoint: Endpoint, content_type: str | None, content: bytes
) -> None:
    """Any type, no type, any body are fine: 200 and a list (spec 20, section 2)."""
    response = endpoint.send(holders[RETIRE], content, content_type)
    expect.status(200, response)
    assert isinstance(response.json(), list)


@pytest.mark.parametrize("content", [b"{", b"\xff", b'{"username": }', b'{"a": 1}{"b": 2}', b"not JSON"])
@pytest.mark.parametrize("endpoint", READING_JSON, ids=named)
def test_then_400_for_malformed(holders: dict[str, Caller], endpoint: Endpoint, content: bytes) -> None:
    """Malformed JSON is 400, before 404 for no username (spec 20, section 2)."""
    expect.status(400, endpoint.send(holders[RETIRE], content, "application/json"))


@pytest.mark.parametrize("endpoint", READING_JSON, ids=named)
def test_no_body_at_all(holders: dict[str, Caller], endpoint: Endpoint) -> None:
    """Nothing where a body is due is malformed, or a body without a username (spec 20, section 2)."""
    assert endpoint.send(holders[RETIRE], b"", "application/json").status_code in (400, 404)


@pytest.mark.parametrize("content", [b"[]", b'["x"]', b'[{"username": "x"}]', b'"x"', b"5", b"null", b"true"])
@pytest.mark.parametrize("endpoint", [*RETIRE_WITH_AN_OBJECT, *OTHER_RIGHTS[1:]], ids=named)
def test_then_400_where_an_object_is_due(holders: dict[str, Caller], endpoint: Endpoint, content: bytes) -> None:
    """A list, or anything else where an object is due: 400 (spec 20, sections 2 and 13)."""
    expect.status(400, endpoint.send(holders[endpoint.right], content, "application/json"))


@pytest.mark.parametrize("content", [b"{}", b'{"original_username": "x"}', b'"x"', b"5", b"null", b"true"])
@pytest.mark.parametrize("endpoint", RETIRE_WITH_A_LIST, ids=named)
def test_then_400_where_a_list_is_due(holders: dict[str, Caller], endpoint: Endpoint, content: bytes) -> None:
    """An object, or anything else where a list is due: 400 (spec 20, sections 2 and 13)."""
    expect.status(400, endpoint.send(holders[RETIRE], content, "application/json"))


@pytest.mark.parametrize(
    "content",
    [
        b"{}",
        b'{"username": null}',
        b'{"username": ""}',
        b'{"new_state": "NO_SUCH_STATE", "unknown": 1}',
        b'{"username": "", "new_state": 5, "response": []}',
    ],
)
@pytest.mark.parametrize("endpoint", READING_A_USERNAME, ids=named)
def test_then_404_without_a_username(holders: dict[str, Caller], endpoint: Endpoint, content: bytes) -> None:
    """No `username`: 404 with `message`, whatever else is wrong (spec 20, section 2)."""
    retirement.message(404, endpoint.send(holders[RETIRE], content, "application/json"))


@pytest.mark.parametrize("endpoint", READING_A_USERNAME, ids=named)
def test_then_404_without_a_row(holders: dict[str, Caller], endpoint: Endpoint) -> None:
    """No row, account or not: 404 without a body, whatever else is wrong (spec 20, section 2)."""
    for name in (b"learner", NOBODY.encode()):
        content = b'{"username": "%s", "new_state": "NO_SUCH_STATE", "unknown": 1}' % name
        retirement.nothing(404, endpoint.send(holders[RETIRE], content, "application/json"))


@pytest.mark.parametrize("endpoint", READING_A_USERNAME, ids=named)
@pytest.mark.parametrize("username", [b"5", b"true", b"[]", b"{}", b'["learner"]', b'"\\u0000"', b'"\\ud800"'])
def test_a_username_that_is_no_text(holders: dict[str, Caller], endpoint: Endpoint, username: bytes) -> None:
    """Whatever stands in the place of the username is a 400 or 404, never a crash (spec 20, section 2)."""
    content = b'{"username": %s, "new_state": "COMPLETE", "response": ""}' % username
    response = endpoint.send(holders[RETIRE], content, "application/json")
    assert response.status_code in (400, 404), response.text


@pytest.mark.parametrize("content_type", ["text/plain", "application/merge-patch+json", "application/xml"])
def test_cancelling_takes_json_and_forms(holders: dict[str, Caller], content_type: str) -> None:
    """`cancel_retirement` takes forms besides JSON, and nothing else (spec 20, section 2)."""
    (cancel,) = [each for each in OTHER_RIGHTS if each.right == CANCEL]
    expect.detail(415, cancel.send(holders[CANCEL], b"{}", content_type))
    retirement.message(400, cancel.send(holders[CANCEL], b"", "application/x-www-form-urlencoded"))
    retirement.message(400, cancel.send(holders[CANCEL], b"{}", "application/json"))


# --- every answer


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
def test_204_has_no_body_and_200_is_json(holders: dict[str, Caller], endpoint: Endpoint) -> None:
    """204 answers have no body; 200 answers are JSON, always (spec 20, section 2)."""
    response = endpoint.ask(holders[endpoint.right])
    expect.status(endpoint.harmless, response)
    if response.status_code == 204:
        assert b"" == response.content
    if response.status_code == 200:
        assert response.headers["Content-Type"].startswith("application/json")
        assert isinstance(response.json(), list | dict)


@pytest.mark.parametrize("endpoint", RETIRE_READS[:2], ids=named)
def test_an_empty_list_is_a_list(holders: dict[str, Caller], endpoint: Endpoint) -> None:
    """Lists are bare arrays, `[]` when empty (spec 20, section 2)."""
    assert [] == endpoint.ask(holders[RETIRE]).json()
