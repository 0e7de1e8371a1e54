"""Random histories, on moto and on Amazon's own engine.

`HISTORIES=n` runs n of them, others each time; `HISTORIES_SHRINK=1` makes one that fails short, which takes minutes.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from local.dynamodb_local import DynamoDBLocal
from tests.histories.machine import Histories
from tests.histories.scene import Scene, running_scene
from tests.pipeline.invariants import faults, view_faults

STEPS = 30
MORE = os.environ.get("HISTORIES")
SHRINKS = os.environ.get("HISTORIES_SHRINK") == "1"


def play(scene: Scene, usually: int) -> None:
    """Run histories, and verify all tables in the end."""
    machine = type("Histories", (Histories,), {"scene": scene})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=int(MORE or usually),
            stateful_step_count=STEPS,
            derandomize=MORE is None,
            database=None,
            phases=[Phase.generate, Phase.shrink] if SHRINKS else [Phase.generate],
            report_multiple_bugs=False,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
    scene.first.catch_up()
    assert ([], []) == (faults(scene.first), view_faults(scene.first))
    assert [] == list(scene.verification.checker.all().findings)


@pytest.mark.timeout(3600)
def test_on_moto():
    """Whatever anybody does, every answer is what the contract says, and the forgotten stay forgotten."""
    with running_scene() as scene:
        play(scene, 20)


@pytest.mark.timeout(3600)
@pytest.mark.dynamodb_local
def test_on_dynamodb_local():
    """The same on the engine that takes only what DynamoDB takes."""
    with DynamoDBLocal() as engine, running_scene(engine.endpoint, table_prefix="histories") as scene:
        play(scene, 5)
