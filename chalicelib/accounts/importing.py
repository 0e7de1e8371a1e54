"""An account from an export of another stage (spec 50, section 2): what is taken over, and how."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pydantic import JsonValue

from chalicelib.accounts.errors import FieldErrors, StoringRefusedError
from chalicelib.accounts.policy import Policy
from chalicelib.accounts.provisioning import check_provision
from chalicelib.accounts.registration import Applicant, Provision
from chalicelib.accounts.rules.addresses import wellformed_address
from chalicelib.accounts.rules.fault import Fault, RuleError
from chalicelib.accounts.rules.names import name as name_rule
from chalicelib.accounts.rules.names import registration_name
from chalicelib.accounts.rules.registry import PATCH_RULES
from chalicelib.accounts.rules.usernames import USERNAME_CHARACTERS, is_usable
from chalicelib.accounts.update import checked_values
from chalicelib.events.profile import Profile

Rule = Callable[[JsonValue], str]
NOT_OF_THE_PROFILE = frozenset({"name", "account_privacy", "email", "secondary_email"})
PARTS: Mapping[str, type] = {"account": dict, "preferences": dict, "orgs": list, "social_logins": list}


@dataclass(frozen=True)
class Imported:
    """What an export says of an account; null if it cannot be read, and then `faults` say why, by field."""

    applicant: Applicant | None
    provision: Provision
    faults: Mapping[str, Fault]


def read_export(content: Mapping[str, JsonValue], policy: Policy, now: datetime) -> Imported:
    """The account of an export. No password is taken over, nor what belongs to the other stage.

    A recovery address counts as asked for only: the link that confirms it was not opened here.
    """
    faults = {
        part: Fault(f"{part} is missing or of another type.", "This is no export.")
        for part, kind in PARTS.items()
        if not isinstance(content.get(part), kind)
    }
    account = content.get("account")
    if faults or not isinstance(account, dict):
        return Imported(None, Provision(), faults)
    provision, provision_faults = check_provision(
        {
            "is_active": account.get("is_active"),
            "preferences": content["preferences"],
            "orgs": content["orgs"],
            "social_logins": content["social_logins"],
        },
        frozenset(),
    )
    taker = _Taker(account, dict(provision_faults))
    username = taker.text("username", lambda value: _username(value, policy))
    email = taker.text("email", policy.email_rule)
    name = taker.text("name", registration_name)
    joined = taker.moment("date_joined", now)
    pending = taker.optional("pending_name_change", name_rule)
    secondary = taker.optional("secondary_email", lambda value: wellformed_address(value, field="secondary_email"))
    profile = _profile(account, policy, taker.faults)
    provision = replace(provision, joined=joined, pending_name=pending, secondary_email=secondary)
    if taker.faults:
        return Imported(None, provision, taker.faults)
    return Imported(Applicant(username, email, None, Profile(name=name, **profile)), provision, {})


class _Taker:
    """Takes fields of the account by their rules, and notes what is wrong."""

    def __init__(self, account: Mapping[str, JsonValue], faults: dict[str, Fault]) -> None:
        self._account = account
        self.faults = faults

    def text(self, name: str, rule: Rule) -> str:
        """A field that must be there."""
        try:
            return rule(self._account.get(name))
        except RuleError as error:
            self.faults.update(error.faults(name))
            return ""

    def optional(self, name: str, rule: Rule) -> str | None:
        """A field that may be null."""
        return None if self._account.get(name) is None else self.text(name, rule) or None

    def moment(self, name: str, now: datetime) -> datetime | None:
        """A time in the past."""
        at = _utc(self._account.get(name))
        if at is None or at > now:
            self.faults[name] = Fault(f"{name} must be a time in the past.", "This time cannot be.")
            return None
        return at


def _username(value: JsonValue, policy: Policy) -> str:
    """A username as this service would give it, or one that an operator may have given (spec 20, section 12)."""
    shortest, _ = USERNAME_CHARACTERS
    if isinstance(value, str) and len(value) >= shortest and is_usable(value, policy.retired_prefix):
        return value
    return policy.username_rule(value)


def _utc(value: JsonValue) -> datetime | None:
    """A time with its zone in ISO 8601, in UTC; null for anything else."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
        return None if at is None or at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _profile(account: Mapping[str, JsonValue], policy: Policy, faults: dict[str, Fault]) -> dict[str, object]:
    """The profile fields by the rules that they are changed by; a deployment's read-only fields may be taken over."""
    given = {
        name: account[name] for name in PATCH_RULES if name not in NOT_OF_THE_PROFILE and account.get(name) is not None
    }
    try:
        values = checked_values(given, replace(policy, read_only_fields=frozenset()))
    except FieldErrors as error:
        faults.update(error.faults)
        return {}
    except StoringRefusedError as error:
        faults[error.field] = error.fault
        return {}
    for name in ("social_links", "extended_profile"):
        if name in values:
            values[name] = {key: value for key, value in values[name].items() if value is not None}
    return values
