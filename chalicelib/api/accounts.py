"""Reading and patching one account (spec 10, sections 3, 5, 6 and 7)."""

from pydantic import BaseModel

from chalicelib.accounts.account import Account
from chalicelib.accounts.addresses import NO_REQUESTS, AddressRequests
from chalicelib.accounts.update import update_account
from chalicelib.accounts.view import AccountView
from chalicelib.api import examples, idempotent
from chalicelib.api.addresses import change_with_mail, wants_addresses
from chalicelib.api.answers import json_answer, json_text
from chalicelib.api.bodies import MERGE_PATCH, json_object, require_content_type
from chalicelib.api.errors import TooManyRequestsError
from chalicelib.api.preconditions import etag, require_match
from chalicelib.api.representation import account_json, full_json
from chalicelib.api.routing import IDEMPOTENCY_KEY, IF_MATCH, SHARED_VIEW, Area, Exchange, Responds, Takes
from chalicelib.api.schemas import ACCOUNT_PATCH, Detail, FieldErrorsBody, StoringErrorBody
from chalicelib.api.services import Services, context
from chalicelib.api.targets import refuse_lookups, require_own, require_target
from chalicelib.events.aggregate import Decision
from chalicelib.events.idempotency import Answer

area = Area("Accounts")
ACCOUNT = "/api/user/v1/accounts/{username}"


class Me(BaseModel):
    """The name of the caller."""

    username: str


@area.route(
    "GET",
    "/api/user/v1/me",
    summary="Who the token speaks for",
    parameters=[SHARED_VIEW],
    answers={
        200: Responds("The caller's username.", Me, example={"username": "ada"}),
        403: Responds("A look-up parameter without being staff."),
    },
)
def get_me(exchange: Exchange) -> Answer:
    """The caller's username, and nothing else."""
    refuse_lookups(exchange)
    return json_answer(Me(username=exchange.caller.account.username))


@area.route(
    "GET",
    ACCOUNT,
    summary="One account, as far as the caller may see it",
    parameters=[SHARED_VIEW],
    answers={
        200: Responds(
            "The account; which keys are there depends on who asks.", AccountView, example=examples.FULL_ACCOUNT
        ),
        403: Responds("A look-up parameter without being staff."),
        404: Responds("Nobody has this username."),
    },
)
def get_account(exchange: Exchange) -> Answer:
    """One account by its exact username."""
    refuse_lookups(exchange)
    found = require_target(exchange)
    viewer = exchange.caller.account
    return json_text(account_json(exchange.services, exchange.request, found.state, viewer), ETag=etag(found.version))


@area.route(
    "PATCH",
    ACCOUNT,
    summary="Change one's own account",
    takes=Takes(ACCOUNT_PATCH, (MERGE_PATCH,), {"bio": "I teach.", "country": "SE"}),
    parameters=[SHARED_VIEW, IF_MATCH, IDEMPOTENCY_KEY],
    answers={
        200: Responds("The account after the change.", AccountView, example=examples.FULL_ACCOUNT),
        400: Responds(
            "Fields at fault, or a body that cannot be read.",
            FieldErrorsBody | StoringErrorBody | Detail,
            example=examples.FIELD_ERRORS,
        ),
        403: Responds("Somebody else's account, asked for by staff."),
        404: Responds("Not the caller's own account."),
        412: Responds("The account has another version than If-Match names."),
        413: Responds("The body is too large."),
        415: Responds("The content type is not application/merge-patch+json."),
        422: Responds("The Idempotency-Key came with another request before."),
        429: Responds("Too many changes of the address.", dict[str, str]),
    },
)
def patch_account(exchange: Exchange) -> Answer:
    """Change fields of one's own account, all of them or none."""
    services, request, caller = exchange.services, exchange.request, exchange.caller
    refuse_lookups(exchange)
    require_content_type(request, MERGE_PATCH)
    patch = json_object(request, services.settings.body_limit_bytes)
    if wants_addresses(patch):
        _limit_email_changes(services, caller.account)
    own = require_own(exchange)

    def decide(account: Account, requests: AddressRequests = NO_REQUESTS) -> Decision:
        require_match(request, account.version)
        now = context(services, caller.acting_on(account), request.request_id)
        return update_account(account, patch, services.policy, now, requests)

    def answer(account: Account, version: int) -> Answer:
        return json_text(full_json(services, account), ETag=etag(version))

    command = idempotent.command(services, request, caller, answer)
    if wants_addresses(patch):
        committed = change_with_mail(services, own, patch, decide, command)
    else:
        committed = services.ledger.execute(own.account, decide, command, first=own)
    return answer(committed.loaded.state, committed.loaded.version)


def _limit_email_changes(services: Services, account: Account) -> None:
    """A deployment may limit how often an account asks for another address (spec 10, section 2)."""
    settings = services.settings
    subject = services.digests.of("email-changes", account.id.encode())
    if not services.rate_limiter.allows(
        subject, settings.email_change_limit, settings.email_change_window_seconds, services.clock()
    ):
        raise TooManyRequestsError
