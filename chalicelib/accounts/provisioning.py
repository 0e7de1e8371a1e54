"""What a superuser may decide of a new account besides its profile (spec 00, "Creating accounts")."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from pydantic import JsonValue

from chalicelib.accounts.preferences import preference_faults
from chalicelib.accounts.registration import Provision
from chalicelib.accounts.rules.fault import Fault, RuleError
from chalicelib.events.registration import SocialLogin

OUTDATED_ORG = "outdated_entry"
LIST_BYTES = 32 * 1024
FLAGS = {"is_active": True, "is_staff": False, "is_superuser": False}
T = TypeVar("T")


def check_provision(
    form: Mapping[str, JsonValue], known_permissions: frozenset[str]
) -> tuple[Provision, dict[str, Fault]]:
    """What `form` decides, and the faults of its fields by key; absent fields have the contract's defaults."""
    rights, faults = check_rights(form, known_permissions)
    flags = {name: rights.get(name, otherwise) for name, otherwise in FLAGS.items()}
    social_logins: tuple[SocialLogin, ...] = _taken(form, "social_logins", _social_logins, (), faults)
    preferences: dict[str, str] = _taken(form, "preferences", _preferences, {}, faults)
    provision = Provision(
        active=flags["is_active"],
        staff=flags["is_staff"],
        superuser=flags["is_superuser"],
        permissions=rights.get("permissions", ()),
        preferences=preferences,
        orgs=rights.get("orgs", ()),
        social_logins=social_logins,
    )
    return provision, faults


def check_rights(
    form: Mapping[str, JsonValue], known_permissions: frozenset[str]
) -> tuple[dict[str, Any], dict[str, Fault]]:
    """The flags, permissions and organisations that `form` names, and the faults among them by key."""
    rules: dict[str, Callable[[JsonValue], Any]] = {
        **dict.fromkeys(FLAGS, _flag),
        "permissions": lambda value: _permissions(value, known_permissions),
        "orgs": _orgs,
    }
    faults: dict[str, Fault] = {}
    values = {name: _taken(form, name, rule, None, faults) for name, rule in rules.items() if name in form}
    return {name: value for name, value in values.items() if name not in faults}, faults


def real_orgs(names: Iterable[str]) -> tuple[str, ...]:
    """Organisations without blank and outdated ones, each once (spec 20, section 9)."""
    return tuple(dict.fromkeys(name for name in names if name.strip() and name != OUTDATED_ORG))


def _taken(
    form: Mapping[str, JsonValue],
    name: str,
    rule: Callable[[JsonValue], T],
    otherwise: T,
    faults: dict[str, Fault],
) -> T:
    """The value of a field by its rule; its faults are added to `faults`."""
    if name not in form:
        return otherwise
    try:
        return rule(form[name])
    except RuleError as error:
        faults.update(error.faults(name))
        return otherwise


def _flag(value: JsonValue) -> bool:
    if not isinstance(value, bool):
        raise RuleError("Must be true or false.", "Choose yes or no.")
    return value


def _permissions(value: JsonValue, known: frozenset[str]) -> tuple[str, ...]:
    names = _texts(value)
    if not known.issuperset(names):
        raise RuleError(f"Permissions are: {', '.join(sorted(known))}.", "There is no such permission.")
    return tuple(sorted(set(names)))


def _orgs(value: JsonValue) -> tuple[str, ...]:
    return real_orgs(_texts(value))


def _social_logins(value: JsonValue) -> tuple[SocialLogin, ...]:
    if not isinstance(value, list):
        raise RuleError("Must be a list of objects.", "These logins were not understood.")
    logins = tuple(_social_login(item) for item in value)
    _refuse_bulk(sum(len(login.model_dump_json()) for login in logins))
    return logins


def _social_login(item: JsonValue) -> SocialLogin:
    if not isinstance(item, dict):
        raise RuleError("Each login must be an object.", "These logins were not understood.")
    provider, uid = item.get("provider"), item.get("uid")
    if not isinstance(provider, str) or not isinstance(uid, str) or not provider or not uid:
        raise RuleError('Each login needs "provider" and "uid", both text.', "These logins were not understood.")
    _refuse_unstorable(provider, uid)
    return SocialLogin(provider=provider, uid=uid, extra_data=_extra_data(item.get("extra_data")))


def _extra_data(value: JsonValue) -> str:
    try:
        return json.dumps(value, ensure_ascii=True)
    except (ValueError, RecursionError):
        # A number of too many digits, or nested too deeply; the built-in errors may quote the value.
        raise RuleError("extra_data cannot be stored.", "These logins were not understood.") from None


def _preferences(value: JsonValue) -> dict[str, str]:
    if not isinstance(value, dict):
        raise RuleError("Must be an object of preferences.", "These settings were not understood.")
    stored, faults = preference_faults(value)
    if faults:
        raise RuleError("A preference cannot be stored.", next(iter(faults.values())).user_message)
    return stored


def _texts(value: JsonValue) -> list[str]:
    if not isinstance(value, list):
        raise RuleError("Must be a list of texts.", "This list was not understood.")
    texts = [item for item in value if isinstance(item, str)]
    if len(texts) != len(value):
        raise RuleError("Must be a list of texts.", "This list was not understood.")
    _refuse_unstorable(*texts)
    _refuse_bulk(sum(len(text.encode()) for text in texts))
    return texts


def _refuse_unstorable(*texts: str) -> None:
    if any("\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text) for text in texts):
        raise RuleError("A text cannot be stored.", "This text cannot be stored.")


def _refuse_bulk(size: int) -> None:
    if size > LIST_BYTES:
        raise RuleError(f"Limited to {LIST_BYTES} bytes.", "That is too much.")
