"""How long a cold start takes to import the API function: fresh processes, compiled modules on disk."""

import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from bench.stage_process import REPOSITORY
from bench.table import Goal, Table, at_most, milliseconds
from infra.packaging import package
from infra.stages import STAGES

RUNS, QUICK_RUNS = 7, 1
SHOWN = 10
TARGET_SECONDS = 0.6
MOST_MEGABYTES = 50
HEAVY = ("PIL", "argon2", "jinja2", "babel", "pycountry", "moto", "boto3", "jwt", "email_validator")
TIMED = """
import time
start = time.perf_counter()
import app
{}
print(time.perf_counter() - start)
"""
CASES = {"`import app`": "", "and making the DynamoDB client": "app.wiring.dynamodb"}
LOADED = "import sys, app; print(*sys.modules)"
LINE = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \| ( *)(\S+)")


def cold_import(*, quick: bool) -> list[Table]:
    """The import of `app`, its heaviest packages, and which heavy ones are not among them."""
    python("import app")
    runs = QUICK_RUNS if quick else RUNS
    taken = [median(float(python(TIMED.format(then)).stdout) for _ in range(runs)) for then in CASES.values()]
    rows = [
        [name, milliseconds(seconds), target]
        for name, seconds, target in zip(CASES, taken, (milliseconds(TARGET_SECONDS), "-"), strict=True)
    ]
    loaded = {name.partition(".")[0] for name in python(LOADED).stdout.split()}
    present = ", ".join(sorted(loaded & set(HEAVY))) or "none"
    note = f"Of {', '.join(HEAVY)}, imported: {present}."
    goals = [
        at_most("Cold import from the checkout", taken[:1], TARGET_SECONDS, milliseconds),
        Goal("Heavy packages that it imports", "none", present, present == "none"),
    ]
    first = Table(f"Cold import, median of {runs}", ("", "Time", "Target at most"), rows, note, goals)
    return [first, deployed(runs), heaviest()]


def deployed(runs: int) -> Table:
    """The same from the zip that is deployed, unpacked anew, in a Python that has nothing else.

    Every function imports `app`, so this is the cold import of each. What it is without compiled files is what it would
    be if the package were not compiled when it is built, for Lambda's code directory cannot be written to.
    """
    with TemporaryDirectory() as name:
        made = package(STAGES["prod"], Path(name))
        folder = Path(name) / "task"
        with ZipFile(made.code) as packed:
            packed.extractall(folder)
            unpacked = sum(entry.file_size for entry in packed.infolist())
        bytes_packed = made.code.stat().st_size
        size = f"{bytes_packed / 1e6:.1f} MB, unpacked {unpacked / 1e6:.1f} MB"
        compiled = median(bare(folder) for _ in range(runs))
        for path in folder.rglob("*.pyc"):
            path.unlink()
        without = median(bare(folder) for _ in range(runs))
    rows = [
        ["as it is deployed", milliseconds(compiled), milliseconds(TARGET_SECONDS)],
        ["without compiled files", milliseconds(without), "-"],
    ]
    goals = [
        at_most("Cold import from the zip that is deployed", [compiled], TARGET_SECONDS, milliseconds),
        at_most("Size of that zip", [bytes_packed / 1e6], MOST_MEGABYTES, "{:.1f} MB".format),
    ]
    columns, title = ("", "Time", "Target at most"), f"Cold import of every function, from the zip, median of {runs}"
    return Table(title, columns, rows, f"The zip: {size}.", goals)


def bare(folder: Path) -> float:
    """The seconds that `import app` takes from an unpacked zip, nothing written beside it."""
    code = f"import sys; sys.path.insert(0, {str(folder)!r})" + TIMED.format("")
    return float(python(code, "-I", "-S", "-B").stdout)


def heaviest() -> Table:
    """The modules that take longest by themselves, and the packages that do, with their modules together."""
    own: dict[str, int] = {}
    for line in python("import app", "-X", "importtime").stderr.splitlines():
        match = LINE.match(line)
        if match:
            own[match.group(4)] = int(match.group(1))
    packages: dict[str, int] = defaultdict(int)
    for module, microseconds in own.items():
        packages[module.partition(".")[0]] += microseconds
    columns = ("Package, all modules", "Time", "Module, itself alone", "Time")
    rows = [
        [package, milliseconds(of_package / 1e6), module, milliseconds(of_module / 1e6)]
        for (package, of_package), (module, of_module) in zip(largest(packages), largest(own), strict=True)
    ]
    return Table("What the import consists of (`-X importtime`, which itself slows it down)", columns, rows)


def largest(times: dict[str, int]) -> list[tuple[str, int]]:
    """The largest few, largest first."""
    return sorted(times.items(), key=lambda pair: -pair[1])[:SHOWN]


def python(code: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run `code` in a fresh process, which may write compiled modules beside their sources unless `-B` forbids it."""
    command = [sys.executable, *options, "-c", code]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=True)
