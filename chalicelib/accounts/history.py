"""The history of an account as people read it: one entry an event, with the fields that it changed (spec 50, 1).

Secrets appear as the fact alone: no password, token, key or digest is in any entry.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.events.access import PasswordReset
from chalicelib.events.addresses import (
    EmailChangeAbandoned,
    EmailChangeConfirmed,
    EmailChangeRequested,
    SecondaryEmailAbandoned,
    SecondaryEmailConfirmed,
    SecondaryEmailRequested,
)
from chalicelib.events.event import AccountId, Event, Role
from chalicelib.events.images import ProfileImageRemoved, ProfileImageSet
from chalicelib.events.names import NameChangeConfirmed, NameChangeRequested, UsernameReplaced
from chalicelib.events.preferences import PreferencesUpdated
from chalicelib.events.profile import Profile, ProfileUpdated
from chalicelib.events.registration import AccountActivated, AccountProvisioned, AccountRegistered
from chalicelib.events.retirement import MiscellaneousDataErased, RetirementCancelled, RetirementRequested
from chalicelib.events.support import NameChangeRefused, RightsChanged

Changes = dict[str, tuple[Any, Any]]
"""Old and new value by the name that the API gives the field."""


@dataclass(frozen=True)
class Entry:
    """One entry: what happened when, in which role by whom (null for the system and for people without a token)."""

    version: int
    at: datetime
    type: str
    role: Role
    actor: AccountId | None
    changes: Mapping[str, tuple[Any, Any]]


def entry_of(event: Event) -> Entry:
    """The entry of an event; a person who registers or follows a link acts on their own account."""
    own = event.account if event.actor.role is Role.OWNER else None
    describe = _CHANGES.get(type(event))
    changes = {} if describe is None else describe(event)
    return Entry(event.version, event.at, type(event).__name__, event.actor.role, event.actor.account or own, changes)


def _shown(name: str, value: Any) -> Any:
    """A profile field's value in the form of the API."""
    if name == "language_proficiencies":
        return [{"code": code} for code in sorted(value or ())]
    if name == "social_links":
        return [{"platform": platform, "social_link": link} for platform, link in sorted((value or {}).items())]
    if name == "extended_profile":
        return [{"field_name": field, "field_value": text} for field, text in sorted((value or {}).items())]
    return value


def _profile(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changes:
    return {name: (_shown(name, before.get(name)), _shown(name, after[name])) for name in after}


def _preferences(before: Mapping[str, str | None], after: Mapping[str, str | None]) -> Changes:
    return {f"preferences.{key}": (before.get(key), after[key]) for key in after}


def _first(profile: Profile, username: str, email: str) -> Changes:
    given = {name: value for name, value in profile.model_dump().items() if value not in (None, "", (), {})}
    return {"username": (None, username), "email": (None, email), **_profile(dict.fromkeys(given), given)}


def _registered(event: AccountRegistered) -> Changes:
    return {**_first(event.profile, event.username, event.email), "is_active": (None, False)}


def _provisioned(event: AccountProvisioned) -> Changes:
    changes = _first(event.profile, event.username, event.email) | _preferences({}, event.preferences)
    changes["is_active"] = (None, event.active)
    for name, given in (("is_staff", event.staff), ("is_superuser", event.superuser)):
        if given:
            changes[name] = (None, given)
    for name, listed in (("permissions", event.permissions), ("orgs", event.orgs)):
        if listed:
            changes[name] = ([], list(listed))
    for name, value in (("pending_name_change", event.pending_name), ("secondary_email", event.secondary_email)):
        if value is not None:
            changes[name] = (None, value)
    return changes


def _rights(event: RightsChanged) -> Changes:
    before, after = dict(event.before), dict(event.after)
    changes: Changes = {name: (_listed(before.get(name)), _listed(after[name])) for name in after}
    if event.orgs_after is not None:
        changes["orgs"] = (_listed(event.orgs_before), _listed(event.orgs_after))
    return changes


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _reset(event: PasswordReset) -> Changes:
    changes: Changes = {"is_active": (False, True)} if event.activated else {}
    if event.after is not None:
        changes["email"] = (event.before, event.after)
    return changes | _secondary(event.secondary_before, event.secondary_after)


def _secondary(before: str | None, after: str | None) -> Changes:
    return {} if before == after else {"secondary_email": (before, after)}


def _left(event: RetirementRequested) -> Changes:
    return {"email": (event.original_email or None, event.retired_email)} | _secondary(event.secondary_email, None)


_CHANGES: Mapping[type[Event], Callable[[Any], Changes]] = {
    AccountRegistered: _registered,
    AccountProvisioned: _provisioned,
    AccountActivated: lambda _: {"is_active": (False, True)},
    ProfileUpdated: lambda e: _profile(e.before, e.after) | _preferences(e.preferences_before, e.preferences_after),
    PreferencesUpdated: lambda e: _preferences(e.before, e.after),
    NameChangeRequested: lambda e: {"pending_name_change": (e.before, e.name)},
    NameChangeConfirmed: lambda e: {"name": (e.before, e.after), "pending_name_change": (e.after, None)},
    NameChangeRefused: lambda e: {"pending_name_change": (e.name, None)},
    EmailChangeRequested: lambda e: {"email": (None, e.address)},
    EmailChangeConfirmed: lambda e: {
        "email": (e.before, e.after),
        **_secondary(e.secondary_before, e.secondary_after),
    },
    EmailChangeAbandoned: lambda e: {"email": (e.address, None)},
    SecondaryEmailRequested: lambda e: {"secondary_email": (e.before, e.address)},
    SecondaryEmailConfirmed: lambda e: {"secondary_email": (e.before, e.after)},
    SecondaryEmailAbandoned: lambda e: {"secondary_email": (e.address, e.after)},
    UsernameReplaced: lambda e: {"username": (e.before, e.after)},
    ProfileImageSet: lambda e: {"profile_image": (e.replaced is not None, True)},
    ProfileImageRemoved: lambda e: {"profile_image": (e.image is not None, False)},
    PasswordReset: _reset,
    RightsChanged: _rights,
    RetirementRequested: _left,
    RetirementCancelled: lambda e: {"email": (None, e.email)},
    MiscellaneousDataErased: lambda _: {"pending_name_change": (None, None)},
}
"""How the types of events that change what the API shows tell of it; all others change nothing of that."""
