"""How far views lag behind accounts on the local stage: from the commit until the row stands, at rest and loaded."""

import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from bench.asking import OwnAccounts
from bench.filling import fill_apart
from bench.histories import account_id, context
from bench.serving import on_dynamodb_local
from bench.stage_process import StageProcess
from bench.table import Goal, Table, at_most, milliseconds
from chalicelib.accounts.account import Account
from chalicelib.accounts.names import request_name
from chalicelib.events.aggregate import Decision
from chalicelib.projections.name_changes import NAME, SORT
from chalicelib.projections.view import row_pk
from chalicelib.settings import Settings
from chalicelib.wiring import Wiring
from local.dynamodb_local import unavailable_reason

PROBES, QUICK_PROBES = 300, 3
CLIENTS = 4
LOAD_SECONDS, QUICK_LOAD_SECONDS = 120.0, 5.0
LOOK_SECONDS = 0.005
GIVE_UP_SECONDS = 30.0
FIRST = 3_000_000
MOST_SECONDS = 2.0
COLUMNS = ("Engine", "Load", "Rows", "Median", "99th percentile", "Longest", "Requests/s beside")
NOTE = (
    "From the end of a commit until the view row is there, looked for every five milliseconds by another process. "
    f"The load is {CLIENTS} clients that change their own accounts without a pause. The local poller reads the stream "
    f"every 200 ms; a view may lag {MOST_SECONDS:.0f} seconds."
)


class RowMissingError(Exception):
    """A row never came."""


def lag(*, quick: bool) -> list[Table]:
    """The lag on moto and, where it can run, on DynamoDB Local in memory."""
    probes = QUICK_PROBES if quick else PROBES
    seconds = QUICK_LOAD_SECONDS if quick else LOAD_SECONDS
    with StageProcess() as stage:
        fill_apart({"AWS_ENDPOINT_URL": stage.aws_url}, FIRST, 2 * probes)
        found = [_lags("moto", stage, {}, probes, seconds)]
    if not quick and unavailable_reason() is None:
        with on_dynamodb_local(20, on_disk=False) as stage:
            endpoints = stage.endpoints
            fill_apart({"AWS_ENDPOINT_URL": stage.aws_url, **endpoints}, FIRST, 2 * probes)
            found.append(_lags("DynamoDB Local in memory", stage, endpoints, probes, seconds))
    rows, goals = [row for lags in found for row in lags.rows], [lags.goal for lags in found]
    return [Table("Lag of views", COLUMNS, rows, NOTE, goals)]


@dataclass(frozen=True)
class Lags:
    """Seconds of each probe at rest and under load, and the requests a second of that load."""

    engine: str
    rest: Sequence[float]
    loaded: Sequence[float]
    rate: float

    @property
    def rows(self) -> list[list[str]]:
        """As in the table."""
        load = f"{CLIENTS} clients"
        return [_row(self.engine, "none", self.rest, "-"), _row(self.engine, load, self.loaded, f"{self.rate:.0f}")]

    @property
    def goal(self) -> Goal:
        """What 99 of a hundred rows take at most, at rest and under load."""
        slow = [_slow(self.rest), _slow(self.loaded)]
        return at_most(
            f"{self.engine}: 99th percentile of the lag, at rest and loaded", slow, MOST_SECONDS, milliseconds
        )


def _lags(engine: str, stage: StageProcess, endpoints: Mapping[str, str], probes: int, seconds: float) -> Lags:
    owners = OwnAccounts(stage.port, CLIENTS)
    stage.wait_until_idle()
    with _endpoints({"AWS_ENDPOINT_URL": stage.aws_url, "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled", **endpoints}):
        wiring = Wiring(Settings())
        rest = [_lag(wiring, number) for number in range(FIRST, FIRST + probes)]
        with _load(owners, seconds) as rates:
            under = list(_while_loaded(wiring, range(FIRST + probes, FIRST + 2 * probes), rates))
    return Lags(engine, rest, under, rates[0])


def _slow(lags: Sequence[float]) -> float:
    return quantiles(lags, n=100, method="inclusive")[98]


def _row(engine: str, load: str, lags: Sequence[float], rate: str) -> list[str]:
    return [
        engine,
        load,
        str(len(lags)),
        milliseconds(median(lags)),
        milliseconds(_slow(lags)),
        milliseconds(max(lags)),
        rate,
    ]


def _while_loaded(wiring: Wiring, numbers: range, rates: Sequence[float]) -> Iterator[float]:
    for number in numbers:
        if rates:
            return
        yield _lag(wiring, number)


def _lag(wiring: Wiring, number: int) -> float:
    """Seconds from the commit of a request for a name until its row stands; raises `RowMissingError`."""
    account = account_id(number)
    wiring.ledger.execute(account, _new_name)
    key = {"pk": {"S": row_pk(NAME, 1, account)}, "sk": {"S": SORT}}
    request: dict[str, Any] = {"TableName": wiring.tables.views.Meta.table_name, "Key": key, "ConsistentRead": True}
    start = time.perf_counter()
    while "Item" not in wiring.dynamodb.get_item(**request):
        if time.perf_counter() - start > GIVE_UP_SECONDS:
            raise RowMissingError
        time.sleep(LOOK_SECONDS)
    return time.perf_counter() - start


def _new_name(state: Account) -> Decision:
    return request_name(state, f"Somebody {state.number} Else", context(state.id, 1))


@contextmanager
def _load(owners: OwnAccounts, seconds: float) -> Iterator[list[float]]:
    """Changes of accounts for so long; the list gets their rate when they have ended."""
    rates: list[float] = []

    def run() -> None:
        rates.append(owners.load("PATCH", CLIENTS, seconds).rate)

    thread = threading.Thread(target=run, name="load")
    thread.start()
    try:
        yield rates
    finally:
        thread.join()


@contextmanager
def _endpoints(environment: Mapping[str, str]) -> Iterator[None]:
    """Clients that are made meanwhile go there."""
    os.environ.update(environment)
    try:
        yield
    finally:
        for name in environment:
            del os.environ[name]
