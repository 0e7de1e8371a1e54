"""README knows every part of the repository; nothing in it speaks of places outside; versions agree."""

from __future__ import annotations

import re
import tomllib

import pytest

from chalicelib.wiring import VERSION
from tests.docs.pages import ROOT, by_name, files, page

PARTS_TOLD_ELSEWHERE = {"tests", "docs", "chalicelib"}
FORBIDDEN = (
    r"(?<![\w.])/wo" + r"rk/",
    r"(?<!\w)sha" + r"red/(?:design|style|facts|spec)",
    r"\bspec/" + r"\d\d",
    r"\bbrief" + r"\.md",
    r"\bTO" + r"DO\b",
    r"\bFIX" + r"ME\b",
)


def test_every_package_has_a_line() -> None:
    """Each package at the top, and each within `chalicelib`, has its line in the table of places."""
    told = set(by_name(page("README.md").section("Where is what")))
    places = {path.relative_to(ROOT) for path in files()}
    top = {place.parts[0] for place in places if len(place.parts) > 1 and not place.parts[0].startswith(".")}
    service = {"/".join(place.parts[:2]) for place in places if place.parts[0] == "chalicelib" and len(place.parts) > 1}
    assert set() == (top - PARTS_TOLD_ELSEWHERE) - told
    assert set() == {place for place in service if not place.endswith("__init__.py")} - told
    assert {"tests", "docs"} <= told


def test_no_place_is_told_that_is_not_there() -> None:
    """No line is left of a place that is gone."""
    told = by_name(page("README.md").section("Where is what"))
    assert [] == [place for place in told if not (ROOT / place).exists()]


@pytest.mark.parametrize("pattern", FORBIDDEN)
def test_the_repository_stands_alone(pattern: str) -> None:
    """No file sends its reader to places outside the repository, or leaves something to be done."""
    found = []
    for path in files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {match.group()}" for match in re.finditer(pattern, text)]
    assert [] == found


def test_versions_agree() -> None:
    """The version is the same in the project, in the service and at the head of the changelog."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    newest = re.search(r"^## (?:\[?)(\d+\.\d+\.\d+)", page("CHANGELOG.md").text, re.MULTILINE)
    assert newest is not None
    assert {project} == {project, VERSION, newest.group(1)}


@pytest.mark.parametrize("command", ["run", "test", "check", "coverage", "bench", "lock"])
def test_commands_exist(command: str) -> None:
    """Each `make` command that README names is in the Makefile."""
    assert f"make {command}" in page("README.md").text
    assert re.search(rf"^{command}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_continuous_integration_runs_what_readme_says() -> None:
    """`.ci/run` can be executed, runs the tests and the checks, and makes DynamoDB Local a duty."""
    script = ROOT / ".ci" / "run"
    text = script.read_text(encoding="utf-8")
    assert script.stat().st_mode & 0o111
    assert [] == [
        part
        for part in ("make test", "make test-browser", "make check", "REQUIRE_DYNAMODB_LOCAL=1")
        if part not in text
    ]
