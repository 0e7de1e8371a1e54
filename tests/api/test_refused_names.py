"""Refusing the name that somebody has asked for (spec 50, section 3)."""

import pytest

from chalicelib import leases
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


def test_no_approval_while_the_refusal_is_mailed(stage: Stage, asked: str, monkeypatch: pytest.MonkeyPatch):
    """A mail goes before its commit, so nobody may approve between the two: 503, and 404 afterwards."""
    monkeypatch.setattr(leases, "ATTEMPTS", 2)
    path, statuses, send = f"{ACCOUNTS}/name_change/{asked}/confirm", [], stage.mailbox.send

    def approved_meanwhile(message: object) -> None:
        statuses.append(stage.api.post_json(path, {}, as_="staff").status)
        send(message)

    monkeypatch.setattr(stage.mailbox, "send", approved_meanwhile)
    assert 204 == refuse(stage, asked)
    assert [503] == statuses
    assert 404 == stage.api.post_json(path, {}, as_="staff").status
    assert "Ada King" != stage.wiring.ledger.load(stage.id_of(asked)).state.profile.name
