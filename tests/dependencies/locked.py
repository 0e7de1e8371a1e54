"""What a lock file pins."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNTIME = ROOT / "requirements.txt"
"""What the deployed functions are made of."""

_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s\\;]+)", re.MULTILINE)


def locked(lock: Path) -> dict[str, str]:
    """The version of each package in a lock file, by its normal name."""
    pins = _PIN.findall(lock.read_text(encoding="utf-8"))
    return {normal(name): version for name, version in pins}


def named(requirements: Path) -> set[str]:
    """The packages that a file of requirements names itself."""
    lines = requirements.read_text(encoding="utf-8").splitlines()
    return {normal(found[0]) for line in lines if (found := re.match(r"[A-Za-z0-9._-]+", line)) and line[0] != "-"}


def normal(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()
