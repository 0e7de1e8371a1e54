"""A person's own history, and an account as it was (spec 50, section 1)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from pydantic import BaseModel

from chalicelib.accounts.account import Account
from chalicelib.accounts.history import Entry, entry_of
from chalicelib.accounts.view import AccountView
from chalicelib.api import examples
from chalicelib.api.answers import json_answer, json_text
from chalicelib.api.cursors import cursor_of, limit_of, place_of, up_to
from chalicelib.api.errors import ForbiddenError, GoneError, MalformedRequestError, NotFoundError
from chalicelib.api.representation import full_json
from chalicelib.api.routing import Area, Exchange, Parameter, Responds
from chalicelib.api.services import Services
from chalicelib.api.targets import require_target, target
from chalicelib.events.aggregate import Loaded
from chalicelib.events.event import Role
from chalicelib.events.idempotency import Answer
from chalicelib.retirement.moments import moment

area = Area("History")
USUAL, MOST = 50, 200
MOST_DIGITS = 12
PAGE_BYTES = 4_000_000
"""Lambda answers with 6 MB at most, a third of which base64 takes."""
CURSOR = Parameter("cursor", "`next` of the page before.")


class ShownActor(BaseModel):
    """Who did it: the role, and the username for readers who may see it."""

    role: Role
    username: str | None


class Change(BaseModel):
    """What a field was, and what it became."""

    old: Any
    new: Any


class ShownEntry(BaseModel):
    """One entry of a history; `changes` is null once the account is erased."""

    version: int
    at: str
    type: str
    actor: ShownActor
    changes: dict[str, Change] | None


class HistoryPage(BaseModel):
    """Entries, newest first, and where to go on."""

    results: list[ShownEntry]
    next: str | None


@area.route(
    "GET",
    "/api/user/v1/accounts/{username}/history",
    summary="The history of an account",
    parameters=[Parameter("limit", f"How many entries, 1 to {MOST}; {USUAL} without.", schema=up_to(MOST)), CURSOR],
    answers={
        200: Responds("Entries, newest first.", HistoryPage),
        400: Responds("A limit or a cursor that cannot be."),
        403: Responds("Neither the owner nor staff."),
        404: Responds("Nobody has this username."),
    },
)
def get_history(exchange: Exchange) -> Answer:
    """What changed, when, and by whom, for the owner and for staff."""
    services, request = exchange.services, exchange.request
    found = require_readable(exchange)
    limit = limit_of(request.last("limit"), USUAL, MOST)
    cursor, name = request.last("cursor"), f"history:{found.account}"
    through = found.version if cursor is None else int(place_of(services, name, cursor))
    events = services.ledger.history(found.account, through=through, newest_first=True, wanted=limit)
    entries = [entry_of(event) for event in islice(events, limit)]
    shown = list(_fitting(shown_entries(exchange, found.state, entries)))
    onward = cursor_of(services, name, str(shown[-1].version - 1)) if shown and shown[-1].version > 1 else None
    return json_answer(HistoryPage(results=shown, next=onward))


@area.route(
    "GET",
    "/api/user/v1/accounts/{username}/at",
    summary="An account as it was",
    parameters=[
        Parameter("time", "A time (ISO 8601); without a zone it is UTC."),
        Parameter("version", "A version of the account, in its place.", schema={"type": "integer", "minimum": 0}),
    ],
    answers={
        200: Responds("The account as it was then.", AccountView, example=examples.FULL_ACCOUNT),
        400: Responds("Not exactly one of the two, or one in the future."),
        403: Responds("Not staff."),
        404: Responds("Nobody has this username, or had this account then."),
        410: Responds("The account has been erased."),
    },
)
def get_account_then(exchange: Exchange) -> Answer:
    """The full view of an account at a time or at a version, for staff."""
    services = exchange.services
    if not exchange.caller.account.staff:
        raise ForbiddenError
    found = require_target(exchange)
    version, at = _moment(exchange)
    if found.state.erased:
        raise GoneError
    if version is not None and version > found.version:
        raise MalformedRequestError("version is above the newest.")
    if at is not None and at > services.clock():
        raise MalformedRequestError("time is in the future.")
    state = services.ledger.refold(found.account, through=version, at=at)
    if state is None:
        raise NotFoundError
    return json_text(full_json(services, state, year=_year_of(services, state, at)))


def _fitting(entries: Iterable["ShownEntry"]) -> Iterable["ShownEntry"]:
    """As many entries as an answer may hold: one may have texts of tens of thousands of characters."""
    total = 0
    for entry in entries:
        size = len(entry.model_dump_json().encode())
        if total and total + size > PAGE_BYTES:
            return
        total += size
        yield entry


def require_readable(exchange: Exchange) -> Loaded[Account]:
    """The account in the path, for its owner and for staff; raises `NotFoundError`, `ForbiddenError`."""
    found = target(exchange)
    if found is None:
        raise NotFoundError
    caller = exchange.caller.account
    if found.account != caller.id and not caller.staff:
        raise ForbiddenError
    return found


def shown_entries(exchange: Exchange, account: Account, entries: Sequence[Entry]) -> Iterable[ShownEntry]:
    """Entries as the caller may read them."""
    names = {} if account.erased else _usernames(exchange, account, entries)
    for entry in entries:
        changes = {name: Change(old=old, new=new) for name, (old, new) in entry.changes.items()}
        yield ShownEntry(
            version=entry.version,
            at=moment(entry.at),
            type=entry.type,
            actor=ShownActor(role=entry.role, username=names.get(entry.actor or "")),
            changes=None if account.erased else changes,
        )


def names_of(services: Services, accounts: Iterable[str]) -> Mapping[str, str]:
    """The usernames of accounts by id, without those that have left."""
    found = services.ledger.load_many(sorted(set(accounts)))
    return {each.account: each.state.username for each in found if not each.state.has_left}


def _usernames(exchange: Exchange, account: Account, entries: Sequence[Entry]) -> Mapping[str, str]:
    """Who is named: the account itself to everybody who reads its history, all others to staff alone."""
    names = {account.id: account.username}
    if exchange.caller.account.staff:
        others = {entry.actor for entry in entries if entry.actor is not None} - {account.id}
        names |= names_of(exchange.services, others)
    return names


def _year_of(services: Services, state: Account, at: datetime | None) -> int:
    """The year in which the account was so: whether somebody needed consent depends on it."""
    if at is not None:
        return at.year
    events = services.ledger.history(state.id, after=state.version - 1, through=state.version)
    return next(events).at.year


def _moment(exchange: Exchange) -> tuple[int | None, datetime | None]:
    """The version or the time that is asked for; raises `MalformedRequestError` unless it is exactly one."""
    version, time = exchange.request.last("version"), exchange.request.last("time")
    if (version is None) == (time is None):
        raise MalformedRequestError("Give either time or version.")
    if version is not None:
        if not version.isascii() or not version.isdecimal() or len(version) > MOST_DIGITS:
            raise MalformedRequestError("version must be a whole number.")
        return int(version), None
    return None, _time(time or "")


def _time(text: str) -> datetime:
    """A time; the plus sign of a zone may have become a space on its way."""
    try:
        at = datetime.fromisoformat(text.strip().replace(" ", "+", 1) if text.count("T") else text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise MalformedRequestError("time must be a time in ISO 8601.") from None
