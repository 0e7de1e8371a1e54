"""Accounts that a superuser makes (spec 00, "Creating accounts")."""

import pytest

from chalicelib.accounts.policy import ADMIN_FIELDS
from tests.support.api import PASSWORD
from tests.support.calls import cancelled
from tests.support.threads import at_once

PATH = "/api/user/v1/admin/accounts"


@pytest.fixture
def form(stage):
    """A form with a name and an address that nobody has."""
    username = stage.fresh("made")
    return {"username": username, "email": f"{username}@example.com", "name": "Made"}


def test_the_least(api, stage, form):
    """201 with the full account, active, without a password and without a mail."""
    answer = api.post_json(PATH, form, as_="superuser")
    assert (201, ADMIN_FIELDS, True) == (answer.status, answer.json.keys(), answer.json["is_active"])
    assert '"1"' == answer.headers["etag"]
    assert [] == stage.mailbox.to(form["email"])
    assert 400 == api.grant(form["username"], "").status
    assert 400 == api.grant(form["username"], PASSWORD).status


def test_everything(api, stage, form):
    """Flags, permissions, profile, preferences, orgs, social logins."""
    sent = form | {
        "password": PASSWORD,
        "is_active": False,
        "is_staff": True,
        "is_superuser": True,
        "permissions": ["can_retire_user", "can_deactivate_user", "can_cancel_retirement", "can_replace_username"],
        "profile": {"bio": "b", "year_of_birth": 1990, "language_proficiencies": [{"code": "en"}], "city": "c"},
        "preferences": {"account_privacy": "private", "pref-lang": "sv"},
        "orgs": ["mb_coaching"],
        "social_logins": [{"provider": "p", "uid": "u", "extra_data": {"x": 1}}],
    }
    answer = api.post_json(PATH, sent, as_="superuser")
    assert 201 == answer.status, answer.text
    assert (False, "b", [{"code": "en"}], "private", "sv") == tuple(
        answer.json[name] for name in ("is_active", "bio", "language_proficiencies", "account_privacy", "language")
    )
    account = stage.wiring.ledger.load(stage.id_of(form["username"])).state
    assert (True, True, 4, ("mb_coaching",)) == (
        account.staff,
        account.superuser,
        len(account.permissions),
        account.orgs,
    )
    assert 200 == api.get(f"/api/user/v1/accounts/{form['username']}", as_=form["username"]).status


@pytest.mark.parametrize("caller", ["learner", "staff", "retirement_service_worker"])
def test_superusers_only(api, form, caller):
    """Anyone else: 403, whatever the body."""
    for content in (form, b"{"):
        assert 403 == api.post_json(PATH, content, as_=caller).status


def test_a_bare_superuser_may(api, form, bare_superuser):
    """A superuser need not be staff."""
    assert 201 == api.post_json(PATH, form, as_=bare_superuser).status


@pytest.mark.parametrize("content_type", ["application/merge-patch+json", "application/x-www-form-urlencoded", ""])
def test_json_only(api, form, content_type):
    """Another content type: 415."""
    assert 415 == api.post_json(PATH, form, as_="superuser", headers={"Content-Type": content_type}).status


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"username": "!"}, {"username"}),
        ({"username": None}, {"username"}),
        ({"name": ""}, {"name"}),
        ({"password": "short"}, {"password"}),
        ({"is_staff": "yes"}, {"is_staff"}),
        ({"permissions": ["everything"]}, {"permissions"}),
        ({"profile": []}, {"profile"}),
        ({"profile": {"gender": "x", "country": "ZZ"}}, {"gender", "country"}),
        ({"preferences": {"account_privacy": "x"}}, {"preferences"}),
        ({"orgs": "x"}, {"orgs"}),
        ({"social_logins": [{}]}, {"social_logins"}),
        ({"username": "!", "orgs": "x", "profile": {"gender": "x"}}, {"username", "orgs", "gender"}),
    ],
    ids=str,
)
def test_malformed(api, stage, form, changes, expected):
    """400 with a key for each field at fault; nothing is made."""
    answer = api.post_json(PATH, form | changes, as_="superuser")
    assert (400, expected) == (answer.status, answer.json.keys() - {"error_code"})
    with pytest.raises(KeyError):
        stage.id_of(form["username"])


@pytest.mark.parametrize("changes", [{"username": "Learner"}, {"email": "LEARNER@example.com"}])
def test_taken(api, form, changes):
    """409 with a key for each taken field."""
    answer = api.post_json(PATH, form | changes, as_="superuser")
    assert (409, set(changes)) == (answer.status, answer.json.keys() - {"error_code"})


def test_malformed_and_taken(api, form):
    """A fault elsewhere makes it 400, and what is taken has its key as well."""
    answer = api.post_json(PATH, form | {"username": "learner", "orgs": 1}, as_="superuser")
    assert (400, {"username", "orgs"}) == (answer.status, answer.json.keys() - {"error_code"})


def test_many_at_once(api, stage, form):
    """One username at once from eight: one wins, and the others get the contract's error."""
    forms = [{**form, "email": f"{number}{form['email']}"} for number in range(8)]
    api.token("superuser")
    answers = at_once(*[lambda form=form: api.post_json(PATH, form, as_="superuser") for form in forms])
    assert [201] + [409] * 7 == sorted(answer.status for answer in answers)


def test_a_transaction_conflict(api, stage, form):
    """DynamoDB's conflict of two transactions is tried again, not answered."""
    api.token("superuser")
    with cancelled(stage.wiring.dynamodb, "None", "TransactionConflict", times=2):
        assert 201 == api.post_json(PATH, form, as_="superuser").status


def test_numbers(api, stage):
    """`id` is a number of 1 and more, never given twice."""
    path = "/api/user/v1/accounts/{}"
    numbers = [api.get(path.format(stage.new_account()), as_="staff").json["id"] for _ in range(3)]
    assert sorted(set(numbers)) == numbers
    assert 1 <= numbers[0]


@pytest.mark.parametrize("depth", range(850, 1000, 3))
def test_any_depth(api, stage, form, depth):
    """Wherever the limit of nesting lies: made or refused, never a fault of ours."""
    deep = b"[" * depth + b"]" * depth
    body = (
        b'{"username": "%s", "email": "%s", "name": "N", "preferences": {"a": %s},'
        b' "social_logins": [{"provider": "p", "uid": "u", "extra_data": %s}]}'
    ) % (form["username"].encode(), form["email"].encode(), deep, deep)
    assert api.post_json(PATH, body, as_="superuser").status in (201, 400)


def test_privacy_in_the_profile(api, stage):
    """`account_privacy` may stand among the profile fields, and is kept as the preference that it is."""
    username = stage.new_account("private", profile={"account_privacy": "private"})
    assert {"account_privacy": "private"} == api.get(f"/api/user/v1/preferences/{username}", as_="staff").json


def test_an_imported_account_comes_in_by_a_reset(api, stage):
    """Nobody knows its password, so its owner asks for a link, and nothing else opens it (spec 50, section 2)."""
    username = stage.new_account("moved")
    content = api.get(f"/api/user/v1/accounts/{username}/export", as_=username).json
    name = stage.fresh("moved")
    content["account"] |= {"username": name, "email": f"{name}@example.com"}
    assert 201 == api.post_json("/api/user/v1/admin/import", content, as_="superuser").status
    assert 400 == api.grant(name, PASSWORD).status
    assert 200 == api.post_form("/password_reset/", {"email": f"{name}@example.com"}).status
    assert 1 == len(stage.mailbox.to(f"{name}@example.com"))
