"""PATCH an account through the gateway (spec 10, sections 0, 2, 6 and 7)."""

import json

import pytest

from chalicelib.accounts.policy import ADMIN_FIELDS


def stored_of(stage, username):
    """How many events the account has."""
    return len(stage.events_of(username))


def test_success(api, stage, ada):
    """200 with the ADMIN view of the changed account, `?view=shared` or not, and one event."""
    for query in ("", "view=shared"):
        answer = api.patch(ada, {"bio": f"I am {query}."}, query=query)
        assert (200, ADMIN_FIELDS) == (answer.status, answer.json.keys())
        assert f"I am {query}." == answer.json["bio"]
    assert ["AccountProvisioned", "LoggedIn", "ProfileUpdated", "ProfileUpdated"] == stage.events_of(ada)


def test_nothing_changes(api, stage, ada):
    """`{}`, unknown fields and present values: 200, no event."""
    api.token(ada)
    before = stored_of(stage, ada)
    for fields in ({}, {"id": 5, "is_staff": True, "verified_name": "x"}, {"name": "Ada"}):
        assert 200 == api.patch(ada, fields).status
    assert before == stored_of(stage, ada)


def test_inactive_owners_may(api, new_account):
    """Inactive owners may PATCH."""
    username = new_account(is_active=False)
    assert "b" == api.patch(username, {"bio": "b"}).json["bio"]


@pytest.mark.parametrize(
    "content_type", ["application/merge-patch+json", "application/merge-patch+json; charset=utf-8"]
)
def test_the_content_type(api, ada, content_type):
    """`application/merge-patch+json`; a parameter may follow."""
    assert 200 == api.patch(ada, {}, headers={"Content-Type": content_type}).status


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "", "application/merge-patch+jsonp"])
def test_other_content_types(api, ada, content_type):
    """Anything else, or none: 415."""
    assert 415 == api.patch(ada, {}, headers={"Content-Type": content_type}).status
    bare = api.request("PATCH", f"/api/user/v1/accounts/{ada}", as_=ada, body=b"{}")
    assert (415, {"detail"}) == (bare.status, bare.json.keys())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b"null",
        b"1",
        b"{} x",
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'{"bio": "a", "bio": "b"}',
        b'{"bio": "\\ud800"}',
        b'{"bio": "\xff"}',
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b'{"a": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
    ids=lambda body: repr(body[:20]),
)
def test_malformed(api, ada, body):
    """Malformed JSON, or not an object: 400 `{"detail"}`."""
    answer = api.patch(ada, body)
    assert (400, {"detail"}) == (answer.status, answer.json.keys())


@pytest.mark.parametrize("depth", range(850, 1000, 3))
def test_any_depth(api, ada, depth):
    """Wherever the limit of nesting lies: taken or refused, never a fault of ours."""
    value = b'{"extended_profile": [{"field_name": "favorite_beatle", "field_value": %s}]}'
    assert api.patch(ada, value % (b"[" * depth + b"]" * depth)).status in (200, 400)


def test_too_large(api, ada, stage):
    """A body over the limit: 413, without being read."""
    body = b'{"bio": "' + b"x" * stage.wiring.settings.body_limit_bytes + b'"}'
    assert 413 == api.patch(ada, body).status


def test_field_errors(api, stage, ada):
    """400 `field_errors`, all at once, each with two messages; nothing is stored and nothing quoted."""
    api.token(ada)
    before = stored_of(stage, ada)
    answer = api.patch(ada, {"gender": "MARK-1", "username": "MARK-1", "bio": "MARK-1" * 100, "goals": "fine"})
    assert 400 == answer.status
    assert {"gender", "username", "bio"} == answer.json["field_errors"].keys()
    for fault in answer.json["field_errors"].values():
        assert {"developer_message", "user_message"} == fault.keys()
    assert "MARK-1" not in answer.text
    assert before == stored_of(stage, ada)


def test_a_failure_while_storing(api, ada):
    """400 `{"developer_message", "user_message"}`."""
    answer = api.patch(ada, {"phone_number": "1" * 51})
    assert (400, {"developer_message", "user_message"}) == (answer.status, answer.json.keys())


@pytest.mark.parametrize("text", ["‮abc‬", "नमस्ते", "a" * 300, "🎉" * 300, "<script>"])
def test_any_script_is_text(api, ada, text):
    """Right-to-left marks and other scripts are text and come back as they are."""
    assert text == api.patch(ada, {"bio": text}).json["bio"]


class TestWhose:
    """D1 and D2: whose account it is."""

    @pytest.mark.parametrize("caller", ["learner", "bare"])
    def test_a_strangers(self, api, ada, bare_superuser, caller):
        """Another's account, caller not staff: 404 for existing and missing usernames alike."""
        who = bare_superuser if caller == "bare" else caller
        answers = [api.patch(name, {"bio": "x"}, as_=who) for name in (ada, "nobody", "%20")]
        assert [(404, b"")] * 3 == [(answer.status, answer.body) for answer in answers]

    def test_a_strangers_by_staff(self, api, ada):
        """Caller staff: 403 if it exists, 404 if not."""
        assert 403 == api.patch(ada, {"bio": "x"}, as_="staff").status
        assert 404 == api.patch("nobody", {"bio": "x"}, as_="staff").status

    def test_another_capitalisation_is_another_name(self, api, ada):
        """Usernames are found exactly, one's own too."""
        assert 404 == api.patch(ada.upper(), {"bio": "x"}, as_=ada).status


BAD_TYPE = {"Content-Type": "text/plain"}
LOOKUPS = ("email=x", "email=", "lms_user_id=1", "lms_user_id")


class TestPrecedence:
    """401, 403 for look-ups, 415, 400 malformed, then D1/D2, then 400 field errors."""

    @pytest.mark.parametrize("who", ["ada", "nobody"])
    def test_401_first(self, api, ada, who):
        """No token is 401 before anything else."""
        username = ada if who == "ada" else who
        answer = api.patch(username, b"{", token="x.y.z", query="email=x", headers=BAD_TYPE)
        assert (401, 'JWT realm="api"') == (answer.status, answer.headers["www-authenticate"])

    @pytest.mark.parametrize("query", LOOKUPS)
    def test_then_403(self, api, ada, query):
        """`?email=` or `?lms_user_id=` without staff, also empty, on whosever account: 403."""
        for username in (ada, "nobody"):
            assert 403 == api.patch(username, b"{", as_=ada, query=query, headers=BAD_TYPE).status

    @pytest.mark.parametrize("caller", ["staff", "bare"])
    def test_not_for_staff_and_superusers(self, api, ada, bare_superuser, caller):
        """Staff and superusers may send them: the next fault shows."""
        who = bare_superuser if caller == "bare" else caller
        assert 415 == api.patch(ada, b"{", as_=who, query="email=x", headers=BAD_TYPE).status

    def test_then_415(self, api, ada):
        """A stranger's PATCH with the wrong type is 415."""
        for username in (ada, "learner", "nobody"):
            assert 415 == api.patch(username, b"{", as_=ada, headers=BAD_TYPE).status

    def test_then_400(self, api, ada):
        """A stranger's malformed PATCH is 400, staff's too."""
        for username, caller in ((ada, ada), (ada, "learner"), ("nobody", "learner"), (ada, "staff")):
            answer = api.patch(username, b"{", as_=caller)
            assert (400, {"detail"}) == (answer.status, answer.json.keys())

    def test_then_whose(self, api, ada):
        """A stranger's bad fields are 404, staff's 403."""
        assert 404 == api.patch(ada, {"gender": "x"}, as_="learner").status
        assert 403 == api.patch(ada, {"gender": "x"}, as_="staff").status

    def test_413_before_whose(self, api, ada, stage):
        """A body that is too large is refused before it is asked whose account it is."""
        body = b"{" + b" " * stage.wiring.settings.body_limit_bytes + b"}"
        assert 413 == api.patch(ada, body, as_="learner").status


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_methods_that_are_not_served(api, method):
    """PUT, POST, DELETE on an account: 405 `{"detail"}` and `Allow`, behind 401."""
    answer = api.request(method, "/api/user/v1/accounts/learner", as_="learner", body=b"{}")
    assert (405, {"detail"}, "GET, HEAD, OPTIONS, PATCH") == (
        answer.status,
        answer.json.keys(),
        answer.headers["allow"],
    )
    assert 401 == api.request(method, "/api/user/v1/accounts/learner", body=b"{}").status


def test_options(api):
    """OPTIONS says what is served, to everybody."""
    answer = api.request("OPTIONS", "/api/user/v1/accounts/learner")
    assert (204, "GET, HEAD, OPTIONS, PATCH") == (answer.status, answer.headers["allow"])


def test_extended_profile(api, ada):
    """Strings come back as they are, other values as compact JSON, in configured order."""
    fields = [{"field_name": "conlangs_spoken", "field_value": {"b": [1, "é"]}}]
    api.patch(ada, {"extended_profile": fields})
    answer = api.patch(ada, {"extended_profile": [{"field_name": "favorite_beatle", "field_value": " Ringo "}]})
    assert [
        {"field_name": "favorite_beatle", "field_value": " Ringo "},
        {"field_name": "conlangs_spoken", "field_value": '{"b":[1,"é"]}'},
    ] == answer.json["extended_profile"]


def test_the_answer_is_json(api, ada):
    """The content type is JSON and the body decodes without the gateway's help."""
    answer = api.patch(ada, {"bio": "é"})
    assert "application/json" == answer.headers["content-type"]
    assert "é" == json.loads(answer.body.decode())["bio"]
