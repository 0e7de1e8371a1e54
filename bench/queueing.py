"""Pages of the queues out of few and many rows, on moto and on DynamoDB Local.

The tables of all sizes stand side by side in one engine and are asked in turn, so their figures can be compared.
"""

import gc
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeAlias

from bench.charts import Chart, Series
from bench.queue_store import Page, QueueStore
from bench.request_count import operations
from bench.table import Table, at_most, milliseconds, ratio
from chalicelib.settings import Settings
from local import emulators
from local.dynamodb_local import DynamoDBLocal, unavailable_reason

MOST_SLOWER = 20
NOTE = (
    "Time until {page} rows are there, opened and in order (requests to DynamoDB). Medians of {rounds} rounds, all "
    "asked in turn. The smallest store has {page} rows in all; beside the partner rows that wait, the others have "
    "{handed_out} in a driver's hands."
)
Case: TypeAlias = tuple[str, str]
"""What is asked, and of which store."""


class ShortPageError(Exception):
    """A page has not as many rows as it is to have, so its time means nothing."""


class ScanError(Exception):
    """A page was read with a Scan."""


@dataclass(frozen=True)
class Scale:
    """How much there is: rows in the queue, rows to a page, partner rows in a driver's hands, rounds."""

    sizes: Sequence[int]
    page: int
    handed_out: int
    rounds: int


FULL = Scale(sizes=(500, 20_000, 100_000), page=500, handed_out=20_000, rounds=25)
QUICK = Scale(sizes=(20, 60), page=20, handed_out=40, rounds=1)


@dataclass(frozen=True)
class Measured:
    """What a page took: seconds, round by round, and requests."""

    times: Sequence[float]
    requests: Counter[str]

    @property
    def cell(self) -> str:
        """What a table says of it."""
        return f"{milliseconds(median(self.times))} ({self.requests.total()})"

    def over(self, first: "Measured") -> float:
        """How many times as long as `first`: the median over the rounds, for what disturbs a round disturbs both."""
        return median(mine / other for mine, other in zip(self.times, first.times, strict=True))


def queue(*, quick: bool) -> list[Table]:
    """Pages of both queues at every size, on both engines; where DynamoDB Local cannot run, the reason."""
    scale = QUICK if quick else FULL
    tables = _tables("moto", None, scale)
    reason = unavailable_reason()
    if reason is not None:
        return [*tables, Table("Pages of the queues on DynamoDB Local", ("not measured",), [[reason]])]
    with DynamoDBLocal() as engine:
        return [*tables, *_tables("DynamoDB Local in memory", engine.endpoint, scale)]


def _tables(engine: str, endpoint: str | None, scale: Scale) -> list[Table]:
    with emulators.start(Settings(), aws_port=None, dynamodb_endpoint=endpoint):
        emulators.prepare(Settings())
        taken = measured(*_filled(scale), scale)
    return [times_table(engine, taken, scale), requests_table(engine, taken)]


def _filled(scale: Scale) -> tuple[Mapping[Case, Page], Counter[str]]:
    """The pages of a store of each size, and the count of the requests that they make."""
    sent: Counter[str] = Counter()
    pages: dict[Case, Page] = {}
    for size in scale.sizes:
        store = QueueStore(size, scale.page, sent)
        store.fill(handed_out=scale.handed_out if size > scale.page else 0)
        pages |= {(name, f"{size:,}"): page for name, page in store.pages().items()}
    return pages, sent


def measured(pages: Mapping[Case, Page], sent: Counter[str], scale: Scale) -> Mapping[Case, Measured]:
    """Every page in turn, round by round, after one round that is looked at instead: requests, and whole pages.

    The rows that the engine holds are kept out of garbage collection, as in `bench.timing`. Raises
    `ShortPageError`, `ScanError`.
    """
    requests = {case: requests_of(page, sent, scale.page) for case, page in pages.items()}
    times: dict[Case, list[float]] = {case: [] for case in pages}
    gc.collect()
    gc.freeze()
    for _ in range(scale.rounds):
        for case, page in pages.items():
            times[case].append(seconds(page))
    gc.unfreeze()
    return {case: Measured(times[case], requests[case]) for case in pages}


def requests_of(page: Page, sent: Counter[str], rows: int) -> Counter[str]:
    """The requests of a page of so many rows, which it must have, in a process that has read it before."""
    page()
    sent.clear()
    if len(page()) != rows:
        raise ShortPageError
    if "Scan" in sent:
        raise ScanError
    return Counter(sent)


def seconds(page: Page) -> float:
    """How long a page takes, the engine's part of it included."""
    start = time.perf_counter()
    page()
    return time.perf_counter() - start


def times_table(engine: str, taken: Mapping[Case, Measured], scale: Scale) -> Table:
    """Times and numbers of requests, and how many times as long a page of the largest store takes."""
    names, sizes = _names_and_sizes(taken)
    rows = [[size, *(taken[name, size].cell for name in names)] for size in sizes]
    for size in sizes[1:]:
        slower = [ratio(taken[name, size].over(taken[name, sizes[0]])) for name in names]
        rows.append([f"{size} to {sizes[0]} (at most {MOST_SLOWER}x)", *slower])
    note = NOTE.format(page=scale.page, rounds=scale.rounds, handed_out=f"{scale.handed_out:,}")
    over = [taken[name, size].over(taken[name, sizes[0]]) for name in names for size in sizes[1:]]
    goals = [
        at_most(f"{engine}: a page out of {sizes[-1]} rows against one out of {sizes[0]}", over, MOST_SLOWER, ratio)
    ]
    lines = [
        Series(name, [(float(size.replace(",", "")), median(taken[name, size].times) * 1000) for size in sizes])
        for name in names
    ]
    chart = Chart(f"queue-{engine.split()[0].lower()}", f"A page of {scale.page} rows on {engine}", "rows", "ms", lines)
    return Table(f"Pages of the queues on {engine}", ("Rows", *names), rows, note, goals, chart)


def requests_table(engine: str, taken: Mapping[Case, Measured]) -> Table:
    """Which requests each page makes."""
    names, sizes = _names_and_sizes(taken)
    rows = [[name, *(operations(taken[name, size].requests) for size in sizes)] for name in names]
    return Table(f"Requests of a page on {engine}", ("Page", *(f"{size} rows" for size in sizes)), rows)


def _names_and_sizes(taken: Mapping[Case, Measured]) -> tuple[Sequence[str], Sequence[str]]:
    return list(dict.fromkeys(name for name, _ in taken)), list(dict.fromkeys(size for _, size in taken))
