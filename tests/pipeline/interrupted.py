"""Operations that are interrupted at each of their calls, and done again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.pipeline.crashes import Fuse, Killed, Mode, fused
from tests.pipeline.invariants import faults
from tests.pipeline.world import WORKER, World

DEAD_FOR_SURE = 61
"""Seconds after which no lease and no running call of a dead process counts any more."""

CALLERS = (WORKER, "superuser", "username_replacement_service_worker")


@dataclass(frozen=True)
class Operation:
    """What is tried.

    `prepare` makes people and answers what `run` needs; `check` is given what `run` answered (null: it was killed)
    and what it answered when it was done again, and must hold after every interruption. `ready` is called before
    each of the two runs.
    """

    prepare: Callable[[World], Any]
    run: Callable[[World, Any], Any]
    check: Callable[[World, Any, Any, Any], None]
    pause: int = DEAD_FOR_SURE
    ready: Callable[[World, Any], None] | None = None


MODES = [Mode.KILLED_BEFORE, Mode.TIMEOUT_AFTER]
"""Killed after a call is the same as killed before the next one; the last one is killed after the whole run."""


def calls_of(world: World, operation: Operation) -> Sequence[str]:
    """The calls that a run makes that nobody disturbs."""
    fuse = Fuse()
    once(world, operation, fuse)
    return fuse.calls


def interrupt_everywhere(world: World, operation: Operation, mode: Mode) -> None:
    """Let each call of a run fail in turn, each time with fresh people, and do it again."""
    calls = calls_of(world, operation)
    assert calls
    for at in range(1, len(calls) + 1):
        fuse = Fuse(at, mode)
        once(world, operation, fuse)
        assert fuse.blown
        assert calls[:at] == fuse.calls[:at]
    if mode.kills:
        once(world, operation, Fuse(len(calls), Mode.KILLED_AFTER))
    assert [] == faults(world)


def once(world: World, operation: Operation, fuse: Fuse) -> None:
    """One run through the fuse, and one more by another process; then the check."""
    people = operation.prepare(world)
    _log_in(world)
    if operation.ready is not None:
        operation.ready(world, people)
    first = _first(world, operation, people, fuse)
    world.clock.advance(seconds=operation.pause)
    _log_in(world)
    if operation.ready is not None:
        operation.ready(world, people)
    again = operation.run(world.other_process(), people)
    try:
        operation.check(world, people, first, again)
    except AssertionError as error:
        error.add_note(f"{fuse.mode.value}, call {fuse.at} of {list(enumerate(fuse.calls, 1))}")
        error.add_note(f"first: {first}; again: {again}")
        raise


def _first(world: World, operation: Operation, people: Any, fuse: Fuse) -> Any:
    with fused(world, fuse) as process:
        try:
            return operation.run(process, people)
        except Killed:
            return None


def _log_in(world: World) -> None:
    for caller in CALLERS:
        world.api.token(caller)


def usernames(answer: Any) -> list[str]:
    """The usernames of a partner list."""
    return [row["original_username"] for row in answer.json]
