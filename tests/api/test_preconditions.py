"""ETag and If-Match (spec 50, section 4)."""

import pytest

from tests.support.calls import cancelled, meanwhile
from tests.support.threads import at_once


def path(username):
    """Where an account is."""
    return f"/api/user/v1/accounts/{username}"


def version_of(api, username):
    """The present version."""
    return int(api.get(path(username), as_=username).headers["etag"].strip('"'))


def test_etag_is_the_version(api, ada):
    """`ETag` is `"<version>"`, on GET and PATCH, and goes up by one with a change."""
    before = version_of(api, ada)
    assert f'"{before + 1}"' == api.patch(ada, {"bio": "b"}).headers["etag"]
    assert before + 1 == version_of(api, ada)
    assert f'"{before + 1}"' == api.get(path(ada), as_="learner", query="view=shared").headers["etag"]


@pytest.mark.parametrize("form", ['"{}"', '"0", "{}"', ' "{}" ', "*", '"x","{}"'])
def test_what_matches(api, ada, form):
    """The present version, alone or in a list, and `*`."""
    assert 200 == api.patch(ada, {"bio": "b"}, headers={"If-Match": form.format(version_of(api, ada))}).status


@pytest.mark.parametrize(
    "form", ['"0"', '"x"', "{}", 'W/"{}"', "", '"{}', "'{}'", "**", '"{}" "{}"', '"{}",', '"*"', "W/*"]
)
def test_what_does_not(api, ada, form):
    """Another version, a weak or malformed one: 412 with the present `ETag`, nothing changes."""
    version = version_of(api, ada)
    answer = api.patch(ada, {"bio": "b"}, headers={"If-Match": form.format(version, version)})
    assert (412, f'"{version}"') == (answer.status, answer.headers["etag"])
    assert version == version_of(api, ada)


def test_even_if_nothing_would_change(api, ada):
    """The precondition is asked for an empty patch too."""
    assert 412 == api.patch(ada, {}, headers={"If-Match": '"0"'}).status


def test_strangers_do_not_learn_the_version(api, ada):
    """D1 and D2 come first."""
    assert 404 == api.patch(ada, {}, as_="learner", headers={"If-Match": '"0"'}).status
    assert 403 == api.patch(ada, {}, as_="staff", headers={"If-Match": '"0"'}).status


def test_a_change_meanwhile(api, stage, ada):
    """Somebody commits after we read and before we write: 412 with the newer `ETag`."""
    version = version_of(api, ada)
    with meanwhile(stage.wiring.dynamodb, "TransactWriteItems", lambda: api.patch(ada, {"goals": "g"})):
        answer = api.patch(ada, {"bio": "b"}, headers={"If-Match": f'"{version}"'})
    assert (412, f'"{version + 1}"') == (answer.status, answer.headers["etag"])


def test_absent_both_stay(api, stage, ada):
    """Absent: last write wins by field; two changes of different fields both stay."""
    version_of(api, ada)
    with meanwhile(stage.wiring.dynamodb, "TransactWriteItems", lambda: api.patch(ada, {"goals": "g"})):
        answer = api.patch(ada, {"bio": "b"})
    assert ("b", "g") == (answer.json["bio"], answer.json["goals"])


def test_many_at_once(api, ada):
    """Eight parallel changes of different fields all land."""
    version = version_of(api, ada)
    fields = {"bio": "b", "goals": "g", "gender": "o", "phone_number": "1", "country": "SE", "mailing_address": "m"}
    answers = at_once(*[lambda name=name: api.patch(ada, {name: fields[name]}) for name in fields])
    assert [200] * len(fields) == [answer.status for answer in answers]
    shown = api.get(path(ada), as_=ada).json
    assert fields == {name: shown[name] for name in fields}
    assert version + len(fields) == version_of(api, ada)


def test_a_transaction_conflict_is_tried_again(api, stage, ada):
    """DynamoDB's transaction conflicts are no answer: the command decides again."""
    api.token(ada)
    with cancelled(stage.wiring.dynamodb, "None", "TransactionConflict", times=3):
        assert 200 == api.patch(ada, {"bio": "b"}).status


def test_a_conflict_without_end(api, stage, ada):
    """Retries used up: 503 with `Retry-After`, nothing stored."""
    api.token(ada)
    before = stage.events_of(ada)
    stage.wiring.ledger._attempts, attempts = 3, stage.wiring.ledger._attempts
    try:
        with cancelled(stage.wiring.dynamodb, "TransactionConflict", times=100):
            answer = api.patch(ada, {"bio": "b"})
    finally:
        stage.wiring.ledger._attempts = attempts
    assert (503, True) == (answer.status, answer.headers["retry-after"].isdecimal())
    assert before == stage.events_of(ada)
