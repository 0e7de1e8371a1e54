"""Six wrong passwords in a row lock for 30 minutes, whoever is named (spec 40, section 8)."""

from tests.support.api import PASSWORD
from tests.support.calls import recorded
from tests.support.oauth import refused


def tries(api, name, times, password="wrong"):
    """Wrong passwords in a row; the statuses."""
    return [api.grant(name, password).status for _ in range(times)]


def test_six(api, stage, ada):
    """After six the right one is refused too, as `invalid_grant`; after 30 minutes it counts."""
    assert [400] * 5 == tries(api, ada, 5)
    assert 200 == api.grant(ada).status
    assert [400] * 6 == tries(api, ada, 6)
    assert refused(api.grant(ada), 400, "invalid_grant")
    stage.clock.advance(minutes=30, seconds=-1)
    assert 400 == api.grant(ada).status
    stage.clock.advance(seconds=2)
    assert 200 == api.grant(ada).status


def test_name_and_address_count_together(api, ada):
    """Tries by username and by address are tries at one account."""
    tries(api, ada, 3)
    tries(api, f"{ada}@example.com".upper(), 3)
    assert 400 == api.grant(ada).status


def test_names_that_nobody_has_count_too(api, stage):
    """A name that nobody has is locked alike: no difference tells that nobody has it."""
    name = stage.fresh("ghost")
    tries(api, name, 6)
    stage.api.post_json(
        "/api/user/v1/admin/accounts",
        {"username": stage.fresh(), "email": f"{name}@example.com", "name": "N", "password": PASSWORD},
        as_="superuser",
    )
    with recorded(stage.wiring.dynamodb) as calls:
        tries(api, name, 1)
    with recorded(stage.wiring.dynamodb) as others:
        tries(api, stage.fresh("ghost"), 1)
    assert len(calls) < len(others)


def test_a_lock_is_one_accounts(api, ada, new_account):
    """Others are not locked."""
    tries(api, ada, 6)
    assert 200 == api.grant(new_account()).status


def test_tokens_go_on(api, ada):
    """A lock keeps people out, it throws nobody out."""
    token = api.token(ada)
    tries(api, ada, 6)
    assert 200 == api.get("/api/user/v1/me", token=token).status
