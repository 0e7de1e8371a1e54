"""Moving a row from state to state (spec 20, section 4.2)."""

from dataclasses import dataclass, field

from chalicelib.accounts.account import Account
from chalicelib.accounts.context import Context
from chalicelib.accounts.retirement import RetirementRow
from chalicelib.events.aggregate import Decision
from chalicelib.events.retirement import RetirementStateChanged
from chalicelib.retirement.errors import NoRowError, NotWorkingError, TransitionRefusedError
from chalicelib.retirement.states import States

LONGEST_RESPONSE = 64 * 1024
"""Bytes of a driver's text, in UTF-8."""


@dataclass(frozen=True)
class Move:
    """Where a row is to go. `expected` is the state that it must be in, if that matters; `response` is for the log."""

    new_state: str
    response: str = field(repr=False)
    forced: bool = False
    by_job: bool = False
    expected: str | None = None


def change_state(account: Account, row: int, move: Move, states: States, context: Context) -> Decision:
    """Move the row `row`. Raises `NoRowError`, `TransitionRefusedError`."""
    standing = require_row(account, row)
    if len(move.response.encode("utf-8", "surrogatepass")) > LONGEST_RESPONSE:
        raise TransitionRefusedError(f"response is longer than {LONGEST_RESPONSE} bytes.")
    if move.expected not in (None, standing.state):
        raise TransitionRefusedError(f"The row is in {standing.state} by now.")
    refusal = states.refusal(standing.state, move.new_state, forced=move.forced)
    if refusal is not None:
        raise TransitionRefusedError(refusal)
    changed = RetirementStateChanged(
        **context.next(account),
        row=row,
        before=standing.state,
        after=move.new_state,
        forced=move.forced,
        by_job=move.by_job,
        response=move.response,
    )
    return Decision((changed,))


def require_row(account: Account, row: int) -> RetirementRow:
    """The row `row` of the account; raises `NoRowError`."""
    if account.row is None or account.row.number != row:
        raise NoRowError
    return account.row


def require_working(account: Account, row: int, states: States) -> RetirementRow:
    """The row, in a state in which the actions of the pipeline are allowed; raises `NoRowError`, `NotWorkingError`."""
    standing = require_row(account, row)
    if not states.is_working(standing.state):
        raise NotWorkingError(standing.state)
    return standing
