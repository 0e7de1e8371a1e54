"""The doctor's look at the tables: there, of the right shape, readable and writable."""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError
from pynamodb.models import Model

from chalicelib.tables import Tables
from chalicelib.wiring import Wiring
from ops.checkup import Finding, fault, fine

ABSENT = "rollcall-doctor"
"""The key of an item that is never there."""

MAKE = "Deploy the template, which makes it, or set TABLE_PREFIX to that of your tables."
GRANT = "Let the role read and write this table."


def tables(wiring: Wiring) -> Iterator[Finding]:
    """Every table in turn; one that cannot be looked at does not hide the others."""
    for model in wiring.tables.all():
        yield _table(wiring, model)


def _table(wiring: Wiring, model: type[Model]) -> Finding:
    name = model.Meta.table_name
    check = f"table {name}"
    try:
        described = wiring.dynamodb.describe_table(TableName=name)["Table"]
        wrong = faults(described, model, wiring.tables)
        if not wrong:
            _try(wiring.dynamodb, name, described["KeySchema"])
    except ClientError as error:
        code = error.response["Error"]["Code"]
        return fault(check, f"{error.operation_name}: {code}", MAKE if code == "ResourceNotFoundException" else GRANT)
    if wrong:
        return fault(check, "; ".join(wrong), "Compare it with chalicelib/tables.py; a key cannot be changed later.")
    return fine(check, f"{described['TableStatus']}, readable and writable")


def faults(described: Mapping[str, Any], model: type[Model], all_tables: Tables) -> list[str]:
    """What is not as the model has it."""
    found = []
    if _keys(described["KeySchema"]) != wanted_keys(model):
        found.append(f"its keys are {_keys(described['KeySchema'])}, not {wanted_keys(model)}")
    if described["TableStatus"] not in ("ACTIVE", "UPDATING"):
        found.append(f"it is {described['TableStatus']}")
    return [*found, *_stream_faults(described, model, all_tables), *_index_faults(described, model)]


def _stream_faults(described: Mapping[str, Any], model: type[Model], all_tables: Tables) -> Iterator[str]:
    stream = described.get("StreamSpecification", {})
    view = stream.get("StreamViewType") if stream.get("StreamEnabled") else None
    wanted = getattr(model.Meta, "stream_view_type", None)
    if wanted is not None and view != wanted:
        yield f"its stream is {view}, not {wanted}: no view would follow"
    if model is all_tables.keys and (view is not None or described.get("Replicas")):
        yield "it has a stream or a replica, where destroyed keys would live on"


def _index_faults(described: Mapping[str, Any], model: type[Model]) -> Iterator[str]:
    there = {index["IndexName"]: index.get("IndexStatus") for index in described.get("GlobalSecondaryIndexes", ())}
    for name in model._indexes:
        if there.get(name) != "ACTIVE":
            yield f"its index {name} is {there.get(name) or 'missing'}"


def wanted_keys(model: type[Model]) -> list[str]:
    """The names of a model's partition key and, if it has one, its sort key."""
    attributes = model.get_attributes().values()
    keys = [each for each in attributes if each.is_hash_key] + [each for each in attributes if each.is_range_key]
    return [str(key.attr_name) for key in keys]


def _keys(schema: list[Mapping[str, str]]) -> list[str]:
    by_type = {key["KeyType"]: key["AttributeName"] for key in schema}
    return [by_type[kind] for kind in ("HASH", "RANGE") if kind in by_type]


def _try(client: Any, name: str, schema: list[Mapping[str, str]]) -> None:
    """Read, and write under a condition that never holds: so nothing is written, but the right to is tried."""
    key = {attribute: {"S": ABSENT} for attribute in _keys(schema)}
    client.get_item(TableName=name, Key=key)
    condition = {
        "ConditionExpression": "attribute_exists(#key)",
        "ExpressionAttributeNames": {"#key": _keys(schema)[0]},
    }
    try:
        client.delete_item(TableName=name, Key=key, **condition)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
