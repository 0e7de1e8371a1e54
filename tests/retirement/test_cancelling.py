"""Cancelling, and what support is told of it (spec 20, section 11)."""

from datetime import timedelta

import pytest

from chalicelib.accounts.access import Hashed, PasswordChangedError, log_in, set_password
from chalicelib.accounts.aggregate import AccountAggregate
from chalicelib.events.aggregate import CredentialChange
from chalicelib.events.claims import Claim, ClaimKind
from chalicelib.events.classification import Purpose
from chalicelib.retirement.cancelling import UnknownPassword, can_be_cancelled, cancel
from chalicelib.retirement.cleanup import Redaction, clean_up
from chalicelib.retirement.deactivation import deactivate
from chalicelib.retirement.errors import CancelRefusedError, NoRowError
from tests.support.accounts import WORKER_CONTEXT as CONTEXT
from tests.support.accounts import account
from tests.support.retirements import ROW, STATES, after, erased, handed_out, left, moved, reported, working

PASSWORD = UnknownPassword("random hash", "random")


def cancelled(state=None, **more):
    state = state or left(credential="old")
    return after(state, cancel(state, ROW, PASSWORD, CONTEXT, **more))


def test_one_event():
    """The row's number, the address, and the fingerprint of a password that nobody knows."""
    decision = cancel(left(), ROW, PASSWORD, CONTEXT)
    (event,) = decision.events
    assert ("RetirementCancelled", ROW, "ada@example.com", "random") == (
        type(event).__name__,
        event.row,
        event.email,
        event.credential,
    )
    assert (CredentialChange("random hash"), frozenset({Purpose.RETIREMENT})) == (decision.credential, decision.ends)


def test_what_comes_back():
    """The original address; name, profile and preferences were never touched."""
    before = account(preferences={"a": "1"}, profile={"bio": "b"}, active=False)
    state = cancelled(left(preferences={"a": "1"}, profile={"bio": "b"}, active=False))
    for name in ("username", "email", "profile", "preferences", "active", "number"):
        assert getattr(before, name) == getattr(state, name), name


def test_what_goes():
    """Rows, originals, retired names, digits: nothing is retired any more."""
    state = cancelled(moved(handed_out(reported(working())), "PENDING"))
    assert (None, None, None, None) == (state.row, state.originals, state.partner_row, state.report)
    assert ("", "", (), ()) == (state.retired_username, state.retired_email, state.username_digits, state.email_digits)
    assert {
        Claim(ClaimKind.USERNAME, "ada"),
        Claim(ClaimKind.EMAIL, "ada@example.com"),
        Claim(ClaimKind.NUMBER, "7"),
    } == AccountAggregate().claims(state)


def test_what_does_not_come_back():
    """Recovery address, linked logins, pending changes and tokens."""
    before = left(recovery_email="r@example.com", pending_email="p@example.com", email_key="k", token_generation=3)
    state = cancelled(before)
    assert (None, None, None, ()) == (
        state.recovery_email,
        state.pending_email,
        state.email_key,
        state.social_logins,
    )
    assert not state.accepts_token(3, "any")


def test_the_keys_of_both_rows():
    """With a partner row its key is destroyed as well."""
    state = moved(reported(working()), "PENDING")
    assert {Purpose.RETIREMENT, Purpose.PARTNER} == cancel(state, ROW, PASSWORD, CONTEXT).ends


def test_the_old_password_stays_refused():
    """It is not the account's any more; another one can be set, and the account is no longer deactivated."""
    state = cancelled()
    with pytest.raises(PasswordChangedError):
        log_in(state, "s", "old", CONTEXT)
    state = after(state, set_password(state, Hashed("hash", "new"), CONTEXT))
    assert 1 == len(log_in(state, "s", "new", CONTEXT).events)


def test_deactivated_meanwhile():
    """Cancelling gives a usable password, so an account that was deactivated while it was leaving is so no longer."""
    before = after(left(), deactivate(left(), CONTEXT))
    state = cancelled(before)
    assert not state.deactivated
    assert 1 == len(deactivate(state, CONTEXT).events)


def test_another_address():
    """An operator may give the account another address than the original."""
    assert "other@example.com" == cancelled(email="other@example.com").email


@pytest.mark.parametrize("name", [name for name in STATES.names if name != "PENDING"])
def test_another_state(name):
    """Refused, and the text names the state; never the person."""
    with pytest.raises(CancelRefusedError) as refusal:
        cancel(moved(left(), name), ROW, PASSWORD, CONTEXT)
    assert name in refusal.value.message
    assert "ada" not in refusal.value.message


def test_erased():
    """PENDING by force after `retire`: there is nothing left to give back."""
    with pytest.raises(CancelRefusedError):
        cancel(moved(erased(working()), "PENDING"), ROW, PASSWORD, CONTEXT)


def test_misc_done():
    """PENDING by force after `retire_misc` only: the person may stay."""
    assert "ada@example.com" == cancelled(moved(working(), "PENDING")).email


def test_no_row():
    """None, another one, cancelled already, cleaned up."""
    complete = moved(left(), "COMPLETE")
    gone = after(complete, clean_up(complete, ROW, Redaction(), CONTEXT))
    for state, row in ((account(), ROW), (left(), ROW + 1), (cancelled(), ROW), (gone, ROW)):
        with pytest.raises(NoRowError):
            cancel(state, row, PASSWORD, CONTEXT)


class TestWhatSupportIsTold:
    """PENDING, younger than the cool-off, and not erased."""

    @pytest.mark.parametrize(
        ("age", "answer"),
        [
            (timedelta(0), True),
            (timedelta(days=14) - timedelta(microseconds=1), True),
            (timedelta(days=14), False),
            (timedelta(days=15), False),
        ],
        ids=str,
    )
    def test_age(self, age, answer):
        """Made less than 14 days ago: to the microsecond."""
        assert answer is can_be_cancelled(left(), CONTEXT.now + age, 14)

    @pytest.mark.parametrize("name", [name for name in STATES.names if name != "PENDING"])
    def test_another_state(self, name):
        """False, for cancelling would be refused (R11)."""
        assert not can_be_cancelled(moved(left(), name), CONTEXT.now, 14)

    def test_erased_or_gone(self):
        """False once the account is erased, and without a row."""
        assert not can_be_cancelled(moved(erased(working()), "PENDING"), CONTEXT.now, 14)
        assert not can_be_cancelled(account(), CONTEXT.now, 14)


def test_nothing_is_shown():
    """The hash is in no representation."""
    assert "random hash" not in repr(PASSWORD) + repr(cancel(left(), ROW, PASSWORD, CONTEXT))
