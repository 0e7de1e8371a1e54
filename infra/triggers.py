"""What calls the functions besides requests and uploads: the ledger's stream, and schedules."""

import json
from dataclasses import dataclass
from typing import Any

from infra.references import Json, att, either, ref, resource

HEADS = json.dumps({"dynamodb": {"NewImage": {"sk": {"S": ["HEAD"]}}}})
"""What the stream consumer is woken for: of each commit the head, not its events, claims and records."""

A_DAY = 24 * 3600
RETRY_SECONDS = A_DAY - 3600
"""For this long a record is tried again. The stream keeps it for a day, and AWS being away must not lose it."""


@dataclass(frozen=True)
class Schedule:
    """A job's schedule: the resource of its function, how often, and the condition under which it is on."""

    function: str
    rate: str
    condition: str | None = None


SCHEDULES = (
    Schedule("Expire", "rate(1 hour)"),
    Schedule("Verify", "rate(1 hour)"),
    Schedule("Watch", "rate(5 minutes)"),
    Schedule("RetirementQueue", "rate(1 hour)", condition="HasDriver"),
)


def resources() -> Json:
    """The mapping of the stream, the rules, and where each of them leaves what failed."""
    made: Json = {
        "LedgerStream": stream(),
        "UploadInvocations": asynchronous("ProcessUpload", "UploadFailures", seconds=3600),
    }
    for schedule in SCHEDULES:
        made[f"{schedule.function}Schedule"] = rule(schedule)
        made[f"{schedule.function}SchedulePermission"] = permission(schedule)
        made[f"{schedule.function}Invocations"] = asynchronous(schedule.function, "JobFailures", seconds=600)
    return made


def stream() -> Json:
    """The stream consumer: partial failures by record, halves of a batch that fails as a whole, no record given up
    within a day, and the place of one that is in the failure queue."""
    return resource(
        "AWS::Lambda::EventSourceMapping",
        {
            "EventSourceArn": att("LedgerTable", "StreamArn"),
            "FunctionName": ref("Project"),
            "StartingPosition": "TRIM_HORIZON",
            "BatchSize": 100,
            "ParallelizationFactor": 4,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "BisectBatchOnFunctionError": True,
            "MaximumRetryAttempts": -1,
            "MaximumRecordAgeInSeconds": RETRY_SECONDS,
            "DestinationConfig": {"OnFailure": {"Destination": att("StreamFailures", "Arn")}},
            "FilterCriteria": {"Filters": [{"Pattern": HEADS}]},
        },
    )


def asynchronous(function: str, queue: str, *, seconds: int) -> Json:
    """A function that nobody waits for: tried three times within so many seconds, then told of in a queue."""
    return resource(
        "AWS::Lambda::EventInvokeConfig",
        {
            "FunctionName": ref(function),
            "Qualifier": "$LATEST",
            "MaximumRetryAttempts": 2,
            "MaximumEventAgeInSeconds": seconds,
            "DestinationConfig": {"OnFailure": {"Destination": att(queue, "Arn")}},
        },
    )


def rule(schedule: Schedule) -> Json:
    """A schedule."""
    properties: dict[str, Any] = {
        "Description": f"Rollcall: runs the job of {schedule.function}.",
        "ScheduleExpression": schedule.rate,
        "State": "ENABLED" if schedule.condition is None else either(schedule.condition, "ENABLED", "DISABLED"),
        "Targets": [
            {
                "Id": schedule.function,
                "Arn": att(schedule.function, "Arn"),
                "RetryPolicy": {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 600},
                "DeadLetterConfig": {"Arn": att("JobFailures", "Arn")},
            }
        ],
    }
    return resource("AWS::Events::Rule", properties)


def permission(schedule: Schedule) -> Json:
    """The leave of a schedule to call its function."""
    return resource(
        "AWS::Lambda::Permission",
        {
            "Action": "lambda:InvokeFunction",
            "FunctionName": att(schedule.function, "Arn"),
            "Principal": "events.amazonaws.com",
            "SourceArn": att(f"{schedule.function}Schedule", "Arn"),
        },
    )
