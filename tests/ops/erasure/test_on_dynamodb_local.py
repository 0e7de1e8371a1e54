"""A replay on Amazon's own engine."""

import pytest

from local.dynamodb_local import DynamoDBLocal
from tests.ops.erasure.restoring import People, numbers, replay, verified
from tests.ops.erasure.test_replaying import forgotten
from tests.pipeline.world import running_world


@pytest.mark.dynamodb_local
def test_what_moto_does():
    """Keys, accounts, claims, view rows: erased again and cancelled again, and the second time nothing is to do."""
    with DynamoDBLocal() as engine, running_world(engine.endpoint, table_prefix="replaying") as world:
        people = People(world)
        people.backups["left"].restore()
        assert (6, 2, 1, {}) == numbers(replay(world), "keys", "erased", "cancelled", "left")
        forgotten(world, people.ada)
        forgotten(world, people.eve)
        assert people.bob.email == world.other_process().state(people.bob.account).email
        assert 0 == replay(world).changed
        people.end.restore()
        people.restore_erasures()
        people.backups["registered"].restore("ledger", "views")
        assert (1, 2, {}) == numbers(replay(world), "keys", "erased", "left")
        assert () == verified(world)
