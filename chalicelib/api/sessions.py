"""One's own sessions: what goes on, and ending it (spec 40, section 6)."""

import re
from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel

from chalicelib.accounts.account import Account
from chalicelib.api import idempotent
from chalicelib.api.answers import empty, json_answer
from chalicelib.api.errors import NotFoundError
from chalicelib.api.routing import IDEMPOTENCY_KEY, Area, Exchange, Responds
from chalicelib.events.aggregate import Decision
from chalicelib.events.idempotency import Answer, Command
from chalicelib.identity.session import Session, SessionKind

area = Area("Sessions")
ID = re.compile(r"[0-9a-f]{32}")
ALL = "/api/user/v1/accounts/{username}/sessions"
ONE = "/api/user/v1/accounts/{username}/sessions/{session_id}"


class ShownSession(BaseModel):
    """A session that goes on. `id` names it and opens nothing; times are in UTC."""

    id: str
    created: str
    last_used: str
    kind: Literal["browser", "token"]
    current: bool


@area.route(
    "GET",
    ALL,
    summary="One's own sessions",
    answers={200: Responds("Those that go on, newest first.", list[ShownSession]), 404: Responds("Not one's own.")},
)
def list_sessions(exchange: Exchange) -> Answer:
    """What logins and password grants have begun and is still going on."""
    return json_answer([_shown(session, exchange).model_dump() for session in _own(exchange)])


@area.route(
    "DELETE",
    ALL,
    summary="End all other sessions",
    parameters=[IDEMPOTENCY_KEY],
    answers={204: Responds("Only the present session goes on."), 404: Responds("Not one's own.")},
)
def end_other_sessions(exchange: Exchange) -> Answer:
    """End every session of one's own but the present one."""
    for session in _own(exchange):
        if session.session_id != exchange.caller.session:
            exchange.services.sessions.revoke(session.account, session.session_id)
    return _over(exchange)


@area.route(
    "DELETE",
    ONE,
    summary="End a session",
    parameters=[IDEMPOTENCY_KEY],
    answers={204: Responds("It is over."), 404: Responds("Not one's own, or there is none.")},
)
def end_session(exchange: Exchange) -> Answer:
    """End one of one's own sessions, the present one too."""
    wanted, sessions = exchange.request.parameters["session_id"], exchange.services.sessions
    account, command = exchange.caller.account.id, _command(exchange)
    if any(session.session_id == wanted for session in _own(exchange)):
        if command is None:
            sessions.revoke(account, wanted)
        else:
            sessions.end_for(account, wanted, exchange.services.clock(), command.key_digest)
        return _over(exchange)
    # The same request may have ended it before, and not have come as far as its answer.
    if command is not None and ID.fullmatch(wanted) and sessions.ended_by(account, wanted, command.key_digest):
        return _over(exchange)
    raise NotFoundError


def _over(exchange: Exchange) -> Answer:
    """The answer, kept for the same request if it comes with an idempotency key."""
    caller, command = exchange.caller, _command(exchange)
    if command is not None:
        exchange.services.ledger.execute(caller.account.id, lambda _: Decision(()), command, first=caller.loaded)
    return empty(204)


def _command(exchange: Exchange) -> Command[Account] | None:
    return idempotent.command(exchange.services, exchange.request, exchange.caller, lambda _, __: empty(204))


def _own(exchange: Exchange) -> list[Session]:
    """The caller's sessions that go on; raises `NotFoundError` for anybody else's."""
    account = exchange.caller.account
    if exchange.request.parameters["username"] != account.username:
        raise NotFoundError
    found = exchange.services.sessions.list_live(account.id, exchange.services.clock())
    return [
        session
        for session in found
        if session.kind is not SessionKind.SERVICE and account.accepts_token(session.generation, session.session_id)
    ]


def _shown(session: Session, exchange: Exchange) -> ShownSession:
    return ShownSession(
        id=session.session_id,
        created=_time(session.created),
        last_used=_time(session.last_used),
        kind="browser" if session.kind is SessionKind.BROWSER else "token",
        current=session.session_id == exchange.caller.session,
    )


def _time(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
