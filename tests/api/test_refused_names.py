"""Refusing the name that somebody has asked for (spec 50, section 3)."""

import pytest

from tests.support.api import PASSWORD
from tests.support.stage import Stage

ACCOUNTS = "/api/user/v1/accounts"


@pytest.fixture
def asked(stage: Stage, ada: str) -> str:
    """`ada`, who has asked for another name."""
    assert 201 == stage.api.post_json(f"{ACCOUNTS}/name_change", {"name": "Ada King"}, as_=ada).status
    return ada


def refuse(stage: Stage, username: str) -> int:
    path = f"/api/user/v1/admin/name_changes/{username}/refuse"
    return stage.api.post_json(path, {"comment": "No."}, as_="staff").status


def test_the_person_is_told(stage: Stage, asked: str):
    """By a mail to their address."""
    address = stage.wiring.ledger.load(stage.id_of(asked)).state.email
    before = len(stage.mailbox.to(address))
    assert 204 == refuse(stage, asked)
    assert before + 1 == len(stage.mailbox.to(address))


def test_whoever_has_left_is_not(stage: Stage, asked: str):
    """There is no address any more; the refusal is stored all the same."""
    assert 204 == stage.api.post_json(f"{ACCOUNTS}/deactivate_logout", {"password": PASSWORD}, as_=asked).status
    account = stage.id_of(asked)
    before = len(stage.mailbox.mails)
    assert 204 == refuse(stage, asked)
    assert before == len(stage.mailbox.mails)
    assert None is stage.wiring.ledger.load(account).state.pending_name
