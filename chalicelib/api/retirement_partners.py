"""Partner rows made, handed out and cleaned up (spec 20, section 9)."""

from collections.abc import Sequence

from pydantic import BaseModel, JsonValue

from chalicelib.api import batched, idempotent
from chalicelib.api.answers import json_text
from chalicelib.api.bodies import JSON
from chalicelib.api.errors import RefusedError
from chalicelib.api.retirement_bodies import FORBIDDEN, NOT_JSON, REFUSED, asked, done, list_of
from chalicelib.api.retirement_steps import step_answer, step_route
from chalicelib.api.rights import Right
from chalicelib.api.routing import IDEMPOTENCY_KEY, Area, Exchange, Responds, Takes
from chalicelib.events.idempotency import Answer
from chalicelib.pipeline import steps
from chalicelib.pipeline.batches import Member
from chalicelib.pipeline.cleaning import clean_up_reports
from chalicelib.pipeline.reporting import Given, hand_out_rows, views_of, waiting_rows
from chalicelib.retirement.partners import PartnerRowView

area = Area("Retirement")
RUNNING = Responds("The same call is still at work.")


class Plan(BaseModel):
    """What is kept of a call: its random name, and the rows that it takes."""

    call: str
    members: list[tuple[str, int]]


class ByOriginalUsername(BaseModel):
    """Whose partner row it is."""

    original_username: str


@step_route(area, "PUT", "retirement_partner_report", "Have an account reported to its partner organisations")
def request_partner_report(exchange: Exchange) -> Answer:
    """Make the partner row, unless there is one or no organisation is to be told."""
    return step_answer(exchange, steps.partner_report)


@area.route(
    "POST",
    "/api/user/v1/accounts/retirement_partner_report",
    summary="Take the partner rows that wait",
    right=Right.RETIRE,
    batch=True,
    parameters=[IDEMPOTENCY_KEY],
    answers={
        200: Responds(
            "The rows, in the order in which they were made; nobody else is given them.", list[PartnerRowView]
        ),
        403: FORBIDDEN,
        409: RUNNING,
    },
)
def take_partner_reports(exchange: Exchange) -> Answer:
    """Hand out every partner row that nobody has yet."""
    services = exchange.services
    just_given: list[Given] = []

    def work(state: JsonValue, save: batched.Save) -> JsonValue:
        call, members = _plan(exchange, state)
        save({"call": call, "members": [list(member) for member in members]})
        resumed, kept = isinstance(state, dict), idempotent.key_of(exchange.request) is not None
        given = hand_out_rows(services, members, call, asked(exchange), kept=kept, resumed=resumed)
        just_given.extend(given)
        return {"call": call, "members": [list(each.member) for each in just_given]}

    def answer(state: JsonValue) -> Answer:
        _, members = _plan(exchange, state)
        views = views_of(services, members, just_given)
        return json_text(f"[{','.join(view.model_dump_json(exclude_none=True) for view in views)}]")

    return batched.run(exchange, work, answer)


def _plan(exchange: Exchange, state: JsonValue) -> tuple[str, Sequence[Member]]:
    """The name of this call and the rows that it is to take: those of an interrupted twin, or those that wait."""
    if not isinstance(state, dict):
        return exchange.services.random_bytes(16).hex(), waiting_rows(exchange.services)
    plan = Plan.model_validate(state)
    return plan.call, [Member(*member) for member in plan.members]


@area.route(
    "POST",
    "/api/user/v1/accounts/retirement_partner_report_cleanup",
    summary="Delete partner rows that have been reported",
    right=Right.RETIRE,
    batch=True,
    takes=Takes(list[ByOriginalUsername], (JSON,), [{"original_username": "ada"}]),
    parameters=[IDEMPOTENCY_KEY],
    answers={204: Responds("All of them are gone."), 400: REFUSED, 403: FORBIDDEN, 409: RUNNING, 415: NOT_JSON},
)
def clean_up_partner_reports(exchange: Exchange) -> Answer:
    """Redact and delete the named partner rows, all of which must be being processed, or none."""
    services = exchange.services
    usernames = [_original_username(item) for item in list_of(exchange)]
    if not usernames:
        raise RefusedError("The list is empty.")
    digest = services.digests.of("partner cleanup", *(name.encode("utf-8", "surrogatepass") for name in usernames))

    def clean() -> None:
        clean_up_reports(services, usernames, digest, asked(exchange))

    return batched.once(exchange, digest, clean, done())


def _original_username(item: JsonValue) -> str:
    username = item.get("original_username") if isinstance(item, dict) else None
    if not isinstance(username, str):
        raise RefusedError('Each item must be {"original_username": text}.')
    return username
