"""Cleanup: the last trace of a retirement goes, redacted before it is deleted (spec 20, section 10)."""

from dataclasses import dataclass, field

from chalicelib.accounts.account import Account
from chalicelib.accounts.context import Context
from chalicelib.events.aggregate import Decision
from chalicelib.events.classification import Purpose
from chalicelib.events.retirement import RetirementCleanedUp, RetirementRedacted
from chalicelib.retirement.errors import CleanupRefusedError
from chalicelib.retirement.states import COMPLETE
from chalicelib.retirement.transitions import require_row


@dataclass(frozen=True)
class Redaction:
    """What the three originals are overwritten with."""

    username: str = field(default="redacted", repr=False)
    email: str = field(default="redacted", repr=False)
    name: str = field(default="redacted", repr=False)


def require_complete(account: Account) -> None:
    """Raise `CleanupRefusedError` unless the account's row is in COMPLETE."""
    if account.row is None or account.row.state != COMPLETE:
        raise CleanupRefusedError(f"A row is not in {COMPLETE}.")


def clean_up(account: Account, row: int, redaction: Redaction, context: Context) -> Decision:
    """Overwrite the originals, empty the log, and delete the row. Raises `NoRowError`, `CleanupRefusedError`."""
    require_row(account, row)
    require_complete(account)
    redacted = RetirementRedacted(
        **context.next(account), row=row, username=redaction.username, email=redaction.email, name=redaction.name
    )
    cleaned = RetirementCleanedUp(**context.next(account, 1), row=row)
    return Decision((redacted, cleaned), ends=frozenset({Purpose.RETIREMENT}))
