"""Accounts from an export (spec 50, section 2)."""

import copy
import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chalicelib.accounts.context import Context
from chalicelib.accounts.errors import CommandError
from chalicelib.accounts.fold import fold
from chalicelib.accounts.importing import read_export
from chalicelib.accounts.names import request_name
from chalicelib.accounts.policy import Policy
from chalicelib.accounts.preferences import patch_preferences
from chalicelib.accounts.registration import NewAccount, provision
from chalicelib.accounts.update import update_account
from chalicelib.accounts.view import ProfileImage, account_view
from chalicelib.events.event import Actor, Proof, Role
from tests.accounts.test_properties import LEGAL_PATCHES
from tests.support.accounts import ADA, BOB, CONTEXT, YEAR, account
from tests.support.clock import NOON

POLICY = Policy(extended_profile_fields=("beatle", "lang"), restricted_countries=frozenset({"KP"}))
STAFF = Context(NOON, Actor(account=BOB, role=Role.STAFF, proof=Proof.TOKEN), "r")
IMAGE = ProfileImage(has_image=False, image_url_full="", image_url_large="", image_url_medium="", image_url_small="")
NOT_EXACT = {"id", "last_login", "profile_image"}
KEYS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=20)
VALUES = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=20)
PREFERENCES = st.dictionaries(KEYS, VALUES.filter(str.strip), max_size=4)
LOGINS = [{"provider": "tpa", "uid": "u", "extra_data": {"é": [1, None, {"x": 1.5}]}}]


def view_of(state):
    """The full view, as JSON has it."""
    return json.loads(account_view(state, IMAGE, YEAR, POLICY).model_dump_json())


def export_of(state, **more):
    """What an export says of an account, through JSON and back."""
    parts = {
        "account": view_of(state),
        "preferences": state.preferences,
        "orgs": state.orgs,
        "social_logins": [
            {**each.model_dump(), "extra_data": json.loads(each.extra_data)} for each in state.social_logins
        ],
        "history": [],
        "images": {},
        "support": [],
    }
    return json.loads(json.dumps({**parts, **more}))


def imported(export):
    """The account that an export becomes; it must be readable."""
    found = read_export(export, POLICY, NOON)
    assert {} == found.faults
    assert found.applicant is not None
    (event,) = provision(found.applicant, found.provision, NewAccount(BOB, 99, None, None), STAFF).events
    return fold(None, event)


def exact(state):
    """Return what must be equal after an import."""
    return {name: value for name, value in view_of(state).items() if name not in NOT_EXACT}


def comes_back(state):
    """Export, import, and expect the same account, preferences, organisations and logins."""
    again = imported(export_of(state))
    assert exact(state) == exact(again)
    assert (state.preferences, state.orgs) == (again.preferences, again.orgs)
    assert export_of(state)["social_logins"] == export_of(again)["social_logins"]
    return again


def patched(state, patch):
    """The account after a PATCH, or as it is if that is refused."""
    try:
        events = update_account(state, patch, POLICY, CONTEXT).events
    except CommandError:
        return state
    for event in events:
        state = fold(state, event)
    return state


@given(st.lists(LEGAL_PATCHES, max_size=4), PREFERENCES)
@settings(max_examples=200)
@example([{"country": "SE"}, {"state": "NY"}], {})
def test_any_account_comes_back(patches, preferences):
    """Whatever PATCH and preferences have made of an account, its export makes it again."""
    state = account()
    for patch in patches:
        state = patched(state, patch)
    for event in patch_preferences(state, preferences, CONTEXT).events if preferences else ():
        state = fold(state, event)
    comes_back(state)


@pytest.mark.parametrize(
    "profile",
    [
        {"state": "NY", "country": "SE"},
        {"state": "AE"},
        {"goals": "", "mailing_address": ""},
        {"level_of_education": "o"},
        {"level_of_education": "other"},
        {"year_of_birth": -(2**31)},
        {"year_of_birth": None},
        {"bio": "x" * 300},
        {"name": "x" * 255},
        {"name": "Two  blanks"},
        {"goals": "x" * 32768},
        {"phone_number": "+"},
        {"phone_number": "1" * 50},
        {"country": "XK"},
        {"language_proficiencies": ("zh_HANS", "aa")},
        {"social_links": {"x": "https://www.x.com/name?foo=bar", "facebook": "https://www.facebook.com/n"}},
        {"social_links": {"x": "https://www.x.com/" + "n" * 82}},
        {"extended_profile": {"beatle": '{"a":[1]}', "lang": "12"}},
        {"extended_profile": {"beatle": "null", "lang": "true"}},
    ],
    ids=lambda profile: "-".join(profile),
)
def test_values_at_the_edge(profile):
    """Values at the edge of what is allowed come back to the letter."""
    comes_back(account(profile=profile))


def test_a_country_that_is_restricted_since():
    """What an account holds already is not lost by a rule that came later; or it is said what is at fault."""
    found = read_export(export_of(account(profile={"country": "KP"})), POLICY, NOON)
    assert found.applicant is None or "KP" == found.applicant.profile.country
    assert (found.applicant is None) == ("country" in found.faults)


@pytest.mark.parametrize("username", ["ada", "A-_9", "x" * 30])
def test_usernames(username):
    """Usernames within the rules of registration."""
    comes_back(account(username=username))


def test_everything_beside_the_profile():
    """What is pending, when they joined, whether active, organisations, logins."""
    state = account(
        active=False,
        joined=NOON.replace(year=2014, microsecond=0),
        recovery_email="second@example.com",
        orgs=("edX", "MITx"),
    )
    (event,) = request_name(state, "Wish", CONTEXT).events
    again = comes_back(fold(state, event))
    assert (False, "Wish", ("edX", "MITx")) == (again.active, again.pending_name, again.orgs)
    assert ("second@example.com", None) == (again.pending_secondary_email, again.recovery_email)


def test_social_logins_come_back():
    """Linked logins as they were, whatever their extra data are."""
    again = imported(export_of(account(), social_logins=LOGINS))
    assert LOGINS == export_of(again)["social_logins"]


def test_no_way_in():
    """No password, no rights, no open link, an id and a number of its own."""
    before = account(staff=True, superuser=True, permissions=("can_retire_user",), credential="c", activation="a" * 64)
    again = imported(export_of(before))
    assert (None, None, False, False, ()) == (
        again.credential,
        again.activation,
        again.staff,
        again.superuser,
        again.permissions,
    )
    assert (BOB, 99, None) == (again.id, again.number, again.last_login)
    assert before.id == ADA


@pytest.mark.parametrize("part", ["account", "preferences", "orgs", "social_logins"])
@pytest.mark.parametrize("value", [None, "x", 5, True, "missing"])
def test_parts_of_another_type(part, value):
    """A part that is missing, or of another type, is named."""
    export = export_of(account())
    export[part] = value
    if value == "missing":
        del export[part]
    found = read_export(export, POLICY, NOON)
    assert found.applicant is None
    assert {part} == set(found.faults)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.data())
@settings(max_examples=300)
def test_any_field_of_any_kind(data):
    """Whatever stands in a field: it is taken as it is, or named as the fault; never a crash."""
    export = export_of(account(profile={"bio": "x"}))
    field = data.draw(st.sampled_from(sorted(export["account"])))
    value = data.draw(JSON)
    changed = copy.deepcopy(export)
    changed["account"][field] = value
    found = read_export(changed, POLICY, NOON)
    assert (found.applicant is None) == bool(found.faults)
    assert set(found.faults) <= {field}


@given(st.dictionaries(st.sampled_from(["account", "preferences", "orgs", "social_logins", "x"]), JSON))
def test_any_document(document):
    """Any JSON object: an account, or faults; never a crash."""
    found = read_export(document, POLICY, NOON)
    assert (found.applicant is None) == bool(found.faults)


@pytest.mark.parametrize(
    "joined",
    [None, 5, "yesterday", "2014-08-26", "2014-08-26T17:52:11", "9999-12-31T23:59:59Z", "2026-11-25T12:00:00Z"],
)
def test_a_time_of_joining_that_cannot_be(joined):
    """No time, one without a zone, or one in the future."""
    export = export_of(account())
    export["account"]["date_joined"] = joined
    assert {"date_joined"} == set(read_export(export, POLICY, NOON).faults)


@pytest.mark.parametrize("joined", ["0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "2014-08-26T17:52:11+05:30"])
def test_a_time_at_the_edge(joined):
    """Times at the edge of the calendar are taken or named, never a crash."""
    export = export_of(account())
    export["account"]["date_joined"] = joined
    found = read_export(export, POLICY, NOON)
    assert (found.applicant is None) == ("date_joined" in found.faults)


@pytest.mark.parametrize("username", ["ada.lovelace+1", "Ada Lovelace", "x" * 31, "Zoë"])
def test_a_name_that_an_operator_gave(username):
    """Usernames that were replaced may have more letters than those of a registration; they are taken over."""
    assert username == imported(export_of(account(username=username))).username
