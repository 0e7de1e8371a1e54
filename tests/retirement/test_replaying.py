"""What is due after a restore, by the erasure ledger, and the events that come of it (spec 50, section 6)."""

import pytest

from chalicelib.accounts.fold import fold
from chalicelib.events.aggregate import CredentialChange
from chalicelib.events.classification import Purpose
from chalicelib.events.erasures import Erasure
from chalicelib.retirement.cancelling import UnknownPassword
from chalicelib.retirement.replaying import Due, NamelessErasureError, cancel_again, due, erase_again
from tests.accounts.test_fold_erasure import NAMES
from tests.accounts.test_fold_retirement import LEFT, REPORTED
from tests.support.accounts import ADA, account
from tests.support.accounts import WORKER_CONTEXT as CONTEXT

PROFILE = Erasure(ADA, Purpose.PROFILE, None, 9, "then", kept=NAMES)
ROW = Erasure(ADA, Purpose.RETIREMENT, 5, 12, "then", event="RetirementCleanedUp")
CANCELLED = Erasure(ADA, Purpose.RETIREMENT, 5, 12, "then", event="RetirementCancelled")
UNSAID = Erasure(ADA, Purpose.RETIREMENT, 5, 12, "then")
OTHER_ROW = Erasure(ADA, Purpose.RETIREMENT, 4, 12, "then", event="RetirementCancelled")
REPORT = Erasure(ADA, Purpose.PARTNER, 9, 11, "then", event="PartnerReportRemoved")
HASH = UnknownPassword("hash", "fingerprint")


def by_slot(*erasures):
    """Entries as they are looked up."""
    return {each.slot: each for each in erasures}


@pytest.mark.parametrize(
    ("state", "erasures", "expected"),
    [
        (account(), (PROFILE, ROW, REPORT), Due(PROFILE)),
        (account(**LEFT), (PROFILE,), Due(PROFILE)),
        (account(**LEFT, **REPORTED), (PROFILE, ROW, REPORT), Due(PROFILE, 9, 5)),
        (account(**LEFT, **REPORTED, erased=True), (PROFILE, ROW), Due(None, None, 5)),
        (account(**LEFT, **REPORTED), (REPORT,), Due(None, 9)),
        (account(**LEFT), (CANCELLED,), Due(None, None, 5, cancelled=True)),
        (account(**LEFT), (UNSAID,), Due(None, None, 5, cancelled=True)),
        (account(**LEFT), (ROW,), Due(None, None, 5)),
        (account(**LEFT), (CANCELLED, PROFILE), Due(PROFILE, None, 5)),
        (account(**LEFT, erased=True), (UNSAID,), Due(None, None, 5)),
        (account(**LEFT), (OTHER_ROW,), Due()),
        (account(), (OTHER_ROW,), Due()),
        (account(erased=True, retired_username="r"), (PROFILE, ROW, REPORT), Due()),
    ],
)
def test_due(state, erasures, expected):
    """What stands, and must not; nothing is due of rows that are not there, or of what is done."""
    found = due(state, by_slot(*erasures))
    assert expected == found
    assert (expected != Due()) == bool(found)


def test_everything_at_once():
    """Profile, partner row and row go in one commit without a password, each redacted first; nothing is due again."""
    before = account(**LEFT, **REPORTED)
    decision = erase_again(before, due(before, by_slot(PROFILE, ROW, REPORT)), CONTEXT)
    assert [
        "ErasureReplayed",
        "PartnerReportRedacted",
        "PartnerReportRemoved",
        "RetirementRedacted",
        "RetirementCleanedUp",
    ] == [type(event).__name__ for event in decision.events]
    assert (CredentialChange(None), frozenset()) == (decision.credential, decision.ends)
    state = before
    for event in decision.events:
        state = fold(state, event)
    assert not due(state, by_slot(PROFILE, ROW, REPORT))
    assert (True, None, None, "retired__user_n") == (state.erased, state.row, state.partner_row, state.username)


def test_rows_alone_leave_the_password():
    """The account goes on as it is."""
    before = account(**LEFT, **REPORTED)
    decision = erase_again(before, due(before, by_slot(REPORT)), CONTEXT)
    assert (2, None) == (len(decision.events), decision.credential)


def test_nothing_due():
    """No event."""
    assert () == erase_again(account(), Due(), CONTEXT).events


def test_without_names():
    """An entry of an older release names nobody: enough for who had left, too little for who had not."""
    bare = Erasure(ADA, Purpose.PROFILE, None, 9, "then")
    left = account(**LEFT)
    (event,) = erase_again(left, Due(bare), CONTEXT).events
    assert (9, left.username_digits) == (event.through, fold(left, event).username_digits)
    with pytest.raises(NamelessErasureError):
        erase_again(account(), Due(bare), CONTEXT)


def test_cancelled_again():
    """The address of before, a password that nobody knows, and neither row."""
    before = account(**LEFT, **REPORTED)
    decision = cancel_again(before, 5, "ada@example.com", HASH, CONTEXT)
    (event,) = decision.events
    state = fold(before, event)
    assert (CredentialChange("hash"), "fingerprint") == (decision.credential, state.credential)
    assert ("ada@example.com", None, None, False) == (state.email, state.row, state.partner_row, state.has_left)
