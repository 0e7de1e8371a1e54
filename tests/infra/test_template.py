"""What an auditor looks for in the template."""

import json
from typing import Any

import pytest

from infra import alarms, functions, parameters, template
from infra.stages import STAGES, Stage
from infra.triggers import RETRY_SECONDS

PROD, DEV = STAGES["prod"], STAGES["dev"]


def of_kind(kind: str, stage: Stage = PROD) -> dict[str, Any]:
    """The properties of every resource of a kind."""
    resources = template.additions(stage)["Resources"]
    return {name: made["Properties"] for name, made in resources.items() if made["Type"] == kind}


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
def test_stores_outlive_a_protected_stack(stage: Stage) -> None:
    """What holds data, and what locks it, is kept where the stage is protected, and only there."""
    resources = template.additions(stage)["Resources"]
    kinds = ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::SecretsManager::Secret")
    stores = [made for made in resources.values() if made["Type"] in kinds]
    policies = ("RetainExceptOnCreate", "Retain") if stage.protected else ("Delete", "Delete")
    assert 12 == len(stores)
    assert {policies} == {(made["DeletionPolicy"], made["UpdateReplacePolicy"]) for made in stores}
    protection = {"Fn::If": ["ProtectsTables", True, False]} if stage.protected else False
    tables = of_kind("AWS::DynamoDB::Table", stage).values()
    assert [protection] * 6 == [table["DeletionProtectionEnabled"] for table in tables]
    protecting = [each for name, each in parameters.parameters(stage).items() if name == "TableProtection"]
    assert (["true"] if stage.protected else []) == [each["Default"] for each in protecting]


def test_the_first_deployment_in_an_account() -> None:
    """The API waits for the account's setting, and that for something of API Gateway's; both may be left to others."""
    resources = template.additions(PROD)["Resources"]
    waits = of_kind("AWS::Serverless::Api")["RestAPI"]["Tags"]["logs-by"]["Fn::If"]
    assert ["SetsApiLogsRole", {"Ref": "ApiAccount"}] == waits[:2]
    assert "FirstOfApi" == resources["ApiAccount"]["DependsOn"]
    of_account = ("ApiLogsRoleOfAccount", "FirstOfApi", "ApiAccount")
    assert {"SetsApiLogsRole"} == {resources[name]["Condition"] for name in of_account}
    assert "RetainExceptOnCreate" == resources["ApiLogsRoleOfAccount"]["DeletionPolicy"]


def test_tables() -> None:
    """Tables are on demand and encrypted; keys can be recovered for a day, views and sessions not at all."""
    tables = of_kind("AWS::DynamoDB::Table")
    assert {"PAY_PER_REQUEST"} == {table["BillingMode"] for table in tables.values()}
    assert {"KMS"} == {table["SSESpecification"]["SSEType"] for table in tables.values()}
    recovery = {
        name: table["PointInTimeRecoverySpecification"].get("RecoveryPeriodInDays", 0) for name, table in tables.items()
    }
    assert {
        "LedgerTable": 35,
        "KeysTable": 1,
        "ErasuresTable": 35,
        "ShortLivedTable": 0,
        "ClientsTable": 35,
        "ViewsTable": 0,
    } == recovery
    assert {"LedgerTable": "NEW_IMAGE"} == {
        name: table["StreamSpecification"]["StreamViewType"]
        for name, table in tables.items()
        if "StreamSpecification" in table
    }
    expiring = {name for name, table in tables.items() if "TimeToLiveSpecification" in table}
    assert {"LedgerTable", "ShortLivedTable"} == expiring


def test_bucket() -> None:
    """The bucket is private, versioned, and nothing in it outlives its use; without TLS nothing goes."""
    (bucket,) = of_kind("AWS::S3::Bucket").values()
    assert {True} == set(bucket["PublicAccessBlockConfiguration"].values())
    assert 4 == len(bucket["PublicAccessBlockConfiguration"])
    assert "Enabled" == bucket["VersioningConfiguration"]["Status"]
    rules = {rule["Id"]: rule for rule in bucket["LifecycleConfiguration"]["Rules"]}
    assert {"incoming": 1, "exports": 1} == {
        name: rule["ExpirationInDays"] for name, rule in rules.items() if "ExpirationInDays" in rule
    }
    assert {"NoncurrentDays": 1} == rules["deleted-versions"]["NoncurrentVersionExpiration"]
    assert "Prefix" not in rules["deleted-versions"]
    (policy,) = of_kind("AWS::S3::BucketPolicy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert ("Deny", {"Bool": {"aws:SecureTransport": "false"}}) == (statement["Effect"], statement["Condition"])


def test_upload_trigger() -> None:
    """S3 calls the function of uploads for what arrives below `incoming/`, and nothing else."""
    (bucket,) = of_kind("AWS::S3::Bucket").values()
    (trigger,) = bucket["NotificationConfiguration"]["LambdaConfigurations"]
    assert "s3:ObjectCreated:*" == trigger["Event"]
    assert [{"Name": "prefix", "Value": "incoming/"}] == trigger["Filter"]["S3Key"]["Rules"]
    assert {"Fn::GetAtt": ["ProcessUpload", "Arn"]} == trigger["Function"]


def test_stream() -> None:
    """The consumer sees heads alone, reports partial failures, halves batches, and gives up after 23 hours."""
    (mapping,) = of_kind("AWS::Lambda::EventSourceMapping").values()
    (pattern,) = mapping["FilterCriteria"]["Filters"]
    assert {"dynamodb": {"NewImage": {"sk": {"S": ["HEAD"]}}}} == json.loads(pattern["Pattern"])
    assert ["ReportBatchItemFailures"] == mapping["FunctionResponseTypes"]
    assert mapping["BisectBatchOnFunctionError"]
    assert (-1, RETRY_SECONDS) == (mapping["MaximumRetryAttempts"], mapping["MaximumRecordAgeInSeconds"])
    assert 24 * 3600 > RETRY_SECONDS
    assert {"Fn::GetAtt": ["StreamFailures", "Arn"]} == mapping["DestinationConfig"]["OnFailure"]["Destination"]
    assert "TRIM_HORIZON" == mapping["StartingPosition"]


def test_schedules() -> None:
    """Every job has a schedule, retries, and a queue for what failed; the driver's is on by a parameter."""
    rules = of_kind("AWS::Events::Rule")
    assert {
        "ExpireSchedule": "ENABLED",
        "VerifySchedule": "ENABLED",
        "WatchSchedule": "ENABLED",
        "RetirementQueueSchedule": {"Fn::If": ["HasDriver", "ENABLED", "DISABLED"]},
    } == {name: rule["State"] for name, rule in rules.items()}
    targets = [target for rule in rules.values() for target in rule["Targets"]]
    assert [{"Arn": {"Fn::GetAtt": ["JobFailures", "Arn"]}}] * 4 == [each["DeadLetterConfig"] for each in targets]


def test_functions() -> None:
    """Each function has a role, a log group with an end, and less time than whoever waits for it."""
    made = of_kind("AWS::Serverless::Function")
    assert {function.resource for function in functions.FUNCTIONS} == made.keys()
    assert 7 == len({json.dumps(each["Role"]) for each in made.values()})
    groups = of_kind("AWS::Logs::LogGroup")
    assert {f"{name}Logs" for name in made} | {"AccessLogs"} == groups.keys()
    assert [{"Ref": "LogDays"}] * 8 == [group["RetentionInDays"] for group in groups.values()]
    assert 29 > made["APIHandler"]["Timeout"]


def test_queues_and_topic_are_encrypted() -> None:
    """Failure queues and the topic are encrypted, and kept for two weeks."""
    queues = of_kind("AWS::SQS::Queue").values()
    key = {"Fn::GetAtt": ["StorageKey", "Arn"]}
    assert [(key, 1_209_600)] * 3 == [(each["KmsMasterKeyId"], each["MessageRetentionPeriod"]) for each in queues]
    assert [key] == [each["KmsMasterKeyId"] for each in of_kind("AWS::SNS::Topic").values()]


def test_access_log_knows_nobody() -> None:
    """The access log has the pattern of a route, no path, no address and no browser."""
    (api,) = of_kind("AWS::Serverless::Api").values()
    form = api["AccessLogSetting"]["Format"]
    assert "$context.resourcePath" in form
    for told in ("$context.path", "identity", "sourceIp", "userAgent", "querystring", "authorizer"):
        assert told not in form
    (setting,) = api["MethodSettings"]
    assert ("OFF", False) == (setting["LoggingLevel"], setting["DataTraceEnabled"])


def test_every_alarm_tells_somebody() -> None:
    """Alarms ring by the topic, when they begin and when they end; findings end by being mended alone."""
    made = of_kind("AWS::CloudWatch::Alarm").values()
    assert len(dict(alarms.alarms(PROD))) == len(made)
    assert [[{"Ref": "Alarms"}]] * len(made) == [each["AlarmActions"] for each in made]
    assert ["VerificationFindings"] == [each["MetricName"] for each in made if "OKActions" not in each]
    assert [[{"Ref": "Alarms"}]] * (len(made) - 1) == [each["OKActions"] for each in made if "OKActions" in each]


def test_parameters() -> None:
    """Everything but the code's place and the sender has a default; nothing that costs or opens is on by default."""
    described = parameters.parameters(PROD)
    assert {"CodeBucket", "CodeKey", "MailFrom"} == {name for name, each in described.items() if "Default" not in each}
    off = {"DomainName", "ImageDomainName", "VpcSubnetIds", "AlarmEmail", "BaseUrl"}
    assert {""} == {described[name]["Default"] for name in off}
    assert ("PassThrough", "false") == (
        described["Tracing"]["Default"],
        described["RetirementDriver"]["Default"],
    )
