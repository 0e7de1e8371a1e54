"""A history's entries: what they tell, and what they never tell (spec 50, section 1)."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic_core import to_jsonable_python

from chalicelib.accounts.access import Hashed, ResetLink, reset_password
from chalicelib.accounts.account import Account
from chalicelib.accounts.addresses import abandon, confirm_email
from chalicelib.accounts.context import Context
from chalicelib.accounts.fold import fold
from chalicelib.accounts.history import entry_of
from chalicelib.accounts.policy import Policy
from chalicelib.accounts.support import change_rights, refuse_name
from chalicelib.accounts.update import update_account
from chalicelib.accounts.view import ProfileImage, account_view
from chalicelib.events.aggregate import Decision
from chalicelib.events.catalogue import EVENT_TYPES
from chalicelib.events.classification import Sensitivity, classes_of
from chalicelib.events.event import Actor, Event, Role
from chalicelib.identity.permissions import Permission
from tests.events import strategies
from tests.retirement.lives import COMMANDS, POLICY, Life, disturbed_journeys
from tests.support.accounts import ADA, CONTEXT, YEAR, account
from tests.support.clock import NOON

SECRETS = {"credential", "activation", "key", "session", "kept", "digits", "username_digits", "email_digits", "call"}
"""The fields of events that are, or lead to, a secret."""

HARMLESS = {"number", "active", "staff", "superuser", "permissions", "joined", "fields", "activated"}
HARMLESS |= {"before", "after", "sides", "moment", "way", "reason", "size", "row", "state", "forced", "by_job"}
HARMLESS |= {"report", "image", "upload", "replaced", "retired_username", "retired_email"}
HARMLESS |= {"through", "certificate", "digest", "clean", "values_given"}
"""The other fields that stand in the clear."""

DERIVED = {"id", "date_joined", "last_login", "account_privacy", "requires_parental_consent", "language"}
"""What the view computes: of the login itself, of the time, and of preferences that have a name of their own."""

IMAGE = ProfileImage(has_image=False, image_url_full="", image_url_large="", image_url_medium="", image_url_small="")


def shown(state: Account, policy: Policy = POLICY) -> dict[str, Any]:
    """What the full view shows of an account, but for what it computes."""
    picture = IMAGE.model_copy(update={"has_image": state.image is not None})
    view = account_view(state, picture, YEAR, policy).model_dump(mode="json")
    fields = {name: value for name, value in view.items() if name not in DERIVED}
    fields["extended_profile"] = by_name(view["extended_profile"])
    fields["profile_image"] = view["profile_image"]["has_image"]
    return fields | {f"preferences.{key}": value for key, value in state.preferences.items()}


def by_name(extended_profile: list[dict[str, str]]) -> list[dict[str, str]]:
    """The further fields in an order that no deployment configures."""
    return sorted(extended_profile, key=lambda field: field["field_name"])


def told(event: Event, which: int = 1) -> dict[str, Any]:
    """The new values of an entry, or the old ones, as JSON has them."""
    values = {name: to_jsonable_python(change[which]) for name, change in entry_of(event).changes.items()}
    if "extended_profile" in values:
        values["extended_profile"] = by_name(values["extended_profile"])
    return values


def changes(before: Account, after: Account) -> dict[str, Any]:
    """What a reader of the full view sees change."""
    old, new = shown(before), shown(after)
    return {name: new.get(name) for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


def check(before: Account, decision: Decision) -> Account:
    """Expect that the entries of a decision tell everything that it changes for a reader."""
    state, entries = before, {}
    for event in decision.events:
        entries |= told(event)
        state = fold(state, event)
    if not state.erased:
        assert changes(before, state) == {name: entries.get(name, "untold") for name in changes(before, state)}
    return state


# --- secrets


def test_every_readable_field_is_judged():
    """A new field in the clear must be judged: a secret, or harmless."""
    clear = {
        name
        for event_type in EVENT_TYPES.values()
        for name, mark in classes_of(event_type).items()
        if mark.sensitivity is not Sensitivity.PERSONAL and name not in Event.model_fields
    }
    assert set() == clear - SECRETS - HARMLESS
    assert set() == SECRETS & HARMLESS


@pytest.mark.parametrize("event_type", EVENT_TYPES.values(), ids=EVENT_TYPES)
@given(data=st.data())
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
def test_no_secret_is_told(event_type, data):
    """No entry of any type has a password's print, a key, an activation, a session or digits in it."""
    event = data.draw(strategies.events(event_type))
    fields = SECRETS & set(event_type.model_fields)
    marked = event.model_copy(update={name: f"SECRET-{name}" for name in fields})
    assert "SECRET-" not in json.dumps(to_jsonable_python(entry_of(marked).changes))


@pytest.mark.parametrize("event_type", EVENT_TYPES.values(), ids=EVENT_TYPES)
@given(data=st.data())
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
def test_every_type_has_an_entry(event_type, data):
    """Any event becomes an entry with its version, time, type and role, and with JSON as its changes."""
    event = data.draw(strategies.events(event_type))
    entry = entry_of(event)
    assert (event.version, event.at, event_type.__name__, event.actor.role) == (
        entry.version,
        entry.at,
        entry.type,
        entry.role,
    )
    json.dumps(to_jsonable_python(entry.changes))


def test_what_an_erased_event_leaves():
    """An event whose personal fields are gone still has an entry."""
    for event_type in EVENT_TYPES.values():
        required = {name: field for name, field in event_type.model_fields.items() if field.is_required()}
        personal = {name for name, mark in classes_of(event_type).items() if mark.sensitivity is Sensitivity.PERSONAL}
        assert set() == set(required) & personal, event_type


# --- completeness


class Told(Life):
    """A life whose every command must be told by its entries."""

    def _commit(self, decision: Decision) -> None:
        check(self.state, decision)
        super()._commit(decision)


@given(disturbed_journeys() | COMMANDS)
@settings(max_examples=150)
def test_a_life_is_told(commands):
    """Whatever happens to an account: each change that a reader sees is in the entry, with its new value."""
    life = Told()
    for kind, argument in commands:
        life.command(kind, argument)


def full() -> Account:
    """An account with both addresses pending beside a recovery address, and a name."""
    return account(
        recovery_email="recovery@example.com",
        pending_email="new@example.com",
        email_requested=NOON,
        pending_secondary_email="second@example.com",
        secondary_email_requested=NOON,
        asked_for_address=True,
        pending_name="Wish",
        name_requested=NOON,
        asked_for_name=True,
    )


@pytest.mark.parametrize(
    "decide",
    [
        lambda state, context: abandon(state, context.now, context),
        lambda state, context: refuse_name(state, "why", context),
        lambda state, context: change_rights(state, {"is_active": False}, frozenset(Permission), context),
    ],
    ids=["abandon", "refuse", "rights"],
)
def test_support_and_time(decide):
    """What staff and time do is told as well."""
    later = Context(NOON.replace(year=NOON.year + 1), Actor(role=Role.SYSTEM), "r")
    decision = decide(full(), later)
    assert decision.events
    check(full(), decision)


def test_a_reset_by_the_recovery_address():
    """The address that the link went to becomes the account's, and is the recovery address no more."""
    before = full().model_copy(update={"active": False})
    link = ResetLink(ADA, before.way_in, True, NOON.replace(year=NOON.year + 1))
    before = before.model_copy(update={"credential": "c"})
    state = check(before, reset_password(before, link, Hashed("hash", "d"), None, CONTEXT))
    assert ("recovery@example.com", True) == (state.email, state.active)


def test_a_recovery_address_that_becomes_the_address():
    """An account has it once: it is the recovery address no more."""
    before = full().model_copy(
        update={"pending_email": "recovery@example.com", "email_key": "k", "pending_secondary_email": None}
    )
    state = check(before, confirm_email(before, "k", None, CONTEXT))
    assert ("recovery@example.com", None) == (state.email, state.secondary_email)


PATCHES = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["Ada", "Grace"]),
        "bio": st.sampled_from([None, "", "x"]),
        "goals": st.sampled_from([None, "", "x"]),
        "country": st.sampled_from([None, "US", "SE"]),
        "state": st.sampled_from([None, "NY"]),
        "gender": st.sampled_from([None, "", "m"]),
        "phone_number": st.sampled_from([None, "+1 2", "x"]),
        "year_of_birth": st.sampled_from([None, 1990, 2020]),
        "account_privacy": st.sampled_from([None, "private"]),
        "language_proficiencies": st.sampled_from([[], [{"code": "sv"}, {"code": "en"}]]),
        "social_links": st.lists(
            st.fixed_dictionaries(
                {"platform": st.sampled_from(["x", "facebook"]), "social_link": st.sampled_from(["", "name"])}
            ),
            max_size=2,
            unique_by=lambda link: link["platform"],
        ),
        "extended_profile": st.lists(
            st.fixed_dictionaries(
                {"field_name": st.sampled_from(["lang", "beatle"]), "field_value": st.sampled_from(["", "a", 5])}
            ),
            max_size=2,
            unique_by=lambda item: item["field_name"],
        ),
    },
)
TWO_FIELDS = Policy(extended_profile_fields=("lang", "beatle"))


@given(st.lists(PATCHES, max_size=4))
@settings(max_examples=150)
def test_every_patch_is_told(patches):
    """Each field that a PATCH changes is told as the view shows it, before and after; no other is."""
    state = account()
    for patch in patches:
        decision = update_account(state, patch, TWO_FIELDS, CONTEXT)
        old = shown(state, TWO_FIELDS)
        for event in decision.events:
            state = fold(state, event)
        new = shown(state, TWO_FIELDS)
        expected = {name: new.get(name) for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
        entries = {name: value for event in decision.events for name, value in told(event).items()}
        assert expected == {name: entries.get(name, "untold") for name in expected}
        told_before = {name: value for event in decision.events for name, value in told(event, 0).items()}
        assert {name: old.get(name) for name in expected} == {name: told_before[name] for name in expected}


# --- actors


def test_people_without_a_token_act_on_their_own():
    """Who registers or follows a link is the owner; the system is nobody."""
    (event,) = update_account(account(), {"bio": "x"}, POLICY, Context(NOON, Actor(role=Role.OWNER), "r")).events
    assert (Role.OWNER, ADA) == (entry_of(event).role, entry_of(event).actor)
    (event,) = update_account(account(), {"bio": "x"}, POLICY, Context(NOON, Actor(role=Role.SYSTEM), "r")).events
    assert (Role.SYSTEM, None) == (entry_of(event).role, entry_of(event).actor)
