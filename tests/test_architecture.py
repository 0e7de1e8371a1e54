"""The arrows between packages (contracts in pyproject.toml), and what the pure domain must not do."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PURE = sorted(path for name in ("accounts", "retirement") for path in (ROOT / "chalicelib" / name).rglob("*.py"))
PACKAGED = sorted((ROOT / "chalicelib").rglob("*.py"))
IMPURE_MODULES = {"datetime", "os", "random", "secrets", "socket", "time", "uuid", "logging", "threading"}
CLOCKS = {"now", "utcnow", "today", "time", "time_ns"}
CLOCK_OWNERS = {"datetime", "date", "time"}


def named(path):
    """A file's name among the tests."""
    return str(path.relative_to(ROOT))


def imports_of(path):
    """(module, names) of each import in a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, set()
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "", {alias.name for alias in node.names}


def test_imports_follow_the_arrows():
    """Every contract of import-linter holds."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert 0 == ran.returncode, ran.stdout


@pytest.mark.parametrize("path", PURE, ids=named)
def test_accounts_do_nothing_but_decide(path):
    """No clock, no randomness, no environment, no threads, no logs: of `datetime` the types alone."""
    for module, names in imports_of(path):
        if module == "datetime":
            assert names <= {"datetime", "UTC", "date", "timedelta"}
        else:
            assert module.split(".")[0] not in IMPURE_MODULES


@pytest.mark.parametrize("path", [path for path in PACKAGED if path.parent.name != "wiring"], ids=named)
def test_the_clock_is_a_port(path):
    """Nobody but the wiring asks the machine what time it is."""
    asked = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CLOCKS
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in CLOCK_OWNERS
    ]
    assert [] == asked


@pytest.mark.parametrize("path", PACKAGED, ids=named)
def test_files_stay_small(path):
    """A file past 400 lines is two files."""
    assert 400 >= len(path.read_text().splitlines())
