"""The decision records are numbered, whole and listed."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import ROOT, Page, page

RECORDS = [Page(path) for path in sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))]
PARTS = ["Context", "Decision", "Consequences", "Considered"]
LONGEST = 40


def test_numbers_have_no_gap() -> None:
    """Records are numbered from 001, each once."""
    assert [f"{number:03d}" for number in range(1, len(RECORDS) + 1)] == [record.path.name[:3] for record in RECORDS]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.path.stem)
def test_a_record_is_whole(record: Page) -> None:
    """A record has its four parts, names something good and something bad, and stays short."""
    assert re.fullmatch(rf"{record.path.name[:3]}: .+", record.headings[0])
    assert PARTS == record.headings[1:]
    assert "* Good: " in record.section("Consequences")
    assert "* Bad: " in record.section("Consequences")
    assert 10 <= len(record.text.splitlines()) <= LONGEST


@pytest.mark.parametrize("index", ["docs/decisions/README.md", "docs/architecture.md"])
def test_every_record_is_listed(index: str) -> None:
    """Both lists of decisions link to each record."""
    assert [] == [record.path.name for record in RECORDS if f"{record.path.name})" not in page(index).text]
