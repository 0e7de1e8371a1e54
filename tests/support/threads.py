"""Doing things at once."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def at_once(*actions: Callable[[], T]) -> Sequence[T]:
    """What the actions answer, begun together, each in a thread of its own."""
    gate = threading.Barrier(len(actions))

    def begin(action: Callable[[], T]) -> T:
        gate.wait(timeout=10)
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        return [running.result(timeout=60) for running in [pool.submit(begin, action) for action in actions]]
