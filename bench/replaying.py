"""How long `rollcall erase --replay` takes: everybody in the erasure ledger was brought back, and nobody was.

The tables are as after a restore to a day before anybody left: accounts with their keys, claims and no rows.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from bench.filling import BATCH, fill
from bench.histories import account_id
from bench.people import person
from bench.table import Table
from chalicelib.accounts.context import Context
from chalicelib.events.classification import Purpose
from chalicelib.events.dynamo import Item
from chalicelib.events.erasures import Erasure, Kept
from chalicelib.events.event import Actor, Role
from chalicelib.events.items import erasure_item
from chalicelib.settings import Settings
from chalicelib.wiring import Wiring
from local import emulators
from local.dynamodb_local import DynamoDBLocal, unavailable_reason
from ops.erasure.replaying import Replay, Replayed

ENTRIES, ENTRIES_ON_MOTO, QUICK_ENTRIES = 10_000, 1_000, 20
COLUMNS = ("Store", "Entries", "All brought back", "a second", "Nothing to do", "a second")
NOTE = (
    "The replay itself, in a process that has run none before, by the clock; the emulated AWS works on the same cores, "
    "on moto in the same process. Each entry is of an account of its own, which costs an UpdateItem for its fence, a "
    "Query for its history, a TransactWriteItems, and two DeleteItem for its claims; all else is read many at a time."
)


class ReplayFailedError(Exception):
    """A run did not come to what it was to, so its time means nothing."""


def replay(*, quick: bool) -> list[Table]:
    """Both runs on moto and, where it can run, on DynamoDB Local in memory."""
    rows = [_cells("moto", None, QUICK_ENTRIES if quick else ENTRIES_ON_MOTO)]
    if not quick and unavailable_reason() is None:
        with DynamoDBLocal() as engine:
            rows.append(_cells("DynamoDB Local in memory", engine.endpoint, ENTRIES))
    return [Table("Replaying the erasure ledger", COLUMNS, rows, NOTE)]


def _cells(store: str, endpoint: str | None, entries: int) -> Sequence[str]:
    with emulators.start(Settings(), aws_port=None, dynamodb_endpoint=endpoint):
        emulators.prepare(Settings())
        wiring = Wiring(Settings())
        wiring.tables.create()
        fill(1, entries)
        _enter(wiring, entries)
        taken = [_seconds(lambda found: found.erased == entries), _seconds(lambda found: found.changed == 0)]
    figures = [(f"{seconds:.1f} s", f"{entries / seconds:,.0f}") for seconds in taken]
    return [store, f"{entries:,}", *(cell for pair in figures for cell in pair)]


def _enter(wiring: Wiring, entries: int) -> None:
    """Write the entries of accounts that were retired after the backup."""
    table, made = wiring.tables.erasures.Meta.table_name, [_entry(wiring, number) for number in range(1, entries + 1)]
    for start in range(0, entries, BATCH):
        puts = [{"PutRequest": {"Item": item}} for item in made[start : start + BATCH]]
        wiring.dynamodb.batch_write_item(RequestItems={table: puts})


def _entry(wiring: Wiring, number: int) -> Item:
    one = person(number)
    username, email = wiring.retired_names.username(one.username), wiring.retired_names.email(one.email)
    kept: Kept = {
        "retired_username": username.text,
        "retired_email": email.text,
        "username_digits": (username.digits,),
        "email_digits": (email.digits,),
    }
    at, event = wiring.clock().isoformat(), "ProfileErased"
    return erasure_item(Erasure(account_id(number), Purpose.PROFILE, None, 9, at, "0" * 64, event, kept))


def _seconds(is_right: Callable[[Replayed], bool]) -> float:
    """How long a replay takes; raises `ReplayFailedError` unless it comes to what it must."""
    wiring = Wiring(Settings())
    context = Context(wiring.clock(), Actor(role=Role.SYSTEM), "bench")
    start = time.perf_counter()
    found = Replay(wiring, lambda: context, _quiet).run()
    seconds = time.perf_counter() - start
    if found.left or not is_right(found):
        raise ReplayFailedError
    return seconds


@contextmanager
def _quiet(_what: str, _total: int | None) -> Iterator[Callable[[int], None]]:
    yield lambda _: None
