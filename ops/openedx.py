"""What an export of Open edX says of a person: columns of `auth_user` and `auth_userprofile`, and what belongs to them.

Each row is one JSON object; the columns of the profile may stand in it or in an object `profile` within it. Values
are judged by the rules of provisioning. Passwords are not taken over.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from pydantic import JsonValue

from chalicelib.accounts.account import Account
from chalicelib.accounts.policy import Policy
from chalicelib.accounts.provisioning import FLAGS, check_provision
from chalicelib.accounts.registration import Applicant, Provision, check_applicant
from chalicelib.accounts.rules.addresses import wellformed_address
from chalicelib.accounts.rules.fault import RuleError
from chalicelib.accounts.rules.names import name as name_rule
from chalicelib.accounts.rules.registry import PATCH_RULES
from chalicelib.identity.permissions import Permission

ACCOUNT_COLUMNS = frozenset(
    {
        "username",
        "email",
        "name",
        "first_name",
        "last_name",
        "is_active",
        "is_staff",
        "is_superuser",
        "date_joined",
        "permissions",
        "preferences",
        "orgs",
        "social_logins",
        "secondary_email",
        "pending_name_change",
        "profile",
    }
)
PROFILE_COLUMNS = (frozenset(PATCH_RULES) - {"name", "account_privacy"}) | {"meta"}
IGNORED_COLUMNS = frozenset(
    {
        "id",
        "user_id",
        "password",
        "last_login",
        "courseware",
        "language",
        "location",
        "allow_certificate",
        "profile_image_uploaded_at",
    }
)
COLUMNS = ACCOUNT_COLUMNS | PROFILE_COLUMNS | IGNORED_COLUMNS
EMPTY: tuple[JsonValue, ...] = (None, "", "--")
"""What stands for nothing in columns of the profile."""


@dataclass(frozen=True)
class Person:
    """An account that a row asks for."""

    applicant: Applicant
    provision: Provision


@dataclass(frozen=True)
class Read:
    """What a row came to: a person, or the fields at fault; and whether it has columns that nobody knows."""

    person: Person | None
    faults: tuple[str, ...] = ()
    unknown_columns: bool = False


def read(row: Mapping[str, JsonValue], policy: Policy, now: datetime) -> Read:
    """The person of a row, by the rules of provisioning; names of fields alone tell what is wrong."""
    columns = _flat(row)
    unknown = not COLUMNS.issuperset(columns)
    faults: set[str] = set()
    form = {"username": columns.get("username"), "email": columns.get("email"), "name": _name(columns)}
    applicant, malformed = check_applicant(form, _profile(columns, policy, faults), policy, password_required=False)
    provision, refused = check_provision(_provision(columns), frozenset(Permission))
    faults |= malformed.keys() | refused.keys()
    provision = replace(
        provision,
        joined=_moment(columns, "date_joined", now, faults),
        pending_name=_optional(columns, "pending_name_change", name_rule, faults),
        secondary_email=_optional(columns, "secondary_email", _address, faults),
    )
    if applicant is None or faults:
        return Read(None, tuple(sorted(faults)), unknown)
    return Read(Person(applicant, provision), (), unknown)


def differences(person: Person, account: Account) -> tuple[str, ...]:
    """The fields in which an account is not what a row says of it; none: it is there already."""
    applicant, provision = person.applicant, person.provision
    wanted: dict[str, tuple[Any, Any]] = {
        "username": (applicant.username, account.own_username),
        "email": (applicant.email, account.own_email),
        "is_active": (provision.active, account.active),
        "is_staff": (provision.staff, account.staff),
        "is_superuser": (provision.superuser, account.superuser),
        "permissions": (provision.permissions, account.permissions),
        "preferences": (dict(provision.preferences), account.preferences),
        "orgs": (provision.orgs, account.orgs),
        "social_logins": (provision.social_logins, account.social_logins),
        "date_joined": (provision.joined or account.joined, account.joined),
        "pending_name_change": (provision.pending_name, account.pending_name),
        "secondary_email": (provision.secondary_email, account.secondary_email),
    }
    profile = applicant.profile.model_dump()
    wanted |= {name: (value, getattr(account.profile, name)) for name, value in profile.items()}
    return tuple(sorted(name for name, (one, other) in wanted.items() if one != other))


def _flat(row: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """All columns beside each other; those of the account count more."""
    profile = row.get("profile")
    return {**(profile if isinstance(profile, dict) else {}), **row}


def _name(columns: Mapping[str, JsonValue]) -> JsonValue:
    """The full name, or else the two names of `auth_user`."""
    if columns.get("name") not in EMPTY:
        return columns["name"]
    parts = [columns.get("first_name"), columns.get("last_name")]
    return " ".join(part for part in parts if isinstance(part, str) and part.strip()) or None


def _profile(columns: Mapping[str, JsonValue], policy: Policy, faults: set[str]) -> dict[str, JsonValue]:
    """The columns of the profile that say something."""
    if not isinstance(columns.get("profile", {}), dict):
        faults.add("profile")
    given = {name: columns[name] for name in PROFILE_COLUMNS - {"meta"} if columns.get(name) not in EMPTY}
    codes = given.get("language_proficiencies")
    if isinstance(codes, list):
        given["language_proficiencies"] = [{"code": code} if isinstance(code, str) else code for code in codes]
    if "extended_profile" not in given:
        given["extended_profile"] = _meta(columns.get("meta"), policy, faults)
    return given


def _meta(meta: JsonValue, policy: Policy, faults: set[str]) -> JsonValue:
    """The deployment's further fields, from the JSON that `auth_userprofile` keeps them in."""
    try:
        content = json.loads(meta) if isinstance(meta, str) and meta else meta or {}
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        faults.add("meta")
        return []
    named = [(name, content[name]) for name in policy.extended_profile_fields if content.get(name) not in EMPTY]
    return [{"field_name": name, "field_value": value} for name, value in named]


def _provision(columns: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """What `check_provision` judges; MySQL writes true and false as 1 and 0."""
    taken = ("permissions", "preferences", "orgs", "social_logins")
    given = {name: columns[name] for name in taken if columns.get(name) is not None}
    for name in FLAGS:
        if columns.get(name) is not None:
            value = columns[name]
            given[name] = bool(value) if value in (0, 1) else value
    return given


def _moment(columns: Mapping[str, JsonValue], name: str, now: datetime, faults: set[str]) -> datetime | None:
    """A time in the past; without a zone it is UTC, as Django stores it."""
    value = columns.get(name)
    if value in EMPTY:
        return None
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
        at = at and (at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC))
    except (ValueError, OverflowError):
        at = None
    if at is None or at > now:
        faults.add(name)
        return None
    return at


def _optional(
    columns: Mapping[str, JsonValue], name: str, rule: Callable[[JsonValue], str], faults: set[str]
) -> str | None:
    if columns.get(name) in EMPTY:
        return None
    try:
        return rule(columns[name])
    except RuleError:
        faults.add(name)
        return None


def _address(value: JsonValue) -> str:
    return wellformed_address(value, field="secondary_email")
