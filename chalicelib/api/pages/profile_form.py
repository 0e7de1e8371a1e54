"""The form of one's profile: from the account to what its fields show, and back to what has changed."""

import json
from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from typing import Any

from chalicelib.accounts.rules.languages import LANGUAGES
from chalicelib.accounts.rules.social_links import STUBS

AREAS = ("bio", "goals", "mailing_address")
LINES = ("gender", "year_of_birth", "level_of_education", "country", "state", "phone_number")
SPEAKS, LINK, EXTENDED = "speaks_", "link_", "extended_"
LANGUAGES_FIELD, LINKS_FIELD, EXTENDED_FIELD = "language_proficiencies", "social_links", "extended_profile"
FIELDS = (*AREAS, *LINES, LANGUAGES_FIELD, LINKS_FIELD, EXTENDED_FIELD)
"""The API's fields that the form is about. Addresses and the name have pages of their own."""

CHECKED = "on"
Values = Mapping[str, str]
"""What the fields of the form hold, by their names in the form."""


def values_of(account: Mapping[str, Any], fields: Collection[str], extended: Sequence[str]) -> dict[str, str]:
    """What the form shows of an account; `fields` are those of the API that can be edited.

    A language that is not spoken has no value. The further fields, whose names `extended` can be anything, are
    numbered.
    """
    found = {name: _text(account[name]) for name in (*AREAS, *LINES) if name in fields}
    if LANGUAGES_FIELD in fields:
        found |= {f"{SPEAKS}{each['code']}": CHECKED for each in account[LANGUAGES_FIELD]}
    if LINKS_FIELD in fields:
        links = {each["platform"]: each["social_link"] for each in account[LINKS_FIELD]}
        found |= {f"{LINK}{platform}": links.get(platform, "") for platform in STUBS}
    if EXTENDED_FIELD in fields:
        texts = {each["field_name"]: each["field_value"] for each in account[EXTENDED_FIELD]}
        found |= {f"{EXTENDED}{number}": texts.get(name, "") for number, name in enumerate(extended)}
    return found


def typed_of(sent: Values, shown: Values, fields: Collection[str]) -> dict[str, str]:
    """What the form holds after somebody has sent it. A text that is not in it stays as `shown`."""
    found = {name: sent.get(name, text) for name, text in shown.items() if not name.startswith(SPEAKS)}
    if LANGUAGES_FIELD in fields:
        found |= {f"{SPEAKS}{code}": CHECKED for code in LANGUAGES if f"{SPEAKS}{code}" in sent}
    return found


def patch_of(shown: Values, typed: Values, extended: Sequence[str]) -> dict[str, Any]:
    """The merge patch of what differs; an empty text clears."""
    differs = [name for name in typed if _normal(name, typed[name]) != _normal(name, shown.get(name, ""))]
    patch: dict[str, Any] = {
        name: _normal(name, typed[name]) or None for name in differs if name in AREAS or name in LINES
    }
    spoken = _codes(typed)
    if spoken != _codes(shown):
        patch[LANGUAGES_FIELD] = [{"code": code} for code in spoken]
    links = [name.removeprefix(LINK) for name in differs if name.startswith(LINK)]
    if links:
        patch[LINKS_FIELD] = [{"platform": each, "social_link": typed[f"{LINK}{each}"].strip()} for each in links]
    further = [int(name.removeprefix(EXTENDED)) for name in differs if name.startswith(EXTENDED)]
    if further:
        patch[EXTENDED_FIELD] = [
            {"field_name": extended[number], "field_value": _unix(typed[f"{EXTENDED}{number}"]) or None}
            for number in further
        ]
    return patch


def fingerprint(values: Mapping[str, Any]) -> str:
    """The same for the same values: a form says by it what it has shown, whatever else became of the account."""
    return sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:32]


def form_faults(faults: Values, patch: Mapping[str, Any], extended: Sequence[str]) -> dict[str, str]:
    """The messages of a refused patch, by the fields of the form.

    A stage's own fields are refused by their names, links all together: which one it is, is known of a single one.
    """
    fields = {name: f"{EXTENDED}{number}" for number, name in enumerate(extended)}
    links = patch.get(LINKS_FIELD, [])
    if len(links) == 1:
        fields[LINKS_FIELD] = f"{LINK}{links[0]['platform']}"
    return {fields.get(name, name): message for name, message in faults.items()}


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _codes(values: Values) -> list[str]:
    return sorted(name.removeprefix(SPEAKS) for name in values if name.startswith(SPEAKS))


def _normal(name: str, text: str) -> str:
    """A text as its field gives it back untouched: browsers have their own line ends, and one line has none."""
    return _unix(text) if name in AREAS or name.startswith(EXTENDED) else text.replace("\r", "").replace("\n", "")


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
