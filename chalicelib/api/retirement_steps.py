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
from chalicelib.api.routing import IDEMPOTENCY_KEY, Area, Exchange, Handler, Responds, Takes
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


def step_route(served_in: Area, method: str, name: str, summary: str) -> Callable[[Handler], Handler]:
    """Serve a step under `accounts/<name>`: all of them take the same and answer the same."""
    return served_in.route(
        method,
        f"/api/user/v1/accounts/{name}",
        summary=summary,
        right=Right.RETIRE,
        takes=TAKES,
        parameters=[IDEMPOTENCY_KEY],
        answers=ANSWERS,
    )


@step_route(area, "POST", "retire_misc", "Erase what is not in the profile")
def retire_misc(exchange: Exchange) -> Answer:
    """Tell learning services and mailing lists, and forget the requested name."""
    return step_answer(exchange, steps.retire_misc)


@step_route(area, "POST", "retire", "Erase the account")
def retire(exchange: Exchange) -> Answer:
    """Erase everything personal, for good."""
    return step_answer(exchange, steps.retire)


@step_route(area, "POST", "retire_mailings", "Tell the mailing lists")
def retire_mailings(exchange: Exchange) -> Answer:
    """Tell the mailing lists alone; an older driver's step."""
    return step_answer(exchange, steps.retire_mailings)


def step_answer(exchange: Exchange, step: Step) -> Answer:
    """Do a step for the row that the body names; 204, now or before."""
    found = named_row(exchange, fields_of(exchange))
    step(exchange.services, found, asked(exchange))
    return done()
