"""A run of a benchmark, as it is kept in docs/benchmarks/NAME.json: when, where, with what, and its figures."""

import json
import os
import platform
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from bench.charts import svg
from bench.table import Goal, Table
from bench.timing import cpu_seconds
from local.dynamodb_local import PACKAGE

ADDITIONS = 10_000_000
DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
ENGINE = "DynamoDB Local"


@dataclass(frozen=True)
class Kept:
    """A table without the points of its chart: that is a file by itself, named here with its title."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str
    goals: Sequence[Goal]
    chart: str | None
    chart_title: str

    def table(self) -> Table:
        """As it was measured, without its chart."""
        return Table(self.title, self.columns, self.rows, self.note, self.goals)


@dataclass(frozen=True)
class Record:
    """One run: its day, how long it took, the load of the machine before and after it, what ran, and its tables.

    Runs that stood on the page before it was made of records have neither `load` nor `pace`, and 0 for `seconds`.
    `pace`: the seconds of ten million additions right before, for machines that are shared are not always as fast.
    """

    benchmark: str
    day: str
    seconds: int
    load: tuple[float, float] | None
    machine: str
    versions: Mapping[str, str]
    tables: Sequence[Kept]
    pace: float | None = None

    @property
    def goals(self) -> list[Goal]:
        """Of all tables."""
        return [goal for table in self.tables for goal in table.goals]


def recorded(name: str, run: Callable[[], list[Table]], packages: Iterable[str]) -> tuple[Record, list[Table]]:
    """Run a benchmark; what is to be kept of it, and its tables."""
    before, pace, start = os.getloadavg()[0], pace_now(), time.monotonic()
    tables = run()
    taken, after = round(time.monotonic() - start), os.getloadavg()[0]
    load, day = (round(before, 1), round(after, 1)), time.strftime("%Y-%m-%d")
    kept = [_kept(table) for table in tables]
    return Record(name, day, taken, load, machine(), versions(packages), kept, pace), tables


def pace_now() -> float:
    """How many seconds of CPU ten million additions take: the best of three."""
    return round(min(cpu_seconds(lambda: sum(range(ADDITIONS), 0)) for _ in range(3)), 3)


def machine() -> str:
    """The cores that there are, and the system."""
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Of Python, and of these distributions; DynamoDB Local by the package that it comes in."""
    known = {package: PACKAGE if package == ENGINE else version(package) for package in packages}
    return {platform.python_implementation(): platform.python_version(), **known}


def write(record: Record, tables: Iterable[Table], docs: Path = DOCS) -> None:
    """Keep a record, and draw its charts anew."""
    folder, charts = docs / "benchmarks", docs / "charts"
    folder.mkdir(exist_ok=True)
    charts.mkdir(exist_ok=True)
    text = json.dumps(asdict(record), indent=1, ensure_ascii=False)
    (folder / f"{record.benchmark}.json").write_text(text + "\n")
    for chart in (table.chart for table in tables if table.chart is not None):
        (charts / f"{chart.name}.svg").write_text(svg(chart))


def read(name: str, docs: Path = DOCS) -> Record:
    """The last record of a benchmark; raises `FileNotFoundError` if it was never kept."""
    found = json.loads((docs / "benchmarks" / f"{name}.json").read_text())
    tables = [Kept(**{**table, "goals": [Goal(**goal) for goal in table["goals"]]}) for table in found["tables"]]
    load = None if found["load"] is None else tuple(found["load"])
    return Record(**{**found, "load": load, "tables": tables})


def _kept(table: Table) -> Kept:
    chart = table.chart
    name, title = (chart.name, chart.title) if chart else (None, "")
    return Kept(table.title, table.columns, table.rows, table.note, table.goals, name, title)
