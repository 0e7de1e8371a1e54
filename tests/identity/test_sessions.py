"""Sessions in their table: begin, refresh, revoke (spec 40, section 6)."""

import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.events.errors import StoreUnavailableError
from chalicelib.identity import refresh_token
from chalicelib.identity.errors import InvalidRefreshTokenError, RefreshTokenReusedError
from chalicelib.identity.session import SessionKind
from chalicelib.identity.sessions import Sessions, live, session_key
from chalicelib.tables import Tables, bind_tables

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LIFETIME = 28 * 24 * 3600
ACCOUNT = "00112233445566778899aabbccddeeff"
SESSION = "ffeeddccbbaa99887766554433221100"
OTHER_SESSION = "0" * 32
GRACE = timedelta(seconds=60)
SECOND = timedelta(seconds=1)


class Stage:
    """Sessions with a clock to move and fresh secrets."""

    def __init__(self, tables: Tables) -> None:
        self.sessions = Sessions(tables.short_lived)
        self.table = tables.short_lived
        self.now = NOW

    def begin(self, session_id: str = SESSION, account: str = ACCOUNT) -> str:
        return self.sessions.begin(
            account, SessionKind.TOKEN, self.now, session_id, secrets.token_bytes(32), LIFETIME, generation=3
        )

    def refresh(self, token: str) -> str:
        return self.sessions.refresh(token, self.now, secrets.token_bytes(32), LIFETIME).refresh_token

    def refused(self, token: str) -> type[Exception]:
        with pytest.raises(InvalidRefreshTokenError) as caught:
            self.refresh(token)
        return type(caught.value)

    def raw(self, session_id: str = SESSION) -> dict[str, Any] | None:
        client = self.table._get_connection().connection.client
        key = session_key(ACCOUNT, session_id)
        return client.get_item(TableName=self.table.Meta.table_name, Key=key, ConsistentRead=True).get("Item")

    def lives(self, session_id: str = SESSION) -> bool:
        return live(self.raw(session_id), self.now)


@pytest.fixture
def stage(tables: Tables) -> Stage:
    return Stage(tables)


def test_a_session_begins_alive(stage: Stage):
    """A session that has begun is found alive under its key; others are not."""
    stage.begin()
    assert (True, False) == (stage.lives(), stage.lives(OTHER_SESSION))


def test_a_session_runs_out(stage: Stage):
    """Without being refreshed a session ends by itself, at once and not when the table is swept."""
    token = stage.begin()
    stage.now += timedelta(seconds=LIFETIME) - SECOND
    assert stage.lives()
    stage.now += SECOND
    assert not stage.lives()
    assert InvalidRefreshTokenError is stage.refused(token)


def test_a_session_id_is_used_once(stage: Stage):
    """Beginning a session under an id that is there fails instead of taking it over."""
    token = stage.begin()
    with pytest.raises(Exception, match="conditional"):
        stage.begin()
    assert stage.refresh(token)


def test_refresh_says_whose_session_it_is(stage: Stage):
    """A refresh names account, session, kind and the generation that the caller must check."""
    refreshed = stage.sessions.refresh(stage.begin(), NOW, b"n" * 32, LIFETIME)
    assert (ACCOUNT, SESSION, SessionKind.TOKEN, 3) == (
        refreshed.account,
        refreshed.session_id,
        refreshed.kind,
        refreshed.generation,
    )


def test_refreshing_slides(stage: Stage):
    """Each refresh gives the session its whole lifetime again (spec 40, section 6, lifetime)."""
    token = stage.begin()
    for _ in range(3):
        stage.now += timedelta(seconds=LIFETIME) - SECOND
        token = stage.refresh(token)
    assert stage.lives()


def test_each_refresh_gives_a_new_token(stage: Stage):
    """A token is replaced at every use (B4)."""
    tokens = [stage.begin()]
    for _ in range(5):
        tokens.append(stage.refresh(tokens[-1]))
    assert 6 == len(set(tokens))


def test_the_token_before_stays_good_for_a_minute(stage: Stage):
    """Two tabs that refresh with one token both get a working one, of the same session."""
    first = stage.begin()
    second = stage.refresh(first)
    stage.now += GRACE - SECOND
    third = stage.refresh(first)
    assert 1 == len(stage.sessions.list_live(ACCOUNT, stage.now))
    stage.now += timedelta(hours=1)
    assert stage.refresh(second)
    stage.now += timedelta(hours=1)
    assert stage.refresh(third)


def test_later_reuse_ends_the_session(stage: Stage):
    """After its minute a replaced token ends the whole session, its newest token included."""
    first = stage.begin()
    second = stage.refresh(first)
    stage.now += GRACE
    assert RefreshTokenReusedError is stage.refused(first)
    assert not stage.lives()
    assert InvalidRefreshTokenError is stage.refused(second)


def test_reuse_is_noticed_however_old_the_token(stage: Stage):
    """A stolen token ends the session also after many rotations, when its hash is long forgotten."""
    first = token = stage.begin()
    for _ in range(100):
        stage.now += timedelta(hours=1)
        token = stage.refresh(token)
    assert RefreshTokenReusedError is stage.refused(first)
    assert not stage.lives()


def test_reuse_ends_no_other_session(stage: Stage):
    """The account's other sessions go on."""
    first = stage.begin()
    stage.begin(OTHER_SESSION)
    stage.refresh(first)
    stage.now += GRACE
    stage.refused(first)
    assert stage.lives(OTHER_SESSION)


def test_the_error_names_the_session(stage: Stage):
    """Who answers for a reuse can log which session it was."""
    first = stage.begin()
    stage.refresh(first)
    stage.now += GRACE
    with pytest.raises(RefreshTokenReusedError) as caught:
        stage.refresh(first)
    assert (ACCOUNT, SESSION) == (caught.value.account, caught.value.session_id)


def test_a_made_up_token_ends_nothing(stage: Stage):
    """Whoever knows account and session, as access tokens show them, cannot end the session by a guess."""
    stage.begin()
    forged = refresh_token.issue(ACCOUNT, SESSION, b"x" * 32, refresh_token.family_key(b"x" * 32))
    assert InvalidRefreshTokenError is stage.refused(str(forged))
    stage.sessions.revoke_token(str(forged))
    assert stage.lives()


def test_revoked(stage: Stage):
    """A revoked session is dead at once: its refresh tokens and what is read for its access tokens."""
    token = stage.begin()
    stage.sessions.revoke(ACCOUNT, SESSION)
    assert not stage.lives()
    assert InvalidRefreshTokenError is stage.refused(token)


def test_revoking_an_unknown_session_does_nothing(stage: Stage):
    """Ending a session that is not there is no error."""
    stage.sessions.revoke(ACCOUNT, SESSION)
    assert not stage.lives()


def test_revoked_by_its_token(stage: Stage):
    """A refresh token, even a replaced one, ends its session; an unknown one does nothing (RFC 7009)."""
    first = stage.begin()
    stage.refresh(first)
    stage.sessions.revoke_token("unknown")
    assert stage.lives()
    stage.sessions.revoke_token(first)
    assert not stage.lives()
    stage.sessions.revoke_token(first)


def test_list_live(stage: Stage):
    """An account's live sessions, newest first, with what the person is shown; nobody else's."""
    stage.begin("1" * 32)
    stage.now += timedelta(days=20)
    stage.begin("2" * 32)
    stage.begin("4" * 32, account="f" * 32)
    stage.now += timedelta(days=1)
    stage.begin("3" * 32)
    assert ["3" * 32, "2" * 32, "1" * 32] == [
        session.session_id for session in stage.sessions.list_live(ACCOUNT, stage.now)
    ]
    stage.now += timedelta(days=8)
    shown = stage.sessions.list_live(ACCOUNT, stage.now)
    assert [("3" * 32, SessionKind.TOKEN), ("2" * 32, SessionKind.TOKEN)] == [
        (session.session_id, session.kind) for session in shown
    ]
    assert int((NOW + timedelta(days=21)).timestamp()) == shown[0].created == shown[0].last_used


def test_end_others(stage: Stage):
    """All of the account's but one, live or not; other accounts' stay."""
    kept, ended, foreign = stage.begin(), stage.begin(OTHER_SESSION), stage.begin(SESSION, "f" * 32)
    stage.sessions.end_others(ACCOUNT, SESSION)
    assert InvalidRefreshTokenError is stage.refused(ended)
    assert [SESSION] == [session.session_id for session in stage.sessions.list_live(ACCOUNT, NOW)]
    assert stage.refresh(kept)
    assert stage.refresh(foreign)


@pytest.mark.parametrize("kept", [None, "1" * 32])
def test_end_others_but_none_that_is_there(stage: Stage, kept: str | None):
    """To keep none, or one that is over, is to end all."""
    stage.begin(OTHER_SESSION)
    begun_for(stage, "worker")
    stage.sessions.end_others(ACCOUNT, kept)
    assert [] == stage.sessions.list_live(ACCOUNT, NOW)


def begun_for(stage: Stage, client: str | None) -> str:
    """A session that was begun for an OAuth client, or for a browser."""
    kind = SessionKind.TOKEN if client else SessionKind.BROWSER
    return stage.sessions.begin(
        ACCOUNT, kind, NOW, SESSION, secrets.token_bytes(32), LIFETIME, generation=0, client=client
    )


@pytest.mark.parametrize(("begun", "asks"), [("a", "b"), ("a", None), (None, "a"), ("a", "A"), ("a", "")])
class TestAnotherClient:
    """A client can do nothing to what was begun for another one, or for a browser (RFC 6749, 6; RFC 7009, 2.1)."""

    def test_revoke_token(self, stage: Stage, begun: str | None, asks: str | None):
        """Its refresh token is unknown to the other."""
        token = begun_for(stage, begun)
        stage.sessions.revoke_token(token, client=asks)
        assert stage.lives()
        stage.sessions.revoke_token(token, client=begun)
        assert not stage.lives()

    def test_refresh(self, stage: Stage, begun: str | None, asks: str | None):
        """It carries nothing on, and uses nothing up."""
        token = begun_for(stage, begun)
        with pytest.raises(InvalidRefreshTokenError):
            stage.sessions.refresh(token, NOW, secrets.token_bytes(32), LIFETIME, client=asks)
        assert stage.sessions.refresh(token, NOW, secrets.token_bytes(32), LIFETIME, client=begun)

    def test_a_replaced_token_does_not_look_stolen(self, stage: Stage, begun: str | None, asks: str | None):
        """Nor does it end a session by a token of it that was replaced long ago."""
        token = begun_for(stage, begun)
        stage.sessions.refresh(token, NOW, secrets.token_bytes(32), LIFETIME, client=begun)
        with pytest.raises(InvalidRefreshTokenError) as caught:
            stage.sessions.refresh(token, NOW + 2 * GRACE, secrets.token_bytes(32), LIFETIME, client=asks)
        assert InvalidRefreshTokenError is type(caught.value)
        assert stage.lives()

    def test_revoke_for(self, stage: Stage, begun: str | None, asks: str | None):
        """Nor by an access token, which names the session."""
        begun_for(stage, begun)
        if asks is not None:
            stage.sessions.revoke_for(asks, ACCOUNT, SESSION)
        stage.sessions.revoke_for("z", ACCOUNT, SESSION)
        assert stage.lives()


def test_revoke_for(stage: Stage):
    """The client that it was begun for ends it; an unknown session is none of anybody's."""
    begun_for(stage, "a")
    stage.sessions.revoke_for("a", ACCOUNT, OTHER_SESSION)
    assert stage.lives()
    stage.sessions.revoke_for("a", ACCOUNT, SESSION)
    assert not stage.lives()


def test_newest_first_within_one_second(stage: Stage):
    """Logins in the same second are in their order, whatever their ids are; refreshing an old one does not move it."""
    ids = ["f" * 32, "0" * 32, "7" * 32]
    tokens = []
    for session_id in ids:
        tokens.append(stage.begin(session_id))
        stage.now += timedelta(milliseconds=1)
    stage.refresh(tokens[0])
    assert ids[::-1] == [session.session_id for session in stage.sessions.list_live(ACCOUNT, stage.now)]


def test_a_refresh_while_others_are_ended(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    """A refresh that read its session before all others were ended brings none back."""
    token, load = stage.begin(), stage.sessions._load

    def ended_meanwhile(account: str, session_id: str) -> Any:
        found = load(account, session_id)
        Sessions(stage.table).end_others(ACCOUNT, None)
        return found

    monkeypatch.setattr(stage.sessions, "_load", ended_meanwhile)
    assert InvalidRefreshTokenError is stage.refused(token)
    assert not stage.lives()


def test_no_token_is_stored(stage: Stage):
    """The table holds neither a token nor its secret (spec 40, section 3: stored hashed)."""
    token = refresh_token.parse(stage.begin())
    assert token is not None
    stored = str(stage.raw())
    assert token.digest in stored
    assert token.secret.hex() not in stored
    assert str(token) not in stored


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(st.characters(exclude_categories=())), st.text("Ab9-_", min_size=107, max_size=107)))
def test_garbage_is_refused(stage: Stage, token: str):
    """Any text is refused as a refresh token, and nothing else is raised."""
    assert InvalidRefreshTokenError is stage.refused(token)


def at_once(stage: Stage, tokens: list[str]) -> list[str]:
    barrier = threading.Barrier(len(tokens))

    def refresh(token: str) -> str:
        barrier.wait()
        return stage.refresh(token)

    with ThreadPoolExecutor(len(tokens)) as pool:
        return list(pool.map(refresh, tokens))


def test_twenty_tabs_at_once(stage: Stage):
    """Twenty refreshes with one token at once give twenty tokens of one session, and each of them works."""
    children = at_once(stage, [stage.begin()] * 20)
    assert 20 == len(set(children))
    stage.now += timedelta(hours=1)
    grandchildren = at_once(stage, children)
    assert 20 == len(set(grandchildren))
    assert 1 == len(stage.sessions.list_live(ACCOUNT, stage.now))


def test_a_refresh_does_not_bring_back_a_revoked_session(stage: Stage):
    """Refreshes that run while the session is ended leave it ended."""
    token = stage.begin()
    barrier = threading.Barrier(9)

    def refresh() -> None:
        barrier.wait()
        try:
            stage.refresh(token)
        except InvalidRefreshTokenError:
            return

    def revoke() -> None:
        barrier.wait()
        stage.sessions.revoke(ACCOUNT, SESSION)

    with ThreadPoolExecutor(9) as pool:
        running = [pool.submit(refresh) for _ in range(8)] + [pool.submit(revoke)]
        assert [None] * 9 == [each.result() for each in running]
    assert not stage.lives()


def test_ended_and_remembered(stage: Stage):
    """A session that a command has ended is dead at once, and known as the first command's to end it."""
    token = stage.begin()
    stage.sessions.end_for(ACCOUNT, SESSION, stage.now, "command")
    assert not stage.lives()
    with pytest.raises(InvalidRefreshTokenError):
        stage.refresh(token)
    stage.sessions.end_for(ACCOUNT, SESSION, stage.now, "another")
    assert stage.sessions.ended_by(ACCOUNT, SESSION, "command")
    assert not stage.sessions.ended_by(ACCOUNT, SESSION, "another")


def test_ended_for_a_clock_that_is_behind(stage: Stage):
    """Another process whose clock is a minute behind finds it ended too, and cannot carry it on."""
    token = stage.begin()
    stage.sessions.end_for(ACCOUNT, SESSION, stage.now + timedelta(minutes=1), "command")
    assert not stage.lives()
    with pytest.raises(InvalidRefreshTokenError):
        stage.refresh(token)


def test_nothing_to_end(stage: Stage):
    """An unknown session is not made by ending it."""
    stage.sessions.end_for(ACCOUNT, OTHER_SESSION, stage.now, "command")
    assert not stage.sessions.ended_by(ACCOUNT, OTHER_SESSION, "command")


def test_a_refresh_under_way_does_not_bring_back_a_remembered_one(stage: Stage):
    """A refresh that has read the session before it was ended stores nothing."""
    token = stage.begin()
    presented = refresh_token.parse(token)
    assert presented is not None
    session, rotations = stage.sessions._genuine(presented, int(stage.now.timestamp()), None)
    stage.sessions.end_for(ACCOUNT, SESSION, stage.now, "command")
    assert not stage.sessions._replace(session, rotations)
    assert not stage.lives()


class UnreachableClient:
    """A DynamoDB client whose every call fails."""

    class meta:  # noqa: N801 - botocore's name
        region_name = "eu-west-1"

    def __getattr__(self, operation: str) -> Any:
        raise EndpointConnectionError(endpoint_url="https://dynamodb.example")


def test_an_unreachable_store_is_said_to_be_one():
    """Without DynamoDB a refresh is not refused but may be tried again later."""
    sessions = Sessions(bind_tables("test", UnreachableClient()).short_lived)
    token = str(refresh_token.issue(ACCOUNT, SESSION, b"s" * 32, "00"))
    with pytest.raises(StoreUnavailableError):
        sessions.refresh(token, NOW, b"n" * 32, LIFETIME)
    with pytest.raises(StoreUnavailableError):
        sessions.revoke(ACCOUNT, SESSION)
