"""Secrets come from KMS and Secrets Manager alone: no default is one, and nothing in the repository looks like one."""

import json
import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from chalicelib.hooks.port import HookName
from chalicelib.settings import Settings
from chalicelib.wiring import Wiring
from tests.docs.pages import ROOT, files

SECRET_NAME = re.compile(r"secret|password|pepper|token|credential|private|api_?key|signing")
NAMES_OF_PLACES = {"secret_id": "rollcall/secrets", "signing_key_id": "alias/rollcall-tokens"}
"""Where a secret is, not what it is."""

NO_SECRETS = {
    "access_token_seconds",
    "password_reset_seconds",
    "refresh_token_seconds",
    "token_audience",
    "token_limit",
    "token_window_seconds",
    "cookie_csrf_name",
}
"""Times, numbers and names that everybody may know."""

PATTERNS = {
    "private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
    "AWS access key": r"\b(?:AKIA|ASIA)(?!LOCALSTAGE|BENCH0)[0-9A-Z]{16}\b",
    "AWS secret key": r"(?i)aws_secret_access_key[\"']?\s*[:=]\s*[\"']?[A-Za-z0-9/+]{40}\b",
    "GitHub token": r"\bgh[pousr]_[A-Za-z0-9]{36,}\b",
    "GitLab token": r"\bglpat-[A-Za-z0-9_-]{20,}\b",
    "Slack token": r"\bxox[abprs]-[A-Za-z0-9-]{10,}\b",
    "Google key": r"\bAIza[0-9A-Za-z_-]{35}\b",
    "Stripe key": r"\b[rs]k_live_[0-9A-Za-z]{20,}\b",
    "PyPI token": r"\bpypi-AgE[A-Za-z0-9_-]{50,}",
    "password in an address": r"\b[a-z][a-z+]+://[^\s/:@{}<$%\"'`]+:[^\s/:@{}<$%\"'`]{8,}@(?![a-z0-9.-]+\.(?:example|invalid)(?![a-z0-9.-]))[a-z0-9.-]+\.[a-z]{2,}",
    "webhook": r"https://hooks\.slack\.com/services/T[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]+",
}
"""What secrets look like that are easy to commit by mistake."""

EXAMPLES = {
    "private key": "-----BEGIN RSA PRI" + "VATE KEY-----",
    "AWS access key": "AKIA" + "IOSFODNN7EXAMPLE",
    "AWS secret key": "aws_secret_access_key = " + "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY",
    "GitHub token": "ghp_" + "a1" * 18,
    "GitLab token": "glpat-" + "a1" * 10,
    "Slack token": "xoxb-" + "1234567890-abc",
    "Google key": "AIza" + "a" * 35,
    "Stripe key": "sk_live_" + "a1" * 12,
    "PyPI token": "pypi-AgE" + "a" * 60,
    "password in an address": "postgres://root:" + "correcthorse@db.example.com",
    "webhook": "https://hooks.slack.com/" + "services/T0/B0/abc",
}
"""One of each, made up and put together here, so that this file holds none."""


def test_no_setting_has_a_secret_as_its_default():
    """What is named like a secret is empty, a place, or a time, a number or a name; a `SecretStr` is always empty."""
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        if isinstance(default, SecretStr):
            assert "" == default.get_secret_value(), name
        elif SECRET_NAME.search(name) and name not in NO_SECRETS:
            assert default in ("", [], NAMES_OF_PLACES.get(name)), name


def test_settings_that_may_hold_a_secret_do_not_show_it():
    """The secrets of webhooks are of a type that prints no value, and there are no other settings of that kind."""
    hidden = {name for name, field in Settings.model_fields.items() if field.annotation is SecretStr}
    assert {f"hook_{hook}_secret" for hook in HookName} == hidden
    settings = Settings(hook_lms_secret=SecretStr("a-marker"))
    assert "a-marker" not in repr(settings) + str(settings.model_dump()) + settings.model_dump_json()


@pytest.mark.parametrize("hook", list(HookName))
def test_a_hooks_secret_may_be_left_to_secrets_manager(hook: HookName):
    """The setting is empty, so the member of the secret signs; a setting that is given wins."""
    member = f"hook_{hook}_secret"
    wiring = Wiring(Settings())
    wiring._secret_members = {member: "from Secrets Manager"}
    assert "from Secrets Manager" == wiring._hook_secret(hook)
    given = Wiring(Settings(**{member: SecretStr("given")}))
    given._secret_members = wiring._secret_members
    assert "given" == given._hook_secret(hook)


def test_the_configuration_of_chalice_holds_none():
    """What is deployed with the configuration of the functions has no name like a secret's."""
    names = re.findall(r'"(\w+)"\s*:', (ROOT / ".chalice" / "config.json").read_text(encoding="utf-8"))
    assert [] == [name for name in names if SECRET_NAME.search(name.lower())]
    assert json.loads((ROOT / ".chalice" / "config.json").read_text(encoding="utf-8"))["stages"]


@pytest.mark.parametrize("kind", list(PATTERNS))
def test_the_scan_finds_what_it_looks_for(kind: str):
    """The control: a made-up one of each kind is found."""
    assert re.search(PATTERNS[kind], f"x = '{EXAMPLES[kind]}'")


def test_nothing_in_the_repository_looks_like_a_secret():
    """No file holds a key, a token or an address with a password; what the local stage uses says that it is made up."""
    found = [
        f"{path.relative_to(ROOT)}: {kind}"
        for path in files()
        for kind, pattern in PATTERNS.items()
        if re.search(pattern, text_of(path))
    ]
    assert [] == found


def text_of(path: Path) -> str:
    """A file's text; bytes that are none are looked at as well."""
    return path.read_text(encoding="utf-8", errors="replace")
