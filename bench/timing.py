"""Timing on a machine that others use too: CPU time, medians, and things to be compared taken in turn."""

import gc
import time
from collections.abc import Callable, Mapping
from statistics import median

Work = Callable[[], object]


def cpu_seconds(work: Work) -> float:
    """The CPU time of this process that `work` takes."""
    start = time.process_time()
    work()
    return time.process_time() - start


def turns(rounds: int) -> int:
    """How often `medians` does each work, the warming up included."""
    return rounds + max(1, rounds // 10)


def medians(works: Mapping[str, Work], rounds: int) -> dict[str, float]:
    """The median CPU time of each work, in seconds.

    Each round does every work once, so what disturbs the machine disturbs all of them. The first tenth warms
    up and is not counted. What exists beforehand is kept out of garbage collection, for a service does not
    carry the histories of a benchmark about.
    """
    gc.collect()
    gc.freeze()
    times: dict[str, list[float]] = {name: [] for name in works}
    warm_up = turns(rounds) - rounds
    for turn in range(turns(rounds)):
        for name, work in works.items():
            taken = cpu_seconds(work)
            if turn >= warm_up:
                times[name].append(taken)
    gc.unfreeze()
    return {name: median(taken) for name, taken in times.items()}
