"""Where the local stage's time goes while eight clients read or change their accounts.

First the CPU time of its threads, undisturbed; then cProfile splits what the threads that answer requests do. The
profiler slows Python code down and C code not, so the split is a rough one.
"""

import cProfile
import pstats
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from bench.asking import OwnAccounts
from bench.stage_process import free_ports
from bench.table import Table
from local.front import start_in_thread
from local.front.asgi import Front
from local.stage import Options, running

CLIENTS = 8
SECONDS, QUICK_SECONDS = 5.0, 0.3
METHODS = ("GET", "PATCH")
THREADS = {"front_": "answering requests", "front": "uvicorn's event loop", "stream-poller": "the stream consumer"}
FUNCTIONS = {
    ("local/front/asgi.py", "_answer"): "all",
    ("chalicelib/api/blueprint.py", "view"): "view",
    ("botocore/client.py", "_api_call"): "botocore",
    ("moto/core/botocore_stubber.py", "__call__"): "moto",
}


class Profiles:
    """A profiler for each thread that answers requests, working while `on`."""

    def __init__(self) -> None:
        self.on = False
        self._own = threading.local()
        self._all: list[cProfile.Profile] = []
        answer = Front._answer

        def profiled(front: Front, *request: Any) -> Any:
            if not self.on:
                return answer(front, *request)
            return self._profile().runcall(answer, front, *request)

        Front._answer = profiled  # type: ignore[method-assign, assignment]

    def _profile(self) -> cProfile.Profile:
        if not hasattr(self._own, "profile"):
            self._own.profile = cProfile.Profile(time.thread_time)
            self._all.append(self._own.profile)
        profile: cProfile.Profile = self._own.profile
        return profile

    @contextmanager
    def collected(self) -> Iterator[dict[str, float]]:
        """Profile for a while; afterwards the answer holds the cumulative seconds of the functions we ask for."""
        self._all.clear()
        self._own = threading.local()
        found: dict[str, float] = {}
        self.on = True
        yield found
        self.on = False
        stats: Any = pstats.Stats(*self._all)
        for (file, _, name), (_, _, _, cumulative, _) in stats.stats.items():
            for (ending, function), part in FUNCTIONS.items():
                if file.endswith(ending) and name == function:
                    found[part] = cumulative


def profile(*, quick: bool) -> list[Table]:
    """The shares of each part, for reading and for changing."""
    seconds = QUICK_SECONDS if quick else SECONDS
    profiles = Profiles()
    (port,) = free_ports(1)
    with running(Options(port, None)) as stage:
        front = start_in_thread(stage.app, stage.routes, port)
        accounts = OwnAccounts(port, CLIENTS)
        columns = [shares(accounts, method, seconds, profiles) for method in METHODS]
        front.stop()
    rows = [[part, *(f"{column[part]:.0%}" for column in columns)] for part in columns[0]]
    title = f"Where the stage's CPU time goes, moto, {CLIENTS} clients"
    return [Table(title, ("", *METHODS), rows)]


def shares(accounts: OwnAccounts, method: str, seconds: float, profiles: Profiles) -> Mapping[str, float]:
    """What each part has of the CPU time of the stage in this process."""
    accounts.load(method, CLIENTS, seconds)
    before = cpu_of_threads()
    accounts.load(method, CLIENTS, seconds)
    after = cpu_of_threads()
    with profiles.collected() as found:
        accounts.load(method, CLIENTS, seconds)
    taken = {part: after[part] - before[part] for part in after}
    return {**split(taken, found), **_of_all(taken)}


def split(taken: Mapping[str, float], found: Mapping[str, float]) -> dict[str, float]:
    """The parts of answering, as shares of everything."""
    answering = taken["answering requests"] / sum(taken.values()) / found["all"]
    return {
        "answering: moto": answering * found["moto"],
        "answering: botocore around it": answering * (found["botocore"] - found["moto"]),
        "answering: chalicelib": answering * (found["view"] - found["botocore"]),
        "answering: Chalice and the front": answering * (found["all"] - found["view"]),
    }


def _of_all(taken: Mapping[str, float]) -> dict[str, float]:
    total = sum(taken.values())
    return {part: seconds / total for part, seconds in taken.items() if part != "answering requests"}


def cpu_of_threads() -> dict[str, float]:
    """The CPU seconds of this process's threads so far, by what they are for."""
    found: dict[str, float] = dict.fromkeys((*THREADS.values(), "everything else"), 0.0)
    for thread in threading.enumerate():
        part = next((part for name, part in THREADS.items() if thread.name.startswith(name)), "everything else")
        if thread is not threading.current_thread():
            found[part] += time.clock_gettime(time.pthread_getcpuclockid(thread.ident or 0))
    return found
