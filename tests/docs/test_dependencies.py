"""Every dependency is in README with its reason."""

from __future__ import annotations

import re

from tests.docs.pages import ROOT, by_name, page

_NAME = re.compile(r"[A-Za-z0-9._-]+")


def required() -> set[str]:
    """The packages that the requirements name themselves."""
    lines = [
        line
        for path in ROOT.glob("requirements*.in")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line and not line.startswith(("#", "-r", "-c"))
    ]
    return {match.group() for line in lines if (match := _NAME.match(line)) is not None}


def test_every_dependency_has_a_reason() -> None:
    """Each line of the requirements has a row with a reason, and no row is left of a package that is gone."""
    told = by_name(page("README.md").section("Dependencies"))
    assert required() == set(told)
    assert [] == [name for name, cells in told.items() if len(cells[0]) < 10]
