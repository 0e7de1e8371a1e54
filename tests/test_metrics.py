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


def test_every_metric_is_explained():
    """Each stands in the table of docs/operations.md, with its unit and the function that writes it."""
    told = by_name(page("docs/operations.md").section("Metrics"))
    assert METRICS.keys() == told.keys()
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
    assert 7 == len(watched)
