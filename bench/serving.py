"""The local stage over HTTP: reading and changing one's own account, with few and with many accounts in the store.

The stages of all sizes run side by side and are asked in turn, so their figures can be compared.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TypeAlias

from bench.asking import OwnAccounts
from bench.clients import Load
from bench.filling import fill_apart
from bench.stage_process import StageProcess
from bench.table import Table, ratio
from local import seeds
from local.dynamodb_local import DynamoDBLocal, unavailable_reason

SIZES, QUICK_SIZES = (100, 5_000, 20_000), (20,)
ROUNDS, QUICK_ROUNDS = 3, 1
SECONDS, QUICK_SECONDS = 2.0, 0.2
CLIENTS = 8
FIRST_OF_THE_OTHERS = 1_000_000
NOTE = (
    "Requests a second (99th percentile in milliseconds). GET reads one's own account, PATCH changes it, each client "
    "its own, on kept connections. Medians of the rounds, the stages asked in turn."
)
Case: TypeAlias = tuple[str, int]
CASES: Sequence[Case] = (("GET", 1), ("GET", CLIENTS), ("PATCH", 1), ("PATCH", CLIENTS))
TARGETS = ("-", "400/s", "-", "150/s")
MOST_SLOWER = 1.3
Stages: TypeAlias = Mapping[str, AbstractContextManager[StageProcess]]
Loads: TypeAlias = Mapping[tuple[str, Case], list[Load]]


def http(*, quick: bool) -> list[Table]:
    """On moto, at every size."""
    stages = {f"{size:,}": on_moto(size) for size in (QUICK_SIZES if quick else SIZES)}
    return [table("moto", measured(stages, quick=quick))]


def http_dynamodb_local(*, quick: bool) -> list[Table]:
    """On DynamoDB Local: in memory at every size, on disk at the smallest; where it cannot run, the reason."""
    reason = unavailable_reason()
    if reason is not None:
        return [Table("The local stage on DynamoDB Local", ("not measured",), [[reason]])]
    if quick:
        return [table("DynamoDB Local on disk", measured(_on_disk(QUICK_SIZES[0]), quick=True))]
    stages = {f"{size:,}": on_dynamodb_local(size, on_disk=False) for size in SIZES}
    return [
        table("DynamoDB Local in memory", measured(stages, quick=False)),
        table("DynamoDB Local on disk", measured(_on_disk(SIZES[0]), quick=False)),
    ]


def _on_disk(size: int) -> Stages:
    return {f"{size:,}": on_dynamodb_local(size, on_disk=True)}


def measured(stages: Stages, *, quick: bool) -> Loads:
    """Every case at every size, in turn; one round that is not counted comes first."""
    rounds, seconds = (QUICK_ROUNDS, QUICK_SECONDS) if quick else (ROUNDS, SECONDS)
    with ExitStack() as stack:
        running = {size: OwnAccounts(stack.enter_context(stage).port, CLIENTS) for size, stage in stages.items()}
        loads: dict[tuple[str, Case], list[Load]] = {(size, case): [] for size in running for case in CASES}
        for turn in range(rounds + 1):
            for case in CASES:
                for size, accounts in running.items():
                    taken = accounts.load(*case, seconds)
                    if turn:
                        loads[size, case].append(taken)
        return loads


def table(engine: str, loads: Loads) -> Table:
    """One engine's table, with how much slower the largest store is than the smallest."""
    sizes = list(dict.fromkeys(size for size, _ in loads))
    rates = {place: median(each.rate for each in of_place) for place, of_place in loads.items()}
    slow = {place: median(each.slow for each in of_place) for place, of_place in loads.items()}
    rows = [[size, *(f"{rates[size, case]:,.0f} ({slow[size, case]:.0f})" for case in CASES)] for size in sizes]
    if len(sizes) > 1:
        slower = [ratio(rates[sizes[0], case] / rates[sizes[-1], case]) for case in CASES]
        rows.append([f"first to last (at most {ratio(MOST_SLOWER)})", *slower])
    rows.append(["target at least", *TARGETS])
    columns = ("Accounts", *(f"{method}, {clients} client{'s' * (clients > 1)}" for method, clients in CASES))
    return Table(f"The local stage on {engine}", columns, rows, NOTE)


@contextmanager
def on_moto(size: int) -> Iterator[StageProcess]:
    """A stage on moto with so many accounts."""
    with StageProcess() as stage:
        fill(stage, size, {})
        yield stage


@contextmanager
def on_dynamodb_local(size: int, *, on_disk: bool) -> Iterator[StageProcess]:
    """A stage with so many accounts on a DynamoDB Local of its own."""
    with TemporaryDirectory() as folder, DynamoDBLocal(Path(folder) if on_disk else None) as engine:
        endpoints = dict.fromkeys(("AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_DYNAMODB_STREAMS"), engine.endpoint)
        with StageProcess(endpoints) as stage:
            fill(stage, size, endpoints)
            yield stage


def fill(stage: StageProcess, size: int, endpoints: Mapping[str, str]) -> None:
    """Let the stage have `size` accounts with the seeds and those who will ask, and wait until it has rested."""
    others = size - len(seeds.ACCOUNTS) - CLIENTS
    fill_apart({"AWS_ENDPOINT_URL": stage.aws_url, **endpoints}, FIRST_OF_THE_OTHERS, others)
    stage.wait_until_idle()
