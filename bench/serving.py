"""The local stage over HTTP: one's own account, lists, look-ups and registration, with few and many accounts stored.

The stages of all sizes run side by side and are asked in turn, so their figures can be compared.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Protocol, TypeAlias

from bench.asking import ACCOUNT, FIRST, OwnAccounts
from bench.caller import Caller
from bench.charts import Chart, Series
from bench.clients import Load
from bench.filling import fill_apart
from bench.finding import Others
from bench.people import person
from bench.stage_process import StageProcess
from bench.table import Goal, Table, at_least, at_most, rate, ratio
from local import seeds
from local.dynamodb_local import DynamoDBLocal, unavailable_reason

SIZES, QUICK_SIZES = (100, 5_000, 20_000), (20,)
ROUNDS, QUICK_ROUNDS = 5, 1
SECONDS, QUICK_SECONDS = 1.0, 0.1
CLIENTS = 8
FIRST_OF_THE_OTHERS = 1_000_000
ROUNDS_NOTE = f"Medians of {ROUNDS} rounds of a second, the stages asked in turn."
NOTE = (
    "Requests a second (99th percentile in milliseconds). GET reads one's own account, PATCH changes it, each client "
    f"its own, on kept connections. {ROUNDS_NOTE}"
)
OTHERS_NOTE = (
    "Requests a second (99th percentile in milliseconds). Staff list 100 accounts by username in one request, and look "
    f"one up by its address; every registration is another person's. {ROUNDS_NOTE}"
)
LISTED = 100
MOST_SLOWER = 1.3
Case: TypeAlias = tuple[str, int]
Stages: TypeAlias = Mapping[str, AbstractContextManager[StageProcess]]
Loads: TypeAlias = Mapping[tuple[str, Case], list[Load]]


class Asker(Protocol):
    """Sends requests of one kind to one stage."""

    def load(self, what: str, clients: int, seconds: float) -> Load:
        """So many clients at once, again and again."""
        ...


@dataclass(frozen=True)
class Kind:
    """Requests that go into one table: who asks a stage of so many accounts, what is asked, and the targets."""

    title: str
    asker: Callable[[int, int], Asker]
    cases: Sequence[Case]
    targets: Mapping[Case, float]
    note: str
    chart: str

    def target(self, case: Case) -> str:
        """What design asks for."""
        return rate(self.targets[case]) if case in self.targets else "-"


def owners(port: int, _size: int) -> Asker:
    """Those who ask for their own accounts."""
    return OwnAccounts(port, CLIENTS)


def staff(port: int, size: int) -> Asker:
    """Those who ask for others: all of the smallest store, and as many of each larger one."""
    OwnAccounts(port, CLIENTS)
    filled = others(size)
    wanted = min(LISTED, size) - len(seeds.ACCOUNTS) - CLIENTS
    numbers = [*range(FIRST, FIRST + CLIENTS), *filled[:: len(filled) // wanted][:wanted]]
    known = {one.username: one.email for one in map(person, numbers)}
    return Others(port, known | {seed.username: f"{seed.username}@example.com" for seed in seeds.ACCOUNTS})


OWN = Kind(
    "The local stage",
    owners,
    (("GET", 1), ("GET", CLIENTS), ("PATCH", 1), ("PATCH", CLIENTS)),
    {("GET", CLIENTS): 400, ("PATCH", CLIENTS): 150},
    NOTE,
    "http",
)
OTHER = Kind(
    "Lists, look-ups and registration",
    staff,
    (("list", 1), ("list", CLIENTS), ("look up", 1), ("look up", CLIENTS), ("register", 1), ("register", CLIENTS)),
    {("list", CLIENTS): 15},
    OTHERS_NOTE,
    "http-others",
)


def http(*, quick: bool) -> list[Table]:
    """One's own account, on moto, at every size."""
    return [_on_moto(OWN, quick=quick)]


def http_dynamodb_local(*, quick: bool) -> list[Table]:
    """The same on DynamoDB Local: in memory at every size, on disk at the smallest; where it cannot run, the reason."""
    if quick:
        return [_on_dynamodb_local(OWN, QUICK_SIZES, on_disk=True, quick=True)]
    return [
        _on_dynamodb_local(OWN, SIZES, on_disk=False, quick=False),
        _on_dynamodb_local(OWN, SIZES[:1], on_disk=True, quick=False),
    ]


def http_others(*, quick: bool) -> list[Table]:
    """Lists, look-ups and registration at every size, on moto; and unless quick, on DynamoDB Local in memory."""
    on_others = [] if quick else [_on_dynamodb_local(OTHER, SIZES, on_disk=False, quick=False)]
    return [_on_moto(OTHER, quick=quick), *on_others]


def _on_moto(kind: Kind, *, quick: bool) -> Table:
    stages = {f"{size:,}": on_moto(size) for size in (QUICK_SIZES if quick else SIZES)}
    return table(kind, "moto", measured(kind, stages, quick=quick))


def _on_dynamodb_local(kind: Kind, sizes: Sequence[int], *, on_disk: bool, quick: bool) -> Table:
    reason = unavailable_reason()
    if reason is not None:
        return Table(f"{kind.title} on DynamoDB Local", ("not measured",), [[reason]])
    stages = {f"{size:,}": on_dynamodb_local(size, on_disk=on_disk) for size in sizes}
    engine = f"DynamoDB Local {'on disk' if on_disk else 'in memory'}"
    return table(kind, engine, measured(kind, stages, quick=quick))


def measured(kind: Kind, stages: Stages, *, quick: bool) -> Loads:
    """Every case at every size, in turn; unless quick, one round that is not counted comes first."""
    rounds, seconds = (QUICK_ROUNDS, QUICK_SECONDS) if quick else (ROUNDS, SECONDS)
    with ExitStack() as stack:
        running = {
            size: kind.asker(stack.enter_context(stage).port, int(size.replace(",", "")))
            for size, stage in stages.items()
        }
        loads: dict[tuple[str, Case], list[Load]] = {(size, case): [] for size in running for case in kind.cases}
        for case in kind.cases:
            for turn in range(1 if quick else 0, rounds + 1):
                for size, asker in running.items():
                    taken = asker.load(*case, seconds)
                    if turn:
                        loads[size, case].append(taken)
        return loads


def table(kind: Kind, engine: str, loads: Loads) -> Table:
    """One engine's table, with how much slower the largest store is than the smallest."""
    sizes = list(dict.fromkeys(size for size, _ in loads))
    rates = {place: median(each.rate for each in of_place) for place, of_place in loads.items()}
    slow = {place: median(each.slow for each in of_place) for place, of_place in loads.items()}
    rows = [[size, *(f"{rates[size, case]:,.0f} ({slow[size, case]:.0f})" for case in kind.cases)] for size in sizes]
    if len(sizes) > 1:
        slower = [ratio(slowdown(loads[sizes[0], case], loads[sizes[-1], case])) for case in kind.cases]
        rows.append([f"first to last (at most {ratio(MOST_SLOWER)})", *slower])
    rows.append(["target at least", *map(kind.target, kind.cases)])
    columns = ("Accounts", *(f"{what}, {clients} client{'s' * (clients > 1)}" for what, clients in kind.cases))
    title = f"{kind.title} on {engine}"
    return Table(title, columns, rows, kind.note, goals_of(kind, engine, loads), chart_of(kind, engine, sizes, rates))


def goals_of(kind: Kind, engine: str, loads: Loads) -> list[Goal]:
    """How many requests a second, at each size; and how much slower the largest store is."""
    sizes = list(dict.fromkeys(size for size, _ in loads))
    goals = [
        at_least(
            f"{engine}: {what}, {clients} clients",
            [median(each.rate for each in loads[size, (what, clients)]) for size in sizes],
            least,
            rate,
        )
        for (what, clients), least in kind.targets.items()
    ]
    if len(sizes) == 1:
        return goals
    slower = [slowdown(loads[sizes[0], case], loads[sizes[-1], case]) for case in kind.cases]
    return [
        *goals,
        at_most(f"{engine}: slower with {sizes[-1]} accounts than with {sizes[0]}", slower, MOST_SLOWER, ratio),
    ]


def chart_of(kind: Kind, engine: str, sizes: Sequence[str], rates: Mapping[tuple[str, Case], float]) -> Chart | None:
    """Requests a second by the number of accounts."""
    if len(sizes) == 1:
        return None
    lines = [
        Series(f"{case[0]}, {case[1]}", [(float(size.replace(",", "")), rates[size, case]) for size in sizes])
        for case in kind.cases
    ]
    name = f"{kind.chart}-{engine.split()[0].lower()}"
    return Chart(name, f"{kind.title} on {engine}", "accounts", "requests a second, by clients", lines)


def slowdown(first: Sequence[Load], last: Sequence[Load]) -> float:
    """How much slower the last is: the median over the rounds, for what disturbs a round disturbs both."""
    return median(one.rate / other.rate for one, other in zip(first, last, strict=True))


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
    """Let the stage have `size` accounts, the seeds and those who will ask among them, and wait until it rests."""
    filled = others(size)
    fill_apart({"AWS_ENDPOINT_URL": stage.aws_url, **endpoints}, filled.start, len(filled))
    caller = Caller(stage.url)
    caller.get(ACCOUNT.format(person(filled[-1]).username), caller.token("superuser"))
    stage.wait_until_idle()


def others(size: int) -> range:
    """The numbers of the people who neither are seeds nor will ask."""
    return range(FIRST_OF_THE_OTHERS, FIRST_OF_THE_OTHERS + size - len(seeds.ACCOUNTS) - CLIENTS)
