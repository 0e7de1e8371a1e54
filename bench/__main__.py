"""`python -m bench [NAME ...]`: measure, and print tables; with `--record` docs/benchmarks.md is written anew."""

import argparse
import sys
from functools import partial
from pathlib import Path

from bench.catalogue import BENCHMARKS, run_apart
from bench.page import record, render
from bench.page.words import words_of


def main() -> int:
    """Run the benchmarks named, or all of them."""
    options = _arguments()
    if not options.render:
        quick, keep = options.quick, options.record
        sections = [f"## {name}\n\n{_measured(name, quick=quick, keep=keep)}" for name in options.names]
        if options.markdown:
            options.markdown.write_text("\n\n".join(sections) + "\n")
    if options.record or options.render:
        render.PATH.write_text(render.page())
    return 0


def _measured(name: str, *, quick: bool, keep: bool) -> str:
    """The tables of one benchmark, printed as soon as they are there."""
    kept, tables = record.recorded(name, partial(run_apart, name, quick=quick), words_of(name).packages)
    if keep:
        record.write(kept, tables)
    text = "\n\n".join(table.markdown() for table in tables)
    verdicts = [f"{goal.what}: {goal.measured} ({goal.target}), {goal.verdict}" for goal in kept.goals]
    took = f"({kept.day}, load {kept.load}, {kept.seconds} s)"
    print(f"\n## {name}\n\n{text}\n", *verdicts, took, sep="\n", flush=True)
    return text


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure Rollcall, side by side with others.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--quick", action="store_true", help="a smoke run: the figures mean nothing")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="also write the tables to FILE")
    parser.add_argument("--record", action="store_true", help="keep the figures, and write docs/benchmarks.md anew")
    parser.add_argument("--render", action="store_true", help="write docs/benchmarks.md of what is kept")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no such benchmark: {', '.join(unknown)}")
    if options.quick and options.record:
        parser.error("the figures of a quick run mean nothing, so they are not kept")
    options.names = options.names or list(BENCHMARKS)
    return options


if __name__ == "__main__":
    sys.exit(main())
