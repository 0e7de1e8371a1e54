"""Erasing again what a restore has brought back, from the erasure ledger alone (spec 50, section 6).

The keys are destroyed already when these decisions are taken, so nothing here knows who the person was.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.accounts.account import Account
from chalicelib.accounts.context import Context
from chalicelib.events.aggregate import CredentialChange, Decision
from chalicelib.events.classification import Purpose
from chalicelib.events.erasure import ErasureReplayed
from chalicelib.events.erasures import Erasure
from chalicelib.events.event import Event
from chalicelib.events.retirement import (
    PartnerReportRedacted,
    PartnerReportRemoved,
    RetirementCancelled,
    RetirementCleanedUp,
    RetirementRedacted,
)
from chalicelib.events.sealing import Slot
from chalicelib.retirement.cancelling import UnknownPassword


class NamelessErasureError(Exception):
    """An entry of the erasure ledger says no retired names, and the account has none of its own."""


@dataclass(frozen=True)
class Due:
    """What is to be done again: the erasure of the profile, the removal of a partner row and of a retirement row.

    `cancelled`: the row went because the person stayed.
    """

    profile: Erasure | None = None
    report: int | None = None
    row: int | None = None
    cancelled: bool = False

    def __bool__(self) -> bool:
        return self != Due()


def due(account: Account, erasures: Mapping[Slot, Erasure]) -> Due:
    """What the account has, and must not have any more, by its entries in the erasure ledger."""
    profile = None if account.erased else erasures.get(Purpose.PROFILE)
    report = account.partner_row.number if account.partner_row else None
    row = account.row.number if account.row else None
    ended = None if row is None else erasures.get((Purpose.RETIREMENT, row))
    return Due(
        profile,
        None if report is None or (Purpose.PARTNER, report) not in erasures else report,
        None if ended is None else row,
        ended is not None and profile is None and not account.erased and _was_cancelled(ended),
    )


def _was_cancelled(ended: Erasure) -> bool:
    """Whether a row went that way; an entry that does not say how is of an account that lives on, so it did."""
    return ended.event in ("", RetirementCancelled.__name__)


def erase_again(account: Account, what: Due, context: Context) -> Decision:
    """Erase the profile, remove the rows; redacted first, as always. Raises `NamelessErasureError`."""
    events: list[Event] = []
    if what.profile is not None:
        events.append(_replayed(account, what.profile, context))
    if what.report is not None:
        events.append(PartnerReportRedacted(**context.next(account, len(events)), report=what.report))
        events.append(PartnerReportRemoved(**context.next(account, len(events)), report=what.report))
    if what.row is not None:
        events.append(RetirementRedacted(**context.next(account, len(events)), row=what.row))
        events.append(RetirementCleanedUp(**context.next(account, len(events)), row=what.row))
    return Decision(tuple(events), None if what.profile is None else CredentialChange(None))


def cancel_again(account: Account, row: int, email: str, password: UnknownPassword, context: Context) -> Decision:
    """Give the account the address back that it had before the row, under a password that nobody knows."""
    cancelled = RetirementCancelled(**context.next(account), row=row, credential=password.credential, email=email)
    return Decision((cancelled,), CredentialChange(password.password_hash))


def _replayed(account: Account, erasure: Erasure, context: Context) -> ErasureReplayed:
    kept = erasure.kept
    if not (kept.get("retired_username") and kept.get("retired_email")) and not account.has_left:
        raise NamelessErasureError
    return ErasureReplayed(
        **context.next(account),
        through=erasure.through,
        username_digits=tuple(kept.get("username_digits", ())),
        email_digits=tuple(kept.get("email_digits", ())),
        retired_username=str(kept.get("retired_username", "")),
        retired_email=str(kept.get("retired_email", "")),
    )
