"""Leaving, and being deactivated (spec 20, sections 5 and 6)."""

from collections.abc import Mapping

from pydantic import BaseModel, JsonValue

from chalicelib.accounts.account import Account
from chalicelib.accounts.view import AccountView
from chalicelib.api import examples, idempotent
from chalicelib.api.addresses import refuse_twin
from chalicelib.api.answers import empty, json_text, with_cookies
from chalicelib.api.bodies import FORM, JSON, form_or_json
from chalicelib.api.cookies import no_session
from chalicelib.api.errors import LeavingFailedError, LeavingRefusedError, NotAuthenticatedError, NotFoundError
from chalicelib.api.login import failures_of
from chalicelib.api.representation import account_json
from chalicelib.api.retirement_bodies import FORBIDDEN
from chalicelib.api.rights import Right
from chalicelib.api.routing import IDEMPOTENCY_KEY, Area, Exchange, Responds, Takes
from chalicelib.api.services import Services, context
from chalicelib.api.targets import require_target
from chalicelib.events.aggregate import Decision, Loaded
from chalicelib.events.claims import Claim, ClaimKind
from chalicelib.events.event import Actor, Proof, Role
from chalicelib.events.idempotency import Answer
from chalicelib.leases import account_lease
from chalicelib.mail.port import MailUnavailableError
from chalicelib.pipeline.leaving import request_retirement
from chalicelib.pipeline.ports import Asked
from chalicelib.retirement.deactivation import deactivate

area = Area("Leaving")
LEASE_SECONDS = 30


class Password(BaseModel):
    """The present password."""

    password: str


@area.route(
    "POST",
    "/api/user/v1/accounts/deactivate_logout",
    summary="Delete one's own account",
    takes=Takes(Password, (FORM, JSON), {"password": "local-Passw0rd"}),
    parameters=[IDEMPOTENCY_KEY],
    answers={
        204: Responds("The account is locked, and its retirement has been asked for."),
        400: Responds("No password.", str),
        403: Responds("A wrong password, too many of them, or deletion is switched off.", str),
        404: Responds("`username` names nobody."),
        415: Responds("Neither JSON nor a form."),
        500: Responds("The notice could not be sent; nothing has changed."),
    },
)
def leave_and_log_out(exchange: Exchange) -> Answer:
    """Ask for one's own retirement: address, password, tokens and links are gone at once."""
    services, request, caller = exchange.services, exchange.request, exchange.caller
    fields = form_or_json(request, services.settings.body_limit_bytes)
    if not services.settings.account_deletion_allowed:
        raise LeavingRefusedError("Accounts cannot be deleted here.")
    _refuse_others(exchange, fields)
    _check_password(services, caller.loaded, fields.get("password"))
    actor = Actor(account=caller.account.id, role=Role.OWNER, proof=Proof.PASSWORD)
    command = idempotent.command(services, request, caller, lambda _, __: empty(204))
    owner = services.random_bytes(16).hex()
    with services.leases.hold([account_lease(caller.account.id)], owner, LEASE_SECONDS):
        refuse_twin(services, command)
        asked = Asked(lambda: context(services, actor, request.request_id), command)
        try:
            request_retirement(services, _still_in(exchange), asked)
        except MailUnavailableError:
            raise LeavingFailedError from None
    return with_cookies(empty(204), no_session(request, services.settings))


@area.route(
    "POST",
    "/api/user/v1/accounts/{username}/deactivate",
    summary="Take somebody's password and tokens away",
    right=Right.DEACTIVATE,
    parameters=[IDEMPOTENCY_KEY],
    answers={
        200: Responds("The account.", AccountView, example=examples.FULL_ACCOUNT),
        403: FORBIDDEN,
        404: Responds("Nobody has this username."),
    },
)
def deactivate_account(exchange: Exchange) -> Answer:
    """Make every login of an account fail from now on; nothing else about it changes."""
    services, request, caller = exchange.services, exchange.request, exchange.caller
    found = require_target(exchange)

    def decide(account: Account) -> Decision:
        return deactivate(account, context(services, caller.acting_on(account), request.request_id))

    def answer(account: Account, _: int) -> Answer:
        return json_text(account_json(services, request, account, caller.account))

    command = idempotent.command(services, request, caller, answer)
    committed = services.ledger.execute(found.account, decide, command, first=found)
    services.sessions.end_all(found.account)
    return answer(committed.loaded.state, committed.loaded.version)


def _refuse_others(exchange: Exchange, fields: Mapping[str, JsonValue]) -> None:
    """A `username` that is not the caller's own: unknown is a 404, known a refusal (R2)."""
    username = fields.get("username")
    if username is None or username == exchange.caller.account.username:
        return
    if not isinstance(username, str):
        raise NotFoundError
    found = exchange.services.ledger.find(Claim(ClaimKind.USERNAME, username))
    if found is None or found.state.username != username:
        raise NotFoundError
    raise LeavingRefusedError("People delete their own account only.")


def _check_password(services: Services, loaded: Loaded[Account], password: JsonValue) -> None:
    """Raise `LeavingRefusedError` unless it is the account's; one count of failures for all logins."""
    subject, now = failures_of(services, loaded.account), services.clock()
    if services.lockout.locked(subject, now):
        raise LeavingRefusedError("Too many wrong passwords. Try again later.")
    if not isinstance(password, str):
        raise LeavingRefusedError("No password was given.", 400)
    stored = services.ledger.password_hash(loaded.account, loaded.key)
    if not services.passwords.verify(stored, password).ok or stored is None:
        services.lockout.failed(subject, now)
        raise LeavingRefusedError("The password is not right.")
    if not services.lockout.succeeded(subject, now):
        raise LeavingRefusedError("Too many wrong passwords. Try again later.")


def _still_in(exchange: Exchange) -> Loaded[Account]:
    """The caller's account as it is now that we are alone with it; raises `NotAuthenticatedError` if it has left."""
    before = exchange.caller.loaded
    loaded = exchange.services.ledger.load(before.account)
    if loaded is None or loaded.state.credential != before.state.credential:
        raise NotAuthenticatedError
    return loaded
