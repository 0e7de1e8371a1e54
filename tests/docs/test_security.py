"""docs/security.md names a test for each risk, and each test that it names exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from chalicelib import deadlines
from chalicelib.api.parts import MOST_BYTES
from chalicelib.events import dynamo
from chalicelib.hooks import webhook
from chalicelib.hooks.port import HookName
from chalicelib.settings import Settings
from chalicelib.wiring.aws import CLIENT_CONFIG
from tests.docs.pages import ROOT, Page, by_name, page, rows

TOP_TEN = [
    "API1:2023 Broken Object Level Authorization",
    "API2:2023 Broken Authentication",
    "API3:2023 Broken Object Property Level Authorization",
    "API4:2023 Unrestricted Resource Consumption",
    "API5:2023 Broken Function Level Authorization",
    "API6:2023 Unrestricted Access to Sensitive Business Flows",
    "API7:2023 Server Side Request Forgery",
    "API8:2023 Security Misconfiguration",
    "API9:2023 Improper Inventory Management",
    "API10:2023 Unsafe Consumption of APIs",
]
NAMED_TEST = re.compile(r"`(tests/[\w/]+\.py)::([\w:]+)`")


def security() -> Page:
    return page("docs/security.md")


@cache
def defined_in(path: Path) -> frozenset[str]:
    """The tests of a file: functions, and methods as `Class::method`."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{each.name}" for each in node.body if isinstance(each, ast.FunctionDef)}
    return frozenset(name for name in found if name.rpartition("::")[2].startswith("test_"))


def missing(text: str) -> list[str]:
    """The tests that a text names and that do not exist."""
    named = NAMED_TEST.findall(text)
    return [f"{path}::{name}" for path, name in named if not _exists(ROOT / path, name)]


def _exists(path: Path, name: str) -> bool:
    return path.is_file() and name in defined_in(path)


def risks() -> list[list[str]]:
    """The rows of the table of risks, without its head."""
    return rows(security().section("OWASP API Security Top 10"))[1:]


def test_all_ten_are_there():
    """Each risk of 2023 has one row, in order."""
    assert TOP_TEN == [cells[0] for cells in risks()]


@pytest.mark.parametrize("number", range(10))
def test_each_risk_names_what_stops_it_and_a_test(number: int):
    """A row says in words what stops it, and names at least one test that shows it."""
    _, stopped_by, shown_by = risks()[number]
    assert len(stopped_by) > 40
    assert NAMED_TEST.search(shown_by)


def test_every_test_that_is_named_exists():
    """No test is named that was renamed or has gone, on this page or on SECURITY.md."""
    assert [] == missing(security().text) + missing(page("SECURITY.md").text)
    assert len(NAMED_TEST.findall(security().text)) > 30


def test_a_missing_test_is_found():
    """The control: a wrong file, a wrong function and a wrong method are seen, a right one is not."""
    here = "tests/docs/test_security.py"
    wrong = ["tests/docs/nowhere.py::test_x", f"{here}::test_nothing", f"{here}::TestNothing::test_x", f"{here}::rows"]
    assert wrong == missing(" ".join(f"`{each}`" for each in wrong))
    assert [] == missing(f"`{here}::test_all_ten_are_there` `tests/test_settings.py::TestOrigins::test_refused`")


def test_time_outs_are_as_told():
    """The figures of the section are those of the code, in seconds."""
    told = by_name(security().section("Time-outs"))
    retries = CLIENT_CONFIG.retries  # botocore renames what it says once a client was made
    aws, tries = CLIENT_CONFIG.connect_timeout, retries.get("total_max_attempts") or retries["max_attempts"] + 1
    assert [f"{dynamo.CONNECT_SECONDS:g}", f"{dynamo.READ_SECONDS:g}", str(tries)] == told["dynamo_client"][:3]
    assert [f"{aws:g}", f"{CLIENT_CONFIG.read_timeout:g}", str(tries)] == told["aws_client"][:3]
    assert ["in all", f"{webhook.SECONDS:g}", str(webhook.TRIES)] == told["Webhooks"][:3]
    text = security().section("Time-outs")
    assert f"{deadlines.LAST_CALL_SECONDS:g} seconds" in text
    assert f"{deadlines.GATEWAY_SECONDS:g} seconds" in text


def test_body_limits_are_as_told():
    """The bytes of the section are those of the settings."""
    told, settings = by_name(security().section("Body limits")), Settings()
    limits = {name: getattr(settings, name.lower()) for name in told if name.isupper()}
    assert {"BODY_LIMIT_BYTES", "IMPORT_LIMIT_BYTES", "PROFILE_IMAGE_MAX_BYTES"} <= set(limits)
    assert {name: f"{most:,}" for name, most in limits.items()} == {name: told[name][0] for name in limits}
    assert f"{MOST_BYTES:,}" == told["multipart/form-data"][0]


def test_every_secret_has_its_rotation():
    """Peppers, hook secrets and keys each say whether they can be rotated, and what becomes of sessions."""
    told = by_name(security().section("Secrets and their rotation"))
    members = {"claims_pepper", "retired_claims_pepper", "requests_pepper", "retired_digits_secrets"}
    members |= {f"hook_{hook}_secret" for hook in HookName}
    keys = {"KMS_KEY_ID", "SIGNING_KEY_ID", "CERTIFICATE_KEY_ID"}
    assert members | keys <= set(told)
    assert [] == [name for name in members | keys if min(map(len, told[name])) < 2 or len(told[name]) != 4]


def test_security_md_says_how_to_report():
    """The page at the top leads to the private way, to these pages, and names no address of mail."""
    text = page("SECURITY.md").text
    assert "private vulnerability reporting" in text
    assert {"docs/security.md", "docs/privacy.md"} <= set(re.findall(r"\]\(([\w/]+\.md)", text))
    assert re.search(r"[\w.]+@[\w.]+", text) is None
    assert ["Reporting a vulnerability", "Supported versions", "What is in scope", "More"] == page(
        "SECURITY.md"
    ).headings[1:]
