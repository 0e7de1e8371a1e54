"""Logging in and revoking, as decisions."""

import pytest

from chalicelib.accounts.access import PasswordChangedError, Hashed, log_in, revoke_tokens
from chalicelib.events.aggregate import CredentialChange
from tests.support.accounts import CONTEXT, account


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
