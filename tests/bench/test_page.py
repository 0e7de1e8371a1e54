"""docs/benchmarks.md is made of words and records, each benchmark in the same format."""

import re
from pathlib import Path

import pytest

from bench.catalogue import BENCHMARKS
from bench.charts import Chart, Series
from bench.page import record, render
from bench.page.words import PARTS, Words, WordsError, parsed, words_of
from bench.table import Goal, Table, at_least, at_most, rate, ratio

CHART = Chart("a-chart", "A chart", "across", "up", [Series("one", [(1, 2)])])
TABLES = [
    Table("First", ("", "Value"), [["a", "1"]], "A note.", [at_most("Ratio", [1.2, 1.4], 1.3, ratio)], CHART),
    Table("Second", ("", "Value"), [["b", "2"]]),
]
WORDS = Words("The title", "What?", "So.", ["botocore"], "That.", "", "")


def test_the_page_is_what_words_and_records_say():
    """Nobody edits figures: the page is exactly what is rendered from docs/benchmarks/*.json and the words."""
    assert render.page() == render.PATH.read_text()


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_benchmark_is_told_in_the_same_format(name: str):
    """Setup, versions, command, figures, bottleneck and verdict, in this order, none of them empty."""
    text = render.section(words_of(name), record.read(name))
    places = [
        text.index(f"**{part}") for part in ("Setup.", "Versions.", "Command.", "Figures", "Bottleneck.", "Verdict.")
    ]
    assert places == sorted(places)
    assert f"`python -m bench {name}`" in text
    assert re.search(r"\*\*Verdict\.\*\* \S", text)


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_chart_is_there(name: str):
    """The charts that a record names are files."""
    for kept in record.read(name).tables:
        assert kept.chart is None or (record.DOCS / "charts" / f"{kept.chart}.svg").is_file()


def test_nothing_is_kept_of_benchmarks_that_are_gone():
    """Words and records belong to benchmarks of the catalogue."""
    words = {path.stem for path in (render.DOCS.parent / "bench" / "page" / "words").iterdir()}
    records = {path.stem for path in (render.DOCS / "benchmarks").iterdir()}
    assert set(BENCHMARKS) == words == records


def test_a_record_is_read_as_it_was_written(tmp_path: Path):
    """With its goals, its versions and a file for its chart."""
    made, tables = record.recorded("load", lambda: TABLES, ["botocore", record.ENGINE])
    record.write(made, tables, tmp_path)
    found = record.read("load", tmp_path)
    assert (made.goals, made.load, made.day, made.pace) == (found.goals, found.load, found.day, found.pace)
    assert 0 < made.pace < 60
    assert {"CPython", "botocore", record.ENGINE} == set(found.versions)
    assert [table.markdown() for table in TABLES] == [kept.table().markdown() for kept in found.tables]
    assert "<polyline" in (tmp_path / "charts" / "a-chart.svg").read_text()


def test_a_missed_goal_is_said_in_the_section_and_above_all():
    """Nothing is hidden: missed goals are bold, with what was measured."""
    made, _ = record.recorded("load", lambda: TABLES, ["botocore"])
    assert "Ratio: 1.20x to 1.40x (at most 1.30x), **missed**." in render.section(WORDS, made)
    assert "![A chart](charts/a-chart.svg)" in render.section(WORDS, made)
    row = next(line for line in render.head({"load": (WORDS, made)}).splitlines() if "1.40x" in line)
    assert "[The title](#the-title)" in row
    assert "**missed**" in row


def test_a_benchmark_without_goals_needs_a_verdict_in_words():
    """None is left without one."""
    made, _ = record.recorded("load", lambda: TABLES[1:], ["botocore"])
    with pytest.raises(render.NoVerdictError):
        render.section(WORDS, made)


@pytest.mark.parametrize(
    ("goal", "reached"),
    [
        (at_most("a", [1.0, 1.3], 1.3, ratio), True),
        (at_most("a", [1.0, 1.301], 1.3, ratio), False),
        (at_least("a", [400.0, 500.0], 400, rate), True),
        (at_least("a", [399.0, 500.0], 400, rate), False),
    ],
)
def test_a_goal_is_reached_by_all_or_missed(goal: Goal, reached: bool):
    """The worst figure decides."""
    assert reached == goal.reached
    assert ("reached" if reached else "missed") == goal.verdict


@pytest.mark.parametrize("part", PARTS)
def test_words_without_a_part(part: str):
    """Each part must be there, and not be empty."""
    text = "# T\n\nQ.\n\n" + "\n".join(f"## {each}\n\nx\n" for each in PARTS)
    assert "T" == parsed(text).title
    for broken in (text.replace(f"## {part}\n\nx", f"## {part}\n"), text.replace(f"## {part}", "## Else"), text[1:]):
        with pytest.raises(WordsError):
            parsed(broken)
