"""What leaving comes to (spec 20, section 5)."""

import pytest

from chalicelib.accounts.aggregate import AccountAggregate
from chalicelib.events.aggregate import CredentialChange
from chalicelib.events.claims import Claim, ClaimKind
from chalicelib.events.classification import Purpose
from chalicelib.events.registration import SocialLogin
from chalicelib.retirement.cancelling import UnknownPassword, cancel
from chalicelib.retirement.errors import AlreadyLeavingError
from chalicelib.retirement.leaving import leave, require_not_leaving
from tests.support.accounts import WORKER_CONTEXT as CONTEXT
from tests.support.accounts import account
from tests.support.retirements import NAMES, ROW, STATES, after, left

LOGINS = (
    SocialLogin(provider="google", uid="ada@gmail", extra_data='{"x": 1}'),
    SocialLogin(provider="github", uid="ada"),
)
BUSY = {
    "credential": "c",
    "token_generation": 3,
    "kept_session": "s",
    "activation": "a",
    "email_key": "k",
    "pending_email": "new@example.com",
    "secondary_email_key": "k2",
    "pending_secondary_email": "newer@example.com",
    "recovery_email": "old@example.com",
    "social_logins": LOGINS,
    "pending_name": "Ada L",
    "name_requested": CONTEXT.now,
    "preferences": {"pref-lang": "sv"},
    "orgs": ("edX",),
}


def decided(**fields):
    return leave(account(**fields), ROW, STATES, NAMES, CONTEXT)


def test_one_event():
    """Somebody without linked logins leaves with one event, the row's number and its first state."""
    (event,) = decided().events
    assert ("RetirementRequested", ROW, "PENDING", 4) == (
        type(event).__name__,
        event.row,
        event.state,
        event.version,
    )


def test_the_password_goes_and_the_row_gets_a_key():
    """The password hash is deleted, and what is personal in the row is sealed with a key of its own."""
    decision = decided()
    assert CredentialChange(None) == decision.credential
    assert ({Purpose.RETIREMENT: ROW}, frozenset()) == (decision.begins, decision.ends)


def test_the_row():
    """It is in the first state twice over, and made now."""
    row = left().row
    assert (ROW, "PENDING", "PENDING", CONTEXT.now, CONTEXT.now, 4, False) == (
        row.number,
        row.state,
        row.last_state,
        row.created,
        row.modified,
        row.since,
        row.misc_done,
    )


def test_the_originals():
    """The account as it was: name, address and username."""
    originals = left(profile={"name": "Ada Lovelace"}).originals
    assert ("ada", "ada@example.com", "Ada Lovelace") == (originals.username, originals.email, originals.name)


def test_what_goes():
    """Address, password, tokens, sessions, the activation link, the open links and the recovery address."""
    state = left(**BUSY)
    assert NAMES.email("ada@example.com").text == state.email
    assert (None, 4, None) == (state.credential, state.token_generation, state.kept_session)
    assert [None] * 6 == [
        state.activation,
        state.email_key,
        state.pending_email,
        state.secondary_email_key,
        state.pending_secondary_email,
        state.recovery_email,
    ]
    assert ((), None) == (state.social_logins, state.secondary_email)
    assert not state.accepts_token(3, "s")


@pytest.mark.parametrize("active", [True, False])
def test_what_stays(active):
    """Username, profile, preferences, the requested name and `is_active` stay until later steps."""
    before = account(active=active, profile={"bio": "b"}, **BUSY)
    state = left(active=active, profile={"bio": "b"}, **BUSY)
    for name in ("username", "profile", "preferences", "pending_name", "name_requested", "active", "orgs", "number"):
        assert getattr(before, name) == getattr(state, name), name


def test_linked_logins_are_overwritten_then_deleted():
    """First an event with values that say nothing, numbered, then one that deletes them (R9)."""
    redacted, deleted, requested = decided(social_logins=LOGINS).events
    assert [
        ("google", "redacted-before-delete-1@safe.com", "{}"),
        ("github", "redacted-before-delete-2@safe.com", "{}"),
    ] == [(login.provider, login.uid, login.extra_data) for login in redacted.logins]
    assert ["SocialLoginsRedacted", "SocialLoginsDeleted", "RetirementRequested"] == [
        type(event).__name__ for event in (redacted, deleted, requested)
    ]
    assert [4, 5, 6] == [redacted.version, deleted.version, requested.version]


def test_names_and_addresses_count_as_taken():
    """From now on the digits are claimed, and the originals lead to the row."""
    state = left()
    assert {
        Claim(ClaimKind.USERNAME, "ada"),
        Claim(ClaimKind.EMAIL, state.retired_email),
        Claim(ClaimKind.NUMBER, "7"),
        Claim(ClaimKind.ROW, str(ROW)),
        Claim(ClaimKind.ORIGINAL_USERNAME, "ada"),
        Claim(ClaimKind.ORIGINAL_EMAIL, "ada@example.com"),
        Claim(ClaimKind.RETIRED_USERNAME, NAMES.username("ada").digits),
        Claim(ClaimKind.RETIRED_EMAIL, NAMES.email("ada@example.com").digits),
    } == AccountAggregate().claims(state)


def test_twice():
    """Who has left cannot leave again; who came back can, with another row."""
    with pytest.raises(AlreadyLeavingError):
        leave(left(), ROW + 1, STATES, NAMES, CONTEXT)
    back = after(left(), cancel(left(), ROW, UnknownPassword("hash", "c2"), CONTEXT))
    require_not_leaving(back)
    again = after(back, leave(back, ROW + 1, STATES, NAMES, CONTEXT))
    assert (ROW + 1, "PENDING") == (again.row.number, again.row.state)
