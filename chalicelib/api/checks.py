"""Registration checks and suggested usernames (spec 10, section 11)."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import JsonValue

from chalicelib.accounts.checks import decisions, is_fine, well_formed
from chalicelib.accounts.suggestions import NUMBERS, WANTED, from_name, from_username
from chalicelib.api import examples
from chalicelib.api.answers import json_answer
from chalicelib.api.bodies import FORM, JSON, form_or_json
from chalicelib.api.limits import limit_source
from chalicelib.api.registration import taken
from chalicelib.api.routing import Area, Exchange, Responds, Takes
from chalicelib.api.schemas import Decisions, RegistrationChecks
from chalicelib.api.services import Services
from chalicelib.events.claims import Claim, ClaimKind
from chalicelib.events.idempotency import Answer

area = Area("Registration")


@area.route(
    "POST",
    "/api/user/v1/validation/registration",
    summary="Check fields of a registration form",
    public=True,
    takes=Takes(RegistrationChecks, (JSON, FORM), {"username": "ada", "name": "Ada Lovelace"}, optional=True),
    answers={
        200: Responds("A message for each field, empty if it is fine.", Decisions, example=examples.DECISIONS),
        403: Responds("Too many checks from this source address."),
    },
)
def check_registration(exchange: Exchange) -> Answer:
    """Say of each known field that is sent whether it would do, and suggest free usernames."""
    services, request, settings = exchange.services, exchange.request, exchange.services.settings
    limit, seconds = settings.registration_check_limit, settings.registration_check_window_seconds
    limit_source(exchange, "registration-check", limit, seconds, 403)
    fields = form_or_json(request, settings.body_limit_bytes)
    sound = well_formed(fields, services.policy)
    found = frozenset(taken(services, sound.get("username"), sound.get("email")))
    content: dict[str, Any] = {"validation_decisions": decisions(fields, found, services.policy)}
    suggested = _suggestions(services, fields, sound["username"] if "username" in found else None)
    if suggested:
        content["username_suggestions"] = suggested
    return json_answer(content)


def _suggestions(services: Services, fields: Mapping[str, JsonValue], taken_username: str | None) -> Sequence[str]:
    """Exactly three free usernames, from the one that is taken or from the name; none without either."""
    name = fields.get("name")
    seed = services.random_bytes(2 * NUMBERS)
    if taken_username is not None:
        candidates = from_username(taken_username, seed)
    elif is_fine("name", fields, services.policy) and isinstance(name, str):
        candidates = from_name(name, seed)
    else:
        return ()
    claims = {candidate: Claim(ClaimKind.USERNAME, candidate) for candidate in candidates}
    owners = services.ledger.owners(list(claims.values()))
    return [candidate for candidate, claim in claims.items() if claim not in owners][:WANTED]
