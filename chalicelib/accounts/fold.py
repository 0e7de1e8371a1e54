"""fold(state, event) -> state: one small function for each type of event."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from chalicelib.accounts.account import Account, ImageRow
from chalicelib.accounts.fold_erasure import CHANGES_OF_ERASURE
from chalicelib.accounts.fold_retirement import CHANGES_OF_RETIREMENT
from chalicelib.events.access import AccountDeactivated, LoggedIn, PasswordReset, PasswordSet, TokensRevoked
from chalicelib.events.addresses import (
    EmailChangeAbandoned,
    EmailChangeConfirmed,
    EmailChangeRequested,
    SecondaryEmailAbandoned,
    SecondaryEmailConfirmed,
    SecondaryEmailRequested,
)
from chalicelib.events.claims import normalised
from chalicelib.events.erasure import ErasureReplayed
from chalicelib.events.event import Event
from chalicelib.events.evolution import evolved
from chalicelib.events.images import ProfileImageRefused, ProfileImageRemoved, ProfileImageSet
from chalicelib.events.names import NameChangeConfirmed, NameChangeRequested
from chalicelib.events.preferences import PreferencesUpdated
from chalicelib.events.profile import ProfileUpdated
from chalicelib.events.registration import (
    AccountActivated,
    AccountProvisioned,
    AccountRegistered,
    ActivationRequested,
)
from chalicelib.events.retirement import ProfileErased, RetirementCancelled, RetirementRequested
from chalicelib.events.support import AccountDisabled, AccountEnabled, NameChangeRefused, RightsChanged

NO_EMAIL_CHANGE: Mapping[str, Any] = {"pending_email": None, "email_key": None, "email_requested": None}
NO_SECONDARY_CHANGE: Mapping[str, Any] = {
    "pending_secondary_email": None,
    "secondary_email_key": None,
    "secondary_email_requested": None,
}
RIGHTS: Mapping[str, str] = {
    "is_active": "active",
    "is_staff": "staff",
    "is_superuser": "superuser",
    "permissions": "permissions",
}
"""What the API calls the rights of an account, and the state."""


class NotFirstError(ValueError):
    """An event that begins an account came second, or another one first."""


def fold(state: Account | None, event: Event) -> Account:
    """The account after `event`; null is the state before the first."""
    if state is None:
        return _BEGINNINGS.get(type(event), _refuse)(event)
    change = _CHANGES.get(type(event))
    if change is None:
        return _refuse(event)
    changes = change(state, event)
    changes["version"] = event.version
    if type(event) in CHANGES_THE_WAY_IN:
        changes["way_in"] = event.version
    return evolved(state, changes)


def _refuse(event: Event) -> Account:
    raise NotFirstError(f"{type(event).__name__} as event {event.version}")


def _registered(event: AccountRegistered) -> Account:
    return Account(
        id=event.account,
        version=event.version,
        number=event.number,
        joined=event.at,
        activation=event.activation,
        credential=event.credential,
        own_username=event.username,
        own_email=event.email,
        profile=event.profile,
    )


def _provisioned(event: AccountProvisioned) -> Account:
    return Account(
        id=event.account,
        version=event.version,
        number=event.number,
        joined=event.joined or event.at,
        active=event.active,
        staff=event.staff,
        superuser=event.superuser,
        permissions=event.permissions,
        credential=event.credential,
        own_username=event.username,
        own_email=event.email,
        profile=event.profile,
        preferences=event.preferences,
        orgs=event.orgs,
        social_logins=event.social_logins,
        pending_name=event.pending_name,
        name_requested=event.at if event.pending_name is not None else None,
        pending_secondary_email=event.secondary_email,
        secondary_email_requested=event.at if event.secondary_email is not None else None,
        asked_for_name=event.pending_name is not None,
        asked_for_address=event.secondary_email is not None,
    )


def _activated(_: Account, __: AccountActivated) -> dict[str, Any]:
    return {"active": True, "activation": None}


def _activation_requested(_: Account, event: ActivationRequested) -> dict[str, Any]:
    return {"activation": event.activation}


def _profile_updated(state: Account, event: ProfileUpdated) -> dict[str, Any]:
    after, preferences = event.after, event.preferences_after
    changes: dict[str, Any] = {}
    if after:
        changes["profile"] = evolved(state.profile, after)
    if preferences:
        changes["preferences"] = merged(state.preferences, preferences)
    return changes


def merged(preferences: Mapping[str, str], changes: Mapping[str, str | None]) -> dict[str, str]:
    """`preferences` after `changes`; null removes one."""
    together = {**preferences, **changes}
    return {key: value for key, value in together.items() if value is not None}


def _preferences_updated(state: Account, event: PreferencesUpdated) -> dict[str, Any]:
    return {"preferences": merged(state.preferences, event.after)}


def _name_change_requested(_: Account, event: NameChangeRequested) -> dict[str, Any]:
    return {"pending_name": event.name, "name_requested": event.at, "asked_for_name": True}


def _name_change_confirmed(state: Account, event: NameChangeConfirmed) -> dict[str, Any]:
    profile = evolved(state.profile, {"name": event.after})
    return {"profile": profile, "pending_name": None, "name_requested": None}


def _name_change_refused(_: Account, __: NameChangeRefused) -> dict[str, Any]:
    return {"pending_name": None, "name_requested": None}


def _email_change_requested(_: Account, event: EmailChangeRequested) -> dict[str, Any]:
    return {
        "pending_email": event.address,
        "email_key": event.key,
        "email_requested": event.at,
        "asked_for_address": True,
    }


def _email_change_confirmed(state: Account, event: EmailChangeConfirmed) -> dict[str, Any]:
    """The new address cannot be the recovery address as well."""
    same = state.recovery_email is not None and normalised(state.recovery_email) == normalised(event.after)
    recovery = None if same else state.recovery_email
    return {"own_email": event.after, "recovery_email": recovery, **NO_EMAIL_CHANGE}


def _email_change_abandoned(_: Account, __: EmailChangeAbandoned) -> dict[str, Any]:
    return {**NO_EMAIL_CHANGE}


def _secondary_email_requested(_: Account, event: SecondaryEmailRequested) -> dict[str, Any]:
    return {
        "pending_secondary_email": event.address,
        "secondary_email_key": event.key,
        "secondary_email_requested": event.at,
        "asked_for_address": True,
    }


def _secondary_email_confirmed(_: Account, event: SecondaryEmailConfirmed) -> dict[str, Any]:
    return {"recovery_email": event.after, **NO_SECONDARY_CHANGE}


def _secondary_email_abandoned(_: Account, __: SecondaryEmailAbandoned) -> dict[str, Any]:
    return {**NO_SECONDARY_CHANGE}


def _logged_in(_: Account, event: LoggedIn) -> dict[str, Any]:
    changes: dict[str, Any] = {"last_login": event.at}
    if event.credential:
        changes["credential"] = event.credential
    return changes


def _tokens_revoked(state: Account, event: TokensRevoked) -> dict[str, Any]:
    return {"token_generation": state.token_generation + 1, "kept_session": event.kept}


def _password_set(_: Account, event: PasswordSet) -> dict[str, Any]:
    return {"credential": event.credential, "deactivated": False}


def _password_reset(state: Account, event: PasswordReset) -> dict[str, Any]:
    """Nothing that an intruder prepared must outlive the reset that shuts them out: no link stays open.

    Nor does a recovery address stay that was confirmed before anybody had shown that the account's address is theirs.
    """
    changes = {
        "credential": event.credential,
        "deactivated": False,
        "active": True,
        "activation": None,
        "token_generation": state.token_generation + 1,
        "kept_session": event.kept,
        **NO_EMAIL_CHANGE,
        **NO_SECONDARY_CHANGE,
    }
    if event.activated or event.after is not None:
        changes["recovery_email"] = None
    if event.after is not None:
        changes["own_email"] = event.after
    return changes


def _deactivated(state: Account, _: AccountDeactivated) -> dict[str, Any]:
    generation = state.token_generation + 1
    return {"credential": None, "deactivated": True, "token_generation": generation, "kept_session": None}


def _disabled(state: Account, _: AccountDisabled) -> dict[str, Any]:
    return {"disabled": True, "token_generation": state.token_generation + 1, "kept_session": None}


def _enabled(_: Account, __: AccountEnabled) -> dict[str, Any]:
    return {"disabled": False}


def _rights_changed(_: Account, event: RightsChanged) -> dict[str, Any]:
    changes: dict[str, Any] = {RIGHTS[name]: value for name, value in event.after.items()}
    if event.after.get("is_active"):
        changes["activation"] = None
    if event.orgs_after is not None:
        changes["orgs"] = event.orgs_after
    return changes


def _image_set(state: Account, event: ProfileImageSet) -> dict[str, Any]:
    image = ImageRow(id=event.image, sides=event.sides, sent=event.moment, upload=event.upload)
    return {"image": image, "image_moment": _later(state, event.moment)}


def _image_removed(state: Account, event: ProfileImageRemoved) -> dict[str, Any]:
    return {"image": None, "image_moment": _later(state, event.moment)}


def _later(state: Account, moment: datetime) -> datetime:
    return moment if state.image_moment is None else max(moment, state.image_moment)


def _image_refused(_: Account, event: ProfileImageRefused) -> dict[str, Any]:
    return {"refused_upload": event.upload}


_BEGINNINGS: Mapping[type[Event], Callable[[Any], Account]] = {
    AccountRegistered: _registered,
    AccountProvisioned: _provisioned,
}
_CHANGES: Mapping[type[Event], Callable[[Any, Any], dict[str, Any]]] = {
    AccountActivated: _activated,
    ActivationRequested: _activation_requested,
    ProfileUpdated: _profile_updated,
    PreferencesUpdated: _preferences_updated,
    NameChangeRequested: _name_change_requested,
    NameChangeConfirmed: _name_change_confirmed,
    NameChangeRefused: _name_change_refused,
    EmailChangeRequested: _email_change_requested,
    EmailChangeConfirmed: _email_change_confirmed,
    EmailChangeAbandoned: _email_change_abandoned,
    SecondaryEmailRequested: _secondary_email_requested,
    SecondaryEmailConfirmed: _secondary_email_confirmed,
    SecondaryEmailAbandoned: _secondary_email_abandoned,
    LoggedIn: _logged_in,
    TokensRevoked: _tokens_revoked,
    PasswordSet: _password_set,
    PasswordReset: _password_reset,
    AccountDeactivated: _deactivated,
    AccountDisabled: _disabled,
    AccountEnabled: _enabled,
    RightsChanged: _rights_changed,
    ProfileImageSet: _image_set,
    ProfileImageRemoved: _image_removed,
    ProfileImageRefused: _image_refused,
    **CHANGES_OF_RETIREMENT,
    **CHANGES_OF_ERASURE,
}
CHANGES_THE_WAY_IN = frozenset(
    {
        PasswordSet,
        PasswordReset,
        AccountDeactivated,
        AccountDisabled,
        EmailChangeConfirmed,
        SecondaryEmailConfirmed,
        RetirementRequested,
        RetirementCancelled,
        ProfileErased,
        ErasureReplayed,
    }
)
"""Types of events after which an older link of a password reset is dead (spec 40, section 7)."""
