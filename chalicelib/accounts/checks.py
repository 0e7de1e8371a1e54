"""Registration checks: what each field of the form would be told (spec 10, section 11)."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import TypeAlias

from pydantic import JsonValue

from chalicelib.accounts.policy import Policy
from chalicelib.accounts.rules.fault import RuleError
from chalicelib.accounts.rules.names import checked_name
from chalicelib.accounts.rules.passwords import new_password

Form: TypeAlias = Mapping[str, JsonValue]
Taken: TypeAlias = frozenset[str]
"""Which of `username` and `email` somebody has."""

NO_COUNTRY = ("", "--")
TAKEN = {
    "username": "It looks like this username is already taken.",
    "email": "This email is already associated with an existing account.",
}


def decisions(form: Form, taken: Taken, policy: Policy) -> dict[str, str]:
    """A message for each known field of `form`, empty if it is fine; `form_field_key` asks for one field alone."""
    only = form.get("form_field_key")
    names = [only] if isinstance(only, str) and only in CHECKS else [name for name in CHECKS if name in form]
    return {name: CHECKS[name](form, taken, policy) for name in names}


def well_formed(form: Form, policy: Policy) -> dict[str, str]:
    """The username and the address of a form as they would be stored, as far as they are well formed."""
    rules = {"username": policy.username_rule, "email": policy.email_rule}
    found = {}
    for name, rule in rules.items():
        if name in form:
            with suppress(RuleError):
                found[name] = rule(form[name])
    return found


def is_fine(field: str, form: Form, policy: Policy) -> bool:
    """Whether a field is there and well formed, taken or not."""
    return field in form and not CHECKS[field](form, frozenset(), policy)


def _told(rule: Callable[[JsonValue], object], value: JsonValue) -> str:
    try:
        rule(value)
    except RuleError as error:
        return error.fault.user_message
    return ""


def _name(form: Form, _: Taken, __: Policy) -> str:
    return _told(checked_name, form.get("name"))


def _username(form: Form, taken: Taken, policy: Policy) -> str:
    return _told(policy.username_rule, form.get("username")) or ("username" in taken and TAKEN["username"]) or ""


def _email(form: Form, taken: Taken, policy: Policy) -> str:
    return _told(policy.email_rule, form.get("email")) or ("email" in taken and TAKEN["email"]) or ""


def _confirm_email(form: Form, _: Taken, __: Policy) -> str:
    confirmed = form.get("confirm_email")
    if not confirmed or confirmed != form.get("email"):
        return "The email addresses do not match."
    return ""


def _password(form: Form, _: Taken, policy: Policy) -> str:
    """Likeness to username and address counts only if a username is sent."""
    username = _text(form.get("username")) or well_formed(form, policy).get("username")
    email = _text(form.get("email")) if username is not None else None

    def rule(value: JsonValue) -> str:
        return new_password(value, username=username, email=email)

    return _told(rule, form.get("password")) or _breached(form, policy)


def _text(value: JsonValue) -> str | None:
    return value if isinstance(value, str) else None


def _breached(form: Form, policy: Policy) -> str:
    at_reset = form.get("reset_password_page") == "true"
    switched_on = policy.breach_check_at_reset if at_reset else policy.breach_check_at_registration
    password = form.get("password")
    if not switched_on or policy.breached_password is None or not isinstance(password, str):
        return ""
    return "This password is known from a breach elsewhere." if policy.breached_password(password) else ""


def _country(form: Form, _: Taken, __: Policy) -> str:
    return "Select your country or region of residence." if form.get("country") in (*NO_COUNTRY, None) else ""


CHECKS: Mapping[str, Callable[[Form, Taken, Policy], str]] = MappingProxyType(
    {
        "name": _name,
        "username": _username,
        "email": _email,
        "confirm_email": _confirm_email,
        "password": _password,
        "country": _country,
    }
)
