"""Reading rows, and moving them (spec 20, sections 3, 4 and 7)."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from pydantic import BaseModel, JsonValue

from chalicelib.api.answers import json_answer, json_text
from chalicelib.api.bodies import JSON, json_object, require_content_type
from chalicelib.api.errors import RefusedError
from chalicelib.api.retirement_bodies import FORBIDDEN, NO_ROW, NOT_JSON, REFUSED, asked, done, fields_of, named_row
from chalicelib.api.rights import Right
from chalicelib.api.routing import IDEMPOTENCY_KEY, Area, Exchange, Parameter, Responds, Takes
from chalicelib.events.idempotency import Answer
from chalicelib.pipeline import finding, steps
from chalicelib.retirement.log import log_of
from chalicelib.retirement.row import RowFacts, RowView, facts_of, row_view
from chalicelib.retirement.states import States
from chalicelib.retirement.transitions import Move

area = Area("Retirement")
MOST_BYTES = 4_500_000
MOST_ROWS = 8_000
"""More rows than this are more than `MOST_BYTES` in any case."""

MOST_DAYS = 100_000
MOST_DIGITS = 1000
WHOLE = re.compile(r"[0-9]+")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
A_DAY = {"type": "string", "format": "date"}
KNOWN_KEYS = frozenset({"username", "new_state", "response", "force"})


class StatusUpdate(BaseModel):
    """Where a row is to go, and the text for its log."""

    username: str
    new_state: str
    response: str
    force: bool = False


class RowWithLog(RowView):
    """A row together with its log."""

    responses: str


@area.route(
    "GET",
    "/api/user/v1/accounts/retirement_queue",
    summary="Rows by state and age",
    right=Right.RETIRE,
    parameters=[
        Parameter("cool_off_days", "Rows older than so many days.", schema={"type": "integer", "minimum": 0}),
        Parameter("states", "A state; repeat it for several.", schema={"type": "array", "items": {"type": "string"}}),
        Parameter("limit", "How many rows at most.", schema={"type": "integer", "minimum": 0}),
    ],
    answers={
        200: Responds("The rows, by id.", list[RowView]),
        400: REFUSED,
        403: FORBIDDEN,
        415: Responds("There is a body, and it is not application/json."),
    },
)
def read_retirement_queue(exchange: Exchange) -> Answer:
    """The rows in some states that are older than some days; parameters may stand in a JSON body, too."""
    services = exchange.services
    asked_for = _queue_parameters(exchange)
    days = _whole("cool_off_days", asked_for.get("cool_off_days"))
    if days is None:
        raise RefusedError("cool_off_days is missing.")
    states = _states(asked_for.get("states"), services.states)
    limit = _whole("limit", asked_for.get("limit"))
    before = services.clock() - timedelta(days=min(days, MOST_DAYS))
    return _rows_answer(services.queue.older_than(states, before, _bounded(limit)), services.states)


@area.route(
    "GET",
    "/api/user/v1/accounts/retirements_by_status_and_date",
    summary="Rows by state and day",
    right=Right.RETIRE,
    parameters=[
        Parameter("start_date", "The first day, in UTC.", schema=A_DAY, required=True),
        Parameter("end_date", "The last day.", schema=A_DAY, required=True),
        Parameter("state", "The state that the rows are in now.", required=True),
    ],
    answers={200: Responds("The rows, by id.", list[RowView]), 400: REFUSED, 403: FORBIDDEN},
)
def read_retirements_by_date(exchange: Exchange) -> Answer:
    """The rows in a state that were made between two days, both of them whole."""
    services, request = exchange.services, exchange.request
    today = services.clock().astimezone(UTC).date()
    first, last = _day(request.last("start_date"), today), _day(request.last("end_date"), today)
    if first > last:
        raise RefusedError("start_date is after end_date.")
    (state,) = _states([request.last("state") or ""], services.states)
    rows = services.queue.made_between(state, _midnight(first), _midnight(last + timedelta(days=1)), _bounded(None))
    return _rows_answer(rows, services.states)


@area.route(
    "GET",
    "/api/user/v1/accounts/{username}/retirement_status",
    summary="One row",
    right=Right.RETIRE,
    parameters=[Parameter("include", "`responses` adds the log.")],
    answers={
        200: Responds("The row.", RowView | RowWithLog),
        400: Responds("The log is too much for one answer.", str),
        403: FORBIDDEN,
        404: Responds("No such row."),
    },
)
def read_retirement_status(exchange: Exchange) -> Answer:
    """The row of an account, by the username that it has now or had originally."""
    services, request = exchange.services, exchange.request
    found = finding.by_any_name(services, request.parameters["username"])
    row, facts = found.state.row, facts_of(found.state)
    if row is None or facts is None:
        raise LookupError("an account was found by a row that it does not have")
    view = row_view(facts, services.states)
    if "responses" not in request.query.get("include", ()):
        return json_answer(view)
    log = log_of(services.ledger.history(found.account, after=row.since - 1), row.number)
    if len(log.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise RefusedError("The log is too much for one answer.")
    return json_answer(RowWithLog(**view.model_dump(), responses=log))


@area.route(
    "PATCH",
    "/api/user/v1/accounts/update_retirement_status",
    summary="Move a row",
    right=Right.RETIRE,
    takes=Takes(StatusUpdate, (JSON,), {"username": "ada", "new_state": "LOCKING_ACCOUNT", "response": "Begun."}),
    parameters=[IDEMPOTENCY_KEY],
    answers={204: Responds("The row has moved."), 400: REFUSED, 403: FORBIDDEN, 404: NO_ROW, 415: NOT_JSON},
)
def update_retirement_status(exchange: Exchange) -> Answer:
    """Move a row to a later state, or by force to any, and add to its log."""
    fields = fields_of(exchange)
    found = named_row(exchange, fields)
    steps.move(exchange.services, found, _move(fields), asked(exchange))
    return done()


def _move(fields: Mapping[str, JsonValue]) -> Move:
    if not KNOWN_KEYS.issuperset(fields):
        raise RefusedError(f"Keys are: {', '.join(sorted(KNOWN_KEYS))}.")
    for name in ("new_state", "response"):
        if name not in fields:
            raise RefusedError(f"{name} is missing.")
    new_state, response, force = fields["new_state"], fields["response"], fields.get("force")
    if not isinstance(new_state, str):
        raise RefusedError("new_state must be the name of a state.")
    if not isinstance(force, bool | None):
        raise RefusedError("force must be true or false.")
    text = response if isinstance(response, str) else json.dumps(response, ensure_ascii=False)
    return Move(new_state, text, forced=bool(force))


def _queue_parameters(exchange: Exchange) -> Mapping[str, Any]:
    """The parameters of the query and, behind them, of a JSON body (R3)."""
    request = exchange.request
    body: Mapping[str, JsonValue] = {}
    if request.body:
        require_content_type(request, JSON)
        body = json_object(request, exchange.services.settings.body_limit_bytes)
    query: dict[str, Any] = {name: request.last(name) for name in ("cool_off_days", "limit") if name in request.query}
    if "states" in request.query:
        query["states"] = list(request.query["states"])
    return {**body, **query}


def _whole(name: str, value: JsonValue) -> int | None:
    """A whole number that is not negative, as a number or as text; null for what is empty or not there."""
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and WHOLE.fullmatch(value) and len(value) <= MOST_DIGITS:
        return int(value)
    raise RefusedError(f"{name} must be a whole number, 0 or more.")


def _states(value: JsonValue, states: States) -> Sequence[str]:
    if not isinstance(value, list) or not value:
        raise RefusedError("states is missing.")
    names = [name for name in value if isinstance(name, str) and name in states]
    if len(names) != len(value):
        raise RefusedError(f"There is no such state. States are: {', '.join(states.names)}.")
    if len(set(names)) != len(names):
        raise RefusedError("A state is named twice.")
    return names


def _day(value: str | None, today: date) -> date:
    try:
        if value is None or DAY.fullmatch(value) is None:
            raise ValueError
        found = date.fromisoformat(value)
    except ValueError:
        raise RefusedError("start_date and end_date are days, YYYY-MM-DD.") from None
    if found > today:
        raise RefusedError("start_date and end_date may not be in the future.")
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _bounded(limit: int | None) -> int:
    """One row more than an answer can hold, at most, so that too many are noticed without being read."""
    return MOST_ROWS + 1 if limit is None else min(limit, MOST_ROWS + 1)


def _rows_answer(rows: Sequence[RowFacts], states: States) -> Answer:
    """A bare array; raises `RefusedError` if it is too large for the platform, for a list is never cut."""
    if len(rows) <= MOST_ROWS:
        text = f"[{','.join(row_view(facts, states).model_dump_json() for facts in rows)}]"
        if len(text.encode()) <= MOST_BYTES:
            return json_text(text)
    raise RefusedError("That is too much for one answer. Ask with a limit, or for a shorter range.")
