"""Verifying a whole store and rebuilding a view: accounts and events a second on one core, moto and DynamoDB Local.

With moto the engine's work is CPU time of this process, and a scan of it takes time with the square of the table, so
the rows of DynamoDB Local, a process of its own, are the ones to read; reading alone says how long that takes.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import TypeAlias

from bench.dict_store import DictStore
from bench.filling import BulkWriter
from bench.histories import AGGREGATE, BEGINNING, account_id, context, decisions, first_decision
from bench.people import person
from bench.table import Table
from chalicelib.accounts.account import Account
from chalicelib.accounts.names import request_name
from chalicelib.events.aggregate import Decision, Loaded
from chalicelib.events.claims import ClaimKeys
from chalicelib.events.ledger import Ledger
from chalicelib.projections.findings import Report
from chalicelib.projections.rebuilding import Rebuilder, Surroundings
from chalicelib.projections.scanning import pages
from chalicelib.projections.view import row_item
from chalicelib.settings import Settings
from chalicelib.wiring import Wiring
from local import emulators
from local.dynamodb_local import DynamoDBLocal, unavailable_reason

PEOPLE, PEOPLE_ON_MOTO, QUICK_PEOPLE = 10_000, 1_000, 20
CHANGES = 4
NAMES_EVERY = 5
VIEW = "name_changes"
NOW = BEGINNING + timedelta(days=30)
COLUMNS = ("Engine", "What", "Accounts", "Events", "Seconds", "Of them CPU", "Accounts/s", "Events/s")
NOTE = (
    "Wall-clock time of one run each, the engine's answers included; the engine works on the same cores. "
    "`verify --all` reads each table once, opens and folds every event, follows the chains, and compares heads, claims "
    "both ways, keys and view rows. A rebuild opens each account's head, projects it, writes the rows, compares all "
    "of them twice; the seconds in which it waits for every process to know of the new generation are left out. "
    f"Each account has up to {2 + CHANGES} events; every {NAMES_EVERY}th waits for a name, and has a row in `{VIEW}`."
)


class NotCleanError(Exception):
    """A verification of a store that is whole found something, so its time means nothing."""


def verifying(*, quick: bool) -> list[Table]:
    """One table with a row for each engine and work."""
    rows = list(_rows("moto", None, QUICK_PEOPLE if quick else PEOPLE_ON_MOTO))
    if not quick and unavailable_reason() is None:
        with DynamoDBLocal() as engine:
            rows += _rows("DynamoDB Local in memory", engine.endpoint, PEOPLE)
    return [Table("Verifying a store and rebuilding a view", COLUMNS, rows, NOTE)]


def _rows(engine: str, endpoint: str | None, people: int) -> Iterator[list[str]]:
    with emulators.start(Settings(), aws_port=None, dynamodb_endpoint=endpoint):
        emulators.prepare(Settings())
        wiring = Wiring(Settings(table_prefix="verifying"), clock=lambda: NOW)
        wiring.tables.create()
        events = fill(wiring, people)
        table = wiring.tables.ledger.Meta.table_name
        works: Mapping[str, Work] = {
            "reading the ledger, and nothing else": lambda _: sum(map(len, pages(wiring.dynamodb, table))),
            "verify --all": lambda _: clean(wiring.checker.all(), people, events),
            f"rebuild {VIEW}": lambda watch: _rebuilder(wiring, watch).rebuild(VIEW),
        }
        for what, work in works.items():
            watch = StopWatch()
            work(watch)
            seconds, cpu = watch.read()
            figures = (f"{people:,}", f"{events:,}", f"{seconds:.1f}", f"{cpu:.1f}")
            yield [engine, what, *figures, f"{people / seconds:,.0f}", f"{events / seconds:,.0f}"]


class StopWatch:
    """Seconds by the clock and of this process's CPU since it was made, without pauses."""

    def __init__(self) -> None:
        self._paused = 0.0
        self._start, self._cpu = time.perf_counter(), time.process_time()

    def pause(self, seconds: float) -> None:
        """Sleep; it is not counted."""
        start = time.perf_counter()
        time.sleep(seconds)
        self._paused += time.perf_counter() - start

    def read(self) -> tuple[float, float]:
        """The seconds of both kinds."""
        return time.perf_counter() - self._start - self._paused, time.process_time() - self._cpu


Work: TypeAlias = Callable[[StopWatch], object]


def _rebuilder(wiring: Wiring, watch: StopWatch) -> Rebuilder:
    """One that waits on a watch."""
    stores = replace(wiring.stores, wait=watch.pause)
    return Rebuilder(stores, Surroundings(wiring.leases, wiring.random_bytes), wiring.settings.verify_grace_seconds)


def clean(report: Report, accounts: int, events: int) -> Report:
    """The report, which has found nothing and seen everything; raises `NotCleanError` otherwise."""
    if report.findings or (report.accounts, report.events) != (accounts, events):
        raise NotCleanError
    return report


def fill(wiring: Wiring, people: int) -> int:
    """Put so many accounts with their histories and view rows into the tables of a wiring; how many events that is."""
    writer, events = BulkWriter(wiring.dynamodb), 0
    for number in range(1, people + 1):
        store = DictStore()
        loaded = live(wiring, store, number, CHANGES)
        if number % NAMES_EVERY == 0:
            loaded = _ledger(wiring, store).execute(loaded.account, _new_name, first=loaded).loaded
        events += loaded.version
        for projection in wiring.projections:
            for row in projection.project(loaded):
                item = row_item(projection.name, 1, row, loaded)
                store.put_item(TableName=wiring.tables.views.Meta.table_name, Item=item)
        writer.transact_write_items(
            TransactItems=[{"Put": {"TableName": place[0], "Item": item}} for place, item in store.items.items()]
        )
    writer.finish()
    wiring.ledger.skip_numbers("account", people)
    return events


def live(wiring: Wiring, store: DictStore, number: int, changes: int) -> Loaded[Account]:
    """What a person does, into a store of their own: so many commits after the first, of an event each."""
    ledger = _ledger(wiring, store)
    loaded = ledger.create(account_id(number), first_decision(person(number))).loaded
    for decide in islice(decisions(number, 0), changes):
        loaded = ledger.execute(loaded.account, decide, first=loaded).loaded
    return loaded


def _ledger(wiring: Wiring, store: DictStore) -> Ledger[Account]:
    """The accounts of a wiring, on a store of one's own."""
    secrets, tables = wiring.secrets, wiring.tables
    claims = ClaimKeys(secrets["claims_pepper"], secrets["retired_claims_pepper"])
    names = tables.ledger.Meta.table_name, tables.erasures.Meta.table_name
    return Ledger(AGGREGATE, store, names[0], wiring.keys, claims, names[1])


def _new_name(state: Account) -> Decision:
    return request_name(state, f"Somebody {state.number} Else", context(state.id, CHANGES + 1))
