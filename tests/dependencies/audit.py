"""Looks for known vulnerabilities in what is locked: `python -m tests.dependencies.audit [LOCK...]`.

Exit status: 0 every package was looked up and nothing is known of any, 1 something is known, 3 the data could not be
had, or not of every package. That is said, and is never taken for "nothing is known": `pip-audit` by itself leaves out
what it cannot look up, and ends with 0. `AUDIT_OFFLINE=warn` turns 3 into 0 after saying so, for machines that reach
no more than a mirror of packages.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from tests.dependencies.locked import ROOT, RUNTIME, locked, normal

FINE, FOUND, COULD_NOT_RUN = 0, 1, 3
LOCKS = (RUNTIME, ROOT / "requirements-ops.txt")
"""What runs where people's data is: the functions, and the operator's command line."""

SECONDS = 300


class Report(NamedTuple):
    """What came of one lock: what is known of whom, and who could not be looked up."""

    known: list[str]
    unknown: list[str]

    @property
    def status(self) -> int:
        """The exit status that it comes to."""
        return FOUND if self.known else COULD_NOT_RUN if self.unknown else FINE


def report(lock: Path, answer: str) -> Report:
    """Read `pip-audit`'s JSON against the lock; whoever is missing from it was not looked up."""
    try:
        packages = json.loads(answer)["dependencies"]
    except (ValueError, KeyError):
        packages = []
    seen = {normal(each["name"]): each.get("vulns", []) for each in packages if "skip_reason" not in each}
    known = [f"{name}: {vulnerability['id']}" for name in sorted(seen) for vulnerability in seen[name]]
    return Report(known, sorted(locked(lock).keys() - seen.keys()))


def ask(lock: Path) -> str:
    """What `pip-audit` answers in JSON; nothing if it does not get that far."""
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner", "off"]
    command += ["--format", "json", "--requirement", str(lock)]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS).stdout
    except subprocess.TimeoutExpired:
        return ""


def main(locks: Iterable[Path], *, offline_is_fine: bool) -> int:
    """Audit `locks` and say what came of it; the exit status."""
    statuses = set()
    for lock in locks:
        found = report(lock, ask(lock))
        statuses.add(found.status)
        for line in found.known:
            print(f"{lock.name}: KNOWN VULNERABILITY: {line}")
        if found.unknown:
            count = f"{len(found.unknown)} of {len(locked(lock))}"
            print(f"{lock.name}: NOT AUDITED: {count} packages could not be looked up: {', '.join(found.unknown)}")
        if found.status == FINE:
            print(f"{lock.name}: nothing is known of its {len(locked(lock))} packages")
    if FOUND in statuses:
        return FOUND
    return COULD_NOT_RUN if COULD_NOT_RUN in statuses and not offline_is_fine else FINE


if __name__ == "__main__":
    given = [Path(argument) for argument in sys.argv[1:]] or LOCKS
    sys.exit(main(given, offline_is_fine=os.environ.get("AUDIT_OFFLINE") == "warn"))
