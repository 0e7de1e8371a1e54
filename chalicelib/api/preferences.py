"""Preferences, as a map and one by one (spec 10, section 10), and the time zones to choose from."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from chalicelib.accounts.account import Account
from chalicelib.accounts.context import Context
from chalicelib.accounts.preferences import delete_preference, patch_preferences, put_preference
from chalicelib.accounts.rules.time_zones import common_zones, zones_by_country
from chalicelib.api import examples, idempotent
from chalicelib.api.answers import empty, json_answer, json_text
from chalicelib.api.bodies import JSON, MERGE_PATCH, json_value, require_content_type
from chalicelib.api.errors import EmptyPatchError, ForbiddenError, NotFoundError
from chalicelib.api.preconditions import etag, require_match
from chalicelib.api.routing import IDEMPOTENCY_KEY, IF_MATCH, Area, Exchange, Parameter, Responds, Takes
from chalicelib.api.schemas import FieldErrorsBody, Messages
from chalicelib.api.services import context
from chalicelib.api.targets import require_target
from chalicelib.events.aggregate import Decision, Loaded
from chalicelib.events.idempotency import Answer

area = Area("Preferences")
MAP = "/api/user/v1/preferences/{username}"
ONE = "/api/user/v1/preferences/{username}/{key}"
KEY = re.compile(r"[A-Za-z0-9_.-]+")


class TimeZone(BaseModel):
    """One time zone, and what to show for it."""

    time_zone: str
    description: str


@area.route(
    "GET",
    MAP,
    summary="All preferences of an account",
    answers={
        200: Responds("The map.", dict[str, str], example=examples.PREFERENCES),
        403: Responds("Neither the owner nor staff."),
        404: Responds("Staff asked for somebody who does not exist."),
    },
)
def get_preferences(exchange: Exchange) -> Answer:
    """The map of preferences, for the owner and for staff."""
    found = _readable(exchange)
    return json_answer(dict(found.state.preferences), ETag=etag(found.version))


@area.route(
    "PATCH",
    MAP,
    summary="Change one's own preferences",
    takes=Takes({"type": "object", "minProperties": 1}, (MERGE_PATCH,), {"visibility.bio": "all_users", "old": None}),
    parameters=[IF_MATCH, IDEMPOTENCY_KEY],
    answers={
        204: Responds("Stored."),
        400: Responds("Keys at fault, or nothing to change.", FieldErrorsBody | Messages),
        403: Responds("Not the owner."),
        412: Responds("The account has another version than If-Match names."),
    },
)
def patch_own_preferences(exchange: Exchange) -> Answer:
    """Set preferences, and delete those that are null; all of them or none."""
    request = exchange.request
    _require_reader(exchange)
    require_content_type(request, MERGE_PATCH)
    patch = json_value(request.body, exchange.services.settings.body_limit_bytes)
    if not isinstance(patch, dict) or not patch:
        raise EmptyPatchError
    _require_owner(exchange)
    return _change(exchange, lambda account, now: patch_preferences(account, patch, now))


@area.route(
    "GET",
    ONE,
    summary="One preference",
    answers={
        200: Responds("Its value.", str, example="all_users"),
        403: Responds("Neither the owner nor staff."),
        404: Responds("It is not set."),
    },
)
def get_preference(exchange: Exchange) -> Answer:
    """The value of one preference as a JSON string."""
    found = _readable(exchange)
    value = found.state.preferences.get(_key(exchange))
    if value is None:
        raise NotFoundError
    return json_text(json.dumps(value, ensure_ascii=False), ETag=etag(found.version))


@area.route(
    "PUT",
    ONE,
    summary="Set one of one's own preferences",
    takes=Takes({}, (JSON,), "private"),
    parameters=[IF_MATCH, IDEMPOTENCY_KEY],
    answers={
        204: Responds("Stored."),
        400: Responds("It cannot be stored.", Messages),
        403: Responds("Not the owner."),
        404: Responds("There can be no such key."),
        412: Responds("The account has another version than If-Match names."),
    },
)
def put_own_preference(exchange: Exchange) -> Answer:
    """Set one preference to any JSON value; what is no text is stored as Python writes it."""
    request = exchange.request
    _require_reader(exchange)
    require_content_type(request, JSON)
    value = json_value(request.body, exchange.services.settings.body_limit_bytes)
    _require_owner(exchange)
    key = _key(exchange)
    return _change(exchange, lambda account, now: put_preference(account, key, value, now))


@area.route(
    "DELETE",
    ONE,
    summary="Delete one of one's own preferences",
    parameters=[IF_MATCH, IDEMPOTENCY_KEY],
    answers={
        204: Responds("Deleted."),
        403: Responds("Not the owner."),
        404: Responds("It is not set."),
        412: Responds("The account has another version than If-Match names."),
    },
)
def delete_own_preference(exchange: Exchange) -> Answer:
    """Delete one preference."""
    _require_owner(exchange)
    key = _key(exchange)
    return _change(exchange, lambda account, now: delete_preference(account, key, now))


@area.route(
    "GET",
    "/api/user/v1/preferences/time_zones",
    "/user_api/v1/preferences/time_zones",
    summary="Time zones to choose from",
    public=True,
    parameters=[Parameter("country_code", "Only the zones of this country; an unknown one gives all.")],
    answers={200: Responds("The zones, by name.", list[TimeZone], example=examples.TIME_ZONES)},
)
def list_time_zones(exchange: Exchange) -> Answer:
    """All common time zones, or those of one country."""
    country = (exchange.request.last("country_code") or "").upper()
    zones = zones_by_country().get(country) or tuple(sorted(common_zones()))
    now = exchange.services.clock()
    described = [{"time_zone": zone, "description": described_zone(zone, now)} for zone in zones]
    return json_answer(described, Cache_Control="public, max-age=3600")


def described_zone(name: str, now: datetime) -> str:
    """A zone with its abbreviation and offset at `now`: `Asia/Tokyo (JST, UTC+0900)`."""
    local = now.astimezone(ZoneInfo(name))
    return f"{name} ({local:%Z}, UTC{local:%z})"


def _require_reader(exchange: Exchange) -> None:
    """The owner, or staff; anybody else learns nothing, not even who exists."""
    account = exchange.caller.account
    if exchange.request.parameters["username"] != account.username and not account.staff:
        raise ForbiddenError


def _require_owner(exchange: Exchange) -> None:
    """The owner alone writes; not even staff may."""
    if exchange.request.parameters["username"] != exchange.caller.account.username:
        raise ForbiddenError


def _readable(exchange: Exchange) -> Loaded[Account]:
    _require_reader(exchange)
    return require_target(exchange)


def _key(exchange: Exchange) -> str:
    key = exchange.request.parameters["key"]
    if KEY.fullmatch(key) is None:
        raise NotFoundError
    return key


def _change(exchange: Exchange, decide: Callable[[Account, Context], Decision]) -> Answer:
    """Carry out a change of the caller's own preferences."""
    services, request, caller = exchange.services, exchange.request, exchange.caller

    def decided(account: Account) -> Decision:
        require_match(request, account.version)
        return decide(account, context(services, caller.acting_on(account), request.request_id))

    def answer(_: Account, version: int) -> Answer:
        return empty(204, ETag=etag(version))

    command = idempotent.command(services, request, caller, answer)
    committed = services.ledger.execute(caller.loaded.account, decided, command, first=caller.loaded)
    return answer(committed.loaded.state, committed.loaded.version)
