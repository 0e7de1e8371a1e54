"""The whole template, as it was last looked at: `python -m tests.infra.test_snapshot` writes it anew."""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from infra.packaging import Package, package
from infra.stages import STAGES
from infra.template import MOST_BYTES, TemplateError, finished, text

SNAPSHOT = Path(__file__).with_name("prod.json")


def comparable(template: Any) -> str:
    """A template with the names of its paths alone: what they do is the same for all, and tested elsewhere."""
    body = template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]
    return json.dumps({**template, "Paths": sorted(body.pop("paths"))}, indent=1, sort_keys=True) + "\n"


def test_template_is_what_it_was(packaged: Package) -> None:
    """Nothing in the template changes unseen."""
    assert SNAPSHOT.read_text() == comparable(json.loads(packaged.template.read_text()))


def test_paths_are_written_once(packaged: Package) -> None:
    """Each path has one method, which stands for all, and leads to the one function."""
    template = json.loads(packaged.template.read_text())
    paths = template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    assert {"x-amazon-apigateway-any-method"} == {method for path in paths.values() for method in path}
    integrations = [
        path["x-amazon-apigateway-any-method"]["x-amazon-apigateway-integration"] for path in paths.values()
    ]
    assert {"aws_proxy"} == {each["type"] for each in integrations}
    assert 1 == len({json.dumps(each["uri"]) for each in integrations})
    assert "/{proxy+}" in paths


def test_gateway_quotes_nothing(packaged: Package) -> None:
    """What the gateway answers by itself is fixed text: its own words quote the Authorization header, for one."""
    template = json.loads(packaged.template.read_text())
    body = template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]
    answers = body["x-amazon-apigateway-gateway-responses"]
    assert {"DEFAULT_4XX", "DEFAULT_5XX", "MISSING_AUTHENTICATION_TOKEN", "REQUEST_TOO_LARGE"} <= answers.keys()
    templates = [answer["responseTemplates"]["application/json"] for answer in answers.values()]
    assert all("$" not in template and {"detail"} == json.loads(template).keys() for template in templates)
    safety = {"Cache-Control", "X-Content-Type-Options", "X-Frame-Options", "Strict-Transport-Security"}
    headers = [{name.rpartition(".")[2] for name in answer["responseParameters"]} for answer in answers.values()]
    assert all(safety <= each for each in headers)


def test_a_function_that_is_not_described(packaged: Package) -> None:
    """A function of `app.py` without role, log group and alarm is refused, and so is one that does not exist."""
    template = json.loads(packaged.template.read_text())
    template["Resources"]["Another"] = {"Type": "AWS::Serverless::Function", "Properties": {}}
    with pytest.raises(TemplateError, match="Another"):
        finished(template)
    del template["Resources"]["Another"], template["Resources"]["Project"]
    with pytest.raises(TemplateError, match="Project"):
        finished(template)


def test_a_template_that_is_too_large() -> None:
    """CloudFormation's limit is told before anything is uploaded."""
    with pytest.raises(TemplateError, match="CloudFormation takes 1000000"):
        text({"Description": "x" * MOST_BYTES})


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        made = package(STAGES["prod"], Path(folder))
        SNAPSHOT.write_text(comparable(json.loads(made.template.read_text())))
    sys.exit(0)
