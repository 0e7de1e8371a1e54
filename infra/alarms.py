"""The alarms. Each has its entry in docs/operations.md under the same name."""

from collections.abc import Iterator
from typing import Any

from infra.failures import QUEUES
from infra.functions import FUNCTIONS, Function
from infra.references import Json, ref, resource, sub, tags
from infra.stages import Stage

MINUTE = 60
HOUR = 3600
NAMESPACE = "Rollcall"


def resources(stage: Stage) -> Json:
    """Every alarm by the name of its resource."""
    return {f"{name.replace('-', '').replace('_', '')}Alarm": made for name, made in alarms(stage)}


def alarms(stage: Stage) -> Iterator[tuple[str, Json]]:
    """Every alarm by the name that people see, behind that of the stack."""
    yield from of_api()
    for function in FUNCTIONS:
        name = f"FunctionErrors-{function.name}"
        yield name, above(name, "AWS/Lambda", "Errors", of(function), 0, period=5 * MINUTE)
    yield "FunctionThrottles", throttles()
    yield from of_failures()
    yield from of_store()
    yield "ProjectSilent", idle()
    yield from of_service(stage)


def of_api() -> Iterator[tuple[str, Json]]:
    """What callers notice."""
    api = {"ApiName": ref("AWS::StackName")}
    yield "ApiServerErrors", above("ApiServerErrors", "AWS/ApiGateway", "5XXError", api, 5, period=5 * MINUTE)
    latency = above("ApiLatency", "AWS/ApiGateway", "Latency", api, 5000, period=5 * MINUTE, periods=3)
    latency["Properties"]["ExtendedStatistic"] = "p99"
    del latency["Properties"]["Statistic"]
    yield "ApiLatency", latency


def of_failures() -> Iterator[tuple[str, Json]]:
    """What was given up, one alarm a queue, and a stream consumer that is behind."""
    names = {"StreamFailures": "FailedRecords", "UploadFailures": "FailedUploads", "JobFailures": "FailedJobs"}
    for queue, name in names.items():
        dimensions = {"QueueName": sub("${AWS::StackName}-" + QUEUES[queue])}
        waiting = "ApproximateNumberOfMessagesVisible"
        yield name, above(name, "AWS/SQS", waiting, dimensions, 0, statistic="Maximum")
    project = next(function for function in FUNCTIONS if function.name == "project")
    age = MINUTE * 1000
    yield (
        "IteratorAge",
        above("IteratorAge", "AWS/Lambda", "IteratorAge", of(project), age, statistic="Maximum", periods=3),
    )


def of_store() -> Iterator[tuple[str, Json]]:
    """Requests that DynamoDB has turned away."""
    name = "LedgerThrottles"
    made = above(name, None, None, {}, 0, period=5 * MINUTE)
    table = {"TableName": sub("${AWS::StackName}-ledger")}
    kinds = {"reads": "ReadThrottleEvents", "writes": "WriteThrottleEvents"}
    made["Properties"]["Metrics"] = [
        {"Id": "all", "Expression": "SUM(METRICS())", "Label": "throttled requests", "ReturnData": True},
        *(query(key, "AWS/DynamoDB", kind, table, 5 * MINUTE) for key, kind in kinds.items()),
    ]
    yield name, made


def of_service(stage: Stage) -> Iterator[tuple[str, Json]]:
    """What the service says of itself."""

    def own(name: str, metric: str, threshold: float, **how: Any) -> tuple[str, Json]:
        return name, above(name, NAMESPACE, metric, {"stage": stage.name}, threshold, **how)

    yield own("Quarantine", "QuarantinedNow", 0, statistic="Maximum", period=5 * MINUTE)
    yield own("NewlyQuarantined", "QuarantinedAccounts", 0, period=5 * MINUTE)
    yield "VerificationFindings", once(own("VerificationFindings", "VerificationFindings", 0, period=HOUR)[1])
    yield own("OldestUnprojectedHead", "OldestUnprojectedHead", 300, statistic="Maximum", period=5 * MINUTE)
    yield own("StuckRetirements", "StuckRetirements", 0, statistic="Maximum", period=5 * MINUTE)
    yield own("UnexpectedErrors", "UnexpectedErrors", 0, period=5 * MINUTE)
    yield silent("VerifySilent", "VerifiedAccounts", stage, "SampleCount", periods=3, period=HOUR)
    yield silent("WatchSilent", "QuarantinedNow", stage, "SampleCount", periods=6, period=5 * MINUTE)


def above(
    name: str,
    namespace: str | None,
    metric: str | None,
    dimensions: Json,
    threshold: float,
    *,
    statistic: str = "Sum",
    period: int = MINUTE,
    periods: int = 1,
) -> Json:
    """An alarm that rings while a metric is above a threshold; no data is no alarm."""
    properties: Json = {
        "AlarmName": sub("${AWS::StackName}-" + name),
        "AlarmDescription": f"See docs/operations.md, {name}.",
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": threshold,
        "EvaluationPeriods": periods,
        "TreatMissingData": "notBreaching",
        "AlarmActions": [ref("Alarms")],
        "OKActions": [ref("Alarms")],
        "Tags": tags(),
    }
    if metric is not None:
        properties |= {
            "Namespace": namespace,
            "MetricName": metric,
            "Dimensions": listed(dimensions),
            "Statistic": statistic,
            "Period": period,
        }
    return resource("AWS::CloudWatch::Alarm", properties)


def once(made: Json) -> Json:
    """An alarm that tells when it begins and not when it ends: its metric says of each run what that run has seen."""
    del made["Properties"]["OKActions"]
    return made


def silent(name: str, metric: str, stage: Stage, statistic: str, *, periods: int, period: int) -> tuple[str, Json]:
    """An alarm that rings when nothing is said any more: no sample at all."""
    made = above(name, NAMESPACE, metric, {"stage": stage.name}, 1, statistic=statistic, period=period)
    made["Properties"] |= {
        "ComparisonOperator": "LessThanThreshold",
        "EvaluationPeriods": periods,
        "TreatMissingData": "breaching",
    }
    return name, made


def idle() -> Json:
    """The ledger is written and its consumer is not called: its mapping is off, or may not read the stream."""
    made = above("ProjectSilent", None, None, {}, 0, periods=3)
    project = next(function for function in FUNCTIONS if function.name == "project")
    table = {"TableName": sub("${AWS::StackName}-ledger")}
    found = f"IF(FILL(writes, 0) > {MOST_UNHEARD} AND FILL(calls, 0) < 1, 1, 0)"
    made["Properties"]["Metrics"] = [
        {"Id": "silent", "Expression": found, "Label": "written, and not followed", "ReturnData": True},
        query("writes", "AWS/DynamoDB", "ConsumedWriteCapacityUnits", table, 5 * MINUTE),
        query("calls", "AWS/Lambda", "Invocations", of(project), 5 * MINUTE),
    ]
    return made


MOST_UNHEARD = 100
"""Write units in five minutes that need not lead to a head: claims that are looked after, numbers, rows of jobs."""


def throttles() -> Json:
    """Calls of any function that Lambda has turned away."""
    made = above("FunctionThrottles", None, None, {}, 0, period=5 * MINUTE)
    each = [
        query(f"f{number}", "AWS/Lambda", "Throttles", of(function), 5 * MINUTE)
        for number, function in enumerate(FUNCTIONS)
    ]
    total = {"Id": "all", "Expression": "SUM(METRICS())", "Label": "throttled calls", "ReturnData": True}
    made["Properties"]["Metrics"] = [total, *each]
    return made


def of(function: Function) -> Json:
    """The dimensions of a function's metrics."""
    return {"FunctionName": function.deployed}


def query(key: str, namespace: str, metric: str, dimensions: Json, period: int) -> Json:
    """A metric within a sum of several."""
    described = {"Namespace": namespace, "MetricName": metric, "Dimensions": listed(dimensions)}
    return {"Id": key, "ReturnData": False, "MetricStat": {"Metric": described, "Period": period, "Stat": "Sum"}}


def listed(dimensions: Json) -> list[Json]:
    """Dimensions as CloudWatch takes them."""
    return [{"Name": name, "Value": value} for name, value in dimensions.items()]
