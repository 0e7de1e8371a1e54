"""The API: what Chalice says of its routes, and how it answers, logs and limits beyond that."""

import json

from chalicelib.api.response_headers import ALWAYS, STRICT
from infra.functions import log_group
from infra.references import Json, att, either, excused, ref, resource, sub
from infra.stages import Stage

ACCESS_LOG = json.dumps(
    {
        "requestId": "$context.requestId",
        "lambdaRequestId": "$context.integration.requestId",
        "time": "$context.requestTime",
        "method": "$context.httpMethod",
        "route": "$context.resourcePath",
        "status": "$context.status",
        "latency": "$context.responseLatency",
        "integrationLatency": "$context.integrationLatency",
        "bytes": "$context.responseLength",
        "error": "$context.error.responseType",
        "trace": "$context.xrayTraceId",
    }
)
"""A line of the access log: the route's pattern and never the path, nobody's address, nobody's browser."""

FIXED = {name: value for name, value in {**ALWAYS, **STRICT}.items() if "'" not in value}
"""The headers of every answer of the service, but for the policy of contents: the gateway quotes values itself."""

HEADERS = {
    **{f"gatewayresponse.header.{name}": f"'{value}'" for name, value in FIXED.items()},
    "gatewayresponse.header.X-Request-ID": "context.requestId",
}
SAID = {
    "THROTTLED": (429, "Request was throttled."),
    "QUOTA_EXCEEDED": (429, "Request was throttled."),
    "REQUEST_TOO_LARGE": (413, "The request is too large."),
    "BAD_REQUEST_BODY": (400, "The request cannot be read."),
    "BAD_REQUEST_PARAMETERS": (400, "The request cannot be read."),
    "UNSUPPORTED_MEDIA_TYPE": (415, "Unsupported media type."),
    "MISSING_AUTHENTICATION_TOKEN": (404, "Not found."),
    "RESOURCE_NOT_FOUND": (404, "Not found."),
    "ACCESS_DENIED": (404, "Not found."),
    "INTEGRATION_TIMEOUT": (503, "The service is busy. Try again."),
    "INTEGRATION_FAILURE": (503, "The service is busy. Try again."),
    "DEFAULT_5XX": (503, "The service is busy. Try again."),
    "DEFAULT_4XX": (400, "The request cannot be read."),
}
"""What the gateway answers by itself, in the contract's form. Its own words would quote the request."""


EXCUSES = {
    "CKV_AWS_73": "The parameter Tracing turns X-Ray on.",
    "CKV_AWS_120": "Answers hold personal data, and are never cached between people.",
}


def resources(stage: Stage) -> Json:
    """The API beside what Chalice says of it, its access log, and a domain of one's own."""
    return {
        "RestAPI": excused(resource("AWS::Serverless::Api", properties(stage)), EXCUSES),
        "AccessLogs": log_group(sub("/aws/apigateway/${AWS::StackName}")),
        **logs_role(),
        **domain(),
    }


def properties(stage: Stage) -> Json:
    """Access log, limits, tracing. Execution logs quote, and metrics by route cost and are read by nobody: both off."""
    return {
        "Name": ref("AWS::StackName"),
        "Description": f"Rollcall, stage {stage.name}.",
        "AccessLogSetting": {"DestinationArn": att("AccessLogs", "Arn"), "Format": ACCESS_LOG},
        "Tags": {"logs-by": either("SetsApiLogsRole", ref("ApiAccount"), "another stack")},
        "TracingEnabled": either("HasTracing", True, False),
        "MethodSettings": [
            {
                "ResourcePath": "/*",
                "HttpMethod": "*",
                "MetricsEnabled": False,
                "LoggingLevel": "OFF",
                "DataTraceEnabled": False,
                "ThrottlingRateLimit": ref("RequestsPerSecond"),
                "ThrottlingBurstLimit": ref("RequestBurst"),
            }
        ],
    }


def gateway_responses() -> Json:
    """The gateway's own answers as OpenAPI's extension has them."""
    return {
        kind: {
            "statusCode": str(status),
            "responseParameters": {**HEADERS, **({RETRY: "'5'"} if status in (429, 503) else {})},
            "responseTemplates": {"application/json": json.dumps({"detail": words})},
        }
        for kind, (status, words) in SAID.items()
    }


RETRY = "gatewayresponse.header.Retry-After"


def logs_role() -> Json:
    """The role by which API Gateway logs. One an account and region: another stack may have set it already.

    It stays when its stack goes, for other stacks log by it. An account that never had an API takes the setting only
    after something of API Gateway's was made, and a stage that logs only after the setting: so there is a key that
    opens nothing, and a tag by which the stage comes last.
    """
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"},
        ],
    }
    pushing = "arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    return {
        "ApiLogsRoleOfAccount": resource(
            "AWS::IAM::Role",
            {"AssumeRolePolicyDocument": trust, "ManagedPolicyArns": [sub(pushing)]},
            Condition="SetsApiLogsRole",
            DeletionPolicy="RetainExceptOnCreate",
            UpdateReplacePolicy="Retain",
        ),
        "FirstOfApi": resource(
            "AWS::ApiGateway::ApiKey",
            {"Description": "Opens nothing; the account's first resource of API Gateway.", "Enabled": False},
            Condition="SetsApiLogsRole",
        ),
        "ApiAccount": resource(
            "AWS::ApiGateway::Account",
            {"CloudWatchRoleArn": att("ApiLogsRoleOfAccount", "Arn")},
            Condition="SetsApiLogsRole",
            DependsOn="FirstOfApi",
        ),
    }


def domain() -> Json:
    """A domain of one's own, for TLS 1.2 and later."""
    return {
        "Domain": resource(
            "AWS::ApiGateway::DomainName",
            {
                "DomainName": ref("DomainName"),
                "RegionalCertificateArn": ref("DomainCertificateArn"),
                "EndpointConfiguration": {"Types": ["REGIONAL"]},
                "SecurityPolicy": "TLS_1_2",
            },
            Condition="HasDomain",
        ),
        "DomainMapping": resource(
            "AWS::ApiGateway::BasePathMapping",
            {"DomainName": ref("Domain"), "RestApiId": ref("RestAPI"), "Stage": ref("RestAPI.Stage")},
            Condition="HasDomain",
        ),
    }


def one_method(path: Json) -> Json:
    """A path whose methods all lead to one function with nothing between them, written once instead of seven times.

    Raises `ValueError` for a path whose methods differ.
    """
    methods = list(path.values())
    if any(each != methods[0] for each in methods):
        raise ValueError("the methods of a path differ")
    method = {name: value for name, value in methods[0].items() if name not in ("consumes", "produces")}
    return {"x-amazon-apigateway-any-method": method}
