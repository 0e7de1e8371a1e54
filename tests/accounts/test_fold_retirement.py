"""What the events of a retirement do to an account (spec 20)."""

from datetime import timedelta

import pytest

from chalicelib.accounts.account import Account
from chalicelib.accounts.fold import fold
from chalicelib.accounts.fold_retirement import CHANGES_OF_RETIREMENT
from chalicelib.accounts.retirement import Originals, PartnerRow, Report, RetirementRow
from chalicelib.events import names, retirement
from chalicelib.events.event import Event
from chalicelib.events.names import UsernameReplaced
from chalicelib.events.registration import SocialLogin
from chalicelib.events.retirement import (
    MiscellaneousDataErased,
    PartnerReportHandedOut,
    PartnerReportRedacted,
    PartnerReportRemoved,
    PartnerReportRequested,
    ProfileErased,
    RetirementCancelled,
    RetirementCleanedUp,
    RetirementRedacted,
    RetirementRequested,
    RetirementStateChanged,
    SocialLoginsDeleted,
    SocialLoginsRedacted,
)
from tests.support.accounts import WORKER_CONTEXT as CONTEXT
from tests.support.accounts import account

BEGUN = CONTEXT.now - timedelta(days=1)
LEFT = {
    "own_email": "",
    "retired_username": "retired__user_u",
    "retired_email": "retired__user_e@retired.invalid",
    "username_digits": ("u",),
    "email_digits": ("e",),
    "row": RetirementRow(number=5, since=3, created=BEGUN, modified=BEGUN, state="PENDING", last_state="PENDING"),
    "last_row": 5,
    "originals": Originals(username="ada", email="ada@example.com", name="Ada"),
}
REPORTED = {
    "partner_row": PartnerRow(number=9, created=BEGUN),
    "last_report": 9,
    "report": Report(username="ada", email="ada@example.com", name="Ada", orgs=("edX",)),
}
LOGIN = SocialLogin(provider="p", uid="u")


def changes(before: Account, event: Event) -> dict[str, object]:
    """The fields that an event changes, but for the version, with what stands there then."""
    state = fold(before, event)
    assert event.version == state.version
    return {
        name: getattr(state, name)
        for name in Account.model_fields
        if name != "version" and getattr(state, name) != getattr(before, name)
    }


def test_social_logins():
    """Overwritten first, then gone."""
    before = account(social_logins=(LOGIN,))
    redacted = (SocialLogin(provider="p", uid="redacted"),)
    assert {"social_logins": redacted} == changes(before, SocialLoginsRedacted(**CONTEXT.next(before), logins=redacted))
    assert {"social_logins": ()} == changes(before, SocialLoginsDeleted(**CONTEXT.next(before)))


def test_requested():
    """The row and the originals stand; address, password, tokens and all links are gone; the rest stays."""
    links = dict.fromkeys(("email_key", "pending_email", "secondary_email_key", "pending_secondary_email"), "x")
    before = account(credential="c", activation="a", kept_session="s", recovery_email="r@example.com", **links)
    event = RetirementRequested(
        **CONTEXT.next(before),
        row=5,
        state="PENDING",
        username_digits="u",
        email_digits="e",
        retired_username="retired__user_u",
        retired_email="retired__user_e@retired.invalid",
        original_username="ada",
        original_email="ada@example.com",
        original_name="Ada",
    )
    now = CONTEXT.now
    row = RetirementRow(number=5, since=4, created=now, modified=now, state="PENDING", last_state="PENDING")
    gone = dict.fromkeys((*links, "credential", "activation", "kept_session", "recovery_email"))
    assert LEFT | gone | {"row": row, "token_generation": 1, "way_in": 4} == changes(before, event)


def test_state_changed():
    """State, state before, time and mover; the making stays."""
    before = account(**LEFT)
    event = RetirementStateChanged(
        **CONTEXT.next(before), row=5, before="PENDING", after="LOCKING_ACCOUNT", by_job=True, response="said"
    )
    row = LEFT["row"].model_copy(
        update={"state": "LOCKING_ACCOUNT", "last_state": "PENDING", "modified": CONTEXT.now, "by_job": True}
    )
    assert {"row": row} == changes(before, event)


def test_misc_erased():
    """The requested name is gone, and the row says that the step is done."""
    before = account(**LEFT, pending_name="Ada L", name_requested=BEGUN)
    row = LEFT["row"].model_copy(update={"misc_done": True})
    assert {"pending_name": None, "name_requested": None, "row": row} == changes(
        before, MiscellaneousDataErased(**CONTEXT.next(before), row=5)
    )


def test_profile_erased():
    """The organisations move to the originals; the name is the retired one."""
    before = account(**LEFT, orgs=("edX",), preferences={"a": "1"}, staff=True)
    state = fold(before, ProfileErased(**CONTEXT.next(before), row=5, orgs=("edX",)))
    assert (True, (), ("edX",), {}, False) == (
        state.erased,
        state.orgs,
        state.originals.orgs,
        state.preferences,
        state.staff,
    )
    assert ("retired__user_u", "retired__user_e@retired.invalid", "") == (
        state.username,
        state.email,
        state.profile.name,
    )
    assert 1 + before.token_generation == state.token_generation


def test_report_requested_and_handed_out():
    """The partner row stands, then a driver's call has it."""
    before = account(**LEFT)
    event = PartnerReportRequested(
        **CONTEXT.next(before),
        report=9,
        original_username="ada",
        original_email="ada@example.com",
        original_name="Ada",
        orgs=("edX",),
    )
    made = PartnerRow(number=9, created=CONTEXT.now)
    assert REPORTED | {"partner_row": made} == changes(before, event)
    before = account(**LEFT, **REPORTED)
    given = REPORTED["partner_row"].model_copy(update={"call": "x"})
    assert {"partner_row": given} == changes(before, PartnerReportHandedOut(**CONTEXT.next(before), report=9, call="x"))


def test_report_redacted_and_removed():
    """First empty, then gone; that there was one stays known."""
    before = account(**LEFT, **REPORTED)
    empty = Report(username="", email="", name="")
    assert {"report": empty} == changes(before, PartnerReportRedacted(**CONTEXT.next(before), report=9))
    assert {"report": None, "partner_row": None} == changes(
        before, PartnerReportRemoved(**CONTEXT.next(before), report=9)
    )


def test_redacted_and_cleaned_up():
    """First other values, then none; that somebody was retired stays known."""
    before = account(**LEFT)
    redacted = Originals(username="u", email="e", name="n")
    event = RetirementRedacted(**CONTEXT.next(before), row=5, username="u", email="e", name="n")
    assert {"originals": redacted} == changes(before, event)
    assert {"originals": None, "row": None} == changes(before, RetirementCleanedUp(**CONTEXT.next(before), row=5))


def test_cancelled():
    """The address and a password again; both rows and everything retired are gone; tokens and links stay dead."""
    before = account(**LEFT, **REPORTED, token_generation=4)
    event = RetirementCancelled(**CONTEXT.next(before), row=5, credential="c", email="ada@example.com")
    assert {
        "own_email": "ada@example.com",
        "credential": "c",
        "way_in": 4,
        "retired_username": "",
        "retired_email": "",
        "username_digits": (),
        "email_digits": (),
        "row": None,
        "originals": None,
        "partner_row": None,
        "report": None,
    } == changes(before, event)


class TestUsernameReplaced:
    """The account's name, and that of the rows that the event speaks of."""

    def test_alone(self):
        """Without rows only the name."""
        event = UsernameReplaced(**CONTEXT.next(account()), before="ada", after="eve")
        assert {"own_username": "eve"} == changes(account(), event)

    def test_with_both_rows(self):
        """Both go by the new name, whose digits count as well."""
        before = account(**LEFT, **REPORTED)
        event = UsernameReplaced(
            **CONTEXT.next(before),
            before="ada",
            after="eve",
            original_username="eve",
            reported_username="eve",
            digits="u2",
        )
        assert {
            "own_username": "eve",
            "username_digits": ("u", "u2"),
            "originals": LEFT["originals"].model_copy(update={"username": "eve"}),
            "report": REPORTED["report"].model_copy(update={"username": "eve"}),
        } == changes(before, event)

    def test_without_the_rows_keys(self):
        """What an event said of rows whose keys are destroyed since is not missed."""
        before = account(**LEFT, **REPORTED)
        event = UsernameReplaced(**CONTEXT.next(before), before="ada", after="eve", digits="u2")
        assert {"own_username": "eve", "username_digits": ("u", "u2")} == changes(before, event)


@pytest.mark.parametrize(
    "event",
    [
        RetirementStateChanged(**CONTEXT.next(account()), row=5, before="PENDING", after="COMPLETE"),
        MiscellaneousDataErased(**CONTEXT.next(account()), row=5),
        ProfileErased(**CONTEXT.next(account()), row=5),
        PartnerReportHandedOut(**CONTEXT.next(account()), report=9, call="x"),
        PartnerReportRedacted(**CONTEXT.next(account()), report=9),
        PartnerReportRemoved(**CONTEXT.next(account()), report=9),
        RetirementRedacted(**CONTEXT.next(account()), row=5),
        RetirementCleanedUp(**CONTEXT.next(account()), row=5),
    ],
    ids=lambda event: type(event).__name__,
)
def test_no_event_brings_a_row_back(event):
    """An event for a row that is not there makes none."""
    state = fold(account(), event)
    assert (None, None, None, None) == (state.row, state.originals, state.partner_row, state.report)


def test_every_event_of_a_retirement_has_its_fold():
    """All types of the module, and the replaced username."""
    found = {kind for kind in vars(retirement).values() if isinstance(kind, type) and issubclass(kind, Event)}
    assert {*(found - {Event}), names.UsernameReplaced} == set(CHANGES_OF_RETIREMENT)
