"""What a command and a load cost, beside the bare botocore calls in them. HTTP is canned, CPU time is counted."""

from functools import partial

from bench.canned_ledger import CannedLedger
from bench.table import Table, milliseconds, ratio
from bench.timing import medians

LENGTHS = (1, 100, 10_000)
ROUNDS = 1_000
QUICK_LENGTHS, QUICK_ROUNDS = (1, 20), 5
KEYS_ARE = {True: "in memory", False: "read along"}


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
    return [Table("A command", ("Events", "Data key", "Load, decide, commit", "Bare botocore", "Ratio"), rows)]


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
    return [Table(f"Loading an account of {length:,} events", ("Data key", "Load", "Bare botocore", "Ratio"), rows)]
