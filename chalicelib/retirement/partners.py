"""Partner reports: made, handed out, cleaned up (spec 20, section 9)."""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel

from chalicelib.accounts.account import Account
from chalicelib.accounts.context import Context
from chalicelib.accounts.retirement import Report
from chalicelib.events.aggregate import Decision
from chalicelib.events.classification import Purpose
from chalicelib.events.retirement import (
    PartnerReportHandedOut,
    PartnerReportRedacted,
    PartnerReportRemoved,
    PartnerReportRequested,
)
from chalicelib.retirement.errors import CleanupRefusedError, NoRowError
from chalicelib.retirement.moments import moment
from chalicelib.retirement.states import States
from chalicelib.retirement.transitions import require_working


class OrgColumns(BaseModel):
    """An organisation with columns of its own."""

    org: str
    field_headings: list[str]


class PartnerRowView(BaseModel):
    """One element of the partner list; `orgs_config` and `student_id` are there together or not at all."""

    user_id: int
    original_username: str
    original_email: str
    original_name: str
    orgs: list[str]
    created: str
    orgs_config: list[OrgColumns] | None = None
    student_id: str | None = None


def own_orgs(account: Account) -> tuple[str, ...]:
    """The organisations of an account, wherever they are kept now."""
    if account.erased:
        return account.originals.orgs if account.originals else ()
    return account.orgs


def report_is_due(account: Account, row: int, states: States) -> bool:
    """Whether the partner row is still to be made. Raises `NoRowError`, `NotWorkingError`."""
    require_working(account, row, states)
    return account.partner_row is None


def request_report(
    account: Account, row: int, report: int, orgs: Sequence[str], states: States, context: Context
) -> Decision:
    """Make the partner row `report`; nothing without organisations, or if there is one.

    Raises `NoRowError`, `NotWorkingError`.
    """
    if not report_is_due(account, row, states) or not orgs or account.originals is None:
        return Decision()
    originals = account.originals
    requested = PartnerReportRequested(
        **context.next(account),
        report=report,
        original_username=originals.username,
        original_email=originals.email,
        original_name=originals.name,
        orgs=tuple(dict.fromkeys(orgs)),
    )
    return Decision((requested,), begins={Purpose.PARTNER: report})


def hand_out(account: Account, report: int, call: str, context: Context) -> Decision:
    """Mark the partner row as given to the driver's call `call`; nothing if somebody has it already, or it has gone."""
    row = account.partner_row
    if row is None or row.number != report or row.handed_out:
        return Decision()
    return Decision((PartnerReportHandedOut(**context.next(account), report=report, call=call),))


def require_handed_out(account: Account) -> None:
    """Raise `CleanupRefusedError` unless the partner row is being processed."""
    if account.partner_row is None or not account.partner_row.handed_out:
        raise CleanupRefusedError("A partner row is not being processed.")


def remove_report(account: Account, report: int, context: Context) -> Decision:
    """Redact the partner row, then delete it. Raises `NoRowError`, `CleanupRefusedError`."""
    if account.partner_row is None or account.partner_row.number != report:
        raise NoRowError
    require_handed_out(account)
    redacted = PartnerReportRedacted(**context.next(account), report=report)
    removed = PartnerReportRemoved(**context.next(account, 1), report=report)
    return Decision((redacted, removed), ends=frozenset({Purpose.PARTNER}))


def partner_row_view(
    account: Account, report: Report, student_id: str, columns: Mapping[str, Sequence[str]]
) -> PartnerRowView:
    """What a driver is given; organisations with columns of their own stand in `orgs_config` alone."""
    if account.partner_row is None:
        raise NoRowError
    configured = [OrgColumns(org=org, field_headings=list(columns[org])) for org in report.orgs if org in columns]
    view = PartnerRowView(
        user_id=account.number,
        original_username=report.username,
        original_email=report.email,
        original_name=report.name,
        orgs=[org for org in report.orgs if org not in columns],
        created=moment(account.partner_row.created),
    )
    if not configured:
        return view
    return view.model_copy(update={"orgs_config": configured, "student_id": student_id})
