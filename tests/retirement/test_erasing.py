"""`retire_misc` and `retire` (spec 20, section 8 and its matrix 8.1)."""

import pytest

from chalicelib.accounts.account import Account
from chalicelib.accounts.aggregate import AccountAggregate
from chalicelib.accounts.policy import Policy
from chalicelib.accounts.view import ProfileImage, account_view
from chalicelib.accounts.visibility import needs_consent
from chalicelib.events.aggregate import CredentialChange, Decision
from chalicelib.events.claims import Claim, ClaimKind
from chalicelib.events.classification import Personal, Purpose, classes_of
from chalicelib.events.profile import Profile
from chalicelib.retirement.erasing import erase_misc, erase_profile, misc_is_due, profile_is_due
from chalicelib.retirement.errors import NoRowError, NotWorkingError
from tests.support.accounts import WORKER_CONTEXT as CONTEXT
from tests.support.accounts import YEAR, account
from tests.support.retirements import NAMES, ROW, STATES, after, erased, left, moved, working

PROFILE = {
    "name": "Ada",
    "first_name": "A",
    "last_name": "L",
    "bio": "b",
    "country": "SE",
    "gender": "f",
    "mailing_address": "m",
    "phone_number": "1",
    "year_of_birth": 1990,
    "city": "c",
    "level_of_education": "m",
    "goals": "g",
    "state": "MA",
    "language_proficiencies": ("sv",),
    "social_links": {"x": "https://x.com/a"},
    "extended_profile": {"beatle": "Ringo"},
}
FULL = {
    "profile": {name: value for name, value in PROFILE.items() if name in Profile.model_fields},
    "preferences": {"pref-lang": "sv", "visibility.bio": "all_users", "account_privacy": "custom"},
    "pending_name": "Ada L",
    "name_requested": CONTEXT.now,
    "orgs": ("edX", "MITx"),
    "staff": True,
    "superuser": True,
    "permissions": ("can_retire_user",),
    "last_login": CONTEXT.now,
}
NO_IMAGE = ProfileImage(has_image=False, image_url_full="", image_url_large="", image_url_medium="", image_url_small="")


class TestMisc:
    """`retire_misc`: the requested name."""

    def test_the_requested_name_goes(self):
        """One event without anything personal; nothing else of the account changes but that it is done."""
        before = working(**FULL)
        decision = erase_misc(before, ROW, STATES, CONTEXT)
        assert (["MiscellaneousDataErased"], None, frozenset()) == (
            [type(event).__name__ for event in decision.events],
            decision.credential,
            decision.ends,
        )
        state = after(before, decision)
        assert (None, None, True) == (state.pending_name, state.name_requested, state.row.misc_done)
        kept = {"version", "row", "pending_name", "name_requested"}
        assert before.model_dump(exclude=kept) == state.model_dump(exclude=kept)

    def test_again(self):
        """Once done, nothing more happens."""
        state = after(working(), erase_misc(working(), ROW, STATES, CONTEXT))
        assert not misc_is_due(state, ROW, STATES)
        assert Decision() == erase_misc(state, ROW, STATES, CONTEXT)

    def test_after_retire(self):
        """`retire` first does no harm: `retire_misc` is still to be done, for the sake of other services."""
        assert misc_is_due(erased(working()), ROW, STATES)


class TestProfile:
    """`retire`: everything personal."""

    def test_one_event_and_the_key(self):
        """It holds the organisations alone, the password goes, and the key of the profile is destroyed."""
        decision = erase_profile(working(**FULL), ROW, STATES, CONTEXT)
        (event,) = decision.events
        assert ("ProfileErased", ("edX", "MITx")) == (type(event).__name__, event.orgs)
        assert (CredentialChange(None), frozenset({Purpose.PROFILE})) == (decision.credential, decision.ends)

    def test_nothing_personal_is_left(self):
        """Every field that the profile's key seals is at its default, and every right is gone."""
        state, blank = erased(working(**FULL)), account()
        for name, mark in classes_of(Account).items():
            if mark is Personal:
                assert Account.model_fields[name].get_default(call_default_factory=True) == getattr(state, name), name
        assert (False, False, False, ()) == (state.active, state.staff, state.superuser, state.permissions)
        assert (None, None, None) == (state.name_requested, state.credential, state.kept_session)
        assert blank.token_generation < state.token_generation

    def test_what_is_kept(self):
        """The ids, when somebody joined and was last here, the row, its originals with the organisations."""
        before, state = working(**FULL), erased(working(**FULL))
        for name in ("id", "number", "joined", "last_login", "row", "username_digits", "email_digits"):
            assert getattr(before, name) == getattr(state, name), name
        assert ("ada", "ada@example.com", "Ada", ("edX", "MITx")) == (
            state.originals.username,
            state.originals.email,
            state.originals.name,
            state.originals.orgs,
        )
        assert ((), True) == (state.orgs, state.erased)

    def test_what_it_shows(self):
        """The full view of matrix 8.1: retired names, `""`, null, `[]`, no preferences, private, consent needed."""
        state = erased(working(**FULL))
        shown = account_view(state, NO_IMAGE, YEAR, Policy()).model_dump()
        expected = {
            "username": NAMES.username("ada").text,
            "email": NAMES.email("ada@example.com").text,
            "is_active": False,
            "name": "",
            "bio": None,
            "country": None,
            "gender": None,
            "mailing_address": None,
            "phone_number": None,
            "year_of_birth": None,
            "level_of_education": None,
            "goals": None,
            "state": None,
            "language_proficiencies": [],
            "social_links": [],
            "extended_profile": [],
            "secondary_email": None,
            "pending_name_change": None,
            "requires_parental_consent": True,
            "account_privacy": "private",
        }
        assert expected == {name: shown[name] for name in expected}
        assert needs_consent(state, YEAR, Policy())

    def test_what_it_claims(self):
        """It is found by its retired names; the originals lead to it while the row stands."""
        state = erased(working())
        claims = AccountAggregate().claims(state)
        assert Claim(ClaimKind.USERNAME, NAMES.username("ada").text) in claims
        assert Claim(ClaimKind.USERNAME, "ada") not in claims
        assert Claim(ClaimKind.ORIGINAL_USERNAME, "ada") in claims
        assert AccountAggregate().is_erased(state)

    def test_again(self):
        """Once done, nothing more happens."""
        state = erased(working())
        assert not profile_is_due(state, ROW, STATES)
        assert Decision() == erase_profile(state, ROW, STATES, CONTEXT)

    def test_in_either_order(self):
        """`retire` does not need `retire_misc`, and afterwards both are done whatever came first."""
        misc_first = after(working(**FULL), erase_misc(working(**FULL), ROW, STATES, CONTEXT))
        profile_first = erased(working(**FULL))
        one, other = erased(misc_first), after(profile_first, erase_misc(profile_first, ROW, STATES, CONTEXT))
        differing = {"way_in"}
        assert one.model_dump(exclude=differing) == other.model_dump(exclude=differing)
        assert (one.version, other.version - 1) == (one.way_in, other.way_in)


@pytest.mark.parametrize("step", [erase_misc, erase_profile])
class TestRefused:
    """Both steps keep the same rules."""

    @pytest.mark.parametrize("name", [name for name in STATES.names if not STATES.is_working(name)])
    @pytest.mark.parametrize("done", [False, True])
    def test_not_in_a_working_state(self, step, name, done):
        """Refused in PENDING, dead ends and after a step, whether it has been done or not."""
        state = after(working(), step(working(), ROW, STATES, CONTEXT)) if done else left()
        with pytest.raises(NotWorkingError):
            step(moved(state, name), ROW, STATES, CONTEXT)

    def test_no_row(self, step):
        """An account that is not leaving cannot be erased, nor on behalf of an earlier row."""
        for state in (account(), working()):
            with pytest.raises(NoRowError):
                step(state, ROW + 1, STATES, CONTEXT)

    @pytest.mark.parametrize("name", [name for name in STATES.names if STATES.is_working(name)])
    def test_any_working_state(self, step, name):
        """The name of the working state does not matter."""
        assert 1 == len(step(moved(left(), name), ROW, STATES, CONTEXT).events)
