"""What each request comes to by the contract: the status of its answer, and what it changes in the model.

Nothing changes unless the status is a success. Texts of the spec: 10-accounts, 20-retirement, 50-operations.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.histories.model import (
    NO_PROFILE,
    SUPERUSER,
    TOKEN_LIFE,
    Caller,
    Changes,
    Entry,
    Model,
    Pending,
    Person,
    Token,
    same,
)
from tests.histories.shapes import shown


def provision(model: Model, caller: Caller, person: Person) -> int:
    """A superuser makes an account."""
    if not model.knows(caller):
        return 401
    if caller.seed != SUPERUSER:
        return 403
    if model.name_taken(person.username) or model.owner(person.email):
        return 409
    _begin(model, person, "AccountProvisioned", "staff", SUPERUSER)
    return 201


def register(model: Model, person: Person) -> int:
    """Somebody registers, and is inactive until they open the link of the mail."""
    if model.name_taken(person.username) or model.owner(person.email):
        return 409
    _begin(model, person, "AccountRegistered", "owner", None)
    return 200


def _begin(model: Model, person: Person, kind: str, role: str, actor: str | None) -> None:
    given = {name: (None, value) for name, value in person.profile.items() if value not in (None, "", (), {})}
    changes: Changes = {"username": (None, person.username), "email": (None, person.email), **given}
    changes["is_active"] = (None, person.active)
    if person.orgs:
        changes["orgs"] = ([], list(person.orgs))
    person.history.append(Entry(kind, role, actor, changes))
    model.people.append(person)


def activate(model: Model, person: Person | None) -> int:
    """An activation link is opened: `person` is whose it is while it is open."""
    if person is None or person.activation is None:
        return 404
    person.dead_links.append(person.activation)
    person.active, person.activation = True, None
    person.happened("AccountActivated", is_active=(False, True))
    return 200


def log_in(model: Model, name: str, token: Token | None = None) -> int:
    """The right password under a username or an address; `token` is what the service gave."""
    found = next((each for each in model.people if each.username == name or same(each.email, name)), None)
    if found is None or not found.may_log_in:
        if found is not None:
            found.failures += 1
        return 400
    found.failures = 0
    found.logged_in = True
    found.happened("LoggedIn")
    if token is not None:
        token.expires = model.now + TOKEN_LIFE
        found.tokens.append(token)
    return 200


def patch(model: Model, caller: Caller, username: str, fields: Mapping[str, Any], version: int | None = None) -> int:
    """PATCH of an account; `version` is what If-Match names. Links are given to the model once they are mailed."""
    refusal = _not_own(model, caller, username)
    if refusal:
        return refusal
    person = caller.person
    assert person is not None
    if version not in (None, person.version):
        return 412
    if _faulty(model, person, fields):
        return 400
    _update(person, {name: value for name, value in fields.items() if name not in ("email", "secondary_email")})
    if "email" in fields:
        person.supersede(person.pending_email)
        person.pending_email = Pending(fields["email"])
        person.happened("EmailChangeRequested", email=(None, fields["email"]))
    if "secondary_email" in fields and model.owner(fields["secondary_email"]) is None:
        before = person.secondary
        person.supersede(person.pending_secondary)
        person.pending_secondary = Pending(fields["secondary_email"])
        person.happened("SecondaryEmailRequested", secondary_email=(before, fields["secondary_email"]))
    return 200


def _not_own(model: Model, caller: Caller, username: str) -> int | None:
    """Why a caller may not PATCH the account of this name (spec 10, D1 and D2)."""
    if not model.knows(caller):
        return 401
    if caller.person is not None and caller.person.username == username:
        return None
    return 403 if caller.staff and model.named(username) else 404


def _faulty(model: Model, person: Person, fields: Mapping[str, Any]) -> bool:
    """Whether any field is at fault: then nothing changes at all."""
    if "username" in fields or fields.get("year_of_birth") == "soon" or fields.get("name", "x") in ("", None):
        return True
    for field in ("email", "secondary_email"):
        if field in fields and ("@" not in fields[field] or same(fields[field], person.email)):
            return True
    owner = model.owner(fields["secondary_email"]) if "secondary_email" in fields else None
    return owner is not None and not owner[1]


def _update(person: Person, fields: Mapping[str, Any]) -> None:
    """Store what differs, as one event that tells of nothing else."""
    wanted = {name: _stored(name, value) for name, value in fields.items() if name in NO_PROFILE}
    for name in ("social_links", "extended_profile"):
        if name in wanted:
            merged = {**person.profile[name], **wanted[name]}  # type: ignore[dict-item]
            wanted[name] = {key: value for key, value in merged.items() if value != ""}
    if "country" in wanted and wanted["country"] != "US":
        wanted["state"] = None
    changes = {
        name: (shown(name, person.profile[name]), shown(name, value))
        for name, value in wanted.items()
        if person.profile[name] != value
    }
    person.profile |= wanted
    if "account_privacy" in fields:
        changes |= _set_preferences(person, {"account_privacy": fields["account_privacy"]})
    if changes:
        person.happened("ProfileUpdated", **changes)


def _stored(name: str, value: Any) -> Any:
    """A valid value of PATCH in the form in which it is kept."""
    if name == "social_links":
        return {each["platform"]: each["social_link"] and _link(each["social_link"]) for each in value}
    if name == "extended_profile":
        return {each["field_name"]: each["field_value"] for each in value}
    if name == "language_proficiencies":
        return tuple(each["code"] for each in value)
    return None if value == "" and name in ("bio", "country", "state") else value


def _link(name: str) -> str:
    return f"https://www.x.com/{name}"


def _set_preferences(person: Person, values: Mapping[str, str | None]) -> Changes:
    """Set preferences, delete those that are null; what has changed."""
    changed = {key: value for key, value in values.items() if person.preferences.get(key) != value}
    changes: Changes = {f"preferences.{key}": (person.preferences.get(key), value) for key, value in changed.items()}
    merged = {**person.preferences, **changed}
    person.preferences = {key: value for key, value in merged.items() if value is not None}
    return changes


def patch_preferences(
    model: Model, caller: Caller, username: str, values: Mapping[str, str | None], version: int | None = None
) -> int:
    """PATCH of the map of preferences."""
    if not model.knows(caller):
        return 401
    person = caller.person
    if person is None or person.username != username:
        return 403
    if version not in (None, person.version):
        return 412
    changes = _set_preferences(person, values)
    if changes:
        person.happened("PreferencesUpdated", **changes)
    return 204


def open_email_link(model: Model, person: Person) -> int:
    """The newest link of the new address is opened."""
    pending = person.pending_email
    if pending is None or pending.link is None:
        return 404
    owner = model.owner(pending.address)
    if owner is not None and owner[0] is not person:
        return 409
    before, secondary = person.email, person.secondary
    if person.recovery and same(person.recovery, pending.address):
        person.recovery = None
    person.email = pending.address
    person.supersede(pending)
    person.lose_reset()
    person.pending_email = None
    changes: Changes = {"email": (before, person.email)}
    if secondary != person.secondary:
        changes["secondary_email"] = (secondary, person.secondary)
    person.happened("EmailChangeConfirmed", **changes)
    return 200


def open_secondary_link(model: Model, person: Person) -> int:
    """The newest link of the recovery address is opened."""
    pending = person.pending_secondary
    if pending is None or pending.link is None:
        return 404
    owner = model.owner(pending.address)
    if owner is not None and (owner[0] is not person or owner[1]):
        return 409
    before, person.recovery = person.recovery, pending.address
    person.supersede(pending)
    person.lose_reset()
    person.pending_secondary = None
    changes = {} if before == person.recovery else {"secondary_email": (before, person.recovery)}
    person.happened("SecondaryEmailConfirmed", **changes)
    return 200


def request_name(model: Model, caller: Caller, name: str) -> int:
    """A name is asked for, which staff must approve."""
    if not model.knows(caller):
        return 401
    person = caller.person
    assert person is not None
    if name == person.profile["name"]:
        return 400
    person.happened("NameChangeRequested", pending_name_change=(person.pending_name, name))
    person.pending_name = name
    return 201


def decide_name(model: Model, caller: Caller, username: str, *, approved: bool) -> int:
    """Staff approve or refuse the name that waits."""
    if not model.knows(caller):
        return 401
    if not caller.staff:
        return 403
    person = model.named(username)
    if person is None or person.pending_name is None:
        return 404
    pending: Changes = {"pending_name_change": (person.pending_name, None)}
    if approved:
        name: Changes = {"name": (person.profile["name"], person.pending_name)}
        person.happened("NameChangeConfirmed", "staff", caller.seed, **name, **pending)
        person.profile["name"] = person.pending_name
    else:
        person.happened("NameChangeRefused", "staff", caller.seed, **pending)
    person.pending_name = None
    return 204


def switch(model: Model, caller: Caller, username: str, *, disables: bool) -> int:
    """Staff disable or enable an account."""
    if not model.knows(caller):
        return 401
    if not caller.staff:
        return 403
    person = model.named(username)
    if person is None:
        return 404
    if person.has_left or person.disabled is disables:
        return 409
    person.disabled = disables
    if disables:
        person.lose_tokens()
        person.lose_reset()
    person.happened("AccountDisabled" if disables else "AccountEnabled", "staff", caller.seed)
    return 200


def set_orgs(model: Model, caller: Caller, username: str, orgs: Sequence[str]) -> int:
    """A superuser says which organisations the person belongs to."""
    if not model.knows(caller):
        return 401
    if caller.seed != SUPERUSER:
        return 403
    person = model.named(username)
    if person is None:
        return 404
    if person.has_left:
        return 409
    if person.orgs != tuple(orgs):
        person.happened("RightsChanged", "staff", caller.seed, orgs=(list(person.orgs), list(orgs)))
        person.orgs = tuple(orgs)
    return 200


def deactivate(model: Model, caller: Caller, username: str) -> int:
    """The password and the tokens of somebody go, nothing else."""
    if not model.knows(caller):
        return 401
    if caller.seed != SUPERUSER:
        return 403
    person = model.named(username)
    if person is None:
        return 404
    if not person.deactivated:
        person.deactivated, person.password = True, False
        person.lose_tokens()
        person.lose_reset()
        person.happened("AccountDeactivated", "staff", caller.seed)
    return 200


def set_picture(model: Model, caller: Caller, username: str) -> int:
    """The owner sends a picture."""
    refusal = _not_own(model, caller, username)
    if refusal:
        return refusal
    assert caller.person is not None
    caller.person.happened("ProfileImageSet", profile_image=(caller.person.image, True))
    caller.person.image = True
    return 204


def remove_picture(model: Model, caller: Caller, username: str) -> int:
    """The owner or staff take the picture away."""
    if not model.knows(caller):
        return 401
    own = caller.person is not None and caller.person.username == username
    person = model.named(username)
    if person is None or not (own or caller.staff):
        return 404
    if person.image:
        role, actor = ("owner", None) if own else ("staff", caller.seed)
        person.happened("ProfileImageRemoved", role, actor, profile_image=(True, False))
        person.image = False
    return 204


def ask_reset(model: Model, address: str) -> Person | None:
    """A password reset is asked for: who is mailed a link, if anybody."""
    found = next((each for each in model.people if same(each.email, address)), None)
    if found is None or found.has_left or found.disabled or found.deactivated:
        return None
    return found


def reset_password(model: Model, person: Person) -> bool:
    """The newest link of a reset is used; whether the person knows the password again."""
    if person.reset is None or person.reset.expires <= model.now:
        return False
    before, activated = person.secondary, not person.active
    after = None if activated else person.recovery
    person.lose_links(recovery=activated)
    person.lose_tokens()
    person.active = person.password = True
    person.deactivated, person.failures = False, 0
    changes: Changes = {"is_active": (False, True)} if activated else {}
    if before != after:
        changes["secondary_email"] = (before, after)
    person.happened("PasswordReset", **changes)
    return True
