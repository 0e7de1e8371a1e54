"""Resetting passwords while AWS or mail fails, processes die, or things happen at once (spec 40, section 7)."""

from collections.abc import Iterator

import pytest

from tests.support.api import PASSWORD
from tests.support.calls import meanwhile, recorded, unreachable
from tests.support.dying import killed_at
from tests.support.oauth import refresh
from tests.support.resets import NEW, OTHER, ask, is_valid, link_for, links_to, use, works
from tests.support.stage import Stage, running_stage
from tests.support.threads import at_once


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """The service without limits by source address."""
    with running_stage(rate_limits=False) as running:
        yield running


# --- when things fail


def test_a_link_survives_the_mail_service_being_down(stage: Stage, ada: str, monkeypatch: pytest.MonkeyPatch):
    """The notice cannot be sent: nothing has changed, and the link works afterwards."""
    link, before = link_for(stage, ada), stage.events_of(ada)
    pair = stage.api.grant(ada).json
    with monkeypatch.context() as patch:
        patch.setattr(stage.mailbox, "down", True)
        answer = use(stage.api, link)
        page = stage.api.post_form(f"/password_reset_confirm/{link}/", {"new_password1": NEW, "new_password2": NEW})
    assert [503, 503] == [answer.status, page.status]
    assert ["2", "2"] == [each.headers["retry-after"] for each in (answer, page)]
    assert [*before, "LoggedIn"] == stage.events_of(ada)
    assert 200 == stage.api.get("/api/user/v1/me", token=pair["access_token"]).status
    assert use(stage.api, link).json["reset_status"]


def test_an_earlier_link_survives_a_failed_request(stage: Stage, ada: str, monkeypatch: pytest.MonkeyPatch):
    """A request whose mail could not be sent replaces nothing: otherwise nobody has a link."""
    link = link_for(stage, ada)
    with monkeypatch.context() as patch:
        patch.setattr(stage.mailbox, "down", True)
        assert 503 == ask(stage.api, f"{ada}@example.com").status
    assert is_valid(stage.api, link)


@pytest.mark.parametrize("operation", ["BatchGetItem", "GetItem", "PutItem"])
def test_asking_while_the_store_is_out_of_reach(stage: Stage, ada: str, operation: str):
    """503 with a time to come back, the same for all."""
    stage.wiring.keys._cache.clear()
    with recorded(stage.wiring.dynamodb) as calls:
        ask(stage.api, f"{ada}@example.com")
    with unreachable(stage.wiring.dynamodb, operation):
        answers = [ask(stage.api, address) for address in (f"{ada}@example.com", f"ghost-{ada}@example.com")]
    expected = 503 if operation in calls else 200
    assert [expected] * 2 == [answer.status for answer in answers]
    assert answers[0].body == answers[1].body


@pytest.mark.parametrize("operation", ["TransactWriteItems", "PutItem", "GetItem"])
def test_using_while_the_store_is_out_of_reach(stage: Stage, ada: str, operation: str):
    """503, nothing has changed, and the link works afterwards."""
    link, before = link_for(stage, ada), stage.events_of(ada)
    with unreachable(stage.wiring.dynamodb, operation):
        answer = use(stage.api, link)
    assert (503, "2") == (answer.status, answer.headers["retry-after"])
    assert before == stage.events_of(ada)
    stage.clock.advance(minutes=1)
    assert use(stage.api, link).json["reset_status"]


@pytest.mark.parametrize("operation", ["DeleteItem", "Query"])
def test_tidying_up_cannot_fail_a_reset(stage: Stage, ada: str, operation: str):
    """Once the password is stored it is in force: whoever chose it is told so, and can log in with it alone."""
    pair, link = stage.api.grant(ada).json, link_for(stage, ada)
    with unreachable(stage.wiring.dynamodb, operation):
        answer = use(stage.api, link)
    assert "PasswordReset" in stage.events_of(ada)
    assert 401 == stage.api.get("/api/user/v1/me", token=pair["access_token"]).status
    assert {"reset_status": True, "err_msg": ""} == answer.json


@pytest.mark.parametrize("landed", [False, True], ids=["before", "after"])
def test_the_process_dies_at_any_call(stage: Stage, landed: bool):
    """Killed anywhere, either nothing has changed and the link works, or all of it holds: there is no half."""
    username = stage.new_account()
    link = link_for(stage, username)
    with killed_at(0, landed=landed) as all_calls:
        assert use(stage.api, link).json["reset_status"]
    for nth in range(1, all_calls.made + 1):
        username = stage.new_account()
        pair, link = stage.api.grant(username).json, link_for(stage, username)
        with killed_at(nth, landed=landed):
            use(stage.api, link)
        stage.clock.advance(minutes=1)
        check_whole(stage, username, pair["access_token"], link)


def check_whole(stage: Stage, username: str, token: str, link: str) -> None:
    """Expect all of a reset, or nothing and a link that works."""
    if "PasswordReset" in stage.events_of(username):
        assert (True, False) == (works(stage, username, NEW), works(stage, username, PASSWORD))
        assert 401 == stage.api.get("/api/user/v1/me", token=token).status
        assert not is_valid(stage.api, link)
    else:
        assert works(stage, username, PASSWORD)
        assert 200 == stage.api.get("/api/user/v1/me", token=token).status
        assert use(stage.api, link).json["reset_status"]


# --- at once


def test_one_link_used_twice_at_once(stage: Stage, ada: str):
    """One of them sets the password, the other is told that the link is dead; one notice is mailed."""
    link = link_for(stage, ada)
    before = len(stage.mailbox.to(f"{ada}@example.com"))
    answers = at_once(*(lambda text=text: use(stage.api, link, text).json for text in (NEW, OTHER, "third-Passw0rd")))
    assert 1 == [answer["reset_status"] for answer in answers].count(True)
    assert 2 == [answer.get("token_invalid") for answer in answers].count(True)
    assert 1 == len(stage.mailbox.to(f"{ada}@example.com")) - before
    assert 1 == [works(stage, ada, text) for text in (NEW, OTHER, "third-Passw0rd")].count(True)


def test_a_link_asked_for_while_another_is_used(stage: Stage, ada: str):
    """A link that is mailed just after the password was stored is not swept away with the used one."""
    link, address = link_for(stage, ada), f"{ada}@example.com"

    def ask_again() -> None:
        ask(stage.api, address)

    # The calls of DeleteItem: the lease, the count of failures, the used link.
    with meanwhile(stage.wiring.dynamodb, "DeleteItem", ask_again, calls_before=1):
        assert use(stage.api, link).json["reset_status"]
    newer = links_to(stage, address)[-1]
    assert newer != link
    assert is_valid(stage.api, newer)


def test_a_login_while_the_password_is_reset(stage: Stage, ada: str):
    """A login that verified the old password gets no session that outlives the reset."""
    link = link_for(stage, ada)
    with meanwhile(stage.wiring.dynamodb, "TransactWriteItems", lambda: use(stage.api, link)):
        answer = stage.api.grant(ada)
    assert 400 == answer.status
    assert [] == stage.wiring.sessions.list_live(stage.id_of(ada), stage.clock())


def test_a_session_that_begins_while_the_password_is_reset(stage: Stage, ada: str):
    """The login is stored before the reset, its session begins after: it is dead all the same."""
    link = link_for(stage, ada)
    with meanwhile(stage.wiring.dynamodb, "PutItem", lambda: use(stage.api, link)):
        answer = stage.api.grant(ada)
    assert "PasswordReset" in stage.events_of(ada)
    if answer.status == 200:
        assert 401 == stage.api.get("/api/user/v1/me", token=answer.json["access_token"]).status
        assert 400 == refresh(stage.api, answer.json).status


def test_a_refresh_while_the_password_is_reset(stage: Stage, ada: str):
    """A refresh that read its session before the reset gives nothing that lives after it."""
    pair, link = stage.api.grant(ada).json, link_for(stage, ada)
    with meanwhile(stage.wiring.dynamodb, "PutItem", lambda: use(stage.api, link)):
        answer = refresh(stage.api, pair)
    assert 400 == answer.status
    assert [] == stage.wiring.sessions.list_live(stage.id_of(ada), stage.clock())
