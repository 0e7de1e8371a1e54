"""The benchmarks by name. Each runs in a process of its own, so that none inherits another's heap or patches."""

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from multiprocessing import get_context

from bench.table import Table

Benchmark = Callable[..., list[Table]]
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIABENCH00000000000", "AWS_SECRET_ACCESS_KEY": "bench"}
BENCHMARKS: Mapping[str, tuple[str, str]] = {
    "command": ("bench.commands", "command"),
    "command-parts": ("bench.command_parts", "command_parts"),
    "load": ("bench.commands", "load"),
    "fold": ("bench.folding", "fold"),
    "sealing": ("bench.sealing_share", "sealing"),
    "requests": ("bench.request_count", "requests"),
    "costs": ("bench.operation_costs", "costs"),
    "import": ("bench.cold_import", "cold_import"),
    "site": ("bench.site_pages", "site"),
    "pictures": ("bench.pictures", "pictures"),
    "peers": ("bench.peers", "peers"),
    "fronts": ("bench.fronts", "fronts"),
    "http": ("bench.serving", "http"),
    "http-dynamodb-local": ("bench.serving", "http_dynamodb_local"),
    "http-others": ("bench.serving", "http_others"),
    "queue": ("bench.queueing", "queue"),
    "erasing": ("bench.erasing", "erasing"),
    "erase-check": ("bench.erase_check", "erase_check"),
    "import-accounts": ("bench.importing", "import_accounts"),
    "replay": ("bench.replaying", "replay"),
    "faults": ("bench.fault_counts", "faults"),
    "verify": ("bench.verifying", "verifying"),
    "lag": ("bench.lagging", "lag"),
    "simulate": ("bench.simulate", "simulate"),
    "profile": ("bench.profiling", "profile"),
}
"""Module and function of each benchmark; the function takes `quick` and returns tables."""


def run_apart(name: str, *, quick: bool) -> list[Table]:
    """The tables of one benchmark, run in a fresh process."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        return process.submit(_run, name, quick).result()


def _run(name: str, quick: bool) -> list[Table]:
    for variable in [each for each in os.environ if each.startswith("AWS_")]:
        del os.environ[variable]
    os.environ.update(CREDENTIALS)
    module, function = BENCHMARKS[name]
    benchmark: Benchmark = getattr(import_module(module), function)
    return benchmark(quick=quick)
