"""Known and unknown names take the same path: number and kind of requests to the store (spec 40, section 2)."""

import pytest

from tests.support.calls import recorded
from tests.support.oauth import refused


@pytest.mark.parametrize("unknown", ["ghost-{}", "ghost-{}@example.com", "{} with space", "é-{}"])
def test_wrong_password(api, stage, ada, unknown):
    """A wrong password for a known name, and any for an unknown one."""
    api.grant(ada)
    with recorded(stage.wiring.dynamodb) as known:
        assert 400 == api.grant(ada, "wrong").status
    with recorded(stage.wiring.dynamodb) as other:
        assert 400 == api.grant(unknown.format(ada), "wrong").status
    assert known == other


def test_without_a_password(api, stage, new_account, ada):
    """An account that has no password looks like one with a wrong one."""
    api.grant(ada)
    username = new_account(password=None)
    with recorded(stage.wiring.dynamodb) as known:
        api.grant(ada, "wrong")
    with recorded(stage.wiring.dynamodb) as other:
        assert refused(api.grant(username), 400, "invalid_grant")
    assert known == other


def test_a_cold_process(api, stage, ada):
    """The same before the account's key was ever used in this process."""
    stage.wiring.keys._cache.clear()
    with recorded(stage.wiring.dynamodb) as known:
        api.grant(ada, "wrong")
    with recorded(stage.wiring.dynamodb) as other:
        api.grant(f"ghost-{ada}", "wrong")
    assert known == other


def test_the_same_answer(api, ada):
    """And the answers are the same, byte for byte."""
    known, other = api.grant(ada, "wrong"), api.grant(f"ghost-{ada}", "wrong")
    assert (known.status, known.body) == (other.status, other.body)
