"""What a load does to partitions, to the stream and to writers who meet: `python -m bench simulate`.

Pure arithmetic and seeded chance, no service. Simulated beside closed forms, so that each checks the other. Left
out, and so worse here than on AWS: DynamoDB's adaptive capacity and splitting of hot partitions, and burst credits.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from bench.charts import Chart, Series
from bench.table import Table

SEED = 20_261_129
PARTITION_WRITES = 1_000
"""Write units a second that one partition serves."""

WRITES, PARTITIONS, UNITS = 10_000, 128, 4
"""A second's commits, the ledger's partitions, and the write units of a commit: see docs/scale.md."""

ACCOUNTS, QUICK_ACCOUNTS = 1_000_000, 20_000
EXPONENTS = (0.0, 0.6, 0.8, 1.0)
RECORD_MS = 1.51
"""CPU of the stream's consumer for each head in a batch of 100, measured: docs/scale.md."""

BATCH = 100
BATCH_WAIT_MS = 60.0
"""What a batch waits for DynamoDB and EventBridge: an assumption."""

COMMIT_MS = 20.0
"""From reading a head until its transaction is through: an assumption."""

LANES = (4, 160, 512)
"""Batches at work at once: shards of the stream times `ParallelizationFactor`."""

LOADS = (0.2, 0.4, 0.6, 0.8, 0.9, 0.95)
ARRIVALS, QUICK_ARRIVALS = 200_000, 20_000


def simulate(*, quick: bool) -> list[Table]:
    """Heat of partitions, lag of the stream, and conflicts."""
    accounts, arrivals = (QUICK_ACCOUNTS, QUICK_ARRIVALS) if quick else (ACCOUNTS, ARRIVALS)
    heats = [heat(exponent, accounts) for exponent in EXPONENTS]
    queues = [(load, queue_wait(load, arrivals), simulated_wait(load, arrivals, Random(SEED))) for load in LOADS]
    return [
        Table(
            "Heat of the ledger's partitions",
            HEAT_COLUMNS,
            [_heat_row(each) for each in heats],
            chart=heat_chart(heats),
        ),
        Table(
            "Lag of the stream in its queue, in batches",
            ("Load", "M/D/1", "Simulated"),
            [_queue_row(*each) for each in queues],
            chart=lag_chart(queues),
        ),
        Table(
            "What the consumer keeps up with", ("Batches at once", "Heads a second", "Load at 10,000/s"), _lane_rows()
        ),
        Table("Two writers on one account", CONFLICT_COLUMNS, _conflict_rows()),
    ]


HEAT_COLUMNS = (
    "Zipf exponent",
    "Busiest account",
    "Busiest partition",
    "Above 1,000 units/s",
    "Commits/s until the first",
)


@dataclass(frozen=True)
class Heat:
    """Write units a second of each partition, the busiest first, and those of the busiest account."""

    exponent: float
    partitions: Sequence[float]
    busiest_account: float

    @property
    def first_limit(self) -> float:
        """How many commits a second bring the busiest partition to its limit."""
        return WRITES * PARTITION_WRITES / self.partitions[0]


def heat(exponent: float, accounts: int, writes: float = WRITES * UNITS, partitions: int = PARTITIONS) -> Heat:
    """Spread the writes of accounts whose activity falls with rank^-exponent over partitions, by chance."""
    chance = Random(SEED)
    weights = [rank**-exponent for rank in range(1, accounts + 1)]
    unit = writes / sum(weights)
    loads = [0.0] * partitions
    for weight in weights:
        loads[int(chance.random() * partitions)] += weight * unit
    return Heat(exponent, sorted(loads, reverse=True), unit)


def queue_wait(load: float, _: int = 0) -> float:
    """The mean wait in an M/D/1 queue, in service times: load / (2 (1 - load))."""
    return load / (2 * (1 - load))


def simulated_wait(load: float, arrivals: int, chance: Random) -> float:
    """The same, simulated: arrivals at random moments, each served for one unit of time, in their order."""
    free = now = waited = 0.0
    for _ in range(arrivals):
        now += chance.expovariate(load)
        begins = max(now, free)
        waited += begins - now
        free = begins + 1.0
    return waited / arrivals


def heads_a_second(lanes: int, record_ms: float = RECORD_MS, wait_ms: float = BATCH_WAIT_MS) -> float:
    """What so many batches at once get through, each full."""
    return lanes * BATCH / ((BATCH * record_ms + wait_ms) / 1000)


def conflict_probability(rate: float, commit_ms: float = COMMIT_MS) -> float:
    """Whether another commit of the account falls into one's own, of `rate` a second at random moments."""
    return 1 - math.exp(-rate * commit_ms / 1000)


def birthday(writers: int, accounts: int) -> float:
    """Whether of writers who each take an account at random two take the same."""
    if writers > accounts:
        return 1.0
    return 1 - math.exp(sum(math.log1p(-taken / accounts) for taken in range(writers)))


def simulated_birthday(writers: int, accounts: int, rounds: int, chance: Random) -> float:
    """The same by trying."""
    met = sum(len({chance.randrange(accounts) for _ in range(writers)}) < writers for _ in range(rounds))
    return met / rounds


def heat_chart(heats: Sequence[Heat]) -> Chart:
    """The busiest partitions, by rank."""
    lines = [Series(f"exponent {each.exponent:g}", list(enumerate(each.partitions[:50], 1))) for each in heats]
    title = f"The 50 busiest of {PARTITIONS} partitions"
    return Chart("partition-heat", title, "partition, by rank", "write units/s", lines, PARTITION_WRITES)


def lag_chart(queues: Sequence[tuple[float, float, float]]) -> Chart:
    """What a batch waits for, by the load."""
    exact = Series("M/D/1", [(load, wait) for load, wait, _ in queues])
    tried = Series("simulated", [(load, wait) for load, _, wait in queues])
    return Chart("stream-lag", "Waiting for the stream's consumer", "load", "batches waited for", [exact, tried])


def _heat_row(each: Heat) -> list[str]:
    hot = sum(load > PARTITION_WRITES for load in each.partitions)
    figures = (f"{each.busiest_account:,.1f}/s", f"{each.partitions[0]:,.0f}/s", str(hot), f"{each.first_limit:,.0f}")
    return [f"{each.exponent:g}", *figures]


def _queue_row(load: float, exact: float, tried: float) -> list[str]:
    return [f"{load:.0%}", f"{exact:.2f}", f"{tried:.2f}"]


def _lane_rows() -> list[list[str]]:
    return [[str(lanes), f"{heads_a_second(lanes):,.0f}", f"{WRITES / heads_a_second(lanes):.0%}"] for lanes in LANES]


CONFLICT_COLUMNS = ("Other commits of the account", "A try conflicts", "Five tries in a row")


def _conflict_rows() -> list[list[str]]:
    rows = []
    for rate in (0.01, 0.1, 1.0, 10.0):
        once = conflict_probability(rate)
        rows.append([f"{rate:g}/s", f"{once:.4%}", f"{once**5:.1e}"])
    return rows
