"""The template: everything that is not code, joined with what Chalice says of functions and routes."""

import json
from typing import Any

from infra import (
    alarms,
    bucket,
    cdn,
    dashboard,
    failures,
    feed,
    functions,
    gateway,
    keys,
    outputs,
    parameters,
    roles,
    secret,
    tables,
    triggers,
)
from infra.references import Json, ref
from infra.stages import Stage

MOST_BYTES = 1_000_000
"""What CloudFormation takes of a template that lies in a bucket."""


class TemplateError(Exception):
    """Chalice said something that this package does not expect; nothing is deployed."""


def additions(stage: Stage) -> Json:
    """What `chalice package --merge-template` merges in."""
    return {
        "Description": f"Rollcall, an account service for learning platforms: stage {stage.name}.",
        "Globals": functions.everywhere(stage),
        "Parameters": parameters.parameters(stage),
        "Conditions": parameters.conditions(stage),
        "Rules": parameters.rules(),
        "Resources": {
            **stateful(stage),
            **failures.resources(),
            **functions.resources(),
            **roles.resources(),
            **triggers.resources(),
            **gateway.resources(stage),
            **cdn.resources(),
            **alarms.resources(stage),
            **dashboard.resources(stage),
        },
        "Outputs": outputs.outputs(),
    }


def stateful(stage: Stage) -> Json:
    """What holds data, and what locks it."""
    return {
        **tables.resources(stage),
        **bucket.resources(stage),
        **keys.resources(stage),
        **secret.resources(stage),
        **feed.resources(),
    }


def finished(merged: Json) -> Json:
    """Chalice's template after the merge, without the role that nobody has, each path once, and the code's place.

    Raises `TemplateError` for a function that nobody has described here, or one that is described and does not exist.
    """
    made: Json = json.loads(json.dumps(merged))
    found = {name for name, each in made["Resources"].items() if each["Type"] == "AWS::Serverless::Function"}
    known = {function.resource for function in functions.FUNCTIONS}
    if found != known:
        raise TemplateError(f"described by one side alone: {', '.join(sorted(found ^ known))}")
    for name in found:
        function = made["Resources"][name]["Properties"]
        if "Handler" not in function:
            raise TemplateError(f"{name} is no function of app.py")
        function["CodeUri"] = {"Bucket": ref("CodeBucket"), "Key": ref("CodeKey")}
    made["Resources"].pop("DefaultRole", None)
    body = made["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]
    body["paths"] = {path: gateway.one_method(methods) for path, methods in body["paths"].items()}
    body["info"]["title"] = ref("AWS::StackName")
    body["x-amazon-apigateway-gateway-responses"] = gateway.gateway_responses()
    return made


def text(template: Any) -> str:
    """A template as it is deployed: without blanks, for there is a limit.

    Raises `TemplateError` when it is too large for CloudFormation.
    """
    written = json.dumps(template, separators=(",", ":"), sort_keys=True)
    if len(written) > MOST_BYTES:
        raise TemplateError(f"the template has {len(written)} bytes, CloudFormation takes {MOST_BYTES}")
    return written + "\n"
