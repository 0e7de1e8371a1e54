"""Accounts on their way through a retirement, for tests of the pure domain."""

from datetime import timedelta
from typing import Any

from chalicelib.accounts.account import Account
from chalicelib.accounts.context import Context
from chalicelib.accounts.fold import fold
from chalicelib.events.aggregate import Decision
from chalicelib.events.claims import RetiredDigits
from chalicelib.retirement.erasing import erase_profile
from chalicelib.retirement.leaving import leave
from chalicelib.retirement.names import RetiredNames
from chalicelib.retirement.partners import hand_out, request_report
from chalicelib.retirement.states import States
from chalicelib.retirement.transitions import Move, change_state
from tests.support.accounts import CONTEXT as OWNERS_CONTEXT
from tests.support.accounts import WORKER_CONTEXT as CONTEXT
from tests.support.accounts import account

STATES = States(
    (
        "PENDING",
        "LOCKING_ACCOUNT",
        "LOCKING_COMPLETE",
        "RETIRING_LMS",
        "LMS_COMPLETE",
        "ERRORED",
        "ABORTED",
        "COMPLETE",
    )
)
WORKING = "RETIRING_LMS"
NAMES = RetiredNames(RetiredDigits([b"older secret", b"newer secret"]), "retired__user_", "retired.invalid")
ROW = 5
REPORT = 9


def later(**span: float) -> Context:
    """The context of a request that comes a `timedelta(**span)` after noon."""
    return Context(CONTEXT.now + timedelta(**span), CONTEXT.actor, CONTEXT.request)


def after(state: Account, decision: Decision) -> Account:
    """The account after everything that was decided."""
    for event in decision.events:
        state = fold(state, event)
    return state


def left(*, row: int = ROW, context: Context = OWNERS_CONTEXT, **fields: Any) -> Account:
    """An account whose owner has just left."""
    return after(account(**fields), leave(account(**fields), row, STATES, NAMES, context))


def moved(state: Account, new_state: str, context: Context = CONTEXT, **more: Any) -> Account:
    """The account with its row in `new_state`, by force."""
    assert state.row is not None
    move = Move(new_state, more.pop("response", ""), forced=True, **more)
    return after(state, change_state(state, state.row.number, move, STATES, context))


def working(**fields: Any) -> Account:
    """An account whose row is in a working state."""
    return moved(left(**fields), WORKING)


def reported(state: Account, *orgs: str, report: int = REPORT) -> Account:
    """The account with a partner row for `orgs`."""
    return after(state, request_report(state, ROW, report, orgs or ("edX",), STATES, CONTEXT))


def handed_out(state: Account, call: str = "call") -> Account:
    """The account with its partner row in a driver's hands."""
    assert state.partner_row is not None
    return after(state, hand_out(state, state.partner_row.number, call, CONTEXT))


def erased(state: Account) -> Account:
    """The account after `retire`."""
    return after(state, erase_profile(state, ROW, STATES, CONTEXT))
