"""The whole way of one person on Amazon's own engine."""

import pytest

from local.dynamodb_local import DynamoDBLocal
from tests.pipeline.invariants import faults, view_faults
from tests.pipeline.world import running_world


@pytest.mark.dynamodb_local
def test_from_leaving_to_cleanup():
    """Every transaction of a retirement is one that DynamoDB takes, and all tables agree at each step."""
    with DynamoDBLocal() as engine, running_world(engine.endpoint, table_prefix="pipeline") as world:
        username = world.leaver(orgs=["edX", "mb_coaching"], social_logins=[{"provider": "g", "uid": "1"}])
        account = world.id_of(username)
        assert [] == faults(world)
        assert 204 == world.move(username, "LOCKING_ACCOUNT").status
        assert 204 == world.report(username).status
        assert 204 == world.step("retire_misc", username).status
        assert 204 == world.step("retire", username).status
        world.catch_up()
        assert ([], []) == (faults(world), view_faults(world))
        assert [username] == [each["original_username"] for each in world.take_reports().json]
        assert 204 == world.clean_reports(username).status
        assert 204 == world.move(username, "COMPLETE").status
        assert 204 == world.clean_up(username).status
        world.catch_up()
        assert ([], []) == (faults(world), view_faults(world))
        state = world.state(account)
        assert (None, None, None, True) == (state.row, state.partner_row, state.originals, state.erased)
