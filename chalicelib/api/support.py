"""Support: disabling and enabling, rights, and names that wait for approval (spec 50, section 3)."""

from collections.abc import Callable, Mapping
from itertools import islice

from pydantic import BaseModel, JsonValue

from chalicelib.accounts.account import Account
from chalicelib.accounts.context import Context
from chalicelib.accounts.errors import FieldErrors
from chalicelib.accounts.rules.fault import RuleError
from chalicelib.accounts.support import change_rights, comment_rule, disable, enable, is_about_disabling, refuse_name
from chalicelib.accounts.view import AccountView
from chalicelib.api import examples, idempotent
from chalicelib.api.addresses import LEASE_SECONDS, refuse_twin
from chalicelib.api.answers import empty, json_answer, json_text
from chalicelib.api.bodies import JSON, MERGE_PATCH, json_object, require_content_type
from chalicelib.api.cursors import cursor_of, limit_of, place_of, up_to
from chalicelib.api.errors import EmptyPatchError, ForbiddenError
from chalicelib.api.history import CURSOR, names_of
from chalicelib.api.preconditions import etag
from chalicelib.api.representation import full_json
from chalicelib.api.routing import IDEMPOTENCY_KEY, Area, Exchange, Parameter, Responds, Takes
from chalicelib.api.schemas import RIGHTS_PATCH, FieldErrorsBody, Messages
from chalicelib.api.services import Services, context
from chalicelib.api.targets import require_target
from chalicelib.events.aggregate import Decision, Loaded
from chalicelib.events.event import Event
from chalicelib.events.idempotency import Answer
from chalicelib.events.support import AccountDisabled
from chalicelib.identity.permissions import Permission
from chalicelib.leases import account_lease
from chalicelib.mail.names import name_refused_notice
from chalicelib.retirement.moments import moment

area = Area("Administration")
ACCOUNT = "/api/user/v1/admin/accounts/{username}"
NAMES = "/api/user/v1/admin/name_changes"
USUAL, MOST = 50, 200


class Comment(BaseModel):
    """A comment; it may be empty."""

    comment: str


class DisableRow(BaseModel):
    """One time that an account was disabled or enabled; `created_by` is null once that account is retired."""

    created: str
    comment: str
    disabled: bool
    created_by: str | None


class WaitingName(BaseModel):
    """A name that waits for approval."""

    username: str
    name: str
    new_name: str
    requested: str


class WaitingNames(BaseModel):
    """Names that wait, oldest first, and where to go on."""

    results: list[WaitingName]
    next: str | None


REFUSALS = {
    400: Responds("No comment, one that cannot be, or one's own account.", FieldErrorsBody),
    403: Responds("Not staff."),
    404: Responds("Nobody has this username."),
}


@area.route(
    "POST",
    f"{ACCOUNT}/disable",
    summary="Disable an account",
    takes=Takes(Comment, (JSON,), {"comment": "Spam."}),
    parameters=[IDEMPOTENCY_KEY],
    answers={
        200: Responds("What was noted.", DisableRow),
        409: Responds("The account is disabled already, or retired."),
        **REFUSALS,
    },
)
def disable_account(exchange: Exchange) -> Answer:
    """Nobody can log in to the account any more, and every token of it is dead."""
    return _switch(exchange, disable)


@area.route(
    "POST",
    f"{ACCOUNT}/enable",
    summary="Enable an account",
    takes=Takes(Comment, (JSON,), {"comment": "It was not them."}),
    parameters=[IDEMPOTENCY_KEY],
    answers={
        200: Responds("What was noted.", DisableRow),
        409: Responds("The account is not disabled, or it is retired."),
        **REFUSALS,
    },
)
def enable_account(exchange: Exchange) -> Answer:
    """Its owner may log in again; old tokens stay dead."""
    return _switch(exchange, enable)


@area.route(
    "GET",
    f"{ACCOUNT}/disable_history",
    summary="When an account was disabled and enabled",
    answers={200: Responds("Newest first.", list[DisableRow]), 403: REFUSALS[403], 404: REFUSALS[404]},
)
def get_disable_history(exchange: Exchange) -> Answer:
    """Every time that the account was disabled or enabled."""
    _require_staff(exchange)
    found = require_target(exchange)
    history = exchange.services.ledger.history(found.account, newest_first=True)
    events = [event for event in history if is_about_disabling(event)]
    names = names_of(exchange.services, [event.actor.account for event in events if event.actor.account])
    return json_answer([_row(event, names).model_dump() for event in events])


@area.route(
    "PATCH",
    ACCOUNT,
    summary="Change an account's rights",
    takes=Takes(RIGHTS_PATCH, (MERGE_PATCH,), {"is_staff": True}),
    parameters=[IDEMPOTENCY_KEY],
    answers={
        200: Responds("The account.", AccountView, example=examples.FULL_ACCOUNT),
        400: Responds("Keys or values that cannot be, or none.", FieldErrorsBody | Messages),
        403: Responds("Not a superuser."),
        404: REFUSALS[404],
        409: Responds("The account is retired."),
    },
)
def patch_rights(exchange: Exchange) -> Answer:
    """Change flags, permissions and organisations; it is in force at once."""
    services, request, caller = exchange.services, exchange.request, exchange.caller
    if not caller.account.superuser:
        raise ForbiddenError
    require_content_type(request, MERGE_PATCH)
    found = require_target(exchange)
    patch = json_object(request, services.settings.body_limit_bytes)
    if not patch:
        raise EmptyPatchError

    def decide(account: Account) -> Decision:
        made = context(services, caller.acting_on(account), request.request_id)
        return change_rights(account, patch, frozenset(Permission), made)

    def answer(account: Account, version: int) -> Answer:
        return json_text(full_json(services, account), ETag=etag(version))

    command = idempotent.command(services, request, caller, answer)
    committed = services.ledger.execute(found.account, decide, command, first=found)
    return answer(committed.loaded.state, committed.loaded.version)


@area.route(
    "GET",
    NAMES,
    summary="Names that wait for approval",
    parameters=[Parameter("limit", f"How many, 1 to {MOST}; {USUAL} without.", schema=up_to(MOST)), CURSOR],
    answers={
        200: Responds("Oldest first.", WaitingNames),
        400: Responds("A limit or a cursor that cannot be."),
        403: REFUSALS[403],
    },
)
def list_name_changes(exchange: Exchange) -> Answer:
    """Pending name changes; approved by `POST .../name_change/{username}/confirm`."""
    _require_staff(exchange)
    services, request = exchange.services, exchange.request
    limit = limit_of(request.last("limit"), USUAL, MOST)
    cursor = request.last("cursor")
    behind = None if cursor is None else place_of(services, "name_changes", cursor)
    waiting = list(islice(services.name_changes.waiting(behind, limit + 1), limit + 1))
    page = waiting[:limit]
    found = {each.account: each.state for each in services.ledger.load_many([row.account for row in page])}
    shown = [
        WaitingName(
            username=state.username,
            name=state.profile.name,
            new_name=state.pending_name,
            requested=moment(state.name_requested),
        )
        for row in page
        if (state := found.get(row.account)) and state.pending_name is not None and state.name_requested is not None
    ]
    onward = cursor_of(services, "name_changes", page[-1].place) if len(waiting) > limit else None
    return json_answer(WaitingNames(results=shown, next=onward))


@area.route(
    "POST",
    f"{NAMES}/{{username}}/refuse",
    summary="Refuse the name that somebody asked for",
    takes=Takes(Comment, (JSON,), {"comment": "This is not a name."}),
    parameters=[IDEMPOTENCY_KEY],
    answers={
        204: Responds("Nothing is pending; the person was told by mail, unless they have left."),
        400: REFUSALS[400],
        403: REFUSALS[403],
        404: Responds("Nobody has this username, or nothing is pending."),
    },
)
def refuse_name_change(exchange: Exchange) -> Answer:
    """Refuse a pending name; the name stays as it is."""
    services, request, caller = exchange.services, exchange.request, exchange.caller
    found, comment = _asked(exchange)

    def decide(account: Account) -> Decision:
        return refuse_name(account, comment, context(services, caller.acting_on(account), request.request_id))

    command = idempotent.command(services, request, caller, lambda _, __: empty(204))
    with services.leases.hold([account_lease(found.account)], services.random_bytes(16).hex(), LEASE_SECONDS):
        refuse_twin(services, command)
        found = services.ledger.load(found.account) or found
        decide(found.state)
        # Whoever has left since has no address that a mail would reach.
        if not found.state.has_left:
            _tell(services, found.state, comment)
        services.ledger.execute(found.account, decide, command, first=found)
    return empty(204)


def _switch(exchange: Exchange, decision: Callable[[Account, str, Context], Decision]) -> Answer:
    services, request, caller = exchange.services, exchange.request, exchange.caller
    found, comment = _asked(exchange)
    made, disables = context(services, caller.acting_on(found.state), request.request_id), decision is disable
    row = DisableRow(created=moment(made.now), comment=comment, disabled=disables, created_by=caller.account.username)
    command = idempotent.command(services, request, caller, lambda _, __: json_answer(row))
    services.ledger.execute(found.account, lambda account: decision(account, comment, made), command, first=found)
    if disables:
        services.sessions.end_all(found.account)
    return json_answer(row)


def _asked(exchange: Exchange) -> tuple[Loaded[Account], str]:
    """The account in the path and the comment, for staff; raises what is wrong with either."""
    _require_staff(exchange)
    found = require_target(exchange)
    require_content_type(exchange.request, JSON)
    fields = json_object(exchange.request, exchange.services.settings.body_limit_bytes)
    return found, _comment(fields)


def _comment(fields: Mapping[str, JsonValue]) -> str:
    try:
        return comment_rule(fields.get("comment"))
    except RuleError as error:
        raise FieldErrors(error.faults("comment")) from None


def _row(event: Event, names: Mapping[str, str]) -> DisableRow:
    return DisableRow(
        created=moment(event.at),
        comment=getattr(event, "comment", ""),
        disabled=isinstance(event, AccountDisabled),
        created_by=names.get(event.actor.account or ""),
    )


def _tell(services: Services, account: Account, comment: str) -> None:
    platform, language = services.settings.platform_name, account.preferences.get("pref-lang", "en")
    services.mailer.send(name_refused_notice(account.email, comment, platform_name=platform, language=language))


def _require_staff(exchange: Exchange) -> None:
    if not exchange.caller.account.staff:
        raise ForbiddenError
