"""Logging in, setting passwords and revoking tokens, as decisions."""

from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.accounts.account import Account
from chalicelib.accounts.context import Context
from chalicelib.accounts.errors import CommandError, DeadLinkError
from chalicelib.events.access import LoggedIn, PasswordReset, PasswordSet, TokensRevoked
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


def may_be_spoken_for(account: Account) -> bool:
    """Whether a client may get a token for the account by itself."""
    return not (account.deactivated or account.disabled or account.has_left)


def log_in(account: Account, session: str, verified: str, context: Context, rehashed: Hashed | None = None) -> Decision:
    """The right password was given: the one whose hash has the fingerprint `verified`.

    Raises `PasswordChangedError` if the account has another one by now, or is disabled.
    """
    if account.credential != verified or account.disabled:
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


@dataclass(frozen=True)
class ResetLink:
    """The link of a password reset that is open: for which account, until when, and what it was mailed upon.

    It counts while the account's `way_in` is the same. `to_recovery` says that it went to the recovery address.
    """

    account: str
    way_in: int
    to_recovery: bool
    expires: datetime


def may_reset(account: Account) -> bool:
    """Whether a reset is mailed to this account: it has a password, if only one that nobody knows, and may log in."""
    return account.credential is not None and not account.has_left and not account.disabled


def require_open(account: Account, link: ResetLink, now: datetime) -> None:
    """Raise `DeadLinkError` unless the link may be used on the account as it is."""
    if link.account != account.id or link.way_in != account.way_in or link.expires <= now or not may_reset(account):
        raise DeadLinkError
    if link.to_recovery and account.recovery_email is None:
        raise DeadLinkError


def reset_password(account: Account, link: ResetLink, hashed: Hashed, kept: str | None, context: Context) -> Decision:
    """Give the account the password that the holder of the link has chosen; the session `kept` may go on.

    Raises `DeadLinkError`: also for the link's second use, which finds another `way_in`.
    """
    require_open(account, link, context.now)
    event = PasswordReset(
        **context.next(account),
        credential=hashed.credential,
        activated=not account.active,
        kept=kept,
        before=account.email if link.to_recovery else None,
        after=account.recovery_email if link.to_recovery else None,
        secondary_before=account.secondary_email,
        secondary_after=account.recovery_email if account.active and not link.to_recovery else None,
    )
    return Decision((event,), CredentialChange(hashed.password_hash))
