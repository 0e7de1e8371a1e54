"""What anybody can read of people by the contract."""

from datetime import timedelta
from typing import Any

from tests.histories.model import COOL_OFF, STATES, Caller, Entry, Model, Person, same
from tests.histories.shapes import shown

PUBLIC = frozenset({"account_privacy", "profile_image", "username"})
SHARED = PUBLIC | {
    "bio",
    "course_certificates",
    "country",
    "date_joined",
    "language_proficiencies",
    "level_of_education",
    "social_links",
    "time_zone",
}
TEXTS = ("name", "bio", "country", "state", "goals", "year_of_birth")
LISTS = ("language_proficiencies", "social_links", "extended_profile")


def is_minor(model: Model, person: Person) -> bool:
    """Whether a parent would have to consent: too young, or no year of birth."""
    born = person.profile["year_of_birth"]
    return not isinstance(born, int) or model.now.year - born - 1 < 13


def visibility(model: Model, person: Person) -> str:
    """Who may see more than the least: whoever needs consent is private."""
    if is_minor(model, person):
        return "private"
    return person.preferences.get("account_privacy", "all_users")


def full(model: Model, person: Person) -> dict[str, Any]:
    """The full view, as far as histories change it."""
    return {
        "username": person.username,
        "id": person.number,
        "email": person.email,
        "is_active": person.active,
        **{name: person.profile[name] for name in TEXTS},
        **{name: shown(name, person.profile[name]) for name in LISTS},
        "account_privacy": visibility(model, person),
        "requires_parental_consent": is_minor(model, person),
        "pending_name_change": person.pending_name,
        "secondary_email": person.secondary,
        "language": person.preferences.get("pref-lang"),
        "profile_image": person.image,
        "last_login": person.logged_in,
    }


def read(answer: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """The same of an answer: whether there is a picture, and whether there was a login."""
    found = {name: answer.get(name) for name in wanted}
    found["profile_image"] = answer["profile_image"]["has_image"]
    found["last_login"] = answer.get("last_login") is not None
    return found


def fields_for_strangers(model: Model, person: Person) -> frozenset[str]:
    """Which fields somebody sees who is neither the owner nor staff."""
    match visibility(model, person):
        case "all_users":
            return SHARED
        case "custom":
            choices = person.preferences
            return PUBLIC | {name for name in SHARED | {"name"} if choices.get(f"visibility.{name}") == "all_users"}
        case _:
            return PUBLIC


def history(person: Person, reader: Caller) -> list[dict[str, Any]]:
    """The history as the owner or staff read it, newest first, without times."""
    return [
        {
            "version": version,
            "type": entry.type,
            "actor": {"role": entry.role, "username": _actor(person, entry, reader)},
            "changes": None
            if person.erased
            else {name: {"old": a, "new": b} for name, (a, b) in entry.changes.items()},
        }
        for version, entry in reversed(list(enumerate(person.history, start=1)))
    ]


def _actor(person: Person, entry: Entry, reader: Caller) -> str | None:
    if person.erased:
        return None
    if entry.actor is None:
        return person.username
    return entry.actor if reader.staff else None


def row(person: Person) -> dict[str, Any]:
    """The row of a retirement."""
    standing = person.row
    assert standing is not None
    return {
        "id": standing.number,
        "user": {
            "id": person.number,
            "username": person.username,
            "email": person.retired_email,
            "profile": {"id": person.number, "name": person.profile["name"]},
        },
        "original_username": standing.original_username,
        "original_email": standing.original_email,
        "original_name": standing.original_name,
        "retired_username": person.retired_username,
        "retired_email": person.retired_email,
        "current_state": _state(standing.state),
        "last_state": _state(standing.last_state),
        "created": standing.created.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "modified": standing.modified.isoformat(timespec="microseconds").replace("+00:00", "Z"),
    }


def _state(name: str) -> dict[str, Any]:
    place = STATES.index(name)
    return {"state_name": name, "state_execution_order": 1 + 10 * place}


def by_address(model: Model, address: str) -> tuple[int, Any]:
    """What staff are told who look an address up: the status, and the username, or what may be cancelled."""
    for person in model.people:
        if same(person.email, address):
            return 200, person.username
    for person in model.people:
        if person.retired_address and same(person.retired_address, address):
            return 404, _cancellable(model, person)
    return 404, None


def _cancellable(model: Model, person: Person) -> int | str:
    """The number of a row that may be cancelled, or `no`."""
    standing = person.row
    if standing is None or standing.state != "PENDING" or person.erased:
        return "no"
    return standing.number if model.now - standing.created < COOL_OFF else "no"


def is_listed(model: Model, person: Person) -> bool:
    """Whether the queue without a cool-off has the person's row: only what is older than now."""
    return person.row is not None and model.now - person.row.created > timedelta(0)
