"""The two queues of retirement over a real ledger, each test with a views table of its own."""

import secrets
from datetime import datetime, timedelta

from chalicelib.accounts.context import Context
from chalicelib.events.event import Actor, Role
from chalicelib.projections.generations import Generations
from chalicelib.projections.partner_queue import PartnerQueue, PartnerQueueReader
from chalicelib.projections.quarantine import Quarantine
from chalicelib.projections.retirement_queue import QueueReader, RetirementQueue
from chalicelib.projections.runner import Runner
from chalicelib.projections.view import ViewWriter
from chalicelib.retirement.cancelling import UnknownPassword, cancel
from chalicelib.retirement.cleanup import Redaction, clean_up
from chalicelib.retirement.erasing import erase_profile
from chalicelib.retirement.leaving import leave
from chalicelib.retirement.partners import hand_out, remove_report, request_report
from chalicelib.retirement.transitions import Move, change_state
from chalicelib.tables import bind_tables
from chalicelib.wiring import Wiring
from tests.support.clock import NOON
from tests.support.retirements import NAMES, STATES
from tests.support.stream import LIMIT, Stream

ACTOR = Actor(role=Role.SYSTEM)


class Queues:
    """Accounts that leave and move, the consumer that is told of them, and the readers of both queues."""

    def __init__(self, stage):
        self.stage = stage
        self.ledger = stage.wiring.ledger
        self.client = stage.wiring.dynamodb
        self.views = self._fresh_views()
        self.stream = Stream(stage)
        self.generations = Generations(self.client, self.views, stage.clock)
        self.runner = Runner(
            projections=(RetirementQueue(), PartnerQueue()),
            writer=ViewWriter(self.client, self.views, self.generations),
            feed=None,
            quarantine=Quarantine(self.client, self.views, LIMIT),
            decode=self.ledger.decode,
            clock=stage.clock,
        )
        self.queue = QueueReader(self.client, self.views, self.generations, stage.wiring.keys)
        self.partners = PartnerQueueReader(self.client, self.views, self.generations)

    def reader_elsewhere(self):
        """A reader in another process, which remembers no key; and its client."""
        other = Wiring(self.stage.wiring.settings, clock=self.stage.clock)
        generations = Generations(other.dynamodb, self.views, self.stage.clock)
        return QueueReader(other.dynamodb, self.views, generations, other.keys), other.dynamodb

    def left(self, *, at: datetime = NOON, row: int | None = None, told: bool = True) -> tuple[str, int]:
        """An account whose owner left `at` a time, and its row's number."""
        account = self.stream.account()
        return account, self.leave(account, at=at, row=row, told=told)

    def leave(self, account, *, at: datetime = NOON, row: int | None = None, told: bool = True) -> int:
        """The account's owner leaves; the row's number."""
        number = row or self.ledger.next_number("retirement")
        self.take(account, leave, number, STATES, NAMES, at=at, told=told)
        return number

    def take(self, account, decide, *arguments, at: datetime = NOON, told: bool = True):
        """Carry out a decision of the domain, and tell the consumer."""
        context = Context(at, ACTOR, "r")
        committed = self.ledger.execute(account, lambda state: decide(state, *arguments, context))
        if told:
            self.tell(self.record(account))
        return committed.loaded.state

    def move(self, account, new_state, *, at: datetime = NOON, told: bool = True, **more):
        """Move the account's row by force."""
        row = self.ledger.load(account).state.row.number
        return self.take(account, change_state, row, Move(new_state, "", forced=True, **more), STATES, at=at, told=told)

    def erase(self, account, row, *, told: bool = True):
        """`retire`."""
        self.take(account, erase_profile, row, STATES, told=told)

    def clean_up(self, account, row, *, told: bool = True):
        """Cleanup, the row being in COMPLETE."""
        self.take(account, clean_up, row, Redaction(), told=told)

    def cancel(self, account, row, *, told: bool = True):
        """Cancelling; the password is nobody's."""

        def decide(state, context):
            return cancel(state, row, UnknownPassword("hash", "fingerprint"), context)

        self.take(account, decide, told=told)

    def report(self, account, row, *, told: bool = True) -> int:
        """Make the partner row; its number."""
        number = self.ledger.next_number("partner")
        self.take(account, request_report, row, number, ("edX",), STATES, told=told)
        return number

    def hand_out(self, account, report, *, told: bool = True):
        """Give the partner row to a driver's call."""
        self.take(account, hand_out, report, "call", told=told)

    def remove_report(self, account, report, *, told: bool = True):
        """Partner cleanup."""
        self.take(account, remove_report, report, told=told)

    def record(self, account):
        """The present head as a record of the stream."""
        return self.stream.record(account)

    def tell(self, *records):
        """Hand records to the consumer, which must take them all."""
        assert {"batchItemFailures": []} == self.runner.handle({"Records": list(records)})

    def numbers(self, *states, before: datetime = NOON + timedelta(days=1), limit: int | None = None) -> list[int]:
        """The rows in these states, by number."""
        return [facts.number for facts in self.queue.older_than(states, before, limit)]

    def stored(self, view: str, account: str):
        """An account's item in a view, as it is stored."""
        key = {"pk": {"S": f"V#{view}#1#{account}"}, "sk": {"S": "ROW"}}
        return self.client.get_item(TableName=self.views, Key=key).get("Item")

    def _fresh_views(self) -> str:
        tables = bind_tables(f"t{secrets.token_hex(6)}", self.client)
        tables.create()
        name: str = tables.views.Meta.table_name
        return name
