"""Leaving, being taken back, and leaving again (spec 20, sections 5 and 11)."""

import pytest

from chalicelib.accounts.access import Hashed, RetiredAccountError, set_password
from chalicelib.api.services import context
from chalicelib.events.event import Actor, Role
from chalicelib.events.items import fingerprint
from tests.support.api import PASSWORD

NEW_PASSWORD = "an0ther-Passw0rd"
ACCOUNTS = "/api/user/v1/accounts"


def give_password(stage, account, password):
    """Set a password by the domain's own command, as a reset does."""
    hashed = stage.wiring.passwords.hash(password)
    stage.wiring.ledger.execute(
        account,
        lambda state: set_password(
            state,
            Hashed(hashed, fingerprint(hashed)),
            context(stage.wiring, Actor(account=account, role=Role.OWNER), "reset"),
        ),
    )


def leave(api, username, password):
    """Ask for one's own retirement."""
    token = api.grant(username, password).json["access_token"]
    return api.post_json(f"{ACCOUNTS}/deactivate_logout", {"password": password}, token=token).status


def row_of(api, username):
    """The person's row."""
    return api.get(f"{ACCOUNTS}/{username}/retirement_status", as_="superuser")


def test_the_way_back_and_out_again(stage, api, ada):
    """Leave, cancel, a new password, log in, leave again: a new row with a new id and the same retired names."""
    account = stage.id_of(ada)
    assert 204 == leave(api, ada, PASSWORD)
    first = row_of(api, ada).json
    with pytest.raises(RetiredAccountError):
        give_password(stage, account, NEW_PASSWORD)
    cancelled = api.post_json(f"{ACCOUNTS}/cancel_retirement", {"retirement_id": first["id"]}, as_="superuser")
    assert (200, {"success": True}) == (cancelled.status, cancelled.json)
    assert 404 == row_of(api, ada).status
    assert 400 == api.grant(ada, PASSWORD).status
    give_password(stage, account, NEW_PASSWORD)
    assert 204 == leave(api, ada, NEW_PASSWORD)
    second = row_of(api, ada).json
    assert first["id"] < second["id"]
    assert first["retired_username"] == second["retired_username"]
    assert f"{ada}@example.com" == second["original_email"]
    assert stage.wiring.ledger.verify(account).ok
    assert stage.wiring.ledger.refold(account) == stage.wiring.ledger.load(account).state


def test_deletion_switched_off(stage, api, ada, monkeypatch):
    """Where deletion is switched off: 403, and nothing happens (spec 20, section 5)."""
    monkeypatch.setattr(
        stage.wiring, "settings", stage.wiring.settings.model_copy(update={"account_deletion_allowed": False})
    )
    token = api.token(ada)
    answer = api.post_json(f"{ACCOUNTS}/deactivate_logout", {"password": PASSWORD}, token=token)
    assert (403, True) == (answer.status, isinstance(answer.json, str))
    assert 200 == api.get("/api/user/v1/me", token=token).status


def test_a_deactivated_account_may_not_use_client_credentials(stage, api):
    """Every login fails once somebody is deactivated, a service's own among them (spec 20, section 6)."""
    service = stage.new_account("service")
    stage.wiring.clients.register("its-client", "its-secret", ("client_credentials",), stage.id_of(service))
    form = {"grant_type": "client_credentials", "client_id": "its-client", "client_secret": "its-secret"}
    assert 200 == api.post_form("/oauth2/access_token", form).status
    assert 200 == api.post_json(f"{ACCOUNTS}/{service}/deactivate", {}, as_="superuser").status
    refused = api.post_form("/oauth2/access_token", form)
    assert (400, "unauthorized_client") == (refused.status, refused.json["error"])
