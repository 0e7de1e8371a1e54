"""Folding events into an account."""

from datetime import timedelta

import pytest

from chalicelib.accounts.account import Account
from chalicelib.accounts.aggregate import AccountAggregate
from chalicelib.accounts.fold import NotFirstError, fold
from chalicelib.events.access import LoggedIn, TokensRevoked
from chalicelib.events.catalogue import EVENT_TYPES
from chalicelib.events.claims import Claim, ClaimKind
from chalicelib.events.profile import Profile, ProfileUpdated
from chalicelib.events.registration import AccountActivated, AccountProvisioned, AccountRegistered, SocialLogin
from tests.support.accounts import ADA, CONTEXT, account

REGISTERED = AccountRegistered(
    **CONTEXT.first(ADA),
    number=7,
    activation="d" * 64,
    credential="c" * 64,
    username="ada",
    email="ada@example.com",
    profile=Profile(name="Ada", bio="b"),
)
PROVISIONED = AccountProvisioned(
    **CONTEXT.first(ADA),
    number=8,
    active=True,
    staff=True,
    superuser=True,
    permissions=("can_retire_user",),
    credential=None,
    username="ada",
    email="ada@example.com",
    profile=Profile(name="Ada"),
    preferences={"pref-lang": "sv"},
    orgs=("mb",),
    social_logins=(SocialLogin(provider="p", uid="u"),),
)


def test_registered():
    """Who registered is inactive, with an open activation link, and nothing else but what was said."""
    assert Account(
        id=ADA,
        version=1,
        number=7,
        joined=CONTEXT.now,
        activation="d" * 64,
        credential="c" * 64,
        own_username="ada",
        own_email="ada@example.com",
        profile=Profile(name="Ada", bio="b"),
    ) == fold(None, REGISTERED)


def test_provisioned():
    """Who was provisioned is what the superuser said, without a link."""
    assert Account(
        id=ADA,
        version=1,
        number=8,
        joined=CONTEXT.now,
        active=True,
        staff=True,
        superuser=True,
        permissions=("can_retire_user",),
        own_username="ada",
        own_email="ada@example.com",
        profile=Profile(name="Ada"),
        preferences={"pref-lang": "sv"},
        orgs=("mb",),
        social_logins=(SocialLogin(provider="p", uid="u"),),
    ) == fold(None, PROVISIONED)


def test_activated():
    """Activation makes active and closes the link."""
    state = fold(fold(None, REGISTERED), AccountActivated(**CONTEXT.next(fold(None, REGISTERED))))
    assert (True, None, 2) == (state.active, state.activation, state.version)


def test_logged_in():
    """A login sets `last_login`; the fingerprint stays unless the password was hashed anew."""
    before = account(credential="old")
    later = CONTEXT.now + timedelta(hours=1)
    stamp = CONTEXT.next(before) | {"at": later}
    assert (later, "old") == (
        (state := fold(before, LoggedIn(**stamp, session="s"))).last_login,
        state.credential,
    )
    assert "new" == fold(before, LoggedIn(**stamp, session="s", credential="new")).credential


def test_tokens_revoked():
    """Each revocation begins a new generation of tokens, and only its own kept session goes on."""
    first = fold(account(), TokensRevoked(**CONTEXT.next(account()), kept="s1"))
    second = fold(first, TokensRevoked(**CONTEXT.next(first)))
    assert (1, "s1") == (first.token_generation, first.kept_session)
    assert (2, None) == (second.token_generation, second.kept_session)
    assert first.accepts_token(0, "s1")
    assert first.accepts_token(1, "s2")
    assert not first.accepts_token(0, "s2")
    assert not second.accepts_token(0, "s1")
    assert not second.accepts_token(1, "s2")


def test_no_token_of_the_future():
    """A token of a generation that has not begun does not count, not even the kept session's."""
    state = account(token_generation=1, kept_session="s")
    assert not state.accepts_token(2, "s")


def test_profile_updated_sets_what_it_names():
    """Fields that the event does not name stay; a preference of null is removed."""
    before = account(profile={"bio": "b", "goals": "g"}, preferences={"a": "1", "b": "2"})
    event = ProfileUpdated(
        **CONTEXT.next(before),
        fields=("bio", "preferences"),
        before={"bio": "b"},
        after={"bio": None},
        preferences_before={"a": "1"},
        preferences_after={"a": None, "c": "3"},
    )
    state = fold(before, event)
    assert (None, "g", {"b": "2", "c": "3"}) == (state.profile.bio, state.profile.goals, state.preferences)


def test_the_state_before_is_untouched():
    """Folding changes no state in place."""
    before = account(preferences={"a": "1"})
    copy = before.model_copy(deep=True)
    fold(before, ProfileUpdated(**CONTEXT.next(before), fields=("preferences",), preferences_after={"a": None}))
    assert copy == before


@pytest.mark.parametrize("beginning", [REGISTERED, PROVISIONED])
def test_an_account_begins_once(beginning):
    """A beginning is refused as a later event."""
    with pytest.raises(NotFirstError):
        fold(account(), beginning)


@pytest.mark.parametrize(
    "event",
    [
        AccountActivated(**CONTEXT.first(ADA)),
        ProfileUpdated(**CONTEXT.first(ADA), fields=()),
        LoggedIn(**CONTEXT.first(ADA), session="s"),
        TokensRevoked(**CONTEXT.first(ADA)),
    ],
)
def test_only_a_beginning_comes_first(event):
    """Anything else is refused as the first event."""
    with pytest.raises(NotFirstError):
        fold(None, event)


def test_every_event_type_folds():
    """There is a fold for each type of the catalogue."""
    from chalicelib.accounts import fold as module

    assert set(EVENT_TYPES.values()) == set(module._BEGINNINGS) | set(module._CHANGES)


def test_claims():
    """An account claims its username, its address and its number."""
    assert {
        Claim(ClaimKind.USERNAME, "ada"),
        Claim(ClaimKind.EMAIL, "ada@example.com"),
        Claim(ClaimKind.NUMBER, "7"),
    } == AccountAggregate().claims(account())
