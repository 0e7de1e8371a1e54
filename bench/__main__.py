"""`python -m bench [NAME ...]`: measure, and print tables; with `--markdown FILE` also write them there."""

import argparse
import os
import platform
import sys
import time
from pathlib import Path

from bench.catalogue import BENCHMARKS, run_apart


def main() -> int:
    """Run the benchmarks named, or all of them."""
    options = _arguments()
    sections = [_machine()]
    print(sections[0], flush=True)
    for name in options.names or BENCHMARKS:
        start = time.monotonic()
        tables = "\n\n".join(table.markdown() for table in run_apart(name, quick=options.quick))
        sections.append(f"## {name}\n\n{tables}")
        print(f"\n{sections[-1]}\n\n({time.monotonic() - start:.0f} s)", flush=True)
    if options.markdown:
        options.markdown.write_text("\n\n".join(sections) + "\n")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure Rollcall, side by side with others.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--quick", action="store_true", help="a smoke run: the figures mean nothing")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="also write the tables to FILE")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no such benchmark: {', '.join(unknown)}")
    return options


def _machine() -> str:
    return (
        f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores (load {os.getloadavg()[0]:.1f}), "
        f"{platform.python_implementation()} {platform.python_version()}, {platform.system()} {platform.machine()}"
    )


if __name__ == "__main__":
    sys.exit(main())
