"""The steps that a driver calls for a row in a working state (spec 20, section 8)."""

from collections.abc import Callable, Mapping

from chalicelib.accounts.account import Account
from chalicelib.api.bodies import JSON
from chalicelib.api.retirement_bodies import (
    FORBIDDEN,
    NO_ROW,
    NOT_JSON,
    REFUSED,
    ByUsername,
    asked,
    done,
    fields_of,
    named_row,
)
from chalicelib.api.rights import Right
from chalicelib.api.routing import IDEMPOTENCY_KEY, Area, Exchange, Responds, Takes
from chalicelib.api.services import Services
from chalicelib.events.aggregate import Loaded
from chalicelib.events.idempotency import Answer
from chalicelib.pipeline import steps
from chalicelib.pipeline.ports import Asked

area = Area("Retirement")
TAKES = Takes(ByUsername, (JSON,), {"username": "ada"})
ANSWERS: Mapping[int, Responds] = {
    204: Responds("Done, now or before."),
    400: REFUSED,
    403: FORBIDDEN,
    404: NO_ROW,
    415: NOT_JSON,
    500: Responds("Another service failed. Ask again: the step bears repetition."),
}
Step = Callable[[Services, Loaded[Account], Asked], None]


@area.route(
    "POST",
    "/api/user/v1/accounts/retire_misc",
    summary="Erase what is not in the profile",
    right=Right.RETIRE,
    takes=TAKES,
    parameters=[IDEMPOTENCY_KEY],
    answers=ANSWERS,
)
def retire_misc(exchange: Exchange) -> Answer:
    """Tell learning services and mailing lists, and forget the requested name."""
    return step_answer(exchange, steps.retire_misc)


@area.route(
    "POST",
    "/api/user/v1/accounts/retire",
    summary="Erase the account",
    right=Right.RETIRE,
    takes=TAKES,
    parameters=[IDEMPOTENCY_KEY],
    answers=ANSWERS,
)
def retire(exchange: Exchange) -> Answer:
    """Erase everything personal, for good."""
    return step_answer(exchange, steps.retire)


@area.route(
    "POST",
    "/api/user/v1/accounts/retire_mailings",
    summary="Tell the mailing lists",
    right=Right.RETIRE,
    takes=TAKES,
    parameters=[IDEMPOTENCY_KEY],
    answers=ANSWERS,
)
def retire_mailings(exchange: Exchange) -> Answer:
    """Tell the mailing lists alone; an older driver's step."""
    return step_answer(exchange, steps.retire_mailings)


def step_answer(exchange: Exchange, step: Step) -> Answer:
    """Do a step for the row that the body names; 204, now or before."""
    found = named_row(exchange, fields_of(exchange))
    step(exchange.services, found, asked(exchange))
    return done()
