"""The job `watch`: how things stand, for the alarms."""

from datetime import timedelta

from chalicelib.pipeline import watching
from chalicelib.pipeline.states_store import KEY
from chalicelib.projections.quarantine import Quarantine

QUIET = {"QuarantinedNow": 0, "OldestUnprojectedHead": 0, "StuckRetirements": 0, "RetirementsWaiting": 0}


def test_nothing_to_tell(world):
    """Everything is zero where all is well."""
    assert QUIET == watching.run(world.wiring)


def test_the_first_to_come(world):
    """On a stage where no process has stored the states yet, this one does (spec 20, section 4.1)."""
    wiring = world.other_process().wiring
    wiring.dynamodb.delete_item(TableName=wiring.tables.ledger.Meta.table_name, Key=KEY)
    assert QUIET == watching.run(wiring)
    assert "Item" in wiring.dynamodb.get_item(TableName=wiring.tables.ledger.Meta.table_name, Key=KEY)


def test_accounts_that_fail(world):
    """An account that has failed makes the oldest head old; at the limit it is set aside, and counts as that alone."""
    quarantine: Quarantine = world.wiring.quarantine
    quarantine.failed("a1", 3, "ZeroDivisionError", world.clock())
    world.clock.advance(minutes=10)
    assert {**QUIET, "OldestUnprojectedHead": 600} == watching.run(world.wiring)
    for _ in range(world.wiring.settings.quarantine_after - 1):
        quarantine.failed("a1", 3, "ZeroDivisionError", world.clock())
    assert {**QUIET, "QuarantinedNow": 1} == watching.run(world.wiring)
    quarantine.released("a1")
    quarantine.failed("a2", 1, "ZeroDivisionError", world.clock())
    world.clock.advance(minutes=1)
    assert {**QUIET, "OldestUnprojectedHead": 60} == watching.run(world.wiring)
    quarantine.released("a2")


def test_retirements(world):
    """A row waits from the start; it is stuck once nobody took it up a day after its cool-off, or moved it since."""
    username = world.stage.new_account()
    assert 204 == world.leave(username).status
    world.catch_up()
    assert {**QUIET, "RetirementsWaiting": 1} == watching.run(world.wiring)
    cool_off = timedelta(days=world.wiring.settings.cool_off_days)
    world.clock.advance(seconds=(cool_off + timedelta(hours=23)).total_seconds())
    assert {**QUIET, "RetirementsWaiting": 1} == watching.run(world.wiring)
    world.clock.advance(hours=2)
    assert {**QUIET, "RetirementsWaiting": 1, "StuckRetirements": 1} == watching.run(world.wiring)
    world.move(username, "LOCKING_ACCOUNT")
    world.catch_up()
    assert {**QUIET, "RetirementsWaiting": 1} == watching.run(world.wiring)
    world.clock.advance(hours=25)
    assert {**QUIET, "RetirementsWaiting": 1, "StuckRetirements": 1} == watching.run(world.wiring)
    world.move(username, "ABORTED")
    world.catch_up()
    assert QUIET == watching.run(world.wiring)
