"""Fills the queues: view rows of people who have left, as the stream consumer would write them.

Each account is made and moved by the service's own decisions, projected by its own projections, and its row sealed
with a key of its own, which stands in the keys table. Only the way in is shorter: 25 items to a BatchWriteItem, where
the consumer writes each row with a condition. Heads and events, which no queue reads, are left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from bench.filling import BulkWriter
from bench.histories import AGGREGATE, account_id, first_decision
from bench.people import person
from chalicelib.accounts.account import Account
from chalicelib.accounts.context import Context
from chalicelib.events.aggregate import Decision, Loaded
from chalicelib.events.classification import Purpose
from chalicelib.events.dynamo import Item
from chalicelib.events.event import Actor, Proof, Role
from chalicelib.events.sealing import DataKey, subject_of
from chalicelib.projections.partner_queue import PartnerQueue
from chalicelib.projections.retirement_queue import RetirementQueue
from chalicelib.projections.view import Projection, row_item
from chalicelib.retirement.erasing import erase_profile
from chalicelib.retirement.leaving import leave
from chalicelib.retirement.names import RetiredNames
from chalicelib.retirement.partners import hand_out, request_report
from chalicelib.retirement.states import COMPLETE, States
from chalicelib.retirement.transitions import Move, change_state
from chalicelib.settings import STOCK_STATES
from chalicelib.wiring import Wiring

STATES = States(STOCK_STATES)
WORKING = "RETIRING_LMS"
DRIVER = Actor(account=account_id(2**64), role=Role.SERVICE, proof=Proof.TOKEN)
SPREAD = timedelta(days=100)
FIRST_MADE = datetime(2026, 3, 1, tzinfo=UTC)
LAST_MADE = FIRST_MADE + SPREAD
"""Every row is older than this."""

FIRST_REPORTED = 1_000_001
"""Those who are reported to partners are others than those in the retirement queue."""


class QueueFiller:
    """Writes rows of both queues into the tables of `wiring`."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._writer = BulkWriter(wiring.dynamodb)
        self._views = wiring.tables.views.Meta.table_name

    def retirements(self, count: int, pending: int) -> None:
        """`count` rows made in a hundred days, one after the other; `pending` of them wait, the others are complete."""
        waiting = set(Random(count).sample(range(1, count + 1), pending))
        for number in range(1, count + 1):
            state = self._left(number, FIRST_MADE + SPREAD * (number - 1) / count)
            self._write(RetirementQueue(), state if number in waiting else completed(state))
        self._writer.finish()

    def partner_rows(self, waiting: int, handed_out: int) -> None:
        """Partner rows: the first `handed_out` are in a driver's hands, and `waiting` after them are not."""
        for number in range(FIRST_REPORTED, FIRST_REPORTED + handed_out + waiting):
            state = reported(self._left(number, FIRST_MADE))
            self._write(PartnerQueue(), given(state) if number < FIRST_REPORTED + handed_out else state)
        self._writer.finish()

    def _left(self, number: int, at: datetime) -> Account:
        return left(number, at, self._wiring.retired_names)

    def _write(self, projection: Projection, state: Account) -> None:
        rows: list[tuple[str, Item]] = []
        keys: dict[Purpose, DataKey] = {}
        for purpose, row in AGGREGATE.rows(state).items():
            made = self._wiring.keys.make(subject_of(state.id, row), purpose, FIRST_MADE)
            keys[purpose] = made.key
            rows.append((self._wiring.keys.table, made.row))
        loaded = Loaded(state.id, state, state.version, b"", None, keys)
        rows += [(self._views, row_item(projection.name, 1, row, loaded)) for row in projection.project(loaded)]
        self._writer.transact_write_items(TransactItems=list(_puts(rows)))


def _puts(rows: Sequence[tuple[str, Item]]) -> Iterator[Mapping[str, Mapping[str, object]]]:
    for table, item in rows:
        yield {"Put": {"TableName": table, "Item": item}}


def left(number: int, at: datetime, names: RetiredNames) -> Account:
    """The person of this number, who has left at `at`; the row has the same number."""
    state = _after(None, first_decision(person(number)))
    owner = Actor(account=state.id, role=Role.OWNER, proof=Proof.PASSWORD)
    return _after(state, leave(state, number, STATES, names, _context(state, at, owner)))


def completed(state: Account) -> Account:
    """The account once it has been retired: a working state, the profile erased, the end."""
    state = _moved(state, WORKING)
    state = _after(state, erase_profile(state, _row(state), STATES, _context(state)))
    return _moved(state, COMPLETE)


def reported(state: Account) -> Account:
    """The account with a partner row that waits; it has the row's own number."""
    state = _moved(state, WORKING)
    report = _row(state)
    return _after(state, request_report(state, report, report, ("evening-school",), STATES, _context(state)))


def given(state: Account) -> Account:
    """The account once its partner row is in a driver's hands."""
    return _after(state, hand_out(state, _row(state), "a-call", _context(state)))


def _moved(state: Account, new_state: str) -> Account:
    return _after(state, change_state(state, _row(state), Move(new_state, ""), STATES, _context(state)))


def _after(state: Account | None, decision: Decision) -> Account:
    for event in decision.events:
        state = AGGREGATE.fold(state, event)
    assert state is not None
    return state


def _context(state: Account, at: datetime = LAST_MADE, actor: Actor = DRIVER) -> Context:
    return Context(at, actor, account_id(state.number))


def _row(state: Account) -> int:
    assert state.row is not None
    return state.row.number
