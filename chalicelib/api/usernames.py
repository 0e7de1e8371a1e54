"""Replacing usernames (spec 20, section 12)."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from pydantic import BaseModel, JsonValue

from chalicelib.accounts.account import Account
from chalicelib.accounts.rules.usernames import is_usable
from chalicelib.api import batched
from chalicelib.api.answers import json_answer
from chalicelib.api.bodies import JSON
from chalicelib.api.errors import RefusedError
from chalicelib.api.retirement_bodies import FORBIDDEN, NOT_JSON, REFUSED, asked, fields_of
from chalicelib.api.rights import Right
from chalicelib.api.routing import IDEMPOTENCY_KEY, Area, Exchange, Responds, Takes
from chalicelib.api.services import Services
from chalicelib.events.aggregate import Decision
from chalicelib.events.claims import Claim, ClaimKind
from chalicelib.events.errors import ClaimTakenError, StoreError
from chalicelib.events.idempotency import Answer
from chalicelib.pipeline.ports import Asked
from chalicelib.retirement.errors import UsernameRefusedError
from chalicelib.retirement.usernames import replace_username, with_suffix

log = logging.getLogger("rollcall.api")
area = Area("Usernames")
MOST_MAPPINGS = 1000
DRAWS = 50
FAILED = False
"""What stands for a mapping that failed, where others have the suffix that was added (often none)."""


class UsernameMappings(BaseModel):
    """Present usernames, each with the one that is wanted instead."""

    username_mappings: list[dict[str, str]]


class Replacements(BaseModel):
    """What has become of the mappings, each in the order asked."""

    successful_replacements: list[dict[str, str]]
    failed_replacements: list[dict[str, str]]


class Attempt(BaseModel):
    """A name that is about to be given, noted before: a commit may land without anybody hearing of it."""

    account: str
    suffix: str


Note = Callable[[Attempt], None]


@dataclass(frozen=True)
class Wish:
    """One mapping."""

    current: str
    desired: str


@area.route(
    "POST",
    "/api/user/v1/accounts/replace_usernames",
    summary="Replace usernames",
    right=Right.REPLACE,
    batch=True,
    takes=Takes(UsernameMappings, (JSON,), {"username_mappings": [{"ada": "ada_lovelace"}]}),
    parameters=[IDEMPOTENCY_KEY],
    answers={
        200: Responds("What became of each mapping.", Replacements),
        400: REFUSED,
        403: FORBIDDEN,
        409: Responds("The same call is still at work."),
        415: NOT_JSON,
    },
)
def replace_usernames(exchange: Exchange) -> Answer:
    """Give accounts other usernames, one after the other; a name that is taken gets a suffix."""
    mappings = _mappings(fields_of(exchange).get("username_mappings"))

    def work(state: JsonValue, save: batched.Save) -> JsonValue:
        outcomes = list(state) if isinstance(state, list) else []
        tried = Attempt.model_validate(outcomes.pop()) if outcomes and isinstance(outcomes[-1], dict) else None
        for mapping in mappings[len(outcomes) :]:
            note = partial(_note, save, tuple(outcomes))
            landed = tried is not None and _has_landed(exchange.services, mapping, tried)
            outcomes.append(tried.suffix if tried and landed else _replace(exchange, mapping, note))
            tried = None
            save(outcomes)
        return outcomes

    return batched.run(exchange, work, lambda suffixes: _answer(mappings, suffixes))


def _mappings(value: JsonValue) -> list[Wish]:
    if not isinstance(value, list):
        raise RefusedError("username_mappings must be a list.")
    if len(value) > MOST_MAPPINGS:
        raise RefusedError(f"At most {MOST_MAPPINGS} at a time.")
    return [_mapping(item) for item in value]


def _mapping(item: JsonValue) -> Wish:
    if not isinstance(item, Mapping) or len(item) != 1:
        raise RefusedError("Each mapping must be an object with one key.")
    ((current, desired),) = item.items()
    if not isinstance(desired, str):
        raise RefusedError("Each username must be text.")
    return Wish(current, desired)


def _note(save: batched.Save, before: Sequence[JsonValue], attempt: Attempt) -> None:
    save([*before, attempt.model_dump()])


def _has_landed(services: Services, mapping: Wish, attempt: Attempt) -> bool:
    """Whether the name that an interrupted twin was about to give has been given."""
    found = services.ledger.load(attempt.account)
    return found is not None and found.state.username == mapping.desired + attempt.suffix


def _replace(exchange: Exchange, mapping: Wish, note: Note) -> str | bool:
    """Carry one mapping out; the suffix that was added to the name, or `FAILED`."""
    services = exchange.services
    if not is_usable(mapping.desired, services.settings.retired_username_prefix):
        return FAILED
    found = services.ledger.find(Claim(ClaimKind.USERNAME, mapping.current))
    if found is None or found.state.username != mapping.current:
        return ""
    try:
        return _rename(exchange, found.account, mapping.desired, note)
    except (StoreError, UsernameRefusedError) as error:
        log.warning("username not replaced", extra={"account": found.account, "error": type(error).__name__})
        return FAILED


def _rename(exchange: Exchange, account: str, desired: str, note: Note) -> str | bool:
    """Give the account the first name that is free: the one that is wanted, then ones with random suffixes."""
    services = exchange.services
    for draw in range(DRAWS):
        name = with_suffix(desired, services.random_bytes(5)) if draw else desired
        if not is_usable(name, services.settings.retired_username_prefix):
            return FAILED
        if services.ledger.owners([Claim(ClaimKind.USERNAME, name)]):
            continue
        suffix = name[len(desired) :]
        note(Attempt(account=account, suffix=suffix))
        if _renamed(services, account, name, asked(exchange)):
            return suffix
    return FAILED


def _renamed(services: Services, account: str, name: str, asked_: Asked) -> bool:
    def decide(state: Account) -> Decision:
        return replace_username(state, name, services.retired_names, asked_.context())

    try:
        services.ledger.execute(account, decide)
    except ClaimTakenError:
        return False
    return True


def _answer(mappings: list[Wish], suffixes: JsonValue) -> Answer:
    outcomes = suffixes if isinstance(suffixes, list) else []
    replaced, failed = [], []
    for mapping, suffix in zip(mappings, outcomes, strict=True):
        if suffix is FAILED:
            failed.append({mapping.current: mapping.desired})
        else:
            replaced.append({mapping.current: f"{mapping.desired}{suffix}"})
    return json_answer(Replacements(successful_replacements=replaced, failed_replacements=failed))
