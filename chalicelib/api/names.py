"""Name changes with approval (spec 10, section 8)."""

from chalicelib.accounts.account import Account
from chalicelib.accounts.names import confirm_name, request_name
from chalicelib.api import idempotent
from chalicelib.api.addresses import LEASE_SECONDS
from chalicelib.api.answers import empty
from chalicelib.api.bodies import FORM, JSON, form_or_json
from chalicelib.api.errors import ForbiddenError
from chalicelib.api.routing import IDEMPOTENCY_KEY, Area, Exchange, Responds, Takes
from chalicelib.api.schemas import NameForm
from chalicelib.api.services import context
from chalicelib.api.targets import require_target
from chalicelib.events.aggregate import Decision
from chalicelib.events.idempotency import Answer
from chalicelib.leases import account_lease

area = Area("Names")


@area.route(
    "POST",
    "/api/user/v1/accounts/name_change",
    summary="Ask for another name",
    takes=Takes(NameForm, (JSON, FORM), {"name": "Ada King"}),
    parameters=[IDEMPOTENCY_KEY],
    answers={
        201: Responds("It waits for approval, and shows as `pending_name_change`."),
        400: Responds("A name that cannot be.", dict[str, list[str] | str]),
    },
)
def request_name_change(exchange: Exchange) -> Answer:
    """Ask for another name; a later request replaces an earlier one."""
    services, request, caller = exchange.services, exchange.request, exchange.caller
    wanted = form_or_json(request, services.settings.body_limit_bytes).get("name")

    def decide(account: Account) -> Decision:
        return request_name(account, wanted, context(services, caller.acting_on(account), request.request_id))

    command = idempotent.command(services, request, caller, lambda _, __: empty(201))
    services.ledger.execute(caller.loaded.account, decide, command, first=caller.loaded)
    return empty(201)


@area.route(
    "POST",
    "/api/user/v1/accounts/name_change/{username}/confirm",
    "/api/user/v1/account/name_change/{username}/confirm",
    summary="Approve the name that somebody asked for",
    parameters=[IDEMPOTENCY_KEY],
    answers={
        204: Responds("The name is replaced."),
        403: Responds("Not staff."),
        404: Responds("Nobody has this username, or nothing is pending."),
    },
)
def confirm_name_change(exchange: Exchange) -> Answer:
    """Approve a pending name, as staff; under the lease of the account, so that no refusal is mailed meanwhile."""
    services, request, caller = exchange.services, exchange.request, exchange.caller
    if not caller.account.staff:
        raise ForbiddenError
    found = require_target(exchange)

    def decide(account: Account) -> Decision:
        return confirm_name(account, context(services, caller.acting_on(account), request.request_id))

    command = idempotent.command(services, request, caller, lambda _, __: empty(204))
    with services.leases.hold([account_lease(found.account)], services.random_bytes(16).hex(), LEASE_SECONDS):
        services.ledger.execute(found.account, decide, command, first=found)
    return empty(204)
