"""Logging in and revoking, as decisions."""

import pytest

from chalicelib.accounts.access import (
    Hashed,
    PasswordChangedError,
    RetiredAccountError,
    log_in,
    revoke_tokens,
    set_password,
)
from chalicelib.accounts.fold import fold
from chalicelib.events.aggregate import CredentialChange
from chalicelib.retirement.cancelling import UnknownPassword, cancel
from chalicelib.retirement.cleanup import Redaction, clean_up
from tests.support.accounts import WORKER_CONTEXT as CONTEXT
from tests.support.accounts import account
from tests.support.retirements import ROW, after, erased, left, moved, working


def test_log_in():
    """A login is one event with the session, and leaves the password alone."""
    decision = log_in(account(credential="c"), "session", "c", CONTEXT)
    assert ["LoggedIn"] == [type(event).__name__ for event in decision.events]
    assert ("session", None) == (decision.events[0].session, decision.events[0].credential)
    assert decision.credential is None


def test_log_in_with_a_new_hash():
    """A password hashed anew is stored with the login, and the event has its fingerprint."""
    decision = log_in(account(credential="c"), "session", "c", CONTEXT, Hashed("$argon2id$new", "d"))
    assert "d" == decision.events[0].credential
    assert CredentialChange("$argon2id$new") == decision.credential


@pytest.mark.parametrize("present", ["other", None])
def test_a_password_that_was_changed_meanwhile(present):
    """A login with what is not the account's password any more is refused."""
    with pytest.raises(PasswordChangedError):
        log_in(account(credential=present), "session", "c", CONTEXT)


def test_revoke():
    """Revoking is one event, which names the session that goes on."""
    assert "s" == revoke_tokens(account(), CONTEXT, kept="s").events[0].kept
    assert revoke_tokens(account(), CONTEXT).events[0].kept is None


def test_hashes_are_not_shown():
    """No hash appears in the text of a decision or of what leads to it."""
    rehashed = Hashed("$argon2id$secret", "d")
    decision = log_in(account(credential="c"), "session", "c", CONTEXT, rehashed)
    assert "secret" not in repr(rehashed) + repr(decision)


class TestSettingAPassword:
    """A password by the domain's own command: the way back after cancelling (spec 20, section 11)."""

    def test_one_event(self):
        """The event has the fingerprint, the hash stands beside it; a login with it is right from then on."""
        before = account(credential="old", deactivated=True)
        decision = set_password(before, Hashed("$argon2id$new", "new"), CONTEXT)
        (event,) = decision.events
        assert ("PasswordSet", "new") == (type(event).__name__, event.credential)
        assert CredentialChange("$argon2id$new") == decision.credential
        state = fold(before, event)
        assert ("new", False) == (state.credential, state.deactivated)
        assert 1 == len(log_in(state, "session", "new", CONTEXT).events)

    def test_without_one(self):
        """An account that never had a password gets one."""
        assert "new" == set_password(account(), Hashed("hash", "new"), CONTEXT).events[0].credential

    @pytest.mark.parametrize(
        "state",
        [
            left(),
            working(),
            erased(working()),
            after(done := moved(left(), "COMPLETE"), clean_up(done, ROW, Redaction(), CONTEXT)),
        ],
        ids=["left", "working", "erased", "cleaned up"],
    )
    def test_who_has_left_gets_none(self, state):
        """From the moment of leaving and for ever."""
        with pytest.raises(RetiredAccountError):
            set_password(state, Hashed("hash", "new"), CONTEXT)

    def test_who_stays_after_all_gets_one(self):
        """After cancelling a password is the way back in."""
        state = after(left(), cancel(left(), ROW, UnknownPassword("random hash", "random"), CONTEXT))
        assert "new" == after(state, set_password(state, Hashed("hash", "new"), CONTEXT)).credential
