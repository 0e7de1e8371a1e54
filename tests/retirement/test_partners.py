"""Partner reports (spec 20, section 9)."""

import pytest

from chalicelib.accounts.aggregate import AccountAggregate
from chalicelib.events.aggregate import Decision
from chalicelib.events.claims import Claim, ClaimKind
from chalicelib.events.classification import Purpose
from chalicelib.retirement.cleanup import Redaction, clean_up
from chalicelib.retirement.errors import CleanupRefusedError, NoRowError, NotWorkingError
from chalicelib.retirement.partners import (
    hand_out,
    own_orgs,
    partner_row_view,
    remove_report,
    report_is_due,
    request_report,
    require_handed_out,
)
from tests.support.accounts import WORKER_CONTEXT as CONTEXT
from tests.support.accounts import account
from tests.support.retirements import (
    REPORT,
    ROW,
    STATES,
    after,
    erased,
    handed_out,
    later,
    left,
    moved,
    reported,
    working,
)

COLUMNS = {"mb_coaching": ["student_id", "original_email"]}


def requested(state, orgs=("edX",), report=REPORT, context=CONTEXT):
    return request_report(state, ROW, report, orgs, STATES, context)


class TestMaking:
    """PUT: the partner row is made."""

    def test_one_event(self):
        """The originals and the organisations, sealed with a key of the partner row's own."""
        decision = requested(working(), ("edX", "MITx"))
        (event,) = decision.events
        assert (REPORT, "ada", "ada@example.com", "Ada", ("edX", "MITx")) == (
            event.report,
            event.original_username,
            event.original_email,
            event.original_name,
            event.orgs,
        )
        assert ({Purpose.PARTNER: REPORT}, frozenset()) == (decision.begins, decision.ends)

    def test_the_row(self):
        """It waits, and its original username leads to it."""
        state = after(working(), requested(working(), context=later(days=1)))
        assert (REPORT, later(days=1).now, False) == (
            state.partner_row.number,
            state.partner_row.created,
            state.partner_row.handed_out,
        )
        assert Claim(ClaimKind.REPORTED_USERNAME, "ada") in AccountAggregate().claims(state)

    def test_organisations_are_told_once(self):
        """A name that is given twice is one organisation; the order is kept."""
        assert ("b", "a") == requested(working(), ("b", "a", "b")).events[0].orgs

    def test_without_organisations(self):
        """Nobody is to be told: no row."""
        assert Decision() == requested(working(), ())

    @pytest.mark.parametrize("given", [False, True])
    def test_twice(self, given):
        """Still one row; its mark and values stay."""
        state = handed_out(reported(working())) if given else reported(working())
        assert not report_is_due(state, ROW, STATES)
        assert Decision() == requested(state, ("other",), REPORT + 1)

    @pytest.mark.parametrize("name", ["PENDING", "LMS_COMPLETE", "ERRORED", "ABORTED", "COMPLETE"])
    def test_not_in_a_working_state(self, name):
        """Refused, whether there is a partner row or not."""
        for state in (left(), reported(working())):
            with pytest.raises(NotWorkingError):
                requested(moved(state, name))

    def test_no_row(self):
        """Without a retirement row there is nothing to report."""
        with pytest.raises(NoRowError):
            requested(account())

    def test_after_retire(self):
        """The originals and the organisations are still known once the profile is erased."""
        state = erased(working(orgs=("edX",)))
        assert ("edX",) == own_orgs(state)
        assert "ada@example.com" == requested(state, own_orgs(state)).events[0].original_email


@pytest.mark.parametrize(
    ("state", "orgs"),
    [(account(orgs=("a",)), ("a",)), (account(), ()), (working(orgs=("a",)), ("a",)), (erased(working()), ())],
    ids=["staying", "none", "leaving", "erased without"],
)
def test_own_orgs(state, orgs):
    """The account's own, wherever they are kept."""
    assert orgs == own_orgs(state)


class TestHandingOut:
    """POST: each row goes to one call only."""

    def test_given(self):
        """One event names the call that has it."""
        (event,) = hand_out(reported(working()), REPORT, "first", CONTEXT).events
        assert ("PartnerReportHandedOut", "first", REPORT) == (type(event).__name__, event.call, event.report)
        state = handed_out(reported(working()), "first")
        assert ("first", True) == (state.partner_row.call, state.partner_row.handed_out)

    @pytest.mark.parametrize("call", ["first", "second"])
    def test_given_already(self, call):
        """A second call, or the same once more, changes nothing."""
        assert Decision() == hand_out(handed_out(reported(working()), "first"), REPORT, call, CONTEXT)

    def test_gone(self):
        """A row that has gone meanwhile, or made way for another, is given to nobody."""
        assert Decision() == hand_out(working(), REPORT, "first", CONTEXT)
        assert Decision() == hand_out(reported(working(), report=REPORT + 1), REPORT, "first", CONTEXT)

    def test_in_any_state(self):
        """The driver's list does not care where the retirement stands."""
        assert 1 == len(hand_out(moved(reported(working()), "COMPLETE"), REPORT, "first", CONTEXT).events)


class TestCleanup:
    """Partner cleanup: redacted, then deleted."""

    def test_two_events_and_the_key(self):
        """Redaction comes first; the key of the partner row is destroyed, and no other."""
        decision = remove_report(handed_out(reported(working())), REPORT, CONTEXT)
        assert ["PartnerReportRedacted", "PartnerReportRemoved"] == [type(event).__name__ for event in decision.events]
        assert (frozenset({Purpose.PARTNER}), None) == (decision.ends, decision.credential)

    def test_the_row_is_gone(self):
        """Its username leads nowhere any more; the retirement row stands as it was."""
        before = handed_out(reported(working()))
        state = after(before, remove_report(before, REPORT, CONTEXT))
        assert (None, None, REPORT) == (state.partner_row, state.report, state.last_report)
        assert (before.row, before.originals) == (state.row, state.originals)
        assert Claim(ClaimKind.REPORTED_USERNAME, "ada") not in AccountAggregate().claims(state)

    def test_not_handed_out(self):
        """A row that nobody processes is refused, and the refusal names nobody."""
        with pytest.raises(CleanupRefusedError) as refusal:
            remove_report(reported(working()), REPORT, CONTEXT)
        assert "ada" not in refusal.value.message

    def test_no_row(self):
        """None, or another one by now."""
        for state in (working(), handed_out(reported(working(), report=REPORT + 1))):
            with pytest.raises(NoRowError):
                remove_report(state, REPORT, CONTEXT)

    def test_the_judgement_alone(self):
        """What a batch asks of each account before any is changed."""
        require_handed_out(handed_out(reported(working())))
        for state in (working(), reported(working())):
            with pytest.raises(CleanupRefusedError):
                require_handed_out(state)

    def test_without_the_retirement_row(self):
        """It does not need the retirement row, and the retirement's cleanup leaves the partner row alone."""
        before = moved(handed_out(reported(erased(working()))), "COMPLETE")
        cleaned = after(before, clean_up(before, ROW, Redaction(), CONTEXT))
        assert (before.partner_row, before.report) == (cleaned.partner_row, cleaned.report)
        assert Claim(ClaimKind.REPORTED_USERNAME, "ada") in AccountAggregate().claims(cleaned)
        assert after(cleaned, remove_report(cleaned, REPORT, CONTEXT)).report is None


class TestView:
    """One element of the list."""

    def view(self, *orgs, state=None):
        state = state or reported(working(), *orgs)
        return partner_row_view(state, state.report, "opaque", COLUMNS)

    def test_plain(self):
        """The originals, all organisations, and when the row was made; nothing of columns."""
        assert {
            "user_id": 7,
            "original_username": "ada",
            "original_email": "ada@example.com",
            "original_name": "Ada",
            "orgs": ["edX", "MITx"],
            "created": "2026-11-24T12:00:00.250000Z",
        } == self.view("edX", "MITx").model_dump(exclude_none=True)

    def test_columns(self):
        """An organisation with columns of its own stands in `orgs_config` alone, with the student's id."""
        view = self.view("edX", "mb_coaching")
        assert ["edX"] == view.orgs
        assert [{"org": "mb_coaching", "field_headings": ["student_id", "original_email"]}] == [
            config.model_dump() for config in view.orgs_config
        ]
        assert "opaque" == view.student_id

    def test_columns_only(self):
        """`orgs` may be empty if all have columns."""
        assert ([], 1) == ((view := self.view("mb_coaching")).orgs, len(view.orgs_config))

    def test_after_retire(self):
        """It shows the originals of the making, whatever the account is called now."""
        state = erased(reported(working()))
        assert "ada" == self.view(state=state).original_username

    def test_gone(self):
        """There is nothing to show."""
        state = reported(working())
        with pytest.raises(NoRowError):
            partner_row_view(working(), state.report, "opaque", COLUMNS)
