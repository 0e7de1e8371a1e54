"""What the events of a retirement, and replaced usernames, do to an account (spec 20)."""

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.accounts.account import Account
from chalicelib.accounts.retirement import Originals, PartnerRow, Report, RetirementRow
from chalicelib.events.event import Event
from chalicelib.events.evolution import evolved
from chalicelib.events.names import UsernameReplaced
from chalicelib.events.profile import Profile
from chalicelib.events.retirement import (
    MiscellaneousDataErased,
    PartnerReportHandedOut,
    PartnerReportRedacted,
    PartnerReportRemoved,
    PartnerReportRequested,
    PendingAddressRedacted,
    ProfileErased,
    RetirementCancelled,
    RetirementCleanedUp,
    RetirementRedacted,
    RetirementRequested,
    RetirementStateChanged,
    SocialLoginsDeleted,
    SocialLoginsRedacted,
)

Changes = dict[str, Any]
NO_LINKS: Mapping[str, Any] = {
    "activation": None,
    "email_key": None,
    "pending_email": None,
    "email_requested": None,
    "secondary_email_key": None,
    "pending_secondary_email": None,
    "secondary_email_requested": None,
    "recovery_email": None,
}
"""No link is open, and there is no recovery address."""


def _locked_out(state: Account) -> Changes:
    return {"credential": None, "token_generation": state.token_generation + 1, "kept_session": None}


def _social_logins_redacted(_: Account, event: SocialLoginsRedacted) -> Changes:
    return {"social_logins": event.logins}


def _social_logins_deleted(_: Account, __: SocialLoginsDeleted) -> Changes:
    return {"social_logins": ()}


def _address_redacted(_: Account, event: PendingAddressRedacted) -> Changes:
    return {"pending_secondary_email": event.address}


def _requested(state: Account, event: RetirementRequested) -> Changes:
    row = RetirementRow(
        number=event.row,
        since=event.version,
        created=event.at,
        modified=event.at,
        state=event.state,
        last_state=event.state,
    )
    originals = Originals(username=event.original_username, email=event.original_email, name=event.original_name)
    return {
        **NO_LINKS,
        **_locked_out(state),
        "own_email": "",
        "retired_username": event.retired_username,
        "retired_email": event.retired_email,
        "username_digits": (event.username_digits,),
        "email_digits": (event.email_digits,),
        "row": row,
        "last_row": event.row,
        "originals": originals,
    }


def _state_changed(state: Account, event: RetirementStateChanged) -> Changes:
    moved = {"state": event.after, "last_state": event.before, "modified": event.at, "by_job": event.by_job}
    return _in_row(state, moved)


def _misc_erased(state: Account, _: MiscellaneousDataErased) -> Changes:
    return {"pending_name": None, "name_requested": None, **_in_row(state, {"misc_done": True})}


def _profile_erased(state: Account, event: ProfileErased) -> Changes:
    originals = None if state.originals is None else evolved(state.originals, {"orgs": event.orgs})
    return {**emptied(state), "originals": originals}


def emptied(state: Account) -> Changes:
    """Nothing personal is left, and nobody gets in."""
    return {
        **NO_LINKS,
        **_locked_out(state),
        "erased": True,
        "own_username": "",
        "own_email": "",
        "profile": Profile(),
        "preferences": {},
        "pending_name": None,
        "name_requested": None,
        "orgs": (),
        "social_logins": (),
        "image": None,
        "active": False,
        "staff": False,
        "superuser": False,
        "permissions": (),
    }


def _report_requested(_: Account, event: PartnerReportRequested) -> Changes:
    report = Report(
        username=event.original_username, email=event.original_email, name=event.original_name, orgs=event.orgs
    )
    row = PartnerRow(number=event.report, created=event.at)
    return {"partner_row": row, "last_report": event.report, "report": report}


def _report_handed_out(state: Account, event: PartnerReportHandedOut) -> Changes:
    row = None if state.partner_row is None else evolved(state.partner_row, {"call": event.call})
    return {"partner_row": row}


def _report_redacted(state: Account, _: PartnerReportRedacted) -> Changes:
    return {"report": None if state.report is None else Report(username="", email="", name="")}


def _report_removed(_: Account, __: PartnerReportRemoved) -> Changes:
    return {"partner_row": None, "report": None}


def _redacted(state: Account, event: RetirementRedacted) -> Changes:
    redacted = {"username": event.username, "email": event.email, "name": event.name, "orgs": ()}
    return {"originals": None if state.originals is None else evolved(state.originals, redacted)}


def _cleaned_up(_: Account, __: RetirementCleanedUp) -> Changes:
    return {"row": None, "originals": None}


def _cancelled(_: Account, event: RetirementCancelled) -> Changes:
    return {
        "own_email": event.email,
        "credential": event.credential,
        "deactivated": False,
        "retired_username": "",
        "retired_email": "",
        "username_digits": (),
        "email_digits": (),
        "row": None,
        "originals": None,
        "partner_row": None,
        "report": None,
    }


def _username_replaced(state: Account, event: UsernameReplaced) -> Changes:
    changes: Changes = {"own_username": event.after}
    if event.digits is not None:
        changes["username_digits"] = (*state.username_digits, event.digits)
    if event.original_username and state.originals is not None:
        changes["originals"] = evolved(state.originals, {"username": event.original_username})
    if event.reported_username and state.report is not None:
        changes["report"] = evolved(state.report, {"username": event.reported_username})
    return changes


def _in_row(state: Account, changes: Changes) -> Changes:
    return {"row": None if state.row is None else evolved(state.row, changes)}


CHANGES_OF_RETIREMENT: Mapping[type[Event], Callable[[Any, Any], Changes]] = {
    SocialLoginsRedacted: _social_logins_redacted,
    SocialLoginsDeleted: _social_logins_deleted,
    PendingAddressRedacted: _address_redacted,
    RetirementRequested: _requested,
    RetirementStateChanged: _state_changed,
    MiscellaneousDataErased: _misc_erased,
    ProfileErased: _profile_erased,
    PartnerReportRequested: _report_requested,
    PartnerReportHandedOut: _report_handed_out,
    PartnerReportRedacted: _report_redacted,
    PartnerReportRemoved: _report_removed,
    RetirementRedacted: _redacted,
    RetirementCleanedUp: _cleaned_up,
    RetirementCancelled: _cancelled,
    UsernameReplaced: _username_replaced,
}
