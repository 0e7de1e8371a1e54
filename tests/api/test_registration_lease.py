"""The lease under which a person registers: one at a time, and nobody waits for the dead."""

import pytest

from chalicelib import leases
from chalicelib.api.registration import LEASE_SECONDS
from chalicelib.events.claims import normalised
from tests.support.api import PASSWORD

PATH = "/api/user/v2/account/registration"


@pytest.fixture
def form(stage):
    """A form with a name and an address that nobody has."""
    username = stage.fresh("eve")
    return {"username": username, "email": f"{username}@example.com", "name": "Eve", "password": PASSWORD}


@pytest.fixture
def held(stage, form):
    """Somebody else holds the lease of the address, and has died with it."""
    name = stage.wiring.digests.of("registering", b"email", normalised(form["email"]).encode())
    assert stage.wiring.leases._taken(name, "f" * 32, LEASE_SECONDS)
    return name


def test_held_by_another(api, stage, form, held, monkeypatch):
    """While another holds it: 503 with `Retry-After`, no mail, nothing stored."""
    monkeypatch.setattr(leases, "ATTEMPTS", 2)
    answer = api.post_form(PATH, form)
    assert (503, True) == (answer.status, "retry-after" in answer.headers)
    assert [] == stage.mailbox.to(form["email"])
    with pytest.raises(KeyError):
        stage.id_of(form["username"])


def test_a_dead_holder(api, stage, form, held):
    """A lease runs out by the service's clock."""
    stage.clock.advance(seconds=LEASE_SECONDS + 1)
    assert 200 == api.post_form(PATH, form).status


def test_a_lease_is_not_anothers_to_give_back(stage, held):
    """Who does not hold it cannot end it."""
    stage.wiring.leases._release(held, "e" * 32)
    assert not stage.wiring.leases._taken(held, "e" * 32, LEASE_SECONDS)
    stage.wiring.leases._release(held, "f" * 32)
    assert stage.wiring.leases._taken(held, "e" * 32, LEASE_SECONDS)
