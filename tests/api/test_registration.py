"""Registering and activating (spec 00, "Creating accounts"; spec 10, section 11)."""

import re

import pytest

from tests.support.api import FORM, JSON, PASSWORD
from tests.support.calls import cancelled, meanwhile, recorded, unreachable
from tests.support.threads import at_once

PATH = "/api/user/v2/account/registration"


@pytest.fixture
def form(stage):
    """A form with a name and an address that nobody has."""
    username = stage.fresh("eve")
    return {"username": username, "email": f"{username}@example.com", "name": "Eve", "password": PASSWORD}


def exists(stage, username):
    """Whether somebody has the username."""
    try:
        return bool(stage.id_of(username))
    except KeyError:
        return False


def link_to(stage, address):
    """The path of the activation link in the newest mail to an address."""
    text = stage.mailbox.to(address)[-1].text
    return re.search(re.escape(stage.wiring.settings.base_url) + r"(/activate/\S+)", text)[1]


@pytest.mark.parametrize("how", ["form", "json", "slash"])
def test_registering(api, stage, form, how):
    """Form or JSON: 200 `{"success": true}`, an inactive account, and one mail with its link."""
    if how == "form":
        answer = api.post_form(PATH, {**form, "year_of_birth": "1990", "honor_code": "true", "country": "SE"})
    else:
        path = PATH + "/" * (how == "slash")
        sent = {**form, "year_of_birth": 1990, "terms_of_service": True, "country": "SE"}
        answer = api.post_json(path, sent)
    assert (200, True) == (answer.status, answer.json["success"])
    assert 1 == len(stage.mailbox.to(form["email"]))
    account = api.get(f"/api/user/v1/accounts/{form['username']}", as_=form["username"]).json
    assert (False, "Eve", "SE", 1990) == (
        account["is_active"],
        account["name"],
        account["country"],
        account["year_of_birth"],
    )


@pytest.mark.parametrize("root", ["/api/user/v1", "/user_api/v1", "/user_api/v2"])
def test_older_paths_register_too(api, stage, form, root):
    """Those at which Open edX takes the same form."""
    path = f"{root}/account/registration/"
    assert 400 == api.post_form(path, {**form, "password": "short"}).status
    answer = api.post_form(path, form)
    assert (200, True) == (answer.status, answer.json["success"])
    assert exists(stage, form["username"])
    assert 409 == api.post_form(path, form).status


def test_activation(api, stage, form):
    """The link in the mail activates, once; the page is HTML."""
    api.post_form(PATH, form)
    link = link_to(stage, form["email"])
    answer = api.get(link)
    assert 200 == answer.status
    assert answer.headers["content-type"].startswith("text/html")
    assert ("no-store", "no-referrer") == (answer.headers["cache-control"], answer.headers["referrer-policy"])
    assert api.get(f"/api/user/v1/accounts/{form['username']}", as_=form["username"]).json["is_active"] is True
    assert 404 == api.get(link).status
    assert 1 == stage.events_of(form["username"]).count("AccountActivated")


@pytest.mark.parametrize("change", [lambda key: key[:-1], lambda key: "0" * 32 + key[32:], lambda _: "x", str.upper])
def test_dead_links(api, stage, form, change):
    """A link that was never mailed: 404, a page, nothing changes."""
    api.post_form(PATH, form)
    prefix, _, key = link_to(stage, form["email"]).rpartition("/")
    answer = api.get(f"{prefix}/{change(key)}")
    assert 404 == answer.status
    assert answer.headers["content-type"].startswith("text/html")
    assert ["AccountRegistered"] == stage.events_of(form["username"])


def test_two_activations_at_once(api, stage, form):
    """One link opened twice at once activates once."""
    api.post_form(PATH, form)
    link = link_to(stage, form["email"])
    assert [200, 404] == sorted(answer.status for answer in at_once(*[lambda: api.get(link)] * 2))
    assert 1 == stage.events_of(form["username"]).count("AccountActivated")


@pytest.mark.parametrize("name", ["username", "email", "name", "password"])
def test_missing(api, stage, form, name):
    """A missing field: 400 with a key for it; no mail, nothing stored."""
    del form[name]
    answer = api.post_form(PATH, form)
    assert 400 == answer.status
    assert name in answer.json
    assert [] == stage.mailbox.to(form.get("email", ""))
    assert "username" not in form or not exists(stage, form["username"])


def test_every_field_at_fault(api, form):
    """400 with a key for each field at fault, malformed and taken ones; nothing that was sent is repeated."""
    bad = form | {"username": "learner", "email": "MARK", "name": "MARK<", "password": "MARK", "gender": "MARK"}
    answer = api.post_form(PATH, bad)
    assert 400 == answer.status
    assert {"username", "email", "name", "password", "gender"} <= answer.json.keys()
    assert "MARK" not in answer.text


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"username": "learner"}, {"username"}),
        ({"username": "LEARNER"}, {"username"}),
        ({"email": "learner@example.com"}, {"email"}),
        ({"email": "Learner@EXAMPLE.com"}, {"email"}),
        ({"username": "learner", "email": "staff@example.com"}, {"username", "email"}),
    ],
)
def test_taken(api, stage, form, changes, expected):
    """A taken username (in any capitalisation) or address: 409 with a key for each; nobody is mailed."""
    before = len(stage.mailbox.mails)
    answer = api.post_form(PATH, form | changes)
    assert 409 == answer.status
    assert expected == answer.json.keys() & {"username", "email"}
    assert before == len(stage.mailbox.mails)


def test_no_mail_no_account(api, stage, form):
    """The mail cannot be sent: 503 with `Retry-After`, nothing stored, and the name is free."""
    stage.mailbox.down = True
    try:
        answer = api.post_form(PATH, form)
    finally:
        stage.mailbox.down = False
    assert (503, True) == (answer.status, "retry-after" in answer.headers)
    assert not exists(stage, form["username"])
    assert 200 == api.post_form(PATH, form).status


def test_no_store_no_account(api, stage, form):
    """The store fails: 503, and it can be done again at once, for no lease is left behind."""
    with unreachable(stage.wiring.dynamodb, "TransactWriteItems"):
        assert 503 == api.post_form(PATH, form).status
    assert 200 == api.post_form(PATH, form).status


@pytest.mark.parametrize("shared", ["username", "email", "both"])
def test_only_the_winner_is_mailed(api, stage, form, shared):
    """Registrations at once for one username or address: one wins and is mailed, the others are told."""
    names = ("username", "email") if shared == "both" else (shared,)
    forms = []
    for number in range(4):
        other = stage.fresh("rival")
        forms.append(
            {**form, "username": other, "email": f"{number}{form['email']}"} | {name: form[name] for name in names}
        )
    before = len(stage.mailbox.mails)
    answers = at_once(*[lambda form=form: api.post_form(PATH, form) for form in forms])
    assert [200, 409, 409, 409] == sorted(answer.status for answer in answers)
    assert before + 1 == len(stage.mailbox.mails)


def test_an_address_in_another_form(api, stage, form):
    """Two spellings of one address (NFKC, capitals) are one address, also for who is mailed."""
    other = {**form, "username": stage.fresh("rival"), "email": form["email"].replace("example", "ＥＸＡＭＰＬＥ")}
    before = len(stage.mailbox.mails)
    answers = at_once(lambda: api.post_form(PATH, form), lambda: api.post_form(PATH, other))
    assert [200, 409] == sorted(answer.status for answer in answers)
    assert before + 1 == len(stage.mailbox.mails)


def test_a_race_with_a_superuser(api, stage, form):
    """Somebody else takes the name between our look and our commit: 409, never two owners."""
    rival = {"username": form["username"], "email": f"other-{form['email']}", "name": "Other"}
    api.token("superuser")
    with meanwhile(
        stage.wiring.dynamodb,
        "TransactWriteItems",
        lambda: api.post_json("/api/user/v1/admin/accounts", rival, as_="superuser"),
    ):
        answer = api.post_form(PATH, form)
    assert (409, True) == (answer.status, "username" in answer.json)
    assert ["AccountProvisioned"] == stage.events_of(form["username"])


def test_a_transaction_conflict(api, stage, form):
    """A conflict that says nothing about the name is tried again."""
    with cancelled(stage.wiring.dynamodb, "None", "TransactionConflict", times=2):
        assert 200 == api.post_form(PATH, form).status


@pytest.mark.parametrize("content_type", ["text/plain", "text/html", ""])
def test_other_content_types(api, content_type):
    """Neither a form nor JSON: 415."""
    assert 415 == api.request("POST", PATH, headers={"Content-Type": content_type}, body=b"x").status


@pytest.mark.parametrize("body", [b"[]", b"{", b'"x"'])
def test_malformed_json(api, body):
    """Malformed JSON, or no object: 400 `{"detail"}`."""
    assert {"detail"} == api.post_json(PATH, body).json.keys()


@pytest.mark.parametrize("body", [b"username=%FF", b"&" * 500 + b"a=b" * 5 + b"&a=b" * 300])
def test_malformed_forms(api, body):
    """A form that is no text, or has too many fields: 400."""
    assert 400 == api.request("POST", PATH, headers={"Content-Type": FORM}, body=body).status


def test_flags_cannot_be_registered(api, stage, form):
    """Nobody makes themselves staff, active or an older number."""
    sent = {**form, "is_staff": True, "is_superuser": True, "is_active": True, "id": 1, "permissions": ["x"]}
    assert 200 == api.request("POST", PATH, headers={"Content-Type": JSON}, body=_json(sent)).status
    account = stage.wiring.ledger.load(stage.id_of(form["username"])).state
    assert (False, False, False, ()) == (account.active, account.staff, account.superuser, account.permissions)


def test_a_registered_person_can_log_in(api, form):
    """With username or address, before the link is opened."""
    api.post_form(PATH, form)
    assert [200, 200, 200] == [
        api.grant(name).status for name in (form["username"], form["email"], form["email"].upper())
    ]


def test_the_requests_of_a_registration(api, stage, form):
    """A registration makes a bounded number of requests to DynamoDB."""
    with recorded(stage.wiring.dynamodb) as calls:
        api.post_form(PATH, form)
    assert 9 >= len(calls), calls


def _json(content):
    import json

    return json.dumps(content).encode()
