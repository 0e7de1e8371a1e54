"""What holds for any commands and any input."""

import string
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.accounts.access import log_in, revoke_tokens
from chalicelib.accounts.account import Account
from chalicelib.accounts.context import Context
from chalicelib.accounts.errors import CommandError
from chalicelib.accounts.fold import fold
from chalicelib.accounts.policy import ADMIN_FIELDS, PUBLIC_FIELDS, Policy
from chalicelib.accounts.preferences import preference_faults
from chalicelib.accounts.provisioning import check_provision
from chalicelib.accounts.registration import (
    Applicant,
    NewAccount,
    Provision,
    activate,
    check_applicant,
    provision,
    register,
)
from chalicelib.accounts.rules.registry import PATCH_RULES, READ_ONLY
from chalicelib.accounts.update import update_account
from chalicelib.accounts.view import ProfileImage, account_view
from chalicelib.accounts.visibility import needs_consent, visible_fields
from chalicelib.events.profile import Profile
from tests.support.accounts import ADA, BOB, OWNER, YEAR, account
from tests.support.clock import NOON

POLICY = Policy(extended_profile_fields=("beatle", "lang"), restricted_countries=frozenset({"KP"}))
CONTEXT = Context(NOON, OWNER, "r")
IMAGE = ProfileImage(has_image=False, image_url_full="", image_url_large="", image_url_medium="", image_url_small="")
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=30)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | st.just("1" * 6000),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=8,
)
LINKS = st.fixed_dictionaries(
    {}, optional={"platform": st.sampled_from(["x", "facebook", "linkedin", "twitter"]) | JSON, "social_link": JSON}
)
ITEMS = st.fixed_dictionaries(
    {}, optional={"field_name": st.sampled_from(["beatle", "lang", "other"]) | JSON, "field_value": JSON}
)
LANGUAGES = st.fixed_dictionaries({}, optional={"code": st.sampled_from(["en", "sv", "zh_HANT", "xx"]) | JSON})
SHORT = st.text(string.printable, max_size=12)
PLAUSIBLE = {
    "name": SHORT,
    "gender": st.sampled_from(["m", "f", "o", "", None]),
    "year_of_birth": st.integers(1900, YEAR) | st.none(),
    "country": st.sampled_from(["US", "SE", "KP", "", None]),
    "state": st.sampled_from(["MA", "NY", "", None]),
    "bio": SHORT | st.none(),
    "goals": SHORT | st.none(),
    "phone_number": SHORT | st.none(),
    "account_privacy": st.sampled_from(["all_users", "private", "custom", None]),
    "language_proficiencies": st.lists(LANGUAGES, max_size=3),
    "social_links": st.lists(LINKS, max_size=3),
    "extended_profile": st.lists(ITEMS, max_size=3),
}
LEGAL_PATCHES = st.fixed_dictionaries({}, optional=PLAUSIBLE)
KEYS = st.sampled_from([*PATCH_RULES, *READ_ONLY, "id", "is_staff"]) | ANY_TEXT
ANY_PATCH = st.dictionaries(KEYS, JSON, max_size=6) | LEGAL_PATCHES
COMMANDS = st.lists(
    st.tuples(st.just("patch"), ANY_PATCH)
    | st.tuples(st.just("activate"), st.sampled_from(["digest", "other"]))
    | st.tuples(st.just("log in"), st.sampled_from(["credential", "other"]))
    | st.tuples(st.just("revoke"), st.none() | st.just("session")),
    max_size=12,
)


def begun(registered: bool) -> Account:
    """A new account, by one of the two ways."""
    applicant = Applicant("ada", "ada@example.com", "password", Profile(name="Ada"))
    new = NewAccount(ADA, 7, "hash", "credential")
    if registered:
        return fold(None, register(applicant, new, "digest", CONTEXT).events[0])
    return fold(None, provision(applicant, Provision(), new, CONTEXT).events[0])


def decided(state: Account, kind: str, argument, context: Context):
    """The events of one command; none if it is refused."""
    decide = {
        "patch": lambda: update_account(state, argument, POLICY, context),
        "activate": lambda: activate(state, argument, context),
        "log in": lambda: log_in(state, "session", argument, context),
        "revoke": lambda: revoke_tokens(state, context, argument),
    }
    try:
        return decide[kind]().events
    except CommandError:
        return ()


@settings(max_examples=150, deadline=None)
@given(st.booleans(), COMMANDS)
def test_invariants_of_any_history(registered, commands):
    """After any commands: versions without a gap, the same person, a state that validates and can be shown."""
    state = first = begun(registered)
    for number, (kind, argument) in enumerate(commands):
        context = Context(NOON + timedelta(seconds=number), OWNER, f"r{number}")
        for event in decided(state, kind, argument, context):
            assert state.version + 1 == event.version
            before, state = state, fold(state, event)
            assert event.version == state.version
            assert before.token_generation <= state.token_generation
    assert state == Account.model_validate_json(state.model_dump_json())
    assert (first.id, first.number, first.joined, first.username, first.email) == (
        state.id,
        state.number,
        state.joined,
        state.username,
        state.email,
    )
    assert state.active == (state.activation is None)
    assert None not in {*state.preferences.values(), *state.profile.social_links.values()}
    assert set(state.profile.extended_profile) <= {"beatle", "lang"}
    assert "KP" != state.profile.country
    assert state.profile.name
    account_view(state, IMAGE, YEAR, POLICY).model_dump_json()


@settings(max_examples=300, deadline=None)
@given(ANY_PATCH)
def test_a_patch_never_fails_otherwise(patch):
    """Arbitrary JSON in a patch is taken, ignored, or refused as a command; nothing else happens."""
    try:
        decision = update_account(account(), patch, POLICY, CONTEXT)
    except CommandError:
        return
    assert 1 >= len(decision.events)


def outcome_of(patch):
    """What a patch of a fresh account is refused with, and the events that it comes to."""
    try:
        return None, update_account(account(), patch, POLICY, CONTEXT).events
    except CommandError as error:
        return repr(vars(error)), ()


@settings(max_examples=150, deadline=None)
@given(ANY_PATCH)
def test_decisions_are_deterministic(patch):
    """The same state, command and context come to the same event, and the patch again to none."""
    outcome, again = outcome_of(patch), outcome_of(patch)
    assert outcome == again
    for event in outcome[1]:
        assert () == update_account(fold(account(), event), patch, POLICY, CONTEXT).events


@settings(max_examples=200, deadline=None)
@given(LEGAL_PATCHES, LEGAL_PATCHES)
def test_an_event_covers_exactly_what_changed(earlier, patch):
    """`before` and `after` hold the changed fields and no others, and take the account from one to the other."""
    state = account()
    for event in decided(state, "patch", earlier, CONTEXT):
        state = fold(state, event)
    for event in decided(state, "patch", patch, CONTEXT):
        result = fold(state, event)
        old, new = state.profile.model_dump(), result.profile.model_dump()
        changed = {name for name in old if old[name] != new[name]}
        assert changed == event.before.keys() == event.after.keys()
        assert {name: old[name] for name in changed} == event.before
        keys = state.preferences.keys() | result.preferences.keys()
        preferences = {key for key in keys if state.preferences.get(key) != result.preferences.get(key)}
        assert preferences == event.preferences_before.keys() == event.preferences_after.keys()
        assert sorted(changed) + ["preferences"] * bool(preferences) == list(event.fields)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(["username", "email", "name", "password"]), JSON), ANY_PATCH)
def test_a_form_never_fails_otherwise(form, profile):
    """Arbitrary JSON in a registration comes to an applicant or to faults, never to both."""
    applicant, faults = check_applicant(form, profile, POLICY, password_required=True)
    assert (applicant is None) == bool(faults)


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["is_active", "permissions", "orgs", "social_logins", "preferences"]),
        JSON | st.lists(st.fixed_dictionaries({"provider": JSON, "uid": JSON, "extra_data": JSON}), max_size=2),
    )
)
def test_provisioning_never_fails_otherwise(form):
    """Arbitrary JSON in what a superuser sends comes to a decision and faults, and what is decided can be stored."""
    decision, _ = check_provision(form, frozenset({"p"}))
    applicant = Applicant("ada", "ada@example.com", None, Profile(name="Ada"))
    (event,) = provision(applicant, decision, NewAccount(ADA, 7, None, None), CONTEXT).events
    assert event == type(event).model_validate_json(event.model_dump_json())


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(ANY_TEXT | st.just("account_privacy"), JSON))
def test_preferences_never_fail_otherwise(preferences):
    """Arbitrary JSON as preferences is stored or at fault, each key once."""
    stored, faults = preference_faults(preferences)
    assert set(preferences) == set(stored) | (set(faults) - {"preferences"}) | ({"preferences"} & set(preferences))


@settings(max_examples=150, deadline=None)
@given(
    st.none() | st.integers(1900, YEAR + 1),
    st.none() | st.sampled_from(["all_users", "private", "custom", "odd"]),
    st.sets(st.sampled_from(sorted(ADMIN_FIELDS))),
    st.booleans(),
)
def test_strangers_never_see_more(born, privacy, shown, shared):
    """Whatever the preferences: a stranger sees PUBLIC at least, never an ADMIN field, and of a child PUBLIC alone."""
    preferences = {f"visibility.{name}": "all_users" for name in shown}
    preferences |= {} if privacy is None else {"account_privacy": privacy}
    subject = account(profile={"year_of_birth": born}, preferences=preferences)
    stranger = account(id=BOB, superuser=True)
    seen = visible_fields(subject, stranger, shared_view=shared, year=YEAR, policy=POLICY)
    assert PUBLIC_FIELDS <= seen <= POLICY.custom_fields
    if needs_consent(subject, YEAR, POLICY):
        assert PUBLIC_FIELDS == seen
