"""Idempotency-Key (spec 50, section 4)."""

import itertools

import pytest

from tests.support.calls import meanwhile, unreachable
from tests.support.threads import at_once

ADMIN = "/api/user/v1/admin/accounts"
REPLAYED = "idempotent-replayed"
_keys = (f"key-{number}" for number in itertools.count())


@pytest.fixture
def key():
    """A header with a key that nobody has used."""
    return {"Idempotency-Key": next(_keys)}


def form(username, **fields):
    """What makes an account."""
    return {"username": username, "email": f"{username}@example.com", "name": "Ada"} | fields


def same(first, again):
    """Whether `again` is the first answer again."""
    headers = [
        {name: value for name, value in answer.headers.items() if name not in (REPLAYED, "x-request-id")}
        for answer in (first, again)
    ]
    return (first.status, headers[0], first.body) == (again.status, headers[1], again.body)


def test_the_first_answer_again(api, stage, ada, key):
    """Same key, same request: the first answer again with `Idempotent-Replayed: true`, no second event."""
    first = api.patch(ada, {"bio": "one"}, headers=key)
    assert REPLAYED not in first.headers
    api.patch(ada, {"bio": "two"})
    before = stage.events_of(ada)
    again = api.patch(ada, {"bio": "one"}, headers=key)
    assert "true" == again.headers[REPLAYED]
    assert same(first, again)
    assert before == stage.events_of(ada)
    assert "two" == api.get(f"/api/user/v1/accounts/{ada}", as_=ada).json["bio"]


def test_a_command_that_changed_nothing(api, stage, ada, key):
    """Its answer is kept as well."""
    first = api.patch(ada, {}, headers=key)
    api.patch(ada, {"bio": "b"})
    again = api.patch(ada, {}, headers=key)
    assert "true" == again.headers[REPLAYED]
    assert same(first, again)


@pytest.mark.parametrize(
    "how",
    [{"fields": {"bio": "other"}}, {"fields": b'{"bio":"one"}'}, {"query": "view=shared"}, {"query": "view="}],
    ids=["body", "spacing of the body", "query", "empty query value"],
)
def test_another_request(api, ada, key, how):
    """Same key, another request (path, query or body bytes): 422, nothing happens."""
    api.patch(ada, {"bio": "one"}, headers=key)
    other = {"fields": {"bio": "one"}} | how
    answer = api.patch(ada, other.pop("fields"), headers=key, **other)
    assert (422, {"detail"}) == (answer.status, answer.json.keys())
    assert "one" == api.get(f"/api/user/v1/accounts/{ada}", as_=ada).json["bio"]


def test_another_method_or_path(api, stage, key):
    """The same key at another endpoint is another request."""
    assert 200 == api.patch("superuser", {"bio": "one"}, headers=key).status
    assert 422 == api.post_json(ADMIN, form(stage.fresh()), as_="superuser", headers=key).status


def test_the_trailing_slash_is_no_other_path(api, ada, key):
    """A path with and without its slash is the same request."""
    path, body = f"/api/user/v1/accounts/{ada}", b'{"bio": "one"}'
    sent = {"Content-Type": "application/merge-patch+json", **key}
    api.request("PATCH", path, as_=ada, headers=sent, body=body)
    assert "true" == api.request("PATCH", f"{path}/", as_=ada, headers=sent, body=body).headers[REPLAYED]


def test_the_key_is_the_callers_own(api, ada, new_account, key):
    """Another account's same key is another key."""
    bob = new_account("bob")
    assert [None, None] == [
        api.patch(who, {"bio": f"of {who}"}, headers=key).headers.get(REPLAYED) for who in (ada, bob)
    ]


def test_it_runs_out(api, stage, ada, key):
    """A key counts for 24 hours by the service's clock."""
    api.patch(ada, {"bio": "one"}, headers=key)
    stage.clock.advance(hours=24, seconds=-1)
    assert "true" == api.patch(ada, {"bio": "one"}, headers=key).headers[REPLAYED]
    stage.clock.advance(seconds=1)
    answer = api.patch(ada, {"bio": "two"}, headers=key)
    assert (200, None, "two") == (answer.status, answer.headers.get(REPLAYED), answer.json["bio"])
    assert "true" == api.patch(ada, {"bio": "two"}, headers=key).headers[REPLAYED]


@pytest.mark.parametrize(
    ("fields", "how", "status"),
    [
        ({"gender": "x"}, {}, 400),
        (b"{", {}, 400),
        ({}, {"query": "email=x"}, 403),
        ({}, {"content_type": "text/plain"}, 415),
        ({}, {"if_match": '"999"'}, 412),
    ],
)
def test_refusals_are_not_kept(api, ada, key, fields, how, status):
    """Only 2xx answers are kept: after a refusal the key is still free, for whatever request."""
    headers = dict(key)
    if "content_type" in how:
        headers["Content-Type"] = how["content_type"]
    if "if_match" in how:
        headers["If-Match"] = how["if_match"]
    query = how.get("query", "")
    assert status == api.patch(ada, fields, headers=headers, query=query).status
    answer = api.patch(ada, {"bio": "now"}, headers=key)
    assert (200, None) == (answer.status, answer.headers.get(REPLAYED))


def test_a_failure_keeps_nothing(api, stage, ada, key):
    """A 503 is not kept either, and the retry does it."""
    api.token(ada)
    with unreachable(stage.wiring.dynamodb, "TransactWriteItems"):
        assert 503 == api.patch(ada, {"bio": "one"}, headers=key).status
    answer = api.patch(ada, {"bio": "one"}, headers=key)
    assert (200, None) == (answer.status, answer.headers.get(REPLAYED))


@pytest.mark.parametrize("value", ["", "x" * 256, "é", "a\tb", "a\x7fb", "\x00"])
def test_keys_that_cannot_be(api, ada, value):
    """A key of other length or characters: 400, nothing changes."""
    answer = api.patch(ada, {"bio": "new"}, headers={"Idempotency-Key": value})
    assert (400, {"detail"}) == (answer.status, answer.json.keys())
    assert api.get(f"/api/user/v1/accounts/{ada}", as_=ada).json["bio"] is None


@pytest.mark.parametrize("value", ["x", "x" * 255, "a b", " ", "~!#$%&'()*+", '"quoted"'])
def test_keys_that_can_be(api, ada, value):
    """1 to 255 printable characters."""
    assert 200 == api.patch(ada, {"bio": "new"}, headers={"Idempotency-Key": value}).status


def test_a_key_on_get_means_nothing(api, key):
    """GET takes no notice, not even of a bad key."""
    for headers in (key, {"Idempotency-Key": ""}):
        answer = api.get("/api/user/v1/me", as_="learner", headers=headers)
        assert (200, None) == (answer.status, answer.headers.get(REPLAYED))


def test_a_key_without_a_token(api, ada, key):
    """No token is 401, and the key is looked at no further."""
    assert 401 == api.patch(ada, {}, token="x", headers={"Idempotency-Key": ""}).status


def test_provisioning(api, stage, key):
    """An account is made once; the first answer comes again."""
    username = stage.fresh("made")
    first = api.post_json(ADMIN, form(username), as_="superuser", headers=key)
    again = api.post_json(ADMIN, form(username), as_="superuser", headers=key)
    assert (201, "true") == (first.status, again.headers[REPLAYED])
    assert same(first, again)
    other = api.post_json(ADMIN, form(stage.fresh()), as_="superuser", headers=key)
    assert 422 == other.status


@pytest.mark.parametrize("_", range(3))
def test_two_at_once(api, stage, ada, key, _):
    """Two at once: one does it, both get its answer."""
    api.token(ada)
    before = len(stage.events_of(ada))
    first, second = at_once(*[lambda: api.patch(ada, {"bio": "once"}, headers=key)] * 2)
    assert same(first, second)
    assert 200 == first.status
    assert before + 1 == len(stage.events_of(ada))


class TestTheTwinIsFaster:
    """The twin commits between our reading and our writing: we still answer as it did."""

    def test_before_the_commit(self, api, stage, ada, key):
        """A change."""
        api.token(ada)
        twins = []
        with meanwhile(
            stage.wiring.dynamodb,
            "TransactWriteItems",
            lambda: twins.append(api.patch(ada, {"bio": "twin"}, headers=key)),
        ):
            ours = api.patch(ada, {"bio": "twin"}, headers=key)
        assert "true" == ours.headers[REPLAYED]
        assert same(twins[0], ours)
        assert 1 == stage.events_of(ada).count("ProfileUpdated")

    def test_when_the_name_is_taken_by_it(self, api, stage, key):
        """A new account, whose name our own twin has taken since we looked whether we had a twin."""
        username = stage.fresh("twin")
        api.token("superuser")
        twins = []
        with meanwhile(
            stage.wiring.dynamodb,
            "BatchGetItem",
            lambda: twins.append(api.post_json(ADMIN, form(username), as_="superuser", headers=key)),
            calls_before=1,
        ):
            ours = api.post_json(ADMIN, form(username), as_="superuser", headers=key)
        assert (201, 201) == (twins[0].status, ours.status)
        assert same(twins[0], ours)

    def test_another_request_with_the_key(self, api, stage, ada, key):
        """Not a twin but another request with the same key: 422 for the slower one."""
        api.token(ada)
        with meanwhile(
            stage.wiring.dynamodb, "TransactWriteItems", lambda: api.patch(ada, {"bio": "fast"}, headers=key)
        ):
            assert 422 == api.patch(ada, {"bio": "slow"}, headers=key).status
        assert "fast" == api.get(f"/api/user/v1/accounts/{ada}", as_=ada).json["bio"]
