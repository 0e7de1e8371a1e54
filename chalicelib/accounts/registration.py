"""New accounts: registered by a person, or provisioned by a superuser (spec 00, "Creating accounts")."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pydantic import JsonValue

from chalicelib.accounts.account import Account
from chalicelib.accounts.context import Context
from chalicelib.accounts.errors import (
    DeadLinkError,
    FieldErrors,
    RegistrationRefusedError,
    StoringRefusedError,
)
from chalicelib.accounts.policy import Policy
from chalicelib.accounts.rules.fault import Fault, RuleError
from chalicelib.accounts.rules.names import registration_name
from chalicelib.accounts.rules.passwords import new_password
from chalicelib.accounts.rules.registry import PATCH_RULES
from chalicelib.accounts.update import checked_values
from chalicelib.events.aggregate import CredentialChange, Decision
from chalicelib.events.profile import Profile
from chalicelib.events.registration import (
    AccountActivated,
    AccountProvisioned,
    AccountRegistered,
    ActivationRequested,
    SocialLogin,
)

NO_COUNTRY = ("", "--")


@dataclass(frozen=True)
class Applicant:
    """Who is to get an account. Checked; `password` null means that the account cannot log in."""

    username: str
    email: str
    password: str | None = field(repr=False)
    profile: Profile = field(default_factory=Profile)


@dataclass(frozen=True)
class Provision:
    """What else a superuser decides of a new account; the last three are known of imported accounts alone."""

    active: bool = True
    staff: bool = False
    superuser: bool = False
    permissions: tuple[str, ...] = ()
    preferences: Mapping[str, str] = field(default_factory=dict)
    orgs: tuple[str, ...] = ()
    social_logins: tuple[SocialLogin, ...] = ()
    joined: datetime | None = None
    pending_name: str | None = None
    secondary_email: str | None = None


@dataclass(frozen=True)
class NewAccount:
    """What comes from the rim: a random id, the next number, and what stands for the password."""

    id: str
    number: int
    password_hash: str | None = field(repr=False)
    credential: str | None


def check_applicant(
    form: Mapping[str, JsonValue],
    profile: Mapping[str, JsonValue],
    policy: Policy,
    *,
    password_required: bool,
) -> tuple[Applicant | None, dict[str, Fault]]:
    """The applicant of a form, or null and the faults of every field that is missing or malformed.

    `form` holds the four fields of the account itself, `profile` the profile fields.
    """
    faults: dict[str, Fault] = {}

    def take(name: str, rule: Callable[[JsonValue], Any]) -> Any:
        try:
            return rule(form.get(name))
        except RuleError as error:
            faults.update(error.faults(name))
            return None

    username = take("username", policy.username_rule)
    email = take("email", policy.email_rule)
    name = take("name", registration_name)
    password = None
    if password_required or form.get("password") is not None:
        typed = {key: value for key in ("username", "email") if isinstance(value := form.get(key), str)}
        typed |= {} if username is None else {"username": username}  # a number counts as its digits
        password = take(
            "password",
            lambda value: new_password(value, username=typed.get("username"), email=typed.get("email")),
        )
    if "confirm_email" in form and form["confirm_email"] != form.get("email"):
        faults["confirm_email"] = Fault("confirm_email differs from email.", "The two addresses differ.")
    values, profile_faults = _checked_profile(profile, policy)
    faults = {**profile_faults, **faults}
    if faults:
        return None, faults
    return Applicant(username, email, password, Profile(name=name, **values)), {}


def _checked_profile(profile: Mapping[str, JsonValue], policy: Policy) -> tuple[dict[str, Any], dict[str, Fault]]:
    """The profile fields that a registration may set, and the faults among them; empty texts count as absent.

    A deployment's read-only fields may be set here: they are read-only from then on.
    """
    faults: dict[str, Fault] = {}
    if profile.get("country") in NO_COUNTRY:
        faults["country"] = Fault("country is empty.", "Choose a country.")
    given = {
        name: value
        for name, value in profile.items()
        if name in PATCH_RULES and name not in (*faults, "name", "account_privacy") and value not in (None, "")
    }
    try:
        values = checked_values(given, replace(policy, read_only_fields=frozenset()))
    except FieldErrors as error:
        return {}, faults | error.faults
    except StoringRefusedError as error:
        return {}, faults | {error.field: error.fault}
    for name in ("social_links", "extended_profile"):
        if name in values:
            values[name] = {key: value for key, value in values[name].items() if value is not None}
    if values.get("country") not in (None, "US"):
        values.pop("state", None)
    return values, faults


def refuse(malformed: Mapping[str, Fault], taken: Mapping[str, Fault]) -> None:
    """Raise `RegistrationRefusedError` if there is any fault."""
    if malformed or taken:
        raise RegistrationRefusedError(malformed, taken)


def taken_fault(kind: str) -> Fault:
    """What is said of a username or an address that somebody has."""
    what = {"username": "username", "email": "e-mail address"}.get(kind, kind)
    return Fault(f"The {what} is taken.", f"An account with this {what} exists already.")


def register(applicant: Applicant, new: NewAccount, activation: str, context: Context) -> Decision:
    """A registration: an inactive account whose activation link, with the digest `activation`, is open."""
    if new.credential is None:
        raise ValueError("who registers has a password")
    event = AccountRegistered(
        **context.first(new.id),
        number=new.number,
        activation=activation,
        credential=new.credential,
        username=applicant.username,
        email=applicant.email,
        profile=applicant.profile,
    )
    return Decision((event,), CredentialChange(new.password_hash))


def provision(applicant: Applicant, extra: Provision, new: NewAccount, context: Context) -> Decision:
    """An account made by a superuser; it needs no activation link."""
    event = AccountProvisioned(
        **context.first(new.id),
        number=new.number,
        active=extra.active,
        staff=extra.staff,
        superuser=extra.superuser,
        permissions=extra.permissions,
        credential=new.credential,
        username=applicant.username,
        email=applicant.email,
        profile=applicant.profile,
        preferences=dict(extra.preferences),
        orgs=extra.orgs,
        social_logins=extra.social_logins,
        joined=extra.joined,
        pending_name=extra.pending_name,
        secondary_email=extra.secondary_email,
    )
    return Decision((event,), CredentialChange(new.password_hash) if new.password_hash is not None else None)


def activate(account: Account, secret_digest: str, context: Context) -> Decision:
    """Open the activation link. Raises `DeadLinkError` for one that is not the account's open one."""
    if account.activation is None or account.activation != secret_digest:
        raise DeadLinkError
    return Decision((AccountActivated(**context.next(account)),))


def request_activation(account: Account, activation: str, context: Context) -> Decision:
    """Another activation link with this digest, for an account that is not active; for one that is, nothing."""
    if account.active:
        return Decision(())
    return Decision((ActivationRequested(**context.next(account), activation=activation),))
