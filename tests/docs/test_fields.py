"""The field rules, the seeds and the variables of the local stage are told as they are."""

from __future__ import annotations

import re

from chalicelib.accounts.addresses import ADDRESS_FIELDS
from chalicelib.accounts.rules.registry import PATCH_RULES, READ_ONLY
from chalicelib.accounts.visibility import Privacy
from chalicelib.identity.permissions import Permission
from local.seeds import ACCOUNTS, CLIENTS, PASSWORD
from tests.docs.pages import ROOT, by_name, page

API = page("docs/api.md")
README = page("README.md")
_VARIABLE = re.compile(r'(?:environ(?:\.get)?[(\[]|_number\()"([A-Z_]+)"')


def test_every_writable_field_has_its_rule() -> None:
    """The table of writable fields has a row for each field of a PATCH, and no other."""
    assert sorted([*PATCH_RULES, *ADDRESS_FIELDS]) == sorted(by_name(API.section("The writable fields")))


def test_every_read_only_field_is_named() -> None:
    """Fields whose mere presence is a fault are listed."""
    assert [] == [name for name in READ_ONLY if f"`{name}`" not in API.section("The writable fields")]


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
