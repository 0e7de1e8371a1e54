"""How fast `rollcall erase --check` looks through a stage: with the reading of it, and by itself."""

import time
from collections.abc import Callable, Sequence

from bench.filling import fill
from bench.histories import first_decision
from bench.people import person
from bench.table import Table
from chalicelib.settings import Settings
from chalicelib.wiring import Wiring
from local import emulators
from ops.erasure.checking import Check, Checked, Surroundings
from ops.erasure.choosing import chosen, vocabulary_of
from ops.erasure.collecting import texts_of
from ops.erasure.control import Control
from ops.erasure.searching import Buffer, Searcher
from ops.erasure.stores import Stores, whole

PEOPLE, QUICK_PEOPLE = 2_000, 20
ROUNDS, QUICK_ROUNDS = 5, 1
COLUMNS = ("Accounts", "Values", "Forms of them", "Whole check: items/s", "Looking alone: items/s", "MB/s")
NOTE = (
    "A second is one of CPU time. Whole: reading from moto in the same process, marks planted and removed, keys and "
    "claims judged. Alone: pages that are in memory, best of {rounds} rounds. Everybody has one event, the values are "
    "those of one of them."
)
MB = 1_000_000


def erase_check(*, quick: bool) -> list[Table]:
    """A check of one account among many."""
    people, rounds = (QUICK_PEOPLE, QUICK_ROUNDS) if quick else (PEOPLE, ROUNDS)
    with emulators.start(Settings(), aws_port=None, dynamodb_endpoint=None):
        emulators.prepare(Settings())
        wiring = Wiring(Settings())
        wiring.tables.create()
        fill(1, people)
        row = _measured(wiring, people, rounds)
    return [Table("Looking for what is left of a person", COLUMNS, [row], NOTE.format(rounds=rounds))]


def _measured(wiring: Wiring, people: int, rounds: int) -> Sequence[str]:
    account = first_decision(person(1)).events[0].account
    loaded = wiring.ledger.load(account)
    if loaded is None:
        raise LookupError(account)
    values, stores = texts_of(wiring, loaded), Stores(wiring)
    checks: list[Checked] = []
    check = Check(wiring, account, values, Surroundings(lambda _: None, time.sleep), stores)
    seconds = _seconds(lambda: checks.append(check.run()))
    buffers, items = _in_memory(stores)
    control = Control(wiring, stores, "0" * 32)
    sought = [*chosen(values, vocabulary_of(wiring)).sought, *control.sought]
    searcher = Searcher(sought)
    alone = min(_seconds(lambda: [searcher.search(buffer) for buffer in buffers]) for _ in range(rounds))
    size = sum(len(piece) for buffer in buffers for piece in (*buffer.texts, *buffer.others))
    return [
        f"{people:,}",
        str(len(checks[0].chosen.sought)),
        f"{searcher.size:,}",
        f"{checks[0].items / seconds:,.0f}",
        f"{items / alone:,.0f}",
        f"{size / alone / MB:.1f}",
    ]


def _in_memory(stores: Stores) -> tuple[list[Buffer], int]:
    """Every page of every table, ready to be looked through, and how many items that are."""
    pages = [(table, page) for table in stores.tables for page in stores.pages(table)]
    return [whole(page, table.attributes) for table, page in pages], sum(len(page) for _, page in pages)


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start
