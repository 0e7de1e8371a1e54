"""What is counted and measured, as CloudWatch's embedded metric format: a JSON line that becomes metrics.

Nothing personal is in it, not even the id of an account: metrics are numbers, and the stage. `METRICS` is all there is;
docs/operations.md explains each, and the alarms go by these names.
"""

from collections.abc import Mapping
from typing import NamedTuple

NAMESPACE = "Rollcall"
LOCAL = "local"
"""The stage where nothing is written: no CloudWatch reads it there."""


class Metric(NamedTuple):
    """A metric: its unit as CloudWatch names it, the function that writes it, and what it says."""

    unit: str
    function: str
    says: str


METRICS: Mapping[str, Metric] = {
    "UnexpectedErrors": Metric(
        "Count", "api", "answers of 500 by a fault of ours, each with a line `unexpected error`"
    ),
    "UnavailableAnswers": Metric("Count", "api", "answers of 503: AWS or a webhook gave no answer"),
    "RateLimited": Metric(
        "Count", "api", "requests that a limit of the service has refused, whatever their answer was"
    ),
    "QuarantinedAccounts": Metric("Count", "project", "accounts that were set aside, at the moment when they were"),
    "ProjectionLag": Metric("Seconds", "project", "how long the oldest head of a batch had waited"),
    "VerificationFindings": Metric("Count", "verify", "what is not as the events say"),
    "VerifiedAccounts": Metric("Count", "verify", "accounts that were verified"),
    "RetirementsCompleted": Metric("Count", "retirement_queue", "retirements that the job completed"),
    "RetirementsErrored": Metric("Count", "retirement_queue", "retirements that the job has set aside"),
    "PicturesRefused": Metric("Count", "process_upload", "direct uploads that are no picture, or too large"),
    "ExpiredItems": Metric("Count", "expire", "pictures, uploads, exports and addresses that were cleared"),
    "QuarantinedNow": Metric("Count", "watch", "accounts that are set aside now"),
    "OldestUnprojectedHead": Metric(
        "Seconds", "watch", "since when the views of some account have failed that is not set aside; 0: of none"
    ),
    "StuckRetirements": Metric("Count", "watch", "retirements that nobody has moved for longer than they should stand"),
    "RetirementsWaiting": Metric("Count", "watch", "retirements that have not ended"),
}

_stage = [LOCAL]


def measure_in(stage: str) -> None:
    """From now on the metrics of this process are those of a stage; `local` writes none."""
    _stage[0] = stage


def emit(values: Mapping[str, float]) -> None:
    """Write these metrics as one line. Raises `KeyError` for one that is not in `METRICS`."""
    units = {name: METRICS[name].unit for name in values}
    stage = _stage[0]
    if stage == LOCAL or not values:
        return
    from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider

    line = AmazonCloudWatchEMFProvider({}, {}, NAMESPACE, {}, default_dimensions={})
    line.add_dimension("stage", stage)
    for name, value in values.items():
        line.add_metric(name, units[name], value)
    line.flush_metrics()
