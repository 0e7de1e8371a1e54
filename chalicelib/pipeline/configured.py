"""The configured pipeline, checked against the configured states (spec 20, section 15)."""

from collections.abc import Sequence

from chalicelib.hooks.port import Hooks
from chalicelib.pipeline.steps import ACTIONS
from chalicelib.retirement.errors import PipelineError
from chalicelib.retirement.states import ENDS_A_STEP, REQUIRED, States
from chalicelib.settings import PipelineStep


def check_pipeline(steps: Sequence[PipelineStep], states: States, _: Hooks) -> None:
    """Raise `PipelineError` unless every step can be driven, one after the other.

    The hooks are asked for so that they are made, and found misconfigured, before anything is done with them.
    """
    reached = states.names[0]
    for step in steps:
        _check_step(step, states)
        for name in (step.state, step.end):
            if states.order(name) <= states.order(reached):
                raise PipelineError(f"{name} does not come after {reached}")
            reached = name


def _check_step(step: PipelineStep, states: States) -> None:
    if not states.is_working(step.state):
        raise PipelineError(f"{step.state} is not a working state")
    if step.end not in states or step.end in REQUIRED or not step.end.endswith(ENDS_A_STEP):
        raise PipelineError(f"{step.end} does not end a step")
    unknown = [action for action in step.actions if action not in ACTIONS]
    if unknown:
        raise PipelineError(f"no action is named {', '.join(unknown)}; there are {', '.join(ACTIONS)}")
