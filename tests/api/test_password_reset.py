"""Choosing a new password by a mailed link: what it does, when it dies, what nobody learns (spec 40, section 7)."""

from collections.abc import Iterator

import pytest

from chalicelib.events.errors import StoreUnavailableError
from chalicelib.identity import opaque
from tests.support.api import PASSWORD
from tests.support.calls import recorded
from tests.support.oauth import claims_of, refresh
from tests.support.resets import (
    LINK,
    NEW,
    OTHER,
    SECONDARY,
    ask,
    is_valid,
    link_for,
    links_to,
    use,
    with_recovery,
    works,
)
from tests.support.stage import Stage, running_stage
from tests.support.threads import at_once

REGISTRATION = "/api/user/v2/account/registration"


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """The service without limits by source address."""
    with running_stage(rate_limits=False) as running:
        yield running


# --- what a reset does


def test_a_reset(stage: Stage, ada: str):
    """The new password counts, the old one does not; all sessions are over; a notice was mailed; the link is dead."""
    pair = stage.api.grant(ada).json
    link = link_for(stage, ada)
    assert {"reset_status": True, "err_msg": ""} == use(stage.api, link).json
    assert (True, False) == (works(stage, ada, NEW), works(stage, ada, PASSWORD))
    assert 401 == stage.api.get("/api/user/v1/me", token=pair["access_token"]).status
    assert 400 == refresh(stage.api, pair).status
    assert [] == LINK.findall(stage.mailbox.to(f"{ada}@example.com")[-1].text)
    assert {"reset_status": False, "token_invalid": True} == use(stage.api, link, OTHER).json
    assert works(stage, ada, NEW)


def test_the_session_that_sets_it_goes_on(stage: Stage, ada: str):
    """Whoever is logged in while choosing stays so; all others are logged out."""
    own, other = (stage.api.grant(ada).json for _ in range(2))
    use(stage.api, link_for(stage, ada), token=own["access_token"])
    assert 200 == stage.api.get("/api/user/v1/me", token=own["access_token"]).status
    assert 401 == stage.api.get("/api/user/v1/me", token=other["access_token"]).status
    kept = claims_of(own["access_token"])["sid"]
    sessions = stage.wiring.sessions.list_live(stage.id_of(ada), stage.clock())
    assert [kept] == [session.session_id for session in sessions]


def test_a_strangers_session_is_not_kept(stage: Stage, ada: str, new_account):
    """A caller's token keeps nothing of another account's."""
    stranger = stage.api.grant(new_account()).json["access_token"]
    pair = stage.api.grant(ada).json
    assert use(stage.api, link_for(stage, ada), token=stranger).json["reset_status"]
    assert 401 == stage.api.get("/api/user/v1/me", token=pair["access_token"]).status
    assert 200 == stage.api.get("/api/user/v1/me", token=stranger).status


def test_it_ends_a_lock(stage: Stage, ada: str):
    """The count of wrong passwords is zero after a completed reset, and not after a request."""
    for _ in range(6):
        stage.api.grant(ada, "wrong")
    link = link_for(stage, ada)
    assert not works(stage, ada, PASSWORD)
    use(stage.api, link)
    assert works(stage, ada, NEW)


def test_asking_changes_nothing(stage: Stage, ada: str):
    """Anybody may ask for anybody: no event, no session ends, the password stays (B6)."""
    pair = stage.api.grant(ada).json
    before = stage.events_of(ada)
    link_for(stage, ada)
    assert before == stage.events_of(ada)
    assert 200 == stage.api.get("/api/user/v1/me", token=pair["access_token"]).status
    assert works(stage, ada, PASSWORD)


@pytest.mark.parametrize(
    ("password", "again"),
    [("short", "short"), (NEW, NEW + "x"), ("", ""), ("x" * 76, "x" * 76), (NEW, "")],
)
def test_a_link_survives_a_fault(stage: Stage, ada: str, password: str, again: str):
    """A password that cannot be leaves everything as it was."""
    link = link_for(stage, ada)
    answer = use(stage.api, link, password, again)
    assert (200, False) == (answer.status, answer.json["reset_status"])
    assert answer.json["err_msg"]
    assert is_valid(stage.api, link)
    assert works(stage, ada, PASSWORD)


@pytest.mark.parametrize("content", [{}, {"new_password1": 1, "new_password2": 1}, {"new_password1": [NEW]}])
def test_odd_json(stage: Stage, ada: str, content: object):
    """What is no text is no password: a fault, and no 500."""
    answer = stage.api.post_json(f"/password/reset/{link_for(stage, ada)}", content)
    assert (200, False) == (answer.status, answer.json["reset_status"])


def test_not_like_the_username_or_an_address(stage: Stage):
    """Neither the username nor the address that the account has afterwards will do."""
    username = stage.new_account("somebodylong")
    recovery = with_recovery(stage, username)
    assert not use(stage.api, link_for(stage, username), username).json["reset_status"]
    assert not use(stage.api, link_for(stage, username), f"{username}@example.com").json["reset_status"]
    ask(stage.api, recovery)
    assert not use(stage.api, links_to(stage, recovery)[-1], recovery).json["reset_status"]


# --- who gets a link, and when it dies


def test_a_newer_link_replaces_an_older_one(stage: Stage, ada: str):
    """Only the newest works."""
    older, newer = link_for(stage, ada), link_for(stage, ada)
    assert (False, True) == (is_valid(stage.api, older), is_valid(stage.api, newer))


def test_three_days(stage: Stage, ada: str):
    """To the second, by the service's clock."""
    link = link_for(stage, ada)
    stage.clock.advance(days=3, seconds=-1)
    assert is_valid(stage.api, link)
    stage.clock.advance(seconds=1)
    assert not is_valid(stage.api, link)
    assert use(stage.api, link).json["token_invalid"]


@pytest.mark.parametrize("spoil", [lambda text: text.upper(), lambda text: text[:-1], lambda text: text + "A"])
def test_only_the_very_link(stage: Stage, ada: str, spoil):
    """No other spelling of a link works."""
    link = link_for(stage, ada)
    assert not is_valid(stage.api, spoil(link))
    assert is_valid(stage.api, link)


@pytest.mark.parametrize("text", ["", "-", "x", "0" * 32, "0" * 32 + "-", "é" * 32 + "-x", "\ud800", "٠" * 32 + "-x"])
def test_what_is_no_link(stage: Stage, text: str):
    """Answered as a dead one, never with 500."""
    body = {"token": text.encode("utf-8", "replace").decode()}
    assert {"is_valid": False} == stage.api.post_json("/api/user/v1/account/password_reset/token/validate", body).json


def test_anothers_secret(stage: Stage, ada: str, new_account):
    """A link of one account opens no other one."""
    own, other = link_for(stage, ada), link_for(stage, new_account())
    assert not is_valid(stage.api, f"{own[:32]}{other[32:]}")


def test_a_recovery_address_takes_over(stage: Stage, ada: str):
    """The link to it makes it the address of the account, in any capitalisation; both are told; the old one is free."""
    recovery = with_recovery(stage, ada)
    ask(stage.api, recovery.upper())
    assert use(stage.api, links_to(stage, recovery)[-1]).json["reset_status"]
    state = stage.wiring.ledger.load(stage.id_of(ada)).state
    assert (recovery, None) == (state.email, state.recovery_email)
    assert state == stage.wiring.ledger.refold(stage.id_of(ada))
    assert stage.mailbox.to(f"{ada}@example.com")[-1].subject == stage.mailbox.to(recovery)[-1].subject
    assert works(stage, recovery, NEW)
    assert (
        201
        == stage.api.post_json(
            "/api/user/v1/admin/accounts",
            {"username": stage.fresh(), "email": f"{ada}@example.com", "name": "N", "password": PASSWORD},
            as_="superuser",
        ).status
    )


def test_another_recovery_address_kills_the_link(stage: Stage, ada: str):
    """A link to the old recovery address is dead once there is a new one."""
    recovery = with_recovery(stage, ada)
    ask(stage.api, recovery)
    with_recovery(stage, ada)
    assert not is_valid(stage.api, links_to(stage, recovery)[-1])


def test_an_inactive_account_becomes_active(stage: Stage):
    """Whoever has the link reads the mail; the activation link is dead then."""
    username = stage.new_account(is_active=False)
    use(stage.api, link_for(stage, username))
    assert stage.wiring.ledger.load(stage.id_of(username)).state.active


def test_what_was_prepared_on_an_inactive_account_is_no_way_in(stage: Stage):
    """Somebody registers another one's address, sets their own as recovery address, and waits for the owner's reset."""
    username = stage.fresh("mallory")
    victim, evil = f"{username}@example.com", f"{username}@example.net"
    form = {"username": username, "email": victim, "name": "V", "password": PASSWORD, "honor_code": "true"}
    assert 200 == stage.api.post_form(REGISTRATION, {**form, "terms_of_service": "true"}).status
    token = stage.api.grant(username).json["access_token"]
    assert 200 == stage.api.patch(username, {"secondary_email": evil}, token=token).status
    assert 200 == stage.api.get(SECONDARY.search(stage.mailbox.to(evil)[-1].text)[1]).status
    assert use(stage.api, link_for(stage, username)).json["reset_status"]

    ask(stage.api, evil)
    assert [] == links_to(stage, evil)


def test_without_a_password_there_is_no_link(stage: Stage):
    """An account that never had a password is not given one by mail."""
    username = stage.new_account(password=None)
    ask(stage.api, f"{username}@example.com")
    assert [] == links_to(stage, f"{username}@example.com")


# --- nobody learns who has an account


@pytest.mark.parametrize("path", ["/password_reset/", "/account/password"])
@pytest.mark.parametrize("typed", ["ghost-{}@example.com", "{}@EXAMPLE.org", "nonsense {}", "é-{}@b\u00fccher.example"])
def test_the_same_requests(stage: Stage, ada: str, path: str, typed: str):
    """As many of the same kind to the store for an address that nobody has, and the same answer."""
    stage.api.grant(ada)
    with recorded(stage.wiring.dynamodb) as known:
        first = stage.api.post_form(path, {"email": f"{ada}@example.com"})
    with recorded(stage.wiring.dynamodb) as other:
        second = stage.api.post_form(path, {"email": typed.format(ada)})
    assert known == other
    assert (first.status, first.body) == (second.status, second.body)


def test_the_same_requests_of_a_cold_process(stage: Stage, ada: str):
    """Also before the account's key was ever used, of the store and of the key service."""
    for address in (f"{ada}@example.com", f"ghost-{ada}@example.com"):
        ask(stage.api, address)
    seen = []
    for address in (f"{ada}@example.com", f"ghost-{ada}@example.com"):
        stage.wiring.keys._cache.clear()
        with recorded(stage.wiring.dynamodb) as store, recorded(stage.wiring.kms) as keys:
            ask(stage.api, address)
        seen.append((store, keys))
    assert seen[0] == seen[1]


def test_the_same_while_mail_is_down(stage: Stage, ada: str, monkeypatch: pytest.MonkeyPatch):
    """503 for all, whoever is asked for."""
    monkeypatch.setattr(stage.mailbox, "down", True)
    answers = [ask(stage.api, address) for address in (f"{ada}@example.com", f"ghost-{ada}@example.com")]
    assert [(503, "2")] * 2 == [(answer.status, answer.headers["retry-after"]) for answer in answers]
    assert answers[0].body == answers[1].body


def test_what_nobody_asked_for_in_truth_is_no_link(stage: Stage, ada: str):
    """What is written for an unknown address goes within a minute or so, and holds nothing of it."""
    table = stage.wiring.tables.short_lived
    before = {item.pk for item in table.scan()}
    ask(stage.api, f"ghost-{ada}@example.com")
    (made,) = [item for item in table.scan() if item.pk not in before]
    assert 60 >= made.expires - stage.clock().timestamp() > 0
    assert "ghost" not in str(made.serialize())


# --- personal data


def test_nothing_personal_is_logged_or_kept_in_the_clear(stage: Stage, caplog: pytest.LogCaptureFixture):
    """Neither address nor link nor password in logs or in the short-lived table; the event has no password."""
    username = stage.new_account("zmarker")
    recovery = with_recovery(stage, username)
    caplog.set_level("DEBUG", "rollcall")
    ask(stage.api, recovery)
    link = links_to(stage, recovery)[-1]
    use(stage.api, link, "bad")
    use(stage.api, link, NEW)
    ask(stage.api, f"ghost-{username}@example.com")
    stored = "".join(str(item.serialize()) for item in stage.wiring.tables.short_lived.scan())
    secret = link[33:]
    digest = opaque.decode(secret)
    assert digest is not None
    for text in (username, recovery, secret, digest.hex(), NEW):
        assert text not in caplog.text
        assert text not in stored


@pytest.mark.parametrize("path", ["/password_reset/", "/account/password"])
def test_an_idempotency_key_of_who_is_logged_in(stage, path):
    """The same request with its key has the first answer again and mails nothing; another is 422 (spec 50, 4)."""
    name = stage.new_account("keyed")
    stage.clock.advance(hours=2)

    def ask(key, body=b"{}"):
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        return stage.api.request("POST", path, as_=name, headers=headers, body=body)

    first, again = ask("once"), ask("once")
    assert (200, first.body) == (first.status, again.body)
    assert (None, "true") == (first.headers.get("idempotent-replayed"), again.headers.get("idempotent-replayed"))
    assert 1 == len(stage.mailbox.to(f"{name}@example.com"))
    assert 422 == ask("once", b'{"email": "x"}').status
    assert 400 == ask("k" * 300).status
    stage.clock.advance(minutes=2)
    assert 200 == ask("twice").status
    assert 2 == len(stage.mailbox.to(f"{name}@example.com"))


def keyed(stage, name, key="at once"):
    """A reset that somebody logged in asks for with a key."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    return stage.api.request("POST", "/password_reset/", as_=name, headers=headers, body=b"{}")


def test_the_same_key_at_once(stage):
    """One mails, the others have its answer; the link works."""
    name = stage.new_account("twins")
    stage.clock.advance(hours=2)
    stage.api.token(name)
    answers = at_once(*[lambda: keyed(stage, name)] * 4)
    assert {200} == {answer.status for answer in answers}
    assert 1 == len(stage.mailbox.to(f"{name}@example.com"))


def test_a_record_that_cannot_be_kept(stage, monkeypatch):
    """The mail is out, so it is done: nobody is told to ask again."""
    name = stage.new_account("kept")
    stage.clock.advance(hours=2)
    stage.api.token(name)

    def away(*_, **__):
        raise StoreUnavailableError("away")

    monkeypatch.setattr(stage.wiring.ledger, "execute", away)
    assert 200 == keyed(stage, name).status
    assert 1 == len(stage.mailbox.to(f"{name}@example.com"))
