"""Metrics as CloudWatch reads them from a function's output."""

import json

import pytest

from chalicelib import metrics
from chalicelib.metrics import METRICS, emit, measure_in
from infra import alarms
from infra.functions import FUNCTIONS
from infra.stages import STAGES
from tests.docs.pages import by_name, page


@pytest.fixture
def measured():
    """A stage whose metrics are written."""
    measure_in("prod")
    yield
    measure_in(metrics.LOCAL)


@pytest.mark.usefixtures("measured")
def test_one_line(capsys):
    """Metrics that belong together are one line, with their units and the stage as the only dimension."""
    emit({"ProjectionLag": 1.5, "QuarantinedAccounts": 1})
    (line,) = capsys.readouterr().out.splitlines()
    written = json.loads(line)
    (directive,) = written["_aws"]["CloudWatchMetrics"]
    assert ("Rollcall", [["stage"]]) == (directive["Namespace"], directive["Dimensions"])
    assert [("ProjectionLag", "Seconds"), ("QuarantinedAccounts", "Count")] == [
        (each["Name"], each["Unit"]) for each in directive["Metrics"]
    ]
    assert ("prod", [1.5], [1]) == (written["stage"], written["ProjectionLag"], written["QuarantinedAccounts"])
    assert {"_aws", "stage", "ProjectionLag", "QuarantinedAccounts"} == written.keys()


def test_the_local_stage_writes_none(capsys):
    """Nobody reads metrics there."""
    emit({"ProjectionLag": 1.5})
    assert "" == capsys.readouterr().out


def test_an_unknown_metric():
    """What is not in the table is a fault of ours, in the local stage as well."""
    with pytest.raises(KeyError):
        emit({"Surprise": 1})


@pytest.mark.usefixtures("measured")
def test_answers_are_counted(stage, api, capsys, monkeypatch):
    """An answer of 503 is a metric, one of 404 is none; neither says who asked for what."""
    api.get("/nothing/here")
    assert "_aws" not in capsys.readouterr().out
    monkeypatch.setattr(stage.wiring, "failing_dependencies", lambda: ["keys"])
    assert 503 == api.get("/heartbeat").status
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert [1] == json.loads(line)["UnavailableAnswers"]


@pytest.mark.usefixtures("measured")
def test_only_faults_of_ours_are_unexpected(stage, api, capsys, monkeypatch):
    """An error that nobody knows is counted once; it is the one with a line in the log."""

    def failing():
        raise ZeroDivisionError

    monkeypatch.setattr(stage.wiring, "failing_dependencies", failing)
    assert 500 == api.get("/heartbeat").status
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert [1] == json.loads(line)["UnexpectedErrors"]


@pytest.mark.usefixtures("measured")
def test_refusals_by_a_limit(stage, capsys):
    """Whatever a limit refuses is counted, and what it lets through is not; the metric does not say whom."""
    now = stage.clock()
    limiter = stage.wiring.rate_limiter
    assert [True, False, False] == [limiter.allows("SECRET-SUBJECT", 1, 60, now) for _ in range(3)]
    lines = [line for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert [[1], [1]] == [json.loads(line)["RateLimited"] for line in lines]
    assert "SECRET-SUBJECT" not in "".join(lines)


def test_every_metric_is_explained():
    """Each stands in the table of docs/operations.md, with its unit and the function that writes it."""
    section = page("docs/operations.md").section("Metrics")
    assert METRICS.keys() == by_name(section).keys()
    for name, metric in METRICS.items():
        assert f"| `{name}` | {metric.unit.lower()} | `{metric.function}` | {metric.says} |" in section
    assert {function.name for function in FUNCTIONS} >= {metric.function for metric in METRICS.values()}


def test_every_alarm_is_explained():
    """Each alarm has its entry in docs/operations.md."""
    told = by_name(page("docs/operations.md").section("Alarms"))
    assert set(dict(alarms.alarms(STAGES["prod"]))) == set(told)


def test_alarms_watch_metrics_that_there_are():
    """An alarm of ours is about a metric that is written."""
    watched = [
        made["Properties"].get("MetricName")
        for _, made in alarms.alarms(STAGES["prod"])
        if "Rollcall" == made["Properties"].get("Namespace")
    ]
    assert METRICS.keys() >= set(watched)
    assert 8 == len(watched)
