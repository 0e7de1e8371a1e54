"""Every line that the service may log, and every metric, is in docs/operations.md with what to do."""

from __future__ import annotations

import ast
import re

from tests.docs.pages import ROOT, by_name, page

LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
_METRIC = re.compile(r'"metric": "(\w+)"')


def messages(folder: str) -> set[str]:
    """The fixed texts of log calls under a folder, up to their first placeholder."""
    found = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS:
                name, first = node.func.value, node.args[:1]
                if isinstance(name, ast.Name) and name.id.lower().strip("_") in {"log", "logger"}:
                    found |= {each.value.split("%")[0].rstrip(": ") for each in first if isinstance(each, ast.Constant)}
    return found


def test_every_message_of_the_service_has_advice() -> None:
    """Each message has a row that says what to do."""
    told = by_name(page("docs/operations.md").section("Logs"))
    assert messages("chalicelib") == set(told)


def test_every_message_of_the_local_stage_is_named() -> None:
    """What stands for Lambda's triggers has its messages in the section on the local stage."""
    text = page("docs/operations.md").section("The local stage")
    told = {"The stream cannot be read", "The stream consumer raised"}
    told |= {"The upload queue cannot be read", "The upload function raised"}
    assert told <= messages("local")
    assert [] == [message for message in messages("local") if message not in text]


def test_every_metric_is_named() -> None:
    """Each metric that a line carries is told."""
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "chalicelib").rglob("*.py")]
    metrics = {name for source in sources for name in _METRIC.findall(source)}
    assert "QuarantinedAccounts" in metrics
    assert [] == [name for name in metrics if name not in page("docs/operations.md").text]
