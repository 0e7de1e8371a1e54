"""`rollcall bench`: the benchmarks of docs/benchmarks.md, on this machine."""

from dataclasses import asdict
from importlib import import_module
from importlib.util import find_spec
from typing import Annotated, Any

import typer

from ops.output import Output
from ops.running import CannotRunError, Json, running

NEEDED = ("eventsourcing", "moto")
"""What benchmarks need besides; `make .venv/dev` installs it."""


def bench(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Which; without any: all.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A smoke run: the figures mean nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Run benchmarks, each in a process of its own. Without names that takes well over an hour."""
    with running(as_json=as_json) as job:
        missing = [name for name in NEEDED if find_spec(name) is None]
        if missing:
            raise CannotRunError(f"Benchmarks need {' and '.join(missing)}; `make .venv/dev` installs what they need.")
        catalogue = import_module("bench.catalogue")
        chosen = names or list(catalogue.BENCHMARKS)
        unknown = [name for name in chosen if name not in catalogue.BENCHMARKS]
        if unknown:
            raise typer.BadParameter(f"There are: {', '.join(catalogue.BENCHMARKS)}.", param_hint="NAME")
        content = []
        for name in chosen:
            tables = catalogue.run_apart(name, quick=quick)
            content.append({"benchmark": name, "tables": [_table(table) for table in tables]})
            _print(job.out, name, tables)
        job.out.document({"results": content}, lambda: None)


def _table(table: Any) -> dict[str, Any]:
    goals = [asdict(goal) for goal in table.goals]
    return {
        "title": table.title,
        "columns": list(table.columns),
        "rows": table.rows,
        "note": table.note,
        "goals": goals,
    }


def _print(out: Output, name: str, tables: list[Any]) -> None:
    out.line(f"## {name}\n")
    for table in tables:
        out.line(f"{table.markdown()}\n")
        for goal in table.goals:
            out.line(f"{goal.what}: {goal.measured} ({goal.target}), {goal.verdict}")
