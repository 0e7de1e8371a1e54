"""Stream records as the API returns them, turned into what Lambda hands to a function."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

Record: TypeAlias = Mapping[str, Any]

HEAD = "HEAD"


def is_head(record: Record) -> bool:
    """Whether the record is a head's new image, the only kind that the function's filter lets through."""
    image = record["dynamodb"].get("NewImage") or {}
    return bool(image.get("sk", {}).get("S") == HEAD)


def sequence(record: Record) -> str:
    """The record's place in its shard."""
    return str(record["dynamodb"]["SequenceNumber"])


def lambda_event(records: Sequence[Record], stream_arn: str) -> dict[str, Any]:
    """The event that one batch of records is delivered in."""
    return {"Records": [lambda_record(record, stream_arn) for record in records]}


def lambda_record(record: Record, stream_arn: str) -> dict[str, Any]:
    """One record: time as Unix seconds, binary values in base64, and the stream that it is from."""
    change = dict(record["dynamodb"])
    change["ApproximateCreationDateTime"] = change["ApproximateCreationDateTime"].timestamp()
    for image in ("Keys", "NewImage", "OldImage"):
        if image in change:
            change[image] = {name: _value(value) for name, value in change[image].items()}
    return {
        "eventID": record["eventID"],
        "eventName": record["eventName"],
        "eventVersion": record.get("eventVersion", "1.1"),
        "eventSource": "aws:dynamodb",
        "awsRegion": record.get("awsRegion", ""),
        "dynamodb": change,
        "eventSourceARN": stream_arn,
    }


def _value(value: Mapping[str, Any]) -> dict[str, Any]:
    ((kind, content),) = value.items()
    match kind:
        case "B":
            return {kind: _base64(content)}
        case "BS":
            return {kind: [_base64(each) for each in content]}
        case "L":
            return {kind: [_value(each) for each in content]}
        case "M":
            return {kind: {name: _value(each) for name, each in content.items()}}
        case _:
            return {kind: content}


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
