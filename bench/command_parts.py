"""What our part of a command consists of: each piece done again by itself, between botocore calls as in a command."""

from bench.canned_ledger import CannedLedger, decide
from bench.histories import AGGREGATE
from bench.table import Table, microseconds
from bench.timing import Work, medians
from chalicelib.events import items
from chalicelib.events.classification import Purpose
from chalicelib.events.keys import AccountKeys

LENGTH, ROUNDS = 100, 1_000
QUICK_LENGTH, QUICK_ROUNDS = 5, 5
NOTE = (
    "Each piece comes right after a botocore call, which leaves the processor's caches as it does in a command. In a "
    "tight loop the same pieces take far less."
)
COMMAND, BARE = "the command, key read along", "the bare botocore calls in it"


def command_parts(*, quick: bool) -> list[Table]:
    """The pieces of a command, and what is left besides."""
    length, rounds = (QUICK_LENGTH, QUICK_ROUNDS) if quick else (LENGTH, ROUNDS)
    ledger = CannedLedger.of_length(length)
    bare = ledger.calls_of_command(cached=False).replay
    whole: dict[str, Work] = {COMMAND: lambda: ledger.command(cached=False), BARE: bare}
    in_turn: dict[str, Work] = {}
    for name, piece in pieces(ledger).items():
        in_turn[f"botocore before {name}"] = bare
        in_turn[name] = piece
    times = medians({**whole, **in_turn}, rounds)
    ours = times[COMMAND] - times[BARE]
    found = {name: times[name] for name in pieces(ledger)}
    rows = [[name, microseconds(seconds), f"{seconds / ours:.0%}"] for name, seconds in found.items()]
    rest = ours - sum(found.values())
    rows.append(["the rest: requests and answers, keys, the transaction", microseconds(rest), f"{rest / ours:.0%}"])
    rows.append(["together", microseconds(ours), "100%"])
    return [Table("Our part of a command", ("", "CPU time", "Share"), rows, NOTE)]


def pieces(ledger: CannedLedger) -> dict[str, Work]:
    """The pieces by name, in the order in which a command comes to them."""
    history, key = ledger.history, ledger.key
    loaded = history.loaded
    decision = decide(loaded.state)
    (event,) = decision.events
    keys = {Purpose.PROFILE: key}
    opening = AccountKeys(ledger.ring, history.account, key)

    return {
        "unwrap the data key": lambda: ledger.ring.open(history.account, Purpose.PROFILE, history.key_row),
        "open and decode the head": lambda: items.read_head(history.head, history.account, opening, AGGREGATE),
        "decide": lambda: decide(loaded.state),
        "encode, seal and chain the event": lambda: items.event_item(event, loaded.digest, keys),
        "fold": lambda: AGGREGATE.fold(loaded.state, event),
        "encode and seal the head": lambda: items.head_item(loaded, AGGREGATE, decision.events),
    }
