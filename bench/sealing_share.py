"""What sealing adds to a command: each seal and each open in it, done again and timed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from bench.canned_ledger import CannedLedger
from bench.table import Table, at_most, microseconds, share
from bench.timing import Work, medians
from chalicelib.events.classification import Purpose
from chalicelib.events.sealing import DataKey, Place

LENGTH, ROUNDS = 100, 1_000
QUICK_LENGTH, QUICK_ROUNDS = 5, 5
TARGET = 0.05


@dataclass(frozen=True)
class WatchedKey(DataKey):
    """A data key that keeps what was sealed and opened with it."""

    done: list[tuple[str, Callable[[bytes, Place], bytes], bytes, Place]] = field(default_factory=list, compare=False)

    def seal(self, content: bytes, place: Place) -> bytes:
        """As the key does it."""
        self.done.append((f"seal {place.kind}", super().seal, content, place))
        return super().seal(content, place)

    def open(self, blob: bytes, place: Place) -> bytes:
        """As the key does it."""
        self.done.append((f"open {place.kind}", super().open, blob, place))
        return super().open(blob, place)


def sealing(*, quick: bool) -> list[Table]:
    """The share of sealing in a command."""
    length, rounds = (QUICK_LENGTH, QUICK_ROUNDS) if quick else (LENGTH, ROUNDS)
    ledger = CannedLedger.of_length(length)
    works: dict[str, Work] = {
        "the command, key read along": lambda: ledger.command(cached=False),
        "the command, key in memory": lambda: ledger.command(cached=True),
        "unwrap the data key": lambda: ledger.ring.open(
            ledger.history.account, Purpose.PROFILE, ledger.history.key_row
        ),
    }
    parts = sealing_works(ledger)
    times = medians({**works, **parts}, rounds)
    sealed = sum(times[name] for name in parts)
    rows = [[name, microseconds(seconds), ""] for name, seconds in times.items()]
    warm, cold = times["the command, key in memory"], times["the command, key read along"]
    rows.append(["sealing, key in memory", microseconds(sealed), f"{sealed / warm:.1%}"])
    whole = sealed + times["unwrap the data key"]
    rows.append(["sealing, key read along", microseconds(whole), f"{whole / cold:.1%}"])
    shares = [sealed / warm, whole / cold]
    goals = [at_most("Sealing's share of a command, data key in memory and read along", shares, TARGET, share)]
    return [Table("Sealing in a command", ("", "CPU time", "Share"), rows, goals=goals)]


def sealing_works(ledger: CannedLedger) -> dict[str, Work]:
    """Each seal and each open of one command, to be done again."""
    key = WatchedKey(ledger.key.subject, ledger.key.purpose, ledger.key.material)
    ledger.ring.remember(key)
    plain, ledger.key = ledger.key, key
    ledger.command(cached=True)
    ledger.key = plain
    return {f"{name}, {len(content):,} bytes": partial(work, content, place) for name, work, content, place in key.done}
