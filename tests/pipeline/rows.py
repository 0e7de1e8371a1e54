"""Rows made in two commits, without requests, for tests that need many."""

from collections.abc import Sequence
from enum import IntEnum

from chalicelib.accounts.account import Account
from chalicelib.accounts.context import Context
from chalicelib.accounts.fold import fold
from chalicelib.accounts.registration import Applicant, Provision, provision
from chalicelib.api.registration import new_account
from chalicelib.events.aggregate import Decision
from chalicelib.events.classification import Purpose
from chalicelib.events.event import Actor, Event, Role
from chalicelib.events.profile import Profile
from chalicelib.retirement.leaving import leave
from chalicelib.retirement.partners import hand_out, request_report
from chalicelib.retirement.transitions import Move, change_state
from tests.pipeline.world import World

WORKING = "LOCKING_ACCOUNT"


class Report(IntEnum):
    """How far the partner row is."""

    NONE = 0
    WAITING = 1
    HANDED_OUT = 2


def row(
    world: World,
    state: str = "PENDING",
    *,
    report: Report = Report.NONE,
    orgs: Sequence[str] = ("edX",),
    stem: str = "gone",
) -> str:
    """The username of a fresh account that has left, with its row in `state`, and its partner row if one is wanted."""
    username = world.stage.fresh(stem)
    wiring = world.wiring
    context = Context(world.clock(), Actor(role=Role.SYSTEM), "r")
    applicant = Applicant(username, f"{username}@example.com", "", Profile(name="Ada"))
    new = new_account(wiring, applicant)
    made = wiring.ledger.create(new.id, provision(applicant, Provision(orgs=tuple(orgs)), new, context))
    number = wiring.ledger.next_number("retirement")
    partner = wiring.ledger.next_number("partner") if report else 0
    begins = {Purpose.RETIREMENT: number, **({Purpose.PARTNER: partner} if report else {})}

    def decide(account: Account) -> Decision:
        events: list[Event] = []
        now = account

        def add(decision: Decision) -> None:
            nonlocal now
            for event in decision.events:
                events.append(event)
                now = fold(now, event)

        first = leave(now, number, wiring.states, wiring.retired_names, context)
        add(first)
        if report:
            add(change_state(now, number, Move(WORKING, ""), wiring.states, context))
            add(request_report(now, number, partner, tuple(orgs), wiring.states, context))
        if report is Report.HANDED_OUT:
            add(hand_out(now, partner, "c" * 32, context))
        if now.row is not None and now.row.state != state:
            add(change_state(now, number, Move(state, "", forced=True), wiring.states, context))
        return Decision(tuple(events), first.credential, begins=begins)

    wiring.ledger.execute(new.id, decide, first=made.loaded)
    return username
