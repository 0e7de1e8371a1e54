"""Disabling and enabling again, and at the same moment (spec 50, sections 3, 4 and 8)."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.http import expectations as expect
from tests.http.operations_client import disable, disable_history, enable, enabled
from tests.http.service_client import Caller, Service


@pytest.fixture
def owner(service: Service) -> Caller:
    """An adult."""
    return service.new_account(profile={"year_of_birth": 1980})


def key() -> dict[str, str]:
    """Return a header with a new key."""
    return {"Idempotency-Key": secrets.token_hex(16)}


def test_idempotency_key(owner: Caller, staff: Caller) -> None:
    """The same key: the same row again, no second event; another comment 422 (spec 50, section 4)."""
    for act, other in ((disable, enable), (enable, disable)):
        headers = key()
        first = act(staff, owner.username, "keyed", headers=headers)
        again = act(staff, owner.username, "keyed", headers=headers)
        assert (200, 200, first.json()) == (first.status_code, again.status_code, again.json())
        assert "true" == again.headers["Idempotent-Replayed"]
        expect.status(422, act(staff, owner.username, "other", headers=headers))
        expect.status(422, other(staff, owner.username, "keyed", headers=headers))
    assert 2 == len(disable_history(staff, owner.username))


def test_a_replay_does_nothing_again(service: Service, owner: Caller, staff: Caller) -> None:
    """A replayed `disable` does not disable somebody enabled since (spec 50, section 4)."""
    headers = key()
    expect.status(200, disable(staff, owner.username, "keyed", headers=headers))
    enabled(staff, owner.username)
    expect.status(200, disable(staff, owner.username, "keyed", headers=headers))
    service.login(owner.username, owner.password)


def test_side_by_side(owner: Caller, staff: Caller) -> None:
    """Several at once: one disables, the others are told so (spec 50, section 8)."""
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda number: disable(staff, owner.username, str(number)).status_code, range(6)))
    assert [200, 409, 409, 409, 409, 409] == sorted(answers)
    assert 1 == len(disable_history(staff, owner.username))


def test_a_patch_at_the_same_moment(owner: Caller, staff: Caller) -> None:
    """A PATCH of the owner at the same moment lands before, or not at all (spec 40, section 6)."""
    with ThreadPoolExecutor(2) as pool:
        patched = pool.submit(owner.patch, {"bio": "racing"})
        expect.status(200, pool.submit(disable, staff, owner.username).result())
    landed = patched.result().status_code
    assert landed in (200, 401)
    assert (landed == 200) == ("racing" == staff.account(owner.username)["bio"])
