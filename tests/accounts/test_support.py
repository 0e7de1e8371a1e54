"""What staff decide about an account (spec 50, section 3)."""

import pytest

from chalicelib.accounts.access import (
    Hashed,
    PasswordChangedError,
    log_in,
    may_be_spoken_for,
    may_reset,
    set_password,
)
from chalicelib.accounts.context import Context
from chalicelib.accounts.errors import FieldErrors, NothingPendingError
from chalicelib.accounts.rules.fault import RuleError
from chalicelib.accounts.support import (
    COMMENT_CHARACTERS,
    OwnAccountError,
    SupportRefusedError,
    change_rights,
    comment_rule,
    disable,
    enable,
    is_about_disabling,
    refuse_name,
)
from chalicelib.events.event import Actor, Proof, Role
from chalicelib.identity.permissions import Permission
from tests.support.accounts import ADA, BOB, account
from tests.support.clock import NOON
from tests.support.retirements import after, erased, left, working

KNOWN = frozenset(Permission)
STAFF = Context(NOON, Actor(account=BOB, role=Role.STAFF, proof=Proof.TOKEN), "r")
OWN = Context(NOON, Actor(account=ADA, role=Role.OWNER, proof=Proof.TOKEN), "r")
GONE = [left(), working(), erased(working())]


def disabled(**fields):
    """An account that staff have disabled."""
    before = account(**fields)
    return after(before, disable(before, "why", STAFF))


def changed(before, **patch):
    """The account after its rights were changed."""
    return after(before, change_rights(before, patch, KNOWN, STAFF))


class TestDisabling:
    """Nobody can log in, and every token is dead; nothing else changes."""

    def test_one_event(self):
        """One event, with the comment and by whom."""
        (event,) = disable(account(), "why", STAFF).events
        assert ("AccountDisabled", "why", BOB) == (type(event).__name__, event.comment, event.actor.account)
        assert is_about_disabling(event)

    def test_what_changes(self):
        """The way in, and nothing that a reader sees."""
        before = account(credential="c", kept_session="s")
        state = after(before, disable(before, "", STAFF))
        assert (True, None) == (state.disabled, state.kept_session)
        assert state.token_generation > before.token_generation
        way_in = {"disabled", "kept_session", "token_generation", "version", "way_in"}
        assert before.model_dump(exclude=way_in) == state.model_dump(exclude=way_in)

    @pytest.mark.parametrize("generation", range(5))
    def test_no_token_is_accepted(self, generation):
        """Neither an old generation nor one to come, nor the session that was kept."""
        state = disabled(token_generation=1, kept_session="s")
        assert not state.accepts_token(generation, "s")

    def test_no_login(self):
        """The right password is refused, also by who had begun before; no client, no reset."""
        state = disabled(credential="c")
        with pytest.raises(PasswordChangedError):
            log_in(state, "session", "c", STAFF)
        assert not may_be_spoken_for(state)
        assert not may_reset(state)

    def test_twice(self):
        """Who is disabled is not disabled again."""
        with pytest.raises(SupportRefusedError):
            disable(disabled(), "", STAFF)

    def test_a_password_does_not_enable(self):
        """A new password leaves an account disabled."""
        before = disabled(credential="c")
        state = after(before, set_password(before, Hashed("hash", "d"), STAFF))
        assert state.disabled
        with pytest.raises(PasswordChangedError):
            log_in(state, "session", "d", STAFF)


class TestEnabling:
    """The owner may log in again; what ended stays ended."""

    def test_one_event(self):
        """One event, and the account is as it was but for what had ended."""
        before = account(credential="c")
        state = after(before, disable(before, "", STAFF))
        decision = enable(state, "sorry", STAFF)
        (event,) = decision.events
        assert ("AccountEnabled", "sorry") == (type(event).__name__, event.comment)
        assert is_about_disabling(event)
        enabled = after(state, decision)
        assert not enabled.disabled
        assert may_be_spoken_for(enabled)
        assert 1 == len(log_in(enabled, "session", "c", STAFF).events)

    def test_old_tokens_stay_dead(self):
        """No generation and no session from before is accepted again."""
        before = account(token_generation=4, kept_session="s")
        state = after(before, disable(before, "", STAFF))
        enabled = after(state, enable(state, "", STAFF))
        assert not any(enabled.accepts_token(generation, "s") for generation in range(5))
        assert enabled.accepts_token(enabled.token_generation, "new")

    def test_who_is_not_disabled(self):
        """There is nothing to enable."""
        with pytest.raises(SupportRefusedError):
            enable(account(), "", STAFF)


@pytest.mark.parametrize("decide", [disable, enable])
class TestRefusals:
    """Oneself, and who is retired."""

    def test_oneself(self, decide):
        """Nobody disables or enables their own account."""
        for state in (account(), disabled()):
            with pytest.raises(OwnAccountError):
                decide(state, "", OWN)

    @pytest.mark.parametrize("state", GONE)
    def test_retired(self, decide, state):
        """Who has left is neither disabled nor enabled."""
        with pytest.raises(SupportRefusedError):
            decide(state, "", STAFF)

    def test_retired_while_disabled(self, decide):
        """Nor who was disabled before leaving."""
        with pytest.raises(SupportRefusedError):
            decide(left(disabled=True), "", STAFF)


class TestComments:
    """Any text within bounds."""

    @pytest.mark.parametrize("comment", ["", " ", "x" * COMMENT_CHARACTERS, "😀 שלום", "a\nb"])
    def test_taken(self, comment):
        """As it was written."""
        assert comment == comment_rule(comment)

    @pytest.mark.parametrize(
        "comment", [None, 5, True, [], {}, "x" * (COMMENT_CHARACTERS + 1), "a\0b", "\ud800"], ids=lambda c: repr(c)[:9]
    )
    def test_refused(self, comment):
        """What is no text, or cannot be stored."""
        with pytest.raises(RuleError):
            comment_rule(comment)


class TestRights:
    """Flags, permissions and organisations."""

    @pytest.mark.parametrize(
        ("patch", "expected"),
        [
            ({"is_active": False}, {"active": False}),
            ({"is_staff": True}, {"staff": True}),
            ({"is_superuser": True}, {"superuser": True}),
            ({"permissions": ["can_retire_user"]}, {"permissions": ("can_retire_user",)}),
            ({"orgs": ["edX", "", "edX"]}, {"orgs": ("edX",)}),
        ],
    )
    def test_each(self, patch, expected):
        """Each right alone; nothing else changes."""
        before = account()
        state = changed(before, **patch)
        assert {**before.model_dump(), **expected, "version": before.version + 1} == state.model_dump()

    def test_only_what_changed(self):
        """The event has what changed, before and after, and nothing that stays."""
        before = account(staff=True, orgs=("edX",))
        (event,) = change_rights(before, {"is_staff": True, "is_superuser": True, "orgs": ["edX"]}, KNOWN, STAFF).events
        assert ({"is_superuser": False}, {"is_superuser": True}) == (dict(event.before), dict(event.after))
        assert (None, None) == (event.orgs_before, event.orgs_after)

    def test_organisations_taken_away(self):
        """An empty list is a change from what was there."""
        (event,) = change_rights(account(orgs=("edX",)), {"orgs": []}, KNOWN, STAFF).events
        assert (("edX",), ()) == (event.orgs_before, event.orgs_after)

    @pytest.mark.parametrize("patch", [{}, {"is_active": True}, {"permissions": []}, {"orgs": []}])
    def test_nothing_new(self, patch):
        """What is so already is no event."""
        assert () == change_rights(account(), patch, KNOWN, STAFF).events

    def test_an_activated_account_has_no_open_link(self):
        """Whoever is activated here needs the mailed link no more."""
        state = changed(account(active=False, activation="a" * 64), is_active=True)
        assert (True, None) == (state.active, state.activation)

    @pytest.mark.parametrize("name", ["username", "email", "staff", "active", "profile", "", "IS_STAFF"])
    def test_other_keys(self, name):
        """Every key that cannot be changed here is named."""
        with pytest.raises(FieldErrors) as refused:
            change_rights(account(), {name: True, "is_staff": True}, KNOWN, STAFF)
        assert {name} == set(refused.value.faults)

    def test_all_faults_at_once(self):
        """Every fault is told, the unknown keys too."""
        patch = {"is_staff": 1, "is_active": None, "permissions": ["can_fly"], "orgs": "x", "bio": "x"}
        with pytest.raises(FieldErrors) as refused:
            change_rights(account(), patch, KNOWN, STAFF)
        assert set(patch) == set(refused.value.faults)

    def test_ones_own_superuser(self):
        """Nobody takes it from themselves; others may, and one's own other rights may go."""
        before = account(superuser=True, staff=True)
        with pytest.raises(FieldErrors):
            change_rights(before, {"is_superuser": False}, KNOWN, OWN)
        assert not changed(before, is_superuser=False).superuser
        assert not after(before, change_rights(before, {"is_staff": False}, KNOWN, OWN)).staff

    @pytest.mark.parametrize("state", GONE)
    def test_retired(self, state):
        """Who has left gets no rights back."""
        for patch in ({"is_active": True}, {"is_staff": True}, {"orgs": ["edX"]}):
            with pytest.raises(SupportRefusedError):
                change_rights(state, patch, KNOWN, STAFF)


class TestRefusingAName:
    """A name that was asked for, refused."""

    def test_one_event(self):
        """Nothing is pending, and the name is as it was; the event has name and comment."""
        before = account(pending_name="Wish", name_requested=NOON, asked_for_name=True)
        decision = refuse_name(before, "why", STAFF)
        (event,) = decision.events
        assert ("NameChangeRefused", "Wish", "why") == (type(event).__name__, event.name, event.comment)
        state = after(before, decision)
        assert (None, None, before.profile) == (state.pending_name, state.name_requested, state.profile)
        assert not is_about_disabling(event)

    def test_nothing_pending(self):
        """There must be one."""
        with pytest.raises(NothingPendingError):
            refuse_name(account(), "", STAFF)
