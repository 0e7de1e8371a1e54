"""The field rules, preferences, checks, mails, the seeds and the variables of the local stage are told as they are."""

from __future__ import annotations

import re

from chalicelib.accounts.addresses import ADDRESS_FIELDS
from chalicelib.accounts.checks import CHECKS
from chalicelib.accounts.preferences import TIME_ZONE
from chalicelib.accounts.rules.registry import PATCH_RULES, READ_ONLY
from chalicelib.accounts.visibility import ACCOUNT_PRIVACY, VISIBILITY_PREFIX, Privacy
from chalicelib.identity.permissions import Permission
from chalicelib.mail.templates import DIRECTORY
from local.seeds import ACCOUNTS, CLIENTS, PASSWORD
from tests.docs.pages import ROOT, by_name, page, rows

API = page("docs/api.md")
README = page("README.md")
_VARIABLE = re.compile(r'(?:os\.environ(?:\.get)?[(\[]|_number\()"([A-Z_]+)"')


def test_every_writable_field_has_its_rule() -> None:
    """The table of writable fields has a row for each field of a PATCH, and no other."""
    assert sorted([*PATCH_RULES, *ADDRESS_FIELDS]) == sorted(by_name(API.section("The writable fields")))


def test_every_read_only_field_is_named() -> None:
    """Fields whose mere presence is a fault are listed."""
    assert [] == [name for name in READ_ONLY if f"`{name}`" not in API.section("The writable fields")]


def test_every_difference_is_told() -> None:
    """Each question where the contract's sources disagree has its row: spec 10, D1 to D11 (section 0)."""
    told = [cells[0] for cells in rows(API.section("Differences to Open edX"))]
    assert [f"D{number}" for number in range(1, 12)] == told[1:]


def test_every_preference_with_a_meaning_is_told() -> None:
    """Each key that the service knows is listed."""
    known = {ACCOUNT_PRIVACY, f"{VISIBILITY_PREFIX}FIELD", TIME_ZONE, "pref-lang"}
    assert known == set(by_name(API.section("Preferences")))


def test_every_registration_check_is_named() -> None:
    """Each field that can be checked is named."""
    section = API.section("Registration checks")
    assert [] == [name for name in CHECKS if f"`{name}`" not in section]


def test_every_mail_is_told() -> None:
    """Each template has its row in docs/operations.md."""
    templates = {path.stem for path in DIRECTORY.rglob("*.txt")}
    assert templates == set(by_name(page("docs/operations.md").section("Mail")))


def test_every_visibility_is_told() -> None:
    """Each value of `account_privacy` says what it shows."""
    assert set(Privacy) <= set(by_name(API.section("Who sees what")))


def test_every_permission_is_named() -> None:
    """What a superuser may give is listed."""
    assert [] == [name for name in Permission if f"`{name}`" not in API.section("New accounts")]


def test_the_seeds_are_told() -> None:
    """Each seed account and client is in README, clients with their secrets and grants."""
    section = README.section("Seed accounts and clients")
    told = by_name(section)
    assert {*(seed.username for seed in ACCOUNTS), *(client.client_id for client in CLIENTS)} == set(told)
    assert f"`{PASSWORD}`" in section
    for client in CLIENTS:
        secret, grants = told[client.client_id]
        assert (client.secret is None) == ("none" in secret)
        assert client.secret is None or f"`{client.secret}`" == secret
        assert [] == [grant for grant in client.grants if f"`{grant}`" not in grants]


def test_the_variables_of_the_local_stage_are_told() -> None:
    """Each variable that the stage reads by itself is in docs/operations.md."""
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "local").rglob("*.py")]
    names = {name for source in sources for name in _VARIABLE.findall(source)}
    assert {"PORT", "AWS_PORT", "DYNAMODB", "DATA"} <= names
    told = " ".join(by_name(page("docs/operations.md").section("The local stage")))
    assert [] == [name for name in names if name not in told and not name.startswith("AWS_ENDPOINT_URL_")]
