"""Tokens that stop working, at once."""

from chalicelib.accounts.access import revoke_tokens
from chalicelib.api.services import context
from chalicelib.events.event import Actor, Role
from tests.support.oauth import claims_of, refresh, refused


def revoke_all(stage, username, kept=None):
    """End all tokens of an account but those of a session."""
    wiring = stage.wiring
    wiring.ledger.execute(
        stage.id_of(username),
        lambda account: revoke_tokens(account, context(wiring, Actor(role=Role.SYSTEM), "r"), kept),
    )


def test_by_account(api, stage, ada):
    """Every token and every refresh token ends with the next request."""
    pairs = [api.grant(ada).json for _ in range(2)]
    revoke_all(stage, ada)
    for pair in pairs:
        assert 401 == api.get("/api/user/v1/me", token=pair["access_token"]).status
        assert refused(refresh(api, pair), 400, "invalid_grant")
    assert 200 == api.get("/api/user/v1/me", token=api.grant(ada).json["access_token"]).status


def test_but_one_session(api, stage, ada):
    """The kept session goes on, its refresh too; a second revocation ends it."""
    kept, other = (api.grant(ada).json for _ in range(2))
    revoke_all(stage, ada, claims_of(kept["access_token"])["sid"])
    assert 200 == api.get("/api/user/v1/me", token=kept["access_token"]).status
    assert 401 == api.get("/api/user/v1/me", token=other["access_token"]).status
    refreshed = refresh(api, kept)
    assert 200 == api.get("/api/user/v1/me", token=refreshed.json["access_token"]).status
    revoke_all(stage, ada)
    assert 401 == api.get("/api/user/v1/me", token=refreshed.json["access_token"]).status


def test_by_session(api, stage, ada):
    """One session ends; the others go on."""
    ended, other = (api.grant(ada).json for _ in range(2))
    stage.wiring.sessions.revoke(stage.id_of(ada), claims_of(ended["access_token"])["sid"])
    assert 401 == api.get("/api/user/v1/me", token=ended["access_token"]).status
    assert refused(refresh(api, ended), 400, "invalid_grant")
    assert 200 == api.get("/api/user/v1/me", token=other["access_token"]).status


def test_a_refresh_token_used_twice(api, stage, ada):
    """A refresh token that comes back long after its use ends the session."""
    first = api.grant(ada).json
    second = refresh(api, first).json
    stage.clock.advance(minutes=30)
    assert refused(refresh(api, first), 400, "invalid_grant")
    assert refused(refresh(api, second), 400, "invalid_grant")
    assert 401 == api.get("/api/user/v1/me", token=second["access_token"]).status


def test_sessions_run_out(api, stage, ada):
    """28 days without a refresh end a session; a refresh begins them anew."""
    pair = api.grant(ada).json
    stage.clock.advance(days=27)
    pair = refresh(api, pair).json
    stage.clock.advance(days=27)
    pair = refresh(api, pair).json
    stage.clock.advance(days=28, seconds=1)
    assert refused(refresh(api, pair), 400, "invalid_grant")
