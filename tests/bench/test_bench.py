"""Every benchmark runs, in its short form: they measure nothing here, but they do not rot either."""

import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from bench.catalogue import BENCHMARKS, run_apart
from bench.charts import svg
from bench.people import patches, person
from bench.stage_process import REPOSITORY
from bench.table import Table
from chalicelib.accounts.policy import Policy
from chalicelib.accounts.registration import check_applicant
from chalicelib.accounts.update import checked_values

POLICY = Policy(extended_profile_fields=("conlangs_spoken",))


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_benchmark_runs(name: str) -> None:
    """
    A benchmark's short form comes to tables whose rows have as many cells as there are columns.
    """
    tables = run_apart(name, quick=True)

    assert tables
    charts = [table.chart for table in tables if table.chart is not None]
    assert len(charts) == len({chart.name for chart in charts})
    assert all("<polyline" in svg(chart) for chart in charts)
    for table in tables:
        assert table.rows
        assert {len(table.columns)} == {len(row) for row in table.rows}
        assert all(goal.what and goal.target and goal.measured for goal in table.goals)


def test_the_command_line_writes_what_it_prints(tmp_path: Path) -> None:
    """
    `python -m bench NAME --quick --markdown FILE` writes the printed tables to FILE.
    """
    report = tmp_path / "report.md"
    command = [sys.executable, "-m", "bench", "load", "--quick", "--markdown", str(report)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)

    written = report.read_text()
    assert "Bare botocore" in written
    assert written.split("## load")[1].strip() in done.stdout


def test_an_unknown_name_is_refused() -> None:
    """
    A name that no benchmark has is an error that lists no figures.
    """
    command = [sys.executable, "-m", "bench", "nothing-of-the-kind"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)

    assert 2 == done.returncode
    assert "" == done.stdout
    assert "no such benchmark" in done.stderr


def test_a_table_in_markdown() -> None:
    """
    Columns are as wide as their widest cell.
    """
    table = Table("Title", ("", "Value"), [["long name", "1"]], "A note.")

    expected = "**Title**\n\n|           | Value |\n|-----------|-------|\n| long name | 1     |\n\nA note."
    assert expected == table.markdown()


def test_people_are_told_apart_and_always_the_same() -> None:
    """
    A number is always the same person, and no two people share a username or an address.
    """
    people = [person(number) for number in range(2_000)]

    assert people == [person(number) for number in range(2_000)]
    assert 2_000 == len({one.username for one in people})
    assert 2_000 == len({one.email for one in people})


def test_people_are_acceptable() -> None:
    """
    The service's own rules accept what an invented person calls themselves, and what they change.
    """
    for number in range(300):
        one = person(number)
        form = {"username": one.username, "email": one.email, "name": one.profile.name}
        assert {} == check_applicant(form, {"bio": one.profile.bio}, POLICY, password_required=False)[1]
        for patch in islice(patches(number), 12):
            assert set(patch) == set(checked_values(patch, POLICY))
