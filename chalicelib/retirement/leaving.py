"""Leaving: a person asks for their own retirement (spec 20, section 5)."""

from chalicelib.accounts.account import Account
from chalicelib.accounts.context import Context
from chalicelib.events.aggregate import CredentialChange, Decision
from chalicelib.events.classification import Purpose
from chalicelib.events.event import Event
from chalicelib.events.registration import SocialLogin
from chalicelib.events.retirement import (
    PendingAddressRedacted,
    RetirementRequested,
    SocialLoginsDeleted,
    SocialLoginsRedacted,
)
from chalicelib.retirement.errors import AlreadyLeavingError
from chalicelib.retirement.names import RetiredNames
from chalicelib.retirement.states import States

REDACTED = "redacted"


def require_not_leaving(account: Account) -> None:
    """Raise `AlreadyLeavingError` if the account has left, or was retired before."""
    if account.has_left:
        raise AlreadyLeavingError


def leave(account: Account, row: int, states: States, names: RetiredNames, context: Context) -> Decision:
    """Make the row `row`; address, password, tokens, open links and linked logins go with it.

    Raises `AlreadyLeavingError`. Username, profile and preferences stay until `retire`.
    """
    require_not_leaving(account)
    redactions = _redactions(account, context)
    username, email = names.username(account.username), names.email(account.email)
    requested = RetirementRequested(
        **context.next(account, len(redactions)),
        row=row,
        state=states.names[0],
        username_digits=username.digits,
        email_digits=email.digits,
        retired_username=username.text,
        retired_email=email.text,
        original_username=account.username,
        original_email=account.email,
        original_name=account.profile.name,
        secondary_email=account.secondary_email,
    )
    return Decision((*redactions, requested), CredentialChange(None), begins={Purpose.RETIREMENT: row})


def _redactions(account: Account, context: Context) -> tuple[Event, ...]:
    """Overwrite what is deleted next, so that whoever keeps a copy overwrites it, too (R9)."""
    logins = _delete_logins(account, context)
    if account.pending_secondary_email is None:
        return logins
    return (*logins, PendingAddressRedacted(**context.next(account, len(logins)), address=REDACTED))


def _delete_logins(account: Account, context: Context) -> tuple[Event, ...]:
    if not account.social_logins:
        return ()
    overwritten = tuple(
        SocialLogin(provider=login.provider, uid=f"redacted-before-delete-{number}@safe.com", extra_data="{}")
        for number, login in enumerate(account.social_logins, start=1)
    )
    redacted = SocialLoginsRedacted(**context.next(account), logins=overwritten)
    return redacted, SocialLoginsDeleted(**context.next(account, 1))
