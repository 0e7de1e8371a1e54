"""Which of a person's values can be looked for: not those that say nothing, because they are everywhere."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from chalicelib.accounts.account import Account
from chalicelib.accounts.visibility import Privacy
from chalicelib.events.catalogue import EVENT_TYPES
from chalicelib.events.claims import ClaimKind
from chalicelib.events.classification import Purpose
from chalicelib.events.event import Role
from chalicelib.events.keys import KeyState
from chalicelib.identity.clients import Grant
from chalicelib.identity.permissions import Permission
from chalicelib.identity.session import Session, SessionKind
from chalicelib.images.refusals import DEVELOPER_MESSAGES, USER_MESSAGES, Reason
from chalicelib.images.uploads import Status, Upload
from chalicelib.retirement.row import RowFacts
from chalicelib.settings import Settings
from chalicelib.tables import Tables
from chalicelib.wiring import Wiring
from ops.erasure.searching import Sought

LEAST_LETTERS = 4
FEWEST_DIGITS = 8
"""A number of fewer digits is met in times, counters and ids."""

ANYWHERE_BYTES = 8
ANYWHERE_HEX = 12
"""What is shorter is looked for only as a word of its own: chance would write it within random bytes or digits."""

NUMBER, HEX = re.compile(r"[0-9]+"), re.compile(r"[0-9A-Fa-f]+")
WORDS = (
    "true false null redacted rollcall ops local email-changes "
    "HEAD CREDENTIAL CLAIM CMD FAILURES RESET WINDOW LEASE BATCH "
    "account retirement partner retirement-states names ids state until serving building previous dropping newest "
    "waiting replaced family generation created last_used client kind way_in to_recovery secret digest "
    "profile-images/ incoming/ exports/ .json .jpg application/json image/jpeg image/png image/gif "
    "application/octet-stream binary/octet-stream $argon2id$v=19$m= Content-Type "
    "schema status headers body seed "
    "certificate signature algorithm key_id public_key BEGIN PUBLIC KEY"
)
"""What the service writes in the clear besides names and kinds of its own."""


@dataclass(frozen=True)
class Chosen:
    """What is looked for, and how many values are not: shorter than four letters, or words that are everywhere.

    `alone` is how many of those that are looked for count in plain, in any capitals, only as words of their own.
    """

    sought: tuple[Sought, ...]
    given: int = 0
    too_short: int = 0
    common: int = 0

    @property
    def alone(self) -> int:
        """How many are looked for as words."""
        return sum(each.alone for each in self.sought)


def chosen(values: Iterable[str], vocabulary: str) -> Chosen:
    """Sort values. Each is named by its number in the file, from 1 on, for a finding must not tell it."""
    sought: dict[str, Sought] = {}
    given, too_short, common = 0, 0, 0
    for number, value in enumerate(values, start=1):
        text, given = value.strip(), given + 1
        if len(text) < LEAST_LETTERS:
            too_short += 1
        elif is_common(text, vocabulary):
            common += 1
        else:
            sought.setdefault(text, Sought(f"value {number}", text, alone=stands_alone(text)))
    return Chosen(tuple(sought.values()), given, too_short, common)


def is_common(text: str, vocabulary: str) -> bool:
    """Whether a text is a short number, or occurs in what the service writes about anybody."""
    return (NUMBER.fullmatch(text) is not None and len(text) < FEWEST_DIGITS) or text.casefold() in vocabulary


def stands_alone(text: str) -> bool:
    """Whether chance could write a text within longer ones."""
    short = len(text.encode("utf-8", "surrogatepass")) < ANYWHERE_BYTES
    return short or (HEX.fullmatch(text) is not None and len(text) < ANYWHERE_HEX)


def vocabulary_of(wiring: Wiring) -> str:
    """What the service writes readably about anybody, case-folded, one word or phrase a line."""
    words = {*WORDS.split(), *_models(), *_kinds(), *_attributes(wiring.tables), *_configured(wiring.settings)}
    words |= {view.name for view in wiring.projections}
    return "\n".join(sorted(words)).casefold()


def _models() -> Iterator[str]:
    """Names of types and fields, and the values of choices."""
    models: tuple[type[Any], ...] = (*EVENT_TYPES.values(), Account, RowFacts, Session, Upload)
    for model in models:
        yield model.__name__
        yield from _schema(TypeAdapter(model).json_schema())


def _schema(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", ())
        yield from map(str, (*schema.get("enum", ()), schema.get("const", "")))
        for value in schema.values():
            yield from _schema(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _schema(value)


def _kinds() -> Iterator[str]:
    kinds: tuple[type[StrEnum], ...] = (ClaimKind, Grant, KeyState, Permission, Privacy, Purpose, Reason, Role)
    kinds += (SessionKind, Status)
    for kind in kinds:
        yield from (str(each) for each in kind.__members__.values())
    yield from DEVELOPER_MESSAGES.values()
    yield from USER_MESSAGES.values()


def _attributes(tables: Tables) -> Iterator[str]:
    for model in tables.all():
        yield from (attribute.attr_name for attribute in model.get_attributes().values())
        yield from model._indexes


def _configured(settings: Settings) -> Iterator[str]:
    yield from settings.retirement_states
    yield from (settings.retired_username_prefix, settings.retired_email_domain, settings.base_url)
    yield from (settings.image_bucket, settings.table_prefix, settings.certificate_key_id)
    for org, columns in settings.orgs_config.items():
        yield from (org, *columns)
