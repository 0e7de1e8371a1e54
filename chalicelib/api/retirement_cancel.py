"""Cancelling a retirement, and looking a retired address up (spec 20, section 11)."""

from pydantic import BaseModel, JsonValue

from chalicelib.api import idempotent
from chalicelib.api.answers import json_answer
from chalicelib.api.bodies import FORM, JSON, form_or_json
from chalicelib.api.errors import RetiredAddressError
from chalicelib.api.retirement_bodies import FORBIDDEN
from chalicelib.api.rights import Right
from chalicelib.api.routing import IDEMPOTENCY_KEY, Area, Exchange, Responds, Takes
from chalicelib.api.schemas import Message
from chalicelib.api.services import Services, context
from chalicelib.events.claims import Claim, ClaimKind
from chalicelib.events.event import Actor, Proof, Role
from chalicelib.events.idempotency import Answer
from chalicelib.events.reader import RETIRED
from chalicelib.pipeline import cancelling, finding
from chalicelib.pipeline.ports import Asked
from chalicelib.retirement.cancelling import can_be_cancelled
from chalicelib.retirement.errors import CancelRefusedError, NoRowError

area = Area("Retirement")
MOST_DIGITS = 18


class Cancellation(BaseModel):
    """Which retirement."""

    retirement_id: int


class Cancelled(BaseModel):
    """The retirement is cancelled."""

    success: bool


@area.route(
    "POST",
    "/api/user/v1/accounts/cancel_retirement",
    summary="Take a retirement back",
    right=Right.CANCEL,
    takes=Takes(Cancellation, (JSON, FORM), {"retirement_id": 1}),
    parameters=[IDEMPOTENCY_KEY],
    answers={
        200: Responds("The person has the address again; a password reset is the way back.", Cancelled),
        400: Responds("No such retirement, or it is not in PENDING any more.", Message),
        403: FORBIDDEN,
        415: Responds("Neither JSON nor a form."),
    },
)
def cancel_retirement(exchange: Exchange) -> Answer:
    """Give an account that has left its address back, under a password that nobody knows."""
    services, request, caller = exchange.services, exchange.request, exchange.caller
    fields = form_or_json(request, services.settings.body_limit_bytes)
    number = _number(fields.get("retirement_id"))
    actor = Actor(account=caller.account.id, role=Role.STAFF, proof=Proof.TOKEN)
    try:
        found = finding.by_number(services, number)
        command = idempotent.command(services, request, caller, lambda _, __: _success())
        asked = Asked(lambda: context(services, actor, request.request_id), command)
        cancelling.cancel_retirement(services, found, number, asked)
    except NoRowError:
        raise CancelRefusedError("There is no such retirement.") from None
    return _success()


def refuse_retired(services: Services, address: str) -> None:
    """Raise `RetiredAddressError` if `address` is retired, in any capitalisation, with what support may do."""
    claim = Claim(ClaimKind.ORIGINAL_EMAIL, address)
    found = services.ledger.find(claim)
    if found is not None and found.state.row is not None:
        possible = can_be_cancelled(found.state, services.clock(), services.settings.cool_off_days)
        raise RetiredAddressError(found.state.row.number if possible else None)
    by_address = Claim(ClaimKind.EMAIL, address)
    if services.ledger.owners([by_address]).get(by_address) == RETIRED:
        raise RetiredAddressError(None)


def _success() -> Answer:
    return json_answer(Cancelled(success=True))


def _number(value: JsonValue) -> int:
    if value is None or value == "":
        raise CancelRefusedError("retirement_id is missing.")
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= MOST_DIGITS:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise CancelRefusedError("retirement_id must be a whole number.")
    return value
