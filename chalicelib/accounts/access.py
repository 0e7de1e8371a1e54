"""Logging in, setting passwords and revoking tokens, as decisions."""

from dataclasses import dataclass, field

from chalicelib.accounts.account import Account
from chalicelib.accounts.context import Context
from chalicelib.accounts.errors import CommandError
from chalicelib.events.access import LoggedIn, PasswordSet, TokensRevoked
from chalicelib.events.aggregate import CredentialChange, Decision


class PasswordChangedError(CommandError):
    """The password was changed while it was being checked: it is not the account's any more."""


class RetiredAccountError(CommandError):
    """The account's owner has left: it gets no password unless that is cancelled."""


@dataclass(frozen=True)
class Hashed:
    """A password hashed with today's parameters, and the fingerprint of that hash."""

    password_hash: str = field(repr=False)
    credential: str


def log_in(account: Account, session: str, verified: str, context: Context, rehashed: Hashed | None = None) -> Decision:
    """The right password was given: the one whose hash has the fingerprint `verified`.

    Raises `PasswordChangedError` if the account has another one by now.
    """
    if account.credential != verified:
        raise PasswordChangedError
    event = LoggedIn(**context.next(account), session=session, credential=rehashed.credential if rehashed else None)
    return Decision((event,), CredentialChange(rehashed.password_hash) if rehashed else None)


def revoke_tokens(account: Account, context: Context, kept: str | None = None) -> Decision:
    """End every token and session of the account but those of the session `kept`."""
    return Decision((TokensRevoked(**context.next(account), kept=kept),))


def set_password(account: Account, hashed: Hashed, context: Context) -> Decision:
    """Give the account another password. Raises `RetiredAccountError`."""
    if account.retired_username:
        raise RetiredAccountError
    event = PasswordSet(**context.next(account), credential=hashed.credential)
    return Decision((event,), CredentialChange(hashed.password_hash))
