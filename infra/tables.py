"""The DynamoDB tables: what `chalicelib.tables` says of keys and indexes, and how each is kept."""

from dataclasses import dataclass
from typing import Any

from pynamodb.models import Model

from chalicelib import tables
from infra.references import Json, att, either, excused, kept, resource, sub, tags
from infra.stages import Stage


@dataclass(frozen=True)
class Keeping:
    """How a table is kept: the days of point-in-time recovery (0: none), and the attribute of its time to live."""

    model: type[Model]
    recovery_days: int = 0
    expires: str | None = None


TABLES = {
    "LedgerTable": Keeping(tables.LedgerItem, recovery_days=35, expires="expires"),
    "KeysTable": Keeping(tables.KeyItem, recovery_days=1),
    "ErasuresTable": Keeping(tables.ErasureItem, recovery_days=35),
    "ShortLivedTable": Keeping(tables.ShortLivedItem, expires="expires"),
    "ClientsTable": Keeping(tables.ClientItem, recovery_days=35),
    "ViewsTable": Keeping(tables.ViewItem),
}
"""The tables by the name of their resource. Keys can be recovered for a day at most, or erasing them would mean little;
views are made anew from events, and what is short-lived is not worth a copy."""


def resources(stage: Stage) -> Json:
    """Every table."""
    made = {name: kept(table(keeping, stage), protected=stage.protected) for name, keeping in TABLES.items()}
    return {**made, **{name: excused(made[name], {"CKV_AWS_28": reason}) for name, reason in WITHOUT_COPIES.items()}}


WITHOUT_COPIES = {
    "ShortLivedTable": "Sessions and counters: a copy would bring ended sessions back.",
    "ViewsTable": "Made of the ledger: `rollcall rebuild` makes it anew.",
}


def table(keeping: Keeping, stage: Stage) -> Json:
    """One table: on demand, encrypted with our own key, protected from deletion where the stage is, once it stands."""
    schema = keeping.model._get_schema()
    properties: Json = {
        "TableName": sub("${AWS::StackName}-" + keeping.model.Meta.table_name),
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [pascal(each) for each in schema["attribute_definitions"]],
        "KeySchema": [pascal(each) for each in schema["key_schema"]],
        "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": att("StorageKey", "Arn")},
        "DeletionProtectionEnabled": either("ProtectsTables", True, False) if stage.protected else False,
        "PointInTimeRecoverySpecification": recovery(keeping.recovery_days),
        "Tags": tags(),
    }
    indexes = schema.get("global_secondary_indexes")
    if indexes:
        properties["GlobalSecondaryIndexes"] = [index(each) for each in indexes]
    stream = getattr(keeping.model.Meta, "stream_view_type", None)
    if stream:
        properties["StreamSpecification"] = {"StreamViewType": stream}
    if keeping.expires:
        properties["TimeToLiveSpecification"] = {"AttributeName": keeping.expires, "Enabled": True}
    return resource("AWS::DynamoDB::Table", properties)


def recovery(days: int) -> Json:
    """Point-in-time recovery over so many days; 0: none."""
    if not days:
        return {"PointInTimeRecoveryEnabled": False}
    return {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": days}


def index(described: Any) -> Json:
    """An index, on demand as its table is."""
    return {
        "IndexName": described["index_name"],
        "KeySchema": [pascal(each) for each in described["key_schema"]],
        "Projection": pascal(described["projection"]),
    }


def pascal(described: Any) -> Json:
    """PynamoDB's own names as CloudFormation writes them: `attribute_name` becomes `AttributeName`."""
    return {key if key[0].isupper() else key.title().replace("_", ""): value for key, value in described.items()}
