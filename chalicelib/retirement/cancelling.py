"""Taking a retirement back (spec 20, section 11)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.accounts.account import Account
from chalicelib.accounts.context import Context
from chalicelib.events.aggregate import CredentialChange, Decision
from chalicelib.events.classification import Purpose
from chalicelib.events.retirement import RetirementCancelled
from chalicelib.retirement.errors import CancelRefusedError, NoRowError
from chalicelib.retirement.states import PENDING


@dataclass(frozen=True)
class UnknownPassword:
    """The hash of a random password that nobody knows, and its fingerprint."""

    password_hash: str = field(repr=False)
    credential: str


def can_be_cancelled(account: Account, now: datetime, cool_off_days: int) -> bool:
    """Whether support is told that it may cancel: PENDING, not yet erased, and younger than the cool-off."""
    row = account.row
    if row is None or account.erased or row.state != PENDING:
        return False
    return now - row.created < timedelta(days=cool_off_days)


def cancel(
    account: Account, row: int, password: UnknownPassword, context: Context, email: str | None = None
) -> Decision:
    """Give the account its address back, or `email` instead; both rows go. The old password stays refused.

    Raises `CancelRefusedError`, `NoRowError`.
    """
    standing, originals = account.row, account.originals
    if standing is None or standing.number != row:
        raise NoRowError
    if standing.state != PENDING:
        raise CancelRefusedError(f"The retirement is in {standing.state} and cannot be cancelled any more.")
    if account.erased:
        raise CancelRefusedError("The account has been erased; there is nothing to give back.")
    address = email or (originals.email if originals is not None else "")
    if not address:
        raise CancelRefusedError("The key of the row is destroyed, and its address with it; another one must be given.")
    cancelled = RetirementCancelled(**context.next(account), row=row, credential=password.credential, email=address)
    # A key that is destroyed already is not ended once more: its fence tells of the first end.
    ends = {Purpose.RETIREMENT} if originals is not None else set()
    ends |= {Purpose.PARTNER} if account.partner_row is not None and account.report is not None else set()
    return Decision((cancelled,), CredentialChange(password.password_hash), ends=frozenset(ends))
