"""What a command and a load cost, beside the bare botocore calls in them. HTTP is canned, CPU time is counted."""

from collections.abc import Mapping, Sequence
from functools import partial

from bench.canned_ledger import CannedLedger
from bench.charts import Chart, Series
from bench.table import Goal, Table, at_most, milliseconds, ratio
from bench.timing import medians

WHO = {"Rollcall": "ours", "botocore": "bare"}
LENGTHS = (1, 100, 10_000)
ROUNDS = 1_000
QUICK_LENGTHS, QUICK_ROUNDS = (1, 20), 5
KEYS_ARE = {True: "in memory", False: "read along"}
MOST_OF_BARE, MOST_OF_SHORTEST = 1.30, 1.10
"""Targets: a command against the bare calls in it, and with the longest history against the shortest."""

MOST_OF_LOADING = {True: 0.000_5, False: 0.000_6}
"""Targets of loading, in seconds, with the key in memory and read along."""


def command(*, quick: bool) -> list[Table]:
    """Load, decide, commit at growing lengths of history."""
    lengths, rounds = (QUICK_LENGTHS, QUICK_ROUNDS) if quick else (LENGTHS, ROUNDS)
    ledgers = {length: CannedLedger.of_length(length) for length in lengths}
    works = {}
    for length, ledger in ledgers.items():
        for cached in KEYS_ARE:
            works[f"bare {length} {cached}"] = ledger.calls_of_command(cached=cached).replay
            works[f"ours {length} {cached}"] = partial(ledger.command, cached=cached)
    times = medians(works, rounds)
    rows = [
        [
            f"{length:,}",
            key,
            milliseconds(times[f"ours {length} {cached}"]),
            milliseconds(times[f"bare {length} {cached}"]),
            ratio(times[f"ours {length} {cached}"] / times[f"bare {length} {cached}"]),
        ]
        for cached, key in KEYS_ARE.items()
        for length in lengths
    ]
    columns = ("Events", "Data key", "Load, decide, commit", "Bare botocore", "Ratio")
    return [Table("A command", columns, rows, goals=_goals(times, lengths), chart=_chart(times, lengths))]


def _goals(times: Mapping[str, float], lengths: Sequence[int]) -> list[Goal]:
    against_bare = {
        key: [times[f"ours {length} {cached}"] / times[f"bare {length} {cached}"] for length in lengths]
        for cached, key in KEYS_ARE.items()
    }
    grown = [times[f"ours {lengths[-1]} {cached}"] / times[f"ours {lengths[0]} {cached}"] for cached in KEYS_ARE]
    growth = f"A command after {lengths[-1]:,} events against one after {lengths[0]}"
    return [
        *(
            at_most(f"A command against the bare calls in it, data key {key}", ratios, MOST_OF_BARE, ratio)
            for key, ratios in against_bare.items()
        ),
        at_most(growth, grown, MOST_OF_SHORTEST, ratio),
    ]


def _chart(times: Mapping[str, float], lengths: Sequence[int]) -> Chart:
    lines = [
        Series(f"{who}, key {key}", [(length, times[f"{work} {length} {cached}"] * 1000) for length in lengths])
        for cached, key in KEYS_ARE.items()
        for who, work in WHO.items()
    ]
    return Chart("command", "A command by the length of the history", "events", "CPU ms", lines)


def load(*, quick: bool) -> list[Table]:
    """Loading an account with a long history."""
    length, rounds = (QUICK_LENGTHS[-1], QUICK_ROUNDS) if quick else (LENGTHS[-1], ROUNDS)
    ledger = CannedLedger.of_length(length)
    works = {}
    for cached in KEYS_ARE:
        works[f"bare {cached}"] = ledger.calls_of_load(cached=cached).replay
        works[f"ours {cached}"] = partial(ledger.load, cached=cached)
    times = medians(works, rounds)
    rows = [
        [
            key,
            milliseconds(ours := times[f"ours {cached}"]),
            milliseconds(bare := times[f"bare {cached}"]),
            ratio(ours / bare),
        ]
        for cached, key in KEYS_ARE.items()
    ]
    goals = [
        at_most(f"Loading, data key {key}", [times[f"ours {cached}"]], MOST_OF_LOADING[cached], milliseconds)
        for cached, key in KEYS_ARE.items()
    ]
    columns = ("Data key", "Load", "Bare botocore", "Ratio")
    return [Table(f"Loading an account of {length:,} events", columns, rows, goals=goals)]
