"""The words of CloudFormation that templates are made of."""

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]
"""A piece of a template."""


def ref(name: str) -> Json:
    """The name or id of a resource, or the value of a parameter."""
    return {"Ref": name}


def att(name: str, attribute: str) -> Json:
    """An attribute of a resource."""
    return {"Fn::GetAtt": [name, attribute]}


def sub(text: str) -> Json:
    """A text in which `${...}` stands for parameters and resources."""
    return {"Fn::Sub": text}


def either(condition: str, then: Any, otherwise: Any = None) -> Json:
    """One of two values by a condition; without the second one: no value."""
    return {"Fn::If": [condition, then, ref("AWS::NoValue") if otherwise is None else otherwise]}


def resource(kind: str, properties: Mapping[str, Any], **attributes: Any) -> Json:
    """A resource; attributes are `DependsOn`, `Condition` and the like."""
    return {"Type": kind, **attributes, "Properties": dict(properties)}


def kept(made: Json, *, protected: bool) -> Json:
    """A resource that outlives its stack where the stage is protected, with everything that it holds.

    What a creation that failed has made goes with it: it holds nothing yet, and its name would be in the way.
    """
    deletion, replacement = ("RetainExceptOnCreate", "Retain") if protected else ("Delete", "Delete")
    return {**made, "DeletionPolicy": deletion, "UpdateReplacePolicy": replacement}


def excused(made: Json, reasons: Mapping[str, str]) -> Json:
    """A resource that a check of checkov does not fit, each with the reason, which stands in the template."""
    skipped = [{"id": check, "comment": reason} for check, reason in reasons.items()]
    return {**made, "Metadata": {"checkov": {"skip": skipped}}}


def tags() -> list[Json]:
    """What every resource that can is marked with."""
    return [{"Key": "service", "Value": "rollcall"}, {"Key": "stack", "Value": ref("AWS::StackName")}]
