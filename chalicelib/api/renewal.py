"""Carrying a session on: one way for the refresh cookie and for the refresh grant (spec 40, section 6)."""

from dataclasses import dataclass, field

from chalicelib.accounts.account import Account
from chalicelib.api.access_tokens import BY_PASSWORD, access_token
from chalicelib.api.services import Services
from chalicelib.identity.errors import InvalidRefreshTokenError
from chalicelib.identity.session import Session, SessionKind


@dataclass(frozen=True)
class Renewed:
    """A session that goes on: its account as it is now, and its new tokens."""

    account: Account
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)


def renew(services: Services, token: str, client: str | None) -> Renewed:
    """Use a refresh token, for the OAuth client that asks; a browser's session has none.

    Raises `InvalidRefreshTokenError`, also when the account has revoked its sessions. The refresh token is replaced
    last: whoever gets no answer, because the key service is away for instance, can use the one that they have again.
    """
    session = services.sessions.find(token, services.clock(), client=client)
    loaded = services.ledger.load(session.account)
    if loaded is None or not _may_go_on(loaded.state, session):
        services.sessions.revoke(session.account, session.session_id)
        raise InvalidRefreshTokenError
    access = access_token(services, loaded.state, session.session_id, session.generation, BY_PASSWORD)
    refreshed = services.sessions.refresh(
        token,
        services.clock(),
        services.random_bytes(32),
        services.settings.refresh_token_seconds,
        client=client,
    )
    return Renewed(loaded.state, access, refreshed.refresh_token)


def _may_go_on(account: Account, session: Session) -> bool:
    """Whether the account still knows the session; a browser's needs an active account, as its login did."""
    if session.kind is SessionKind.BROWSER and not account.active:
        return False
    return account.accepts_token(session.generation, session.session_id)
