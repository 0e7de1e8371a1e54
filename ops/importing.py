"""`rollcall import`: accounts from another system."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from chalicelib.events.event import Role
from ops.import_lines import count_lines, lines
from ops.import_run import Importer, Kind, Report
from ops.output import Output
from ops.running import Json, findings, running

LISTED = 50
"""How many lines people are shown; --json has them all."""


def import_(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE.jsonl", exists=True, dir_okay=False, readable=True, help="JSON lines."),
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check and look up; make nothing.")] = False,
    threads: Annotated[int, typer.Option(min=1, max=32, help="How many accounts are made at a time.")] = 4,
    as_json: Json = False,
) -> None:
    """Import accounts from an Open edX export: a row of user and profile columns on each line. Safe to repeat."""
    with running(as_json=as_json) as job:
        importer = Importer(job.wiring, lambda: job.context(Role.SYSTEM, "import"), dry_run=dry_run, threads=threads)
        with job.out.progress("Checking" if dry_run else "Importing", count_lines(file)) as advance:
            report = importer.run(lines(file), advance)
        content = _content(report, dry_run=dry_run)
        job.out.document(content, lambda: _print(job.out, content))
        findings(bool(report.refused))


def _content(report: Report, *, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "rows": report.counts.total(),
        "created": report.counts[Kind.CREATED],
        "present": report.counts[Kind.PRESENT],
        "conflicting": report.counts[Kind.CONFLICT],
        "rejected": report.counts[Kind.REJECTED],
        "with_unknown_columns": report.unknown_columns,
        "conflicts": report.listed(Kind.CONFLICT),
        "rejects": report.listed(Kind.REJECTED),
    }


def _print(out: Output, content: Mapping[str, Any]) -> None:
    would = "would be created" if content["dry_run"] else "created"
    out.line(
        f"{content['rows']} rows: {content['created']} {would}, {content['present']} present already, "
        f"{content['conflicting']} in conflict, {content['rejected']} rejected."
    )
    if content["with_unknown_columns"]:
        out.line(f"{content['with_unknown_columns']} rows have columns that are not taken over.")
    for kind, word in (("rejects", "rejected"), ("conflicts", "conflict")):
        listed = content[kind]
        for each in listed[:LISTED]:
            out.line(f"line {each['line']}: {word}: {', '.join(each['fields'])}")
        if len(listed) > LISTED:
            out.line(f"... and {len(listed) - LISTED} more {kind}; --json lists all.")
