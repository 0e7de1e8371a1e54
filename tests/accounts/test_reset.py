"""Resetting a password as a decision, and what kills a link (spec 40, section 7)."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.accounts.access import (
    Hashed,
    ResetLink,
    log_in,
    may_reset,
    require_open,
    reset_password,
    revoke_tokens,
    set_password,
)
from chalicelib.accounts.account import Account
from chalicelib.accounts.errors import DeadLinkError
from chalicelib.accounts.fold import CHANGES_THE_WAY_IN, fold
from chalicelib.accounts.registration import request_activation
from chalicelib.events.access import PasswordReset
from chalicelib.events.addresses import (
    EmailChangeConfirmed,
    EmailChangeRequested,
    SecondaryEmailConfirmed,
    SecondaryEmailRequested,
)
from chalicelib.events.aggregate import CredentialChange
from chalicelib.events.event import Event
from chalicelib.events.names import UsernameReplaced
from chalicelib.events.profile import ProfileUpdated
from chalicelib.events.registration import AccountActivated
from chalicelib.retirement.cancelling import UnknownPassword, cancel
from chalicelib.retirement.deactivation import deactivate
from chalicelib.retirement.leaving import leave
from tests.support.accounts import ADA, BOB, CONTEXT, WORKER_CONTEXT, account
from tests.support.clock import NOON
from tests.support.retirements import NAMES, ROW, STATES, after, erased, left, moved, working

HASHED = Hashed("$argon2id$new", "new")
LATER = NOON + timedelta(days=3)
RECOVERY = "recovery@example.org"


def link(state: Account, **changes: Any) -> ResetLink:
    """An open link of an account."""
    standard: dict[str, Any] = {"account": ADA, "way_in": state.way_in, "to_recovery": False, "expires": LATER}
    return ResetLink(**standard | changes)


def ada(**fields: Any) -> Account:
    """An account with a password."""
    return account(**{"credential": "old"} | fields)


def reset(state: Account, used: ResetLink | None = None, kept: str | None = None) -> Account:
    """The account after a reset."""
    return after(state, reset_password(state, used or link(state), HASHED, kept, CONTEXT))


def test_one_event():
    """One event with the fingerprint; the hash stands beside it, and neither text shows it."""
    decision = reset_password(ada(), link(ada()), HASHED, None, CONTEXT)
    (event,) = decision.events
    assert ("PasswordReset", "new", False, None) == (
        type(event).__name__,
        event.credential,
        event.activated,
        event.kept,
    )
    assert (None, None) == (event.before, event.after)
    assert CredentialChange("$argon2id$new") == decision.credential
    assert "argon2id" not in repr(decision)


def test_everything_before_is_over():
    """Password, tokens, the lockout's account, activation and the links of addresses that were asked for."""
    asked = {"email_key": "k", "pending_email": "p@example.com"}
    asked |= {"secondary_email_key": "s", "pending_secondary_email": "s@example.com"}
    before = ada(active=False, activation="a", token_generation=4, kept_session="s", recovery_email=None, **asked)
    state = reset(before)
    assert (True, None, "new", 5, None) == (
        state.active,
        state.activation,
        state.credential,
        state.token_generation,
        state.kept_session,
    )
    assert [None] * 4 == [getattr(state, name) for name in asked]
    assert not any(state.accepts_token(generation, "s") for generation in range(5))
    assert 1 == len(log_in(state, "session", "new", CONTEXT).events)


def test_the_kept_session_goes_on():
    """The one that set the password, and no other one."""
    state = reset(ada(token_generation=2), kept="s")
    assert (True, False, True) == (
        state.accepts_token(2, "s"),
        state.accepts_token(2, "other"),
        state.accepts_token(3, "other"),
    )
    assert not after(state, revoke_tokens(state, CONTEXT)).accepts_token(2, "s")


@pytest.mark.parametrize("active", [True, False])
def test_the_event_says_whether_it_activated(active: bool):
    """So the feed can tell."""
    (event,) = reset_password(ada(active=active), link(ada()), HASHED, None, CONTEXT).events
    assert (not active, ("is_active",) * (not active)) == (event.activated, event.changed_fields())


def test_a_recovery_address_becomes_the_address():
    """And is the recovery address no longer; the event has both addresses, which are personal."""
    before = ada(recovery_email=RECOVERY)
    (event,) = reset_password(before, link(before, to_recovery=True), HASHED, None, CONTEXT).events
    assert ("ada@example.com", RECOVERY) == (event.before, event.after)
    assert ("email", "secondary_email") == event.changed_fields()
    state = fold(before, event)
    assert (RECOVERY, None) == (state.email, state.recovery_email)


def test_the_recovery_address_stays_otherwise():
    """A link to the address itself leaves an active account's recovery address."""
    assert RECOVERY == reset(ada(recovery_email=RECOVERY)).recovery_email


def test_a_recovery_address_from_before_the_activation_goes():
    """Nobody had shown before that the address is theirs: what was set then is not the holder's."""
    assert reset(ada(active=False, recovery_email=RECOVERY)).recovery_email is None


class TestDead:
    """Links that do not count."""

    @pytest.mark.parametrize(
        "changes",
        [
            {"account": BOB},
            {"way_in": 2},
            {"expires": NOON},
            {"expires": NOON - timedelta(days=1)},
            {"to_recovery": True},
        ],
    )
    def test_by_itself(self, changes: dict[str, Any]):
        """Another account's, an older one, one that has run out, and one to a recovery address that is gone."""
        with pytest.raises(DeadLinkError):
            reset_password(ada(), link(ada(), **changes), HASHED, None, CONTEXT)

    def test_to_the_moment(self):
        """A link that runs out at noon and a microsecond still works at noon."""
        soon = link(ada(), expires=NOON + timedelta(microseconds=1))
        assert 1 == len(reset_password(ada(), soon, HASHED, None, CONTEXT).events)

    def test_a_second_use(self):
        """The link that set the password is dead."""
        used = link(ada())
        with pytest.raises(DeadLinkError):
            require_open(reset(ada(), used), used, NOON)

    @pytest.mark.parametrize("state", [account(), account(credential=None, deactivated=True)])
    def test_without_a_password(self, state: Account):
        """An account that has none, or none any more, gets no link and none counts."""
        assert not may_reset(state)
        with pytest.raises(DeadLinkError):
            require_open(state, link(state), NOON)

    @pytest.mark.parametrize("state", [left(credential="c"), working(credential="c"), erased(working(credential="c"))])
    def test_who_has_left(self, state: Account):
        """From the moment of leaving."""
        assert not may_reset(state)
        with pytest.raises(DeadLinkError):
            require_open(state, link(state), NOON)

    def test_a_link_from_before_leaving_stays_dead_after_cancelling(self):
        """Who comes back asks anew, and may."""
        before = ada()
        gone = after(before, leave(before, ROW, STATES, NAMES, CONTEXT))
        back = after(gone, cancel(gone, ROW, UnknownPassword("random hash", "random"), WORKER_CONTEXT))
        assert may_reset(back)
        with pytest.raises(DeadLinkError):
            require_open(back, link(before), NOON)
        assert "new" == reset(back).credential

    def test_a_link_while_aborted(self):
        """A retirement that was aborted has not been cancelled."""
        assert not may_reset(moved(left(credential="c"), "ABORTED"))


def confirmed(state: Account) -> Event:
    """The account's address has changed."""
    return EmailChangeConfirmed(**CONTEXT.next(state), before=state.email, after="new@example.com")


def secondary_confirmed(state: Account) -> Event:
    """The account has another recovery address."""
    return SecondaryEmailConfirmed(**CONTEXT.next(state), before=None, after=RECOVERY)


KILLERS = {
    "password set": lambda state: set_password(state, HASHED, CONTEXT).events[0],
    "password reset": lambda state: reset_password(state, link(state), HASHED, None, CONTEXT).events[0],
    "deactivated": lambda state: deactivate(state, CONTEXT).events[0],
    "left": lambda state: leave(state, ROW, STATES, NAMES, CONTEXT).events[-1],
    "address confirmed": confirmed,
    "recovery address confirmed": secondary_confirmed,
}


@pytest.mark.parametrize("kill", KILLERS.values(), ids=KILLERS)
def test_what_kills_a_link(kill):
    """Every other way of changing who gets in."""
    before = ada()
    event = kill(before)
    state = fold(before, event)
    assert event.version == state.way_in
    with pytest.raises(DeadLinkError):
        require_open(state, link(before), NOON)


SPARERS = {
    "login": lambda state: log_in(state, "session", "old", CONTEXT).events[0],
    "login with a new hash": lambda state: log_in(state, "s", "old", CONTEXT, Hashed("h", "re")).events[0],
    "tokens revoked": lambda state: revoke_tokens(state, CONTEXT).events[0],
    "activated": lambda state: AccountActivated(**CONTEXT.next(state)),
    "activation asked for": lambda state: request_activation(state, "d", CONTEXT).events[0],
    "address asked for": lambda state: EmailChangeRequested(**CONTEXT.next(state), address="n@example.com", key="k"),
    "recovery address asked for": lambda state: SecondaryEmailRequested(
        **CONTEXT.next(state), address="n@example.com", key="k"
    ),
    "profile": lambda state: ProfileUpdated(
        **CONTEXT.next(state), fields=("bio",), before={"bio": None}, after={"bio": "b"}
    ),
    "renamed": lambda state: UsernameReplaced(**CONTEXT.next(state), before="ada", after="eve"),
}


@pytest.mark.parametrize("event_of", SPARERS.values(), ids=SPARERS)
def test_what_leaves_a_link(event_of):
    """Nobody can kill a person's link by what changes no way in."""
    before = ada(active=False)
    state = fold(before, event_of(before))
    require_open(state, link(before), NOON)
    assert before.way_in == state.way_in


def test_every_event_that_touches_a_way_in_is_listed():
    """Whatever changes password, address or recovery address of a full account kills its links."""
    fields = ("credential", "own_email", "recovery_email")
    before = ada(recovery_email="other@example.org")
    for kill in KILLERS.values():
        event = kill(before)
        state = fold(before, event)
        touched = any(getattr(before, name) != getattr(state, name) for name in fields)
        assert touched
        assert type(event) in CHANGES_THE_WAY_IN
    assert PasswordReset in CHANGES_THE_WAY_IN
