"""`rollcall retire` and `cancel`: the pipeline's own steps for one account (spec 50, section 6)."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from chalicelib.accounts.account import Account
from chalicelib.accounts.rules.fault import RuleError
from chalicelib.events.aggregate import Loaded
from chalicelib.events.errors import ClaimTakenError
from chalicelib.events.event import Role
from chalicelib.leases import account_lease
from chalicelib.pipeline.cancelling import cancel_retirement
from chalicelib.pipeline.configured import check_pipeline
from chalicelib.pipeline.journey import OVERTAKEN, Journey, Traveller
from chalicelib.pipeline.leaving import request_retirement
from chalicelib.pipeline.ports import Asked
from chalicelib.retirement.errors import AlreadyLeavingError, CancelRefusedError, NoRowError
from chalicelib.retirement.row import RowFacts, facts_of
from chalicelib.retirement.states import ABORTED, COMPLETE, ERRORED, PENDING
from chalicelib.wiring import Wiring
from ops.finding import found
from ops.running import CannotRunError, Job, Json, running

LEASE_SECONDS = 30
Username = Annotated[str, typer.Argument(metavar="USERNAME", help="The username, now or originally.")]


def retire(
    username: Username,
    request: Annotated[
        bool, typer.Option("--request", help="Make the retirement row first, as leaving does, with its mail.")
    ] = False,
    take_over: Annotated[
        bool, typer.Option("--take-over", help="Go on with a row that another driver has begun.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, on a terminal.")] = False,
    as_json: Json = False,
) -> None:
    """Retire one account for good, now: every step that its row still needs, whatever its cool-off. Safe to repeat."""
    with running(as_json=as_json) as job:
        check_pipeline(job.wiring.settings.retirement_pipeline, job.wiring.states, job.wiring.hooks)
        loaded = found(job.wiring, username)
        _require_row_or(loaded, request=request)
        if not yes:
            _confirm(username)
        facts = facts_of(_with_row(job, loaded).state)
        if facts is None:
            raise CannotRunError("The row has gone meanwhile.")
        passed = _drive(job, facts, take_over=take_over)
        content = {"username": username, "account": facts.account, "retirement_id": facts.number, "state": COMPLETE}
        job.out.document(
            content | {"passed": passed},
            lambda: job.out.line(f"{username} is retired: {COMPLETE}, row {facts.number}."),
        )


def cancel(
    username: Username,
    email: Annotated[str | None, typer.Option(help="Give back this address instead of the original one.")] = None,
    as_json: Json = False,
) -> None:
    """Take a retirement back that is still PENDING. The way back in is a password reset."""
    with running(as_json=as_json) as job:
        address = None if email is None else _address(job.wiring, email)
        loaded = found(job.wiring, username)
        row = loaded.state.row
        if row is None:
            raise CannotRunError("The account has no retirement row: there is nothing to cancel.")
        asked = Asked(lambda: job.context(Role.STAFF, "cancel"))
        with job.wiring.leases.hold([account_lease(loaded.account)], _owner(job.wiring), LEASE_SECONDS):
            try:
                cancel_retirement(job.wiring, loaded, row.number, asked, address)
            except NoRowError:
                raise CannotRunError("The row has gone meanwhile.") from None
            except CancelRefusedError as error:
                raise CannotRunError(error.message) from None
            except ClaimTakenError:
                raise CannotRunError("Somebody has this address; choose another with --email.") from None
        content = {"username": username, "account": loaded.account, "retirement_id": row.number, "cancelled": True}
        job.out.document(content, lambda: job.out.line(f"{username} has the address again; a reset is the way in."))


def _require_row_or(loaded: Loaded[Account], *, request: bool) -> None:
    """Raise `CannotRunError` if there is no row, and none can or may be made."""
    if loaded.state.row is not None:
        return
    if loaded.state.has_left:
        raise CannotRunError("The account is retired, and its row has been cleaned up: nothing is left to do.")
    if not request:
        raise CannotRunError("The account has no retirement row; --request makes one first.")


def _with_row(job: Job, loaded: Loaded[Account]) -> Loaded[Account]:
    """The account with its row, made now if there is none."""
    if loaded.state.row is not None:
        return loaded
    asked = Asked(lambda: job.context(Role.STAFF, "retire --request"))
    with job.wiring.leases.hold([account_lease(loaded.account)], _owner(job.wiring), LEASE_SECONDS):
        now = job.wiring.ledger.load(loaded.account) or loaded
        try:
            committed = request_retirement(job.wiring, now, asked)
        except AlreadyLeavingError:
            return job.wiring.ledger.load(loaded.account) or loaded
    job.out.notice(f"{PENDING}: asked for")
    return committed.loaded


def _drive(job: Job, facts: RowFacts, *, take_over: bool) -> Sequence[str]:
    """Take the row to COMPLETE; the states that it passed."""
    passed: list[str] = []

    def reached(state: str) -> None:
        passed.append(state)
        job.out.notice(state)

    asked = Asked(lambda: job.context(Role.STAFF, "retire"))
    journey = Journey(job.wiring, facts, Traveller("Command retire", asked, reached))
    if facts.state == COMPLETE:
        return passed
    if facts.state == ABORTED:
        raise CannotRunError(f"The row is {ABORTED}; only an update by force leads out of it.")
    if facts.state != PENDING and not facts.by_job and not take_over:
        raise CannotRunError(f"Another driver has the row in {facts.state}; --take-over goes on with it all the same.")
    try:
        if facts.state == ERRORED:
            journey.move(_before(job.wiring, facts), "taken up again", forced=True)
        journey.travel()
    except OVERTAKEN:
        raise CannotRunError(f"Somebody else has moved the row, which was in {journey.state}; look again.") from None
    return passed


def _before(wiring: Wiring, facts: RowFacts) -> str:
    """The state in which a row failed, or else the first one: steps that are done do nothing again."""
    steps = wiring.settings.retirement_pipeline
    known = {name for step in steps for name in (step.state, step.end)}
    return facts.last_state if facts.last_state in known else PENDING


def _confirm(username: str) -> None:
    """On a terminal the name must be typed again: this cannot be undone."""
    if sys.stdin.isatty() and sys.stdout.isatty():
        typed = typer.prompt("This erases the account for good. Type the username again", err=True)
        if typed != username:
            raise CannotRunError("That is another name; nothing was done.")


def _address(wiring: Wiring, email: str) -> str:
    try:
        return wiring.policy.email_rule(email)
    except RuleError as error:
        raise typer.BadParameter(error.fault.user_message, param_hint="--email") from None


def _owner(wiring: Wiring) -> str:
    return wiring.random_bytes(16).hex()
