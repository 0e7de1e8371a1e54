"""PATCH of an account: decide what a merge patch comes to (spec 10, sections 6 and 7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from chalicelib.accounts.account import Account
from chalicelib.accounts.addresses import (
    EMAIL,
    NO_REQUESTS,
    AddressRequests,
    address_faults,
    asked_addresses,
    request_events,
)
from chalicelib.accounts.context import Context
from chalicelib.accounts.errors import FieldErrors, StoringRefusedError
from chalicelib.accounts.fold import merged
from chalicelib.accounts.policy import Policy
from chalicelib.accounts.rules.fault import Fault, RuleError, StoringError
from chalicelib.accounts.rules.registry import PATCH_RULES, READ_ONLY
from chalicelib.accounts.visibility import ACCOUNT_PRIVACY
from chalicelib.events.aggregate import Decision
from chalicelib.events.profile import Profile, ProfileUpdated

HOME_OF_STATES = "US"
EXTENDED_PROFILE_BYTES = 32 * 1024
MERGED_FIELDS = ("social_links", "extended_profile")


def update_account(
    account: Account,
    patch: Mapping[str, JsonValue],
    policy: Policy,
    context: Context,
    requests: AddressRequests = NO_REQUESTS,
) -> Decision:
    """The events that `patch` comes to, or none if it changes nothing; `requests` are needed for addresses.

    Raises `FieldErrors` with every fault, or `StoringRefusedError`. Unknown fields are ignored.
    """
    if EMAIL in patch and not policy.email_changes_allowed:
        raise StoringRefusedError(
            EMAIL, Fault("Changes of the address are switched off.", "You cannot change it here.")
        )
    checked = check_fields(patch, policy)
    faults = checked.faults | address_faults(account, patch, requests) | _unproven_name(account, checked, policy)
    if faults:
        raise FieldErrors(faults)
    checked.refuse_storing()
    updated = _profile_event(account, checked.values, context)
    events = () if updated is None else (updated,)
    asked = {name: address for name, address in asked_addresses(patch).items() if name in requests.keys}
    return Decision((*events, *request_events(account, asked, requests, context, after=len(events))))


def _unproven_name(account: Account, checked: "CheckedFields", policy: Policy) -> dict[str, Fault]:
    """A fault where the deployment wants a proof of identity for this change of name (spec 10, section 7.1)."""
    name = checked.values.get("name")
    if name is None or name == account.profile.name or not policy.name_needs_proof(account, name):
        return {}
    return {"name": Fault("This change of name needs a proof of identity.", "Please verify your identity first.")}


def _profile_event(account: Account, checked: Mapping[str, Any], context: Context) -> ProfileUpdated | None:
    changes = _profile_changes(account.profile, checked)
    preferences = _privacy_change(account, checked)
    if not changes and not preferences:
        return None
    return ProfileUpdated(
        **context.next(account),
        fields=(*sorted(changes), *(["preferences"] if preferences else [])),
        before={name: getattr(account.profile, name) for name in changes},
        after=changes,
        **preferences,
    )


def _privacy_change(account: Account, checked: Mapping[str, Any]) -> dict[str, dict[str, str | None]]:
    """The fields of the event that change the preference `account_privacy`; none if it stays as it is."""
    before = account.preferences.get(ACCOUNT_PRIVACY)
    after = checked.get(ACCOUNT_PRIVACY, before)
    if after == before:
        return {}
    return {"preferences_before": {ACCOUNT_PRIVACY: before}, "preferences_after": {ACCOUNT_PRIVACY: after}}


@dataclass(frozen=True)
class CheckedFields:
    """The values that a patch would store, by field, and every fault; `storing` are those in the storing shape."""

    values: dict[str, Any]
    faults: dict[str, Fault]
    storing: dict[str, Fault]

    def refuse_storing(self) -> None:
        """Raise `StoringRefusedError` for a fault in the storing shape; it only shows if there is no other."""
        for name, fault in self.storing.items():
            raise StoringRefusedError(name, fault)


def check_fields(patch: Mapping[str, JsonValue], policy: Policy) -> CheckedFields:
    """Each field of a patch by its rule."""
    faults = {name: _read_only(name) for name in patch if name in READ_ONLY or name in policy.read_only_fields}
    storing: dict[str, Fault] = {}
    values: dict[str, Any] = {}
    for name, rule in PATCH_RULES.items():
        if name not in patch or name in faults:
            continue
        try:
            values[name] = rule(patch[name], policy.rules)
        except StoringError as error:
            storing |= error.faults(name)
        except RuleError as error:
            faults |= error.faults(name)
    return CheckedFields(values, faults, storing)


def checked_values(patch: Mapping[str, JsonValue], policy: Policy) -> dict[str, Any]:
    """The values that a patch would store. Raises `FieldErrors` with all faults, `StoringRefusedError`."""
    checked = check_fields(patch, policy)
    if checked.faults:
        raise FieldErrors(checked.faults)
    checked.refuse_storing()
    return checked.values


def _read_only(name: str) -> Fault:
    return Fault(f"The field {name} is read-only.", "This field cannot be changed.")


def _profile_changes(profile: Profile, values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the profile that differ from `profile`, each with its whole new value."""
    wanted = {name: value for name, value in values.items() if name != ACCOUNT_PRIVACY}
    for name in MERGED_FIELDS:
        if name in wanted:
            wanted[name] = merged(getattr(profile, name), wanted[name])
    if "country" in wanted and wanted["country"] != HOME_OF_STATES:
        wanted["state"] = None
    changes = {name: value for name, value in wanted.items() if getattr(profile, name) != value}
    if _size(changes.get("extended_profile", {})) > EXTENDED_PROFILE_BYTES:
        fault = Fault("All extended profile fields together are limited to 32 KiB.", "That is too much text.")
        raise FieldErrors({"extended_profile": fault})
    return changes


def _size(texts: Mapping[str, str]) -> int:
    return sum(len(name.encode()) + len(value.encode()) for name, value in texts.items())
