"""The dashboard: what an operator looks at first, from what callers notice down to what stores do."""

import json
from collections.abc import Sequence
from typing import Any

from infra.functions import FUNCTIONS
from infra.references import Json, resource, sub
from infra.stages import Stage

WIDTH, HEIGHT, COLUMNS = 8, 6, 3


def resources(stage: Stage) -> Json:
    """The dashboard."""
    body = {"widgets": [placed(number, each) for number, each in enumerate(charts(stage))]}
    return {
        "Dashboard": resource(
            "AWS::CloudWatch::Dashboard",
            {"DashboardName": sub("${AWS::StackName}"), "DashboardBody": sub(json.dumps(body))},
        )
    }


def charts(stage: Stage) -> list[tuple[str, str, list[Any]]]:
    """Title, statistic and metrics of each chart; `${...}` is filled in by CloudFormation."""
    api = ("ApiName", "${AWS::StackName}")
    table = ("TableName", "${AWS::StackName}-ledger")
    units = ("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits")
    return [
        ("Requests and errors", "Sum", metrics("AWS/ApiGateway", ("Count", "4XXError", "5XXError"), api)),
        ("Latency, 99th percentile (ms)", "p99", metrics("AWS/ApiGateway", ("Latency", "IntegrationLatency"), api)),
        ("Answers of the service", "Sum", own(stage, "UnexpectedErrors", "UnavailableAnswers", "RateLimited")),
        ("Errors of functions", "Sum", by_function("Errors")),
        ("Duration of functions (ms)", "p99", by_function("Duration")),
        ("Concurrency", "Maximum", by_function("ConcurrentExecutions")),
        ("Views behind (s)", "Maximum", own(stage, "ProjectionLag", "OldestUnprojectedHead")),
        ("Set aside", "Maximum", own(stage, "QuarantinedNow", "VerificationFindings")),
        ("Verified accounts", "Sum", own(stage, "VerifiedAccounts")),
        ("Retirements that wait", "Maximum", own(stage, "RetirementsWaiting", "StuckRetirements")),
        ("Retirements that ended", "Sum", own(stage, "RetirementsCompleted", "RetirementsErrored")),
        ("Pictures and what ran out", "Sum", own(stage, "PicturesRefused", "ExpiredItems")),
        ("Ledger: units", "Sum", metrics("AWS/DynamoDB", units, table)),
        ("Ledger: throttled", "Sum", metrics("AWS/DynamoDB", ("ReadThrottleEvents", "WriteThrottleEvents"), table)),
    ]


def metrics(namespace: str, names: Sequence[str], dimension: tuple[str, str]) -> list[Any]:
    """Metrics of one thing."""
    return [[namespace, name, *dimension] for name in names]


def own(stage: Stage, *names: str) -> list[Any]:
    """Metrics of the service."""
    return metrics("Rollcall", names, ("stage", stage.name))


def by_function(name: str) -> list[Any]:
    """One metric of every function."""
    return [
        ["AWS/Lambda", name, "FunctionName", f"${{AWS::StackName}}-{function.name}", {"label": function.name}]
        for function in FUNCTIONS
    ]


def placed(number: int, chart: tuple[str, str, list[Any]]) -> Json:
    """A chart in its place, three a row."""
    title, statistic, shown = chart
    row, column = divmod(number, COLUMNS)
    return {
        "type": "metric",
        "x": column * WIDTH,
        "y": row * HEIGHT,
        "width": WIDTH,
        "height": HEIGHT,
        "properties": {
            "title": title,
            "stat": statistic,
            "metrics": shown,
            "region": "${AWS::Region}",
            "period": 300,
            "view": "timeSeries",
        },
    }
